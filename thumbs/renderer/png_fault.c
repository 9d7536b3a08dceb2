#include "png_fault.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "octets.h"
#include "png_chunks.h"

#define SIZE_AT (PNG_SIGNATURE_BYTES + 8) /* of IHDR: width, height */
#define COLOUR_TYPE_AT (PNG_SIGNATURE_BYTES + 17)
#define COLOUR_TYPE_PALETTE 3

/* What came before a chunk. */
struct order {
	bool needs_palette, has_header, has_palette, has_data, has_left_data;
};

static bool is(const struct png_chunk *chunk, const char *type)
{
	return !memcmp(chunk->type, type, 4);
}

static bool is_name(const unsigned char *type)
{
	for (int i = 0; i < 4; i++)
		if ((unsigned)((type[i] | 0x20) - 'a') > 'z' - 'a')
			return false;
	return true;
}

/* PNG, third edition, section 5.4: a decoder may leave the others out. */
static bool is_critical(const struct png_chunk *chunk)
{
	return !(chunk->type[0] & 0x20);
}

static bool is_known(const struct png_chunk *chunk)
{
	return is(chunk, "IHDR") || is(chunk, "PLTE") || is(chunk, "IDAT") || is(chunk, "IEND");
}

/* NULL: the chunk may stand where it stands. */
static const char *fault_of(const struct png_chunk *chunk, struct order *order)
{
	bool is_data = png_is_image_data(chunk), is_header = is(chunk, "IHDR");
	bool is_palette = is(chunk, "PLTE");

	if (is_critical(chunk) && !is_known(chunk))
		return "unknown, and needed to show the image";
	if (is_critical(chunk) && png_has_wrong_crc(chunk))
		return "CRC error";
	if ((is_header && order->has_header) || (is_palette && order->has_palette))
		return "there are two";
	if (is_palette && order->needs_palette &&
	    (!chunk->body_bytes || chunk->body_bytes % 3 || chunk->body_bytes > 3 * 256))
		return "not of 1 to 256 colours";
	if (is_data && order->needs_palette && !order->has_palette)
		return "the palette (PLTE) is missing";
	if (is_data && order->has_left_data)
		return "not in one piece";
	order->has_header |= is_header;
	order->has_palette |= is_palette;
	order->has_left_data |= order->has_data && !is_data;
	order->has_data |= is_data;
	return NULL;
}

bool png_fault_find(const unsigned char *data, size_t length_bytes, char *ret_text,
		    size_t size_bytes)
{
	struct order order = {
		.needs_palette = length_bytes > COLOUR_TYPE_AT &&
				 data[COLOUR_TYPE_AT] == COLOUR_TYPE_PALETTE,
	};
	size_t at = PNG_SIGNATURE_BYTES;
	struct png_chunk chunk;

	while (png_next_chunk(data, length_bytes, at, &chunk) && !is(&chunk, "IEND")) {
		const char *fault = fault_of(&chunk, &order);

		if (!is_name(chunk.type)) {
			snprintf(ret_text, size_bytes, "a chunk has no valid name");
			return true;
		}
		if (fault) {
			snprintf(ret_text, size_bytes, "%.4s: %s", (const char *)chunk.type, fault);
			return true;
		}
		at = chunk.end;
	}
	return false;
}

/* A frame's number, size, place, delay, and what is done with it (section 11.3.5.2). */
static bool is_of_whole_image(const struct png_chunk *chunk, const unsigned char *size)
{
	static const unsigned char zeros[8];
	const unsigned char *body = chunk->type + 4;

	return chunk->body_bytes == 26 && !memcmp(body, zeros, 4) && !memcmp(body + 4, size, 8) &&
	       !memcmp(body + 12, zeros, 8) && body[24] <= 2 && body[25] <= 1;
}

bool png_fault_is_in_first_frame(const unsigned char *data, size_t length_bytes)
{
	bool is_animation = false, has_frame = false;
	size_t at = PNG_SIGNATURE_BYTES;
	struct png_chunk chunk;

	while (png_next_chunk(data, length_bytes, at, &chunk) && !png_is_image_data(&chunk)) {
		bool is_frame = is_animation && is(&chunk, "fcTL") && !png_has_wrong_crc(&chunk);

		if (is_frame && (has_frame || !is_of_whole_image(&chunk, data + SIZE_AT)))
			return true;
		has_frame |= is_frame;
		is_animation |= is(&chunk, "acTL") && chunk.body_bytes == 8 &&
				!png_has_wrong_crc(&chunk) && octets_u32be(chunk.type + 4);
		at = chunk.end;
	}
	return false;
}
