#include "gif_texts.h"

#include <stdbool.h>
#include <string.h>

#include "gif_blocks.h"

#define LOOP_HEAD_BYTES 14 /* of an extension that says how often */

/* A loop without a sub-block says nothing. */
static bool is_needed(const unsigned char *data, size_t at, size_t next)
{
	return data[at] == GIF_IMAGE || data[at + 1] == GIF_GRAPHIC_CONTROL ||
	       (next - at > LOOP_HEAD_BYTES + 1 && gif_is_loop(data, next, at));
}

/* Behind the block at `at`; 0: it is the last, or not whole. */
static size_t behind_block(const unsigned char *data, size_t length_bytes, size_t at)
{
	if (length_bytes - at < 2)
		return 0;
	if (data[at] == GIF_EXTENSION)
		return gif_behind_blocks(data, length_bytes, at + 2);
	if (data[at] != GIF_IMAGE || length_bytes - at < 11)
		return 0;
	return gif_behind_blocks(data, length_bytes, at + 11 + gif_table_bytes(data[at + 9]));
}

size_t gif_texts_drop(unsigned char *data, size_t length_bytes)
{
	size_t from, to, next;

	if (length_bytes < 13)
		return length_bytes;
	from = to = 13 + gif_table_bytes(data[10]); /* perhaps behind the end */
	while (from < length_bytes && (next = behind_block(data, length_bytes, from))) {
		if (is_needed(data, from, next)) {
			if (to != from)
				memmove(data + to, data + from, next - from);
			to += next - from;
		}
		from = next;
	}
	if (to == from)
		return length_bytes;
	memmove(data + to, data + from, length_bytes - from);
	return to + length_bytes - from;
}
