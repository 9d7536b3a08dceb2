/*
 * sync.h: the calls that make writes survive a power cut.
 *
 *	struct sync_batch *batch = sync_batch_start(fds, count, SYNC_BYTES, folder_fd);
 *	while (sync_batch_step(batch, false) == -EINPROGRESS)
 *		... other work, and poll(2) of sync_event_fd()
 *	sync_batch_free(batch);
 *
 * A build with -DCACHE_UNSAFE_NOSYNC leaves them out: the power-cut test must fail with it, or it
 * tests nothing.
 */
#ifndef SYNC_H
#define SYNC_H

#include <stdbool.h>
#include <stddef.h>

/* Both return 0 or a negative errno. */
int sync_file(int fd);
int sync_folder(int fd);

enum sync_kind {
	SYNC_BYTES, /* fdatasync(2), of files */
	SYNC_NAMES, /* fsync(2), of folders */
};

struct sync_batch;

/* Many at once cost little more than one: the file system's journal is written once. The kernel
 * works while the caller goes on. The descriptors stay open until the batch has ended.
 * `file_system_fd`, a folder there, is for systems that cannot (then all that anybody wrote to that
 * file system is waited for). Owned by the caller. */
struct sync_batch *sync_batch_start(const int *fds, size_t count, enum sync_kind kind,
				    int file_system_fd);
/* -EINPROGRESS (never when `waits`), 0 when all are durable, or the first negative errno once
 * nothing of the batch is under way any more. Another call says the same again. */
int sync_batch_step(struct sync_batch *batch, bool waits);
/* Waits for what is under way. NULL is allowed. */
void sync_batch_free(struct sync_batch *batch);

/* The process is about to end: so that this costs no time then. Nothing when a batch is under way;
 * later ones sync the whole file system. */
void sync_give_back(void);

/* Readable when a part of some batch of this process has ended; -1: no batch was ever under way.
 * Borrowed. */
int sync_event_fd(void);

#endif
