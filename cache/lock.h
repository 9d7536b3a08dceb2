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

/* Held for the life of a cache handle, shared: who gets it exclusively, while nobody has the
 * writers' lock so, is alone with the cache. */
#define LOCK_USERS_NAME "users.lock"
/* Held shared while a batch is linked and committed, exclusively while gc or fsck removes objects.
 */
#define LOCK_WRITERS_NAME "writers.lock"

#define LOCK_HOLDER_ALONE "another process mends the cache, or removes from it"
#define LOCK_HOLDER_GC "gc or fsck of another process works on the cache"
#define LOCK_HOLDER_WRITERS "another process writes to the cache, or checks it"

int lock_open(int folder_fd, const char *name, int *ret_fd, struct fault *fault);
/* Both wait, as patience.h says; `holder` who has it then, and what for ("gc works on the cache").
 * 0 or a negative errno; -ECANCELED and -ETIMEDOUT are those of patience.h. SIGALRM interrupts this
 * thread meanwhile. */
int lock_shared(int fd, const char *holder);
int lock_exclusive(int fd, const char *holder);
/* Do not wait. -EAGAIN: somebody else has it. */
int lock_try_shared(int fd);
/* Does not wait: false when somebody else holds it, or the file system has no locks. */
bool lock_try_exclusive(int fd);
void lock_release(int fd);
/* Says what kept the lock from us. Returns `error`. */
int lock_fault(struct fault *fault, int error, const char *name, const char *holder);

/* An open file description lock (fcntl(2)): F_RDLCK, F_WRLCK or F_UNLCK; a length of 0 is to the
 * end. Never waits: 0 or a negative errno, -EAGAIN when somebody else's is in the way. */
int lock_range(int fd, short type, off_t offset, off_t length);

/* 0, or a negative errno where the file system has none of the locks that SQLite uses (those of
 * processes, fcntl(2)): it would take that for a lock of another's, and wait for two minutes. */
int lock_check_there_are(int fd);

#endif
