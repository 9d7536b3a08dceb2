/* The formats whose header is one fixed block: PNG (ISO/IEC 15948), GIF 89a, BMP, ICO. */
#include <limits.h>
#include <zlib.h>

#include "image_header_parts.h"

enum {
	PNG_PALETTE = 3,
	PNG_ALPHA_BIT = 4, /* of the colour type */
};

static bool is_png_depth(unsigned colour_type, unsigned depth)
{
	switch (colour_type) {
	case 0:
		return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
	case PNG_PALETTE:
		return depth == 1 || depth == 2 || depth == 4 || depth == 8;
	case 2:
	case 4:
	case 6:
		return depth == 8 || depth == 16;
	default:
		return false;
	}
}

static enum image_header_result read_ihdr(const struct image_bytes *bytes,
					  struct image_header *header)
{
	unsigned depth, colour_type;

	if (!image_has(bytes, 8, 8 + 13 + 4))
		return IMAGE_HEADER_NEEDS_MORE;
	if (!image_has_text(bytes, 8, "\0\0\0\rIHDR", 8))
		return IMAGE_HEADER_BAD;
	depth = bytes->data[24];
	colour_type = bytes->data[25];
	if (!is_png_depth(colour_type, depth) || bytes->data[26] || bytes->data[27] ||
	    bytes->data[28] > 1)
		return IMAGE_HEADER_BAD;
	header->bits_per_sample = colour_type == PNG_PALETTE ? 8 : (int)depth;
	header->has_alpha = colour_type & PNG_ALPHA_BIT;
	header->is_progressive = bytes->data[28] == 1;
	return image_set_size(header, image_big(bytes, 16, 4), image_big(bytes, 20, 4));
}

/* PNG, third edition, section 11.3.2.6: of a matrix there is only the identity. Browsers leave out
 * one of narrow range. */
static void read_cicp(const struct image_bytes *chunk, struct image_header *header)
{
	if (chunk->data[2] != 0 || chunk->data[3] != 1)
		return;
	header->primaries = chunk->data[0];
	header->transfer = chunk->data[1];
}

/* Of the chunk at `at`, all of which is at hand. */
static bool has_right_crc(const struct image_bytes *bytes, size_t at,
			  const struct image_bytes *chunk)
{
	uint32_t crc = (uint32_t)image_big(bytes, at + 8 + chunk->length_bytes, 4);

	return crc32(0, bytes->data + at + 4, (uInt)(4 + chunk->length_bytes)) == crc;
}

/* 0: it says nothing, or begins as in a JPEG, which browsers refuse. */
static int png_orientation(const struct image_bytes *chunk)
{
	return image_has_text(chunk, 0, "Exif", 4) ? 0 : image_exif_orientation(chunk);
}

/* Reads up to the first image data: what stands behind it comes too late for a browser. */
enum image_header_result image_header_png(const struct image_bytes *bytes,
					  struct image_header *header)
{
	enum image_header_result result = read_ihdr(bytes, header);
	int orientation = 0;
	bool has_exif = false;
	size_t at = 8 + 8 + 13 + 4;

	while (result == IMAGE_HEADER_OK && image_has(bytes, at, 8)) {
		uint64_t chunk_bytes = image_big(bytes, at, 4);
		struct image_bytes chunk = image_piece(bytes, at + 8, (size_t)chunk_bytes);
		uint32_t type = (uint32_t)image_big(bytes, at + 4, 4);
		uint64_t frames = image_big(&chunk, 0, 4);

		if (chunk_bytes > INT_MAX)
			return IMAGE_HEADER_BAD;
		if (type == IMAGE_BOX_TYPE('I', 'D', 'A', 'T') ||
		    type == IMAGE_BOX_TYPE('I', 'E', 'N', 'D')) {
			image_set_orientation(header, orientation);
			return IMAGE_HEADER_OK;
		}
		if (!image_has(bytes, at + 8, (size_t)chunk_bytes + 4))
			break;
		if (type == IMAGE_BOX_TYPE('a', 'c', 'T', 'L') && frames && frames <= INT_MAX)
			header->frames = (int)frames;
		else if (type == IMAGE_BOX_TYPE('t', 'R', 'N', 'S'))
			header->has_alpha = true;
		else if (type == IMAGE_BOX_TYPE('e', 'X', 'I', 'f') && !has_exif &&
			 has_right_crc(bytes, at, &chunk)) {
			/* The first one counts, in browsers, whatever is in it. */
			has_exif = true;
			orientation = png_orientation(&chunk);
		} else if (type == IMAGE_BOX_TYPE('c', 'I', 'C', 'P') && chunk_bytes == 4)
			read_cicp(&chunk, header);
		at += 8 + (size_t)chunk_bytes + 4;
	}
	if (result == IMAGE_HEADER_OK && !bytes->is_whole)
		return IMAGE_HEADER_NEEDS_MORE;
	image_set_orientation(header, orientation);
	return result;
}

static size_t gif_table_bytes(unsigned flags)
{
	return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0;
}

/* The offset behind a chain of sub-blocks; behind the bytes when they end first. */
static size_t behind_sub_blocks(const struct image_bytes *bytes, size_t at)
{
	while (image_has(bytes, at, 1) && bytes->data[at])
		at += 1 + (size_t)bytes->data[at];
	return at + 1;
}

/* A first frame that reaches beyond the screen makes it larger, in browsers and decoders: a screen
 * of size zero takes that frame's. */
static void grow_gif(const struct image_bytes *bytes, size_t at, struct image_header *header)
{
	uint64_t right = image_little(bytes, at + 1, 2) + image_little(bytes, at + 5, 2);
	uint64_t bottom = image_little(bytes, at + 3, 2) + image_little(bytes, at + 7, 2);
	uint64_t width = image_little(bytes, 6, 2), height = image_little(bytes, 8, 2);

	image_set_size(header, width > right ? width : right, height > bottom ? height : bottom);
}

/* Walks the blocks at hand for what the screen descriptor does not tell. Returns how many frames
 * there are, at most 2. */
static int read_gif_blocks(const struct image_bytes *bytes, size_t at, struct image_header *header)
{
	int frames = 0;

	while (frames < 2 && image_has(bytes, at, 1)) {
		if (bytes->data[at] == 0x21) { /* an extension; 0xf9 is the graphic control */
			if (image_big(bytes, at + 1, 1) == 0xf9 && image_big(bytes, at + 3, 1) & 1)
				header->has_alpha = true;
			at = behind_sub_blocks(bytes, at + 2);
			continue;
		}
		if (bytes->data[at] != 0x2c || !image_has(bytes, at, 10))
			break;
		frames++;
		if (frames == 1)
			grow_gif(bytes, at, header);
		if (frames == 1 && bytes->data[at + 9] & 0x40)
			header->is_progressive = true;
		at = behind_sub_blocks(bytes, at + 11 + gif_table_bytes(bytes->data[at + 9]));
	}
	if (frames == 2)
		header->frames = 2;
	return frames;
}

enum image_header_result image_header_gif(const struct image_bytes *bytes,
					  struct image_header *header)
{
	if (!image_has(bytes, 0, 13))
		return IMAGE_HEADER_NEEDS_MORE;
	image_set_size(header, image_little(bytes, 6, 2), image_little(bytes, 8, 2));
	header->bits_per_sample = 8;
	if (!read_gif_blocks(bytes, 13 + gif_table_bytes(bytes->data[10]), header) &&
	    !bytes->is_whole)
		return IMAGE_HEADER_NEEDS_MORE;
	return header->width_px ? IMAGE_HEADER_OK : IMAGE_HEADER_NEEDS_MORE;
}

enum image_header_result image_header_bmp(const struct image_bytes *bytes,
					  struct image_header *header)
{
	uint64_t header_bytes = image_little(bytes, 14, 4);
	int32_t width, height;
	unsigned bits;

	if (header_bytes == 12) { /* OS/2: 16-bit sizes */
		if (!image_has(bytes, 18, 8))
			return IMAGE_HEADER_NEEDS_MORE;
		header->bits_per_sample = 8;
		return image_set_size(header, image_little(bytes, 18, 2),
				      image_little(bytes, 20, 2));
	}
	if (!image_has(bytes, 14, (size_t)header_bytes) || !image_has(bytes, 18, 12))
		return IMAGE_HEADER_NEEDS_MORE;
	width = (int32_t)image_little(bytes, 18, 4);
	height = (int32_t)image_little(bytes, 22, 4); /* negative: top row first */
	bits = (unsigned)image_little(bytes, 28, 2);
	header->bits_per_sample = bits == 16 || bits > 32 ? 0 : 8;
	header->has_alpha = header_bytes >= 56 && bits >= 16 && image_little(bytes, 66, 4);
	if (width <= 0 || height == INT32_MIN)
		return IMAGE_HEADER_BAD;
	return image_set_size(header, (uint64_t)width, (uint64_t)(height < 0 ? -height : height));
}

/* The largest entry. A byte of 0 means 256. */
enum image_header_result image_header_ico(const struct image_bytes *bytes,
					  struct image_header *header)
{
	size_t count = (size_t)image_little(bytes, 4, 2);
	int best = 0;

	if (!count)
		return IMAGE_HEADER_BAD;
	if (!image_has(bytes, 6, count * 16))
		return IMAGE_HEADER_NEEDS_MORE;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *entry = bytes->data + 6 + i * 16;
		int width = entry[0] ? entry[0] : 256, height = entry[1] ? entry[1] : 256;

		if (width * height <= best)
			continue;
		best = width * height;
		header->width_px = width;
		header->height_px = height;
	}
	header->has_alpha = true; /* every entry has a mask */
	return IMAGE_HEADER_OK;
}
