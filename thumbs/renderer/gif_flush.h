/*
 * gif_flush.h: GIFs whose last code ends with the last bit of their data (GIF89a, appendix F).
 *
 * An end code is to follow; a few encoders leave it out, and so does a cut. libnsgif looks a byte
 * further where a code fills the last one, finds none, and leaves the pixels of that code black: of
 * an area in one colour thousands. A byte behind it, in a sub-block of its own, is read by nobody.
 * Pure, linear, every read bounds checked.
 */
#ifndef GIF_FLUSH_H
#define GIF_FLUSH_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Appends the file with that byte in each frame that needs it. False, with `to` as it was, when none
 * does, or when that is more than `to` takes. */
bool gif_flush_pad(const unsigned char *data, size_t length_bytes, struct buf *to);

#endif
