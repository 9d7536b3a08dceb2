#include "png_profile.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "alloc.h"
#include "octets.h"
#include "png_chunks.h"

#define MAX_PROFILE_BYTES ((size_t)8 << 20) /* what libpng takes of a chunk */
#define MAX_NAME_BYTES 79
/* ICC.1:2010, section 7.2: the header, the count of the tags, 12 bytes a tag. */
#define PROFILE_HEAD_BYTES 132
#define TAG_BYTES 12
#define SPACE_AT 16
#define SIGNATURE_AT 36

/* The profile unpacked: its length, 0 when it cannot be, or is too long. */
static size_t unpack(const unsigned char *packed, size_t packed_bytes, unsigned char *ret_profile)
{
	uLongf length = MAX_PROFILE_BYTES;

	return uncompress(ret_profile, &length, packed, packed_bytes) == Z_OK ? length : 0;
}

/* What libpng wants of a profile before it uses it. */
static bool is_profile(const unsigned char *profile, size_t length_bytes, bool is_grey)
{
	return length_bytes >= PROFILE_HEAD_BYTES && octets_u32be(profile) == length_bytes &&
	       !memcmp(profile + SIGNATURE_AT, "acsp", 4) &&
	       !memcmp(profile + SPACE_AT, is_grey ? "GRAY" : "RGB ", 4) &&
	       octets_u32be(profile + PROFILE_HEAD_BYTES - 4) <=
		       (length_bytes - PROFILE_HEAD_BYTES) / TAG_BYTES;
}

static bool is_broken(const struct png_chunk *chunk, bool is_grey)
{
	const unsigned char *body = chunk->type + 4;
	const unsigned char *name_end = memchr(
		body, '\0',
		chunk->body_bytes < MAX_NAME_BYTES + 1 ? chunk->body_bytes : MAX_NAME_BYTES + 1);
	size_t head_bytes = name_end ? (size_t)(name_end - body) + 2 : 0;
	unsigned char *profile;
	size_t length_bytes;
	bool is_good;

	/* After the name its method of compression, which is 0. */
	if (!name_end || name_end == body || head_bytes >= chunk->body_bytes || name_end[1])
		return true;
	profile = alloc_resized(NULL, MAX_PROFILE_BYTES, 1);
	length_bytes = unpack(body + head_bytes, chunk->body_bytes - head_bytes, profile);
	is_good = is_profile(profile, length_bytes, is_grey);
	free(profile);
	return !is_good;
}

bool png_has_broken_profile(const unsigned char *data, size_t length_bytes)
{
	size_t at = PNG_SIGNATURE_BYTES;
	bool is_grey = false;
	struct png_chunk chunk;

	while (png_next_chunk(data, length_bytes, at, &chunk) && !png_is_image_data(&chunk)) {
		/* Colour types 0 and 4; the type stands behind width, height and depth. */
		if (!memcmp(chunk.type, "IHDR", 4) && chunk.body_bytes >= 13)
			is_grey = (chunk.type[4 + 9] & 2) == 0;
		if (!memcmp(chunk.type, "iCCP", 4))
			return is_broken(&chunk, is_grey);
		at = chunk.end;
	}
	return false;
}
