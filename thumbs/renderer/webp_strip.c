#include "webp_strip.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "octets.h"

#define HEADER_BYTES 12 /* "RIFF", size, "WEBP" */
#define CHUNK_BYTES 8   /* name, size */

/* Flags of VP8X. */
#define FLAG_ANIMATION 0x02u
#define FLAG_ALPHA 0x10u

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
		uint64_t padded = ((uint64_t)octets_u32le(data + from + 4) + 1) & ~(uint64_t)1;
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
	octets_put_le(data + 4, to - 8, 4);
	return to;
}
