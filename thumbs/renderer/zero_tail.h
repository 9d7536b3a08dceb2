/*
 * zero_tail.h: zeros at the end of a file that stand in place of image data.
 *
 * A disk or a program had made room for the whole, and then got a part of it. Decoders of WebP, AV1
 * and HEVC take zeros for codes, and say nothing.
 */
#ifndef ZERO_TAIL_H
#define ZERO_TAIL_H

#include <stdbool.h>
#include <stddef.h>

/* Where the zeros begin that the bytes end in; their length when they end in something else. */
size_t zero_tail_begin(const unsigned char *data, size_t length_bytes);
/* Whether so many zeros within coded data are no codes: at least a sector, and more than the most
 * that codes may end in. */
bool zero_tail_is_loss(size_t zeros_bytes, size_t most_bytes);

#endif
