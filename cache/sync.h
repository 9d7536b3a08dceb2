/*
 * sync.h: the calls that make writes survive a power cut.
 *
 *	struct sync_batch *batch = sync_batch_start(fds, count);
 *	while (sync_batch_step(batch, false) == -EINPROGRESS)
 *		... other work, and poll(2) of disk_work_event_fd()
 *	sync_batch_free(batch);
 *
 * A build with -DCACHE_UNSAFE_NOSYNC leaves them out: the power-cut test must fail with it, or it
 * tests nothing.
 */
#ifndef SYNC_H
#define SYNC_H

#include <stdbool.h>
#include <stddef.h>

/* Both return 0 or a negative errno. Where a file system has no such call, all that anybody wrote
 * to it is waited for. */
int sync_file(int fd);
int sync_folder(int fd);

/* Sends a file's bytes to the disk and does not wait for them: a later sync has less to do. Nothing
 * is promised. Where the disk has so much to do that this takes 20 ms, it is left out for a second.
 */
void sync_begin(int fd);

struct sync_batch;

/* Files, by sync_file(). Many at once cost little more than one: the file system's journal is
 * written once. Threads wait while the caller goes on (disk_work.h). The descriptors stay open
 * until the batch has ended. Owned by the caller. */
struct sync_batch *sync_batch_start(const int *fds, size_t count);
/* -EINPROGRESS (never when `waits`), 0 when all are durable, or the first negative errno once
 * nothing of the batch is under way any more. Another call says the same again. */
int sync_batch_step(struct sync_batch *batch, bool waits);
/* Waits for what is under way. NULL is allowed. */
void sync_batch_free(struct sync_batch *batch);

#endif
