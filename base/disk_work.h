/*
 * disk_work.h: calls that wait for the disk, made in threads beside the loop.
 *
 *	struct disk_work *work = disk_work_start(call, context, count);
 *	while (disk_work_step(work, false) == -EINPROGRESS)
 *		... other work, and poll(2) of disk_work_event_fd()
 *	disk_work_free(work);
 *
 * Up to 32 threads for all of a process, made when they are needed. They take calls in the order of
 * their start, and signals stay with the other threads. Where no thread can be made, the calls are
 * made at once by whoever starts them.
 */
#ifndef DISK_WORK_H
#define DISK_WORK_H

#include <stdbool.h>
#include <stddef.h>

struct disk_work;

/* 0 or a negative errno. */
typedef int disk_call(void *context, size_t index);

/* Makes the call for each index below `count`, several at once. The context is borrowed until the
 * work has ended. Owned by the caller. */
struct disk_work *disk_work_start(disk_call *call, void *context, size_t count);
/* -EINPROGRESS (never when `waits`); once all have been made 0, or the error of the first that
 * failed. Another call says the same again. What the calls wrote is visible to the caller then. */
int disk_work_step(struct disk_work *work, bool waits);
bool disk_work_has_ended(const struct disk_work *work);
/* Waits for it; disk_work_step() is called as before. */
void disk_work_wait(const struct disk_work *work);
/* Waits for what is under way. NULL is allowed. */
void disk_work_free(struct disk_work *work);

/* Readable when some work of this process has ended, until the next disk_work_step(); -1: there was
 * none. Borrowed, until disk_work_end(). */
int disk_work_event_fd(void);
/* Ends the threads once they have done all that was started. More work makes new ones. */
void disk_work_end(void);

#endif
