/*
 * lock.h: flock(2) on a file of the cache, and locks on ranges of its bytes. A lock dies with its
 * last open descriptor, so a killed process leaves none behind; descriptors are close-on-exec (a
 * renderer must not keep a lock alive).
 */
#ifndef LOCK_H
#define LOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "fault.h"

/* Held for the life of a cache handle, shared: who gets it exclusively is alone with the cache. */
#define LOCK_USERS_NAME "users.lock"
/* Held shared while a batch is linked and committed, exclusively while gc or fsck removes objects.
 */
#define LOCK_WRITERS_NAME "writers.lock"

int lock_open(int folder_fd, const char *name, int *ret_fd, struct fault *fault);
/* Both wait. 0 or a negative errno. */
int lock_shared(int fd);
int lock_exclusive(int fd);
/* Does not wait: false when somebody else holds it, or the file system has no locks. */
bool lock_try_exclusive(int fd);
void lock_release(int fd);

/* An open file description lock (fcntl(2)): F_RDLCK, F_WRLCK or F_UNLCK; a length of 0 is to the
 * end. Never waits: 0 or a negative errno, -EAGAIN when somebody else's is in the way. */
int lock_range(int fd, short type, off_t offset, off_t length);

#endif
