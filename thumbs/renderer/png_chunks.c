#include "png_chunks.h"

#include <string.h>
#include <zlib.h>

#include "octets.h"

bool png_next_chunk(const unsigned char *data, size_t length_bytes, size_t at,
		    struct png_chunk *ret_chunk)
{
	size_t left, body_bytes;
	bool is_whole;

	if (length_bytes < at || length_bytes - at < 8)
		return false;
	left = length_bytes - at - 8;
	body_bytes = octets_u32be(data + at);
	is_whole = left >= 4 && body_bytes <= left - 4;
	*ret_chunk = (struct png_chunk){
		.type = data + at + 4,
		.body_bytes = body_bytes < left ? body_bytes : left,
		.end = is_whole ? at + 12 + body_bytes : length_bytes,
		.is_whole = is_whole,
	};
	return true;
}

bool png_is_image_data(const struct png_chunk *chunk)
{
	return !memcmp(chunk->type, "IDAT", 4);
}

bool png_has_wrong_crc(const struct png_chunk *chunk)
{
	return chunk->is_whole && crc32(0, chunk->type, (uInt)chunk->body_bytes + 4) !=
					  octets_u32be(chunk->type + 4 + chunk->body_bytes);
}

bool png_has_wrong_data_crc(const unsigned char *data, size_t length_bytes)
{
	size_t at = PNG_SIGNATURE_BYTES;
	struct png_chunk chunk;

	while (png_next_chunk(data, length_bytes, at, &chunk)) {
		if (png_is_image_data(&chunk) && png_has_wrong_crc(&chunk))
			return true;
		at = chunk.end;
	}
	return false;
}
