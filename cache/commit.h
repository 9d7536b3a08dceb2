/*
 * commit.h: the last step of a batch: its records and its rows become durable.
 *
 *	commit_start(cache, waits)
 *	while (commit_step(cache, false, &fault) == -EINPROGRESS)
 *		... other work, and poll(2) of disk_work_event_fd()
 *
 * A thread does it (disk_work.h), since SQLite waits for the disk several times. While it runs it
 * has the index and the records to itself: whoever reads the index asks cache_index() for it. It
 * reads cache->sealed, which nobody changes meanwhile.
 */
#ifndef COMMIT_H
#define COMMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "object_id.h"

struct cache;

struct commit {
	struct disk_work *work;
	size_t object_count;    /* of the batch */
	struct object_id *lost; /* objects that the index must forget */
	size_t lost_count;
	int error; /* of one that was done at once */
	struct fault fault;
};

/* Waits for the thread. */
void commit_release(struct commit *commit);
/* The thread has the index now. */
bool commit_is_running(const struct commit *commit);

/* Takes cache->lost over. With `waits` it is done when this returns. */
void commit_start(struct cache *cache, bool waits);
/* -EINPROGRESS (never when `waits`), 0, or why nothing of the batch is in the index; then what was
 * lost is in cache->lost again. */
int commit_step(struct cache *cache, bool waits, struct fault *fault);

/* batch_rows.c: the records and rows of cache->sealed, and no more of what cache->commit.lost
 * names. Of the cache it changes only the index and the records. */
int commit_rows(struct cache *cache, struct fault *fault);

#endif
