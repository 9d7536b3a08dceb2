/*
 * short_memory.h: what is made of it that memory is short: by a container's limit, by `ulimit`, or
 * because others have it.
 *
 * A crowd is how many renderers may run at once. As many as were asked for, until the system kills
 * one: it is the others that took its memory, not its image. Then half as many, and one more after
 * each SHORT_MEMORY_QUIET images.
 */
#ifndef SHORT_MEMORY_H
#define SHORT_MEMORY_H

#include <stdbool.h>

#include "thumbs.h"

#define SHORT_MEMORY_QUIET 32

struct crowd {
	unsigned most, allowed;
	unsigned quiet; /* images since the last change */
};

void crowd_begin(struct crowd *crowd, unsigned most);
/* The system killed one. */
void crowd_shrink(struct crowd *crowd);
/* An image is done. */
void crowd_calm(struct crowd *crowd);

/* Whether the limits of this process are lower than what decoders take at most: some of them crash
 * then. */
bool short_memory_is_set(void);
/* libheif calls a conversion of colours that gets no memory one that it does not know. */
void short_memory_excuse(struct thumb_result *result);

#endif
