/*
 * descriptors.h: how many files this process may have open (RLIMIT_NOFILE, getrlimit(2)), and what
 * that leaves for things of which many wait with one open.
 */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <stddef.h>

/* Standard streams, libraries, locks, the index. */
#define DESCRIPTORS_OF_PROGRAM 48

/* Raises the soft limit towards the hard one, as far as 65,536. Best effort. */
void descriptors_raise(void);
/* How many things fit that take `each` of what `others` leave of the soft limit; `least` and `most`
 * bound it. `most` where the limit is not known. */
size_t descriptors_room(size_t others, size_t each, size_t least, size_t most);

#endif
