#include "gif_texts.h"

#include <stdbool.h>
#include <string.h>

#define EXTENSION 0x21
#define GRAPHIC_CONTROL 0xf9
#define IMAGE 0x2c
#define LOOP_HEAD_BYTES 14 /* of an extension that says how often */

static size_t table_bytes(unsigned flags)
{
	return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0;
}

/* Behind the sub-blocks; 0 when they do not end. */
static size_t behind_blocks(const unsigned char *data, size_t length_bytes, size_t at)
{
	while (at < length_bytes && data[at])
		at += 1 + (size_t)data[at];
	return at < length_bytes ? at + 1 : 0;
}

/* Of `bytes` bytes. */
static bool is_needed(const unsigned char *extension, size_t bytes)
{
	if (extension[1] == GRAPHIC_CONTROL)
		return true;
	return bytes > LOOP_HEAD_BYTES + 1 &&
	       (!memcmp(extension + 1, "\xff\x0bNETSCAPE2.0", 13) || !memcmp(extension + 1,
									     "\xff\x0b"
									     "ANIMEXTS1.0",
									     13));
}

/* Behind the block at `at`; 0: it is the last, or not whole. */
static size_t behind_block(const unsigned char *data, size_t length_bytes, size_t at)
{
	if (length_bytes - at < 2)
		return 0;
	if (data[at] == EXTENSION)
		return behind_blocks(data, length_bytes, at + 2);
	if (data[at] != IMAGE || length_bytes - at < 11)
		return 0;
	return behind_blocks(data, length_bytes, at + 11 + table_bytes(data[at + 9]));
}

size_t gif_texts_drop(unsigned char *data, size_t length_bytes)
{
	size_t from, to, next;

	if (length_bytes < 13)
		return length_bytes;
	from = to = 13 + table_bytes(data[10]); /* perhaps behind the end */
	while (from < length_bytes && (next = behind_block(data, length_bytes, from))) {
		if (data[from] == IMAGE || is_needed(data + from, next - from)) {
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
