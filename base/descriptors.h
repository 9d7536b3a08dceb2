/*
 * descriptors.h: how many files this process may have open (RLIMIT_NOFILE, getrlimit(2)), and what
 * that leaves for things of which many wait with one open.
 */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <stddef.h>

#include "fault.h"

/* Standard streams, libraries, locks, the index. */
#define DESCRIPTORS_OF_PROGRAM 48
/* With them, each batch, transfer and renderer gets its least. */
#define DESCRIPTORS_LEAST 64

/* Raises the soft limit towards the hard one, as far as 65,536. Best effort. */
void descriptors_raise(void);
/* -EMFILE: fewer than DESCRIPTORS_LEAST may be open. What needs one more would say so in its own
 * words, far from the cause. */
int descriptors_check(struct fault *fault);
/* How many things fit that take `each` of what `others` leave of the soft limit; `least` and `most`
 * bound it. `most` where the limit is not known. */
size_t descriptors_room(size_t others, size_t each, size_t least, size_t most);

#endif
