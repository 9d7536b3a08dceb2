/*
 * dead_end.h: what hosts say of an image that nobody gets any more, in their own ways instead of by
 * 404 or 410. Pure.
 */
#ifndef DEAD_END_H
#define DEAD_END_H

#include <stdbool.h>
#include <stddef.h>

#include "url.h"

/* What is wrong with a signed URL, by the page of an error: "the URL's signature has expired";
 * NULL: the page says nothing of it. No browser gets further. */
const char *dead_end_of_signature(const char *page, size_t page_bytes);
/* Where image hosts redirect to when the image was removed: a picture with words that say so. */
bool dead_end_is_placeholder(const struct url *target);

#endif
