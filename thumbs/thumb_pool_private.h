/*
 * thumb_pool_private.h: what thumb_pool.c (work) and thumb_pool_version.c (who does it) share.
 * Nobody else includes this.
 */
#ifndef THUMB_POOL_PRIVATE_H
#define THUMB_POOL_PRIVATE_H

#include "patience.h"
#include "renderer_process.h"
#include "short_memory.h"
#include "thumb_task.h"
#include "thumbs.h"
#include "wire.h"

#define MAX_RENDERERS 64
#define MAX_FIRST_STARTS 4 /* at once, before it is known how much there is to do */
#define MAX_READ_AHEAD 4
#define START_TIMEOUT_MS 10000
#define READ_BYTES (256 << 10)

enum slot_state {
	SLOT_EMPTY,
	SLOT_STARTING, /* takes requests, has not said hello */
	SLOT_READY,
	SLOT_ENDING, /* to be reaped; then its tasks are put back or blamed */
};

struct slot {
	enum slot_state state;
	struct renderer_process process;
	struct wire_hello_reader hello;
	struct wire_reader reader;
	struct thumb_task *tasks[MAX_READ_AHEAD]; /* the first is in work */
	unsigned n_tasks;
	unsigned served;
	bool is_last;         /* it gets no more: there are too many */
	uint32_t next_number; /* of requests and, in the same order, of replies */
	int64_t deadline_ms;
	struct patience patience; /* while it starts or works */
	char reason[160];         /* why it is being killed; "" when it ended by itself */
};

struct thumb_pool {
	struct thumb_pool_options options;
	char *path;
	struct slot *slots;
	unsigned n_slots;
	struct crowd crowd;
	size_t max_waiting_for_start;
	struct thumb_task_list waiting, finished;
	unsigned failed_starts;
	char version[WIRE_HELLO_TEXT_BYTES], sandbox[WIRE_HELLO_TEXT_BYTES];
	char *files; /* of the first hello; NULL before it */
	bool is_used, has_started;
	unsigned char scratch[READ_BYTES];
};

/* Up to that many renderers, in slots that are empty, as far as memory allows. */
int thumb_pool_start(struct thumb_pool *pool, unsigned most, struct fault *fault);

#endif
