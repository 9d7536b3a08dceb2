/*
 * position.h: byte offsets of a file as lines and columns. The one place that counts them.
 *
 * 1-based; a line ends at LF (the CR before it belongs to the line); a column is a code point, a
 * byte that is no UTF-8 counts as one, and a byte order mark at the file's start counts as none.
 */
#ifndef POSITION_H
#define POSITION_H

#include <stddef.h>

struct position {
	size_t offset;         /* in */
	unsigned line, column; /* out */
};

/* Fills all positions in one pass over the text: linear, whatever their order. */
void position_resolve(const char *text, size_t length_bytes, struct position *positions,
		      size_t count);

#endif
