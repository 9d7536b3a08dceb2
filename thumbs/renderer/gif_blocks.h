/*
 * gif_blocks.h: how long the parts of a GIF are (GIF89a). Every read is bounds checked.
 */
#ifndef GIF_BLOCKS_H
#define GIF_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define GIF_EXTENSION 0x21
#define GIF_GRAPHIC_CONTROL 0xf9
#define GIF_IMAGE 0x2c
#define GIF_TRAILER 0x3b

/* Of colours, by the flags before it. */
static inline size_t gif_table_bytes(unsigned flags)
{
	return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0;
}

/* Behind the sub-blocks; 0 when they do not end. */
static inline size_t gif_behind_blocks(const unsigned char *data, size_t length_bytes, size_t at)
{
	while (at < length_bytes && data[at])
		at += 1 + (size_t)data[at];
	return at < length_bytes ? at + 1 : 0;
}

/* The extension that makes a film of the frames that follow. */
static inline bool gif_is_loop(const unsigned char *data, size_t length_bytes, size_t at)
{
	return length_bytes - at >= 14 && (!memcmp(data + at + 1, "\xff\x0bNETSCAPE2.0", 13) ||
					   !memcmp(data + at + 1, "\xff\x0b\x41NIMEXTS1.0", 13));
}

#endif
