#include "webp_strip.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define HEADER_BYTES 12 /* "RIFF", size, "WEBP" */
#define CHUNK_BYTES 8   /* name, size */

/* Flags of VP8X. */
#define FLAG_ANIMATION 0x02u
#define FLAG_ALPHA 0x10u

static uint32_t read_u32(const unsigned char *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void write_u32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

static bool is_chunk(const unsigned char *at, const char *name)
{
	return !memcmp(at, name, 4);
}

static bool is_metadata(const unsigned char *at)
{
	return is_chunk(at, "EXIF") || is_chunk(at, "XMP ") || is_chunk(at, "ICCP");
}

/* What is left says itself whether VP8X is needed: for alpha beside lossy data, or motion. */
static bool needs_extended(unsigned char flags)
{
	return flags & (FLAG_ANIMATION | FLAG_ALPHA);
}

size_t webp_strip(unsigned char *data, size_t length_bytes)
{
	size_t from = HEADER_BYTES, to = HEADER_BYTES;

	if (length_bytes < HEADER_BYTES + CHUNK_BYTES + 10 || !is_chunk(data, "RIFF") ||
	    !is_chunk(data + 8, "WEBP") || !is_chunk(data + HEADER_BYTES, "VP8X"))
		return length_bytes;
	while (length_bytes - from >= CHUNK_BYTES) {
		uint64_t padded = ((uint64_t)read_u32(data + from + 4) + 1) & ~(uint64_t)1;
		uint64_t whole = CHUNK_BYTES + padded;
		bool is_extended = is_chunk(data + from, "VP8X");

		if (whole > length_bytes - from)
			return length_bytes;
		if (is_extended)
			data[from + CHUNK_BYTES] &= FLAG_ANIMATION | FLAG_ALPHA;
		if (!is_metadata(data + from) &&
		    !(is_extended && !needs_extended(data[from + CHUNK_BYTES]))) {
			memmove(data + to, data + from, (size_t)whole);
			to += (size_t)whole;
		}
		from += (size_t)whole;
	}
	write_u32(data + 4, (uint32_t)(to - 8));
	return to;
}
