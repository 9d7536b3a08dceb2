/*
 * task.h: one request on its way: what was asked, where it stands, the response in the making.
 *
 * Waiting tasks are many (100,000), so a task is small, and its response is made when it first runs
 * or ends.
 */
#ifndef TASK_H
#define TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetcher.h"
#include "host_queue.h"

struct host;
struct transfer;

struct task {
	struct queue_item item;    /* the first member: task_of_item() */
	struct task *next;         /* of suspects, undecided or finished ones */
	struct host *host;         /* of `url` */
	struct transfer *transfer; /* while it runs */
	size_t running_index;
	uint64_t number; /* of the transfer, counted from 1 */
	char *url; /* of the present hop */
	char *entity_tag, *last_modified, *validators_url;
	struct body_sink sink;
	void *owner;
	bool (*may_start)(void *owner); /* NULL: it may, or it was asked */
	struct fetch_response *response; /* or NULL */
	unsigned first_bytes;
	unsigned retries; /* of this hop */
	bool is_raw;      /* do not decode: the Content-Encoding of this hop is unknown */
};

struct task *task_new(const struct fetch_request *request);
void task_free(struct task *task);
static inline struct task *task_of_item(struct queue_item *item)
{
	return (struct task *)(void *)item;
}

/* Made on demand. */
struct fetch_response *task_response(struct task *task);
void task_set_outcome(struct task *task, enum fetch_outcome outcome, const char *message);
/* The present URL answered with a redirect; `target` (taken over) is the present one now. */
void task_follow(struct task *task, int status, char *target);
/* Moves the response out, and frees the task. */
void task_hand_out(struct task *task, struct fetch_response *ret_response);

#endif
