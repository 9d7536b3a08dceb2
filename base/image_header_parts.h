/*
 * image_header_parts.h: the readers of single formats behind image_header.h, and what they share.
 *
 * A reader gets bytes whose signature was seen. It returns IMAGE_HEADER_NEEDS_MORE when it ran off
 * the end; image_header_read() turns that into IMAGE_HEADER_BAD when no more will come. Numbers
 * read outside the bytes are 0, so that a missed check can't read foreign memory.
 */
#ifndef IMAGE_HEADER_PARTS_H
#define IMAGE_HEADER_PARTS_H

#include "image_header.h"

struct image_bytes {
	const uint8_t *data;
	size_t length_bytes;
	bool is_whole;
};

typedef enum image_header_result image_header_reader(const struct image_bytes *bytes,
						     struct image_header *header);

image_header_reader image_header_jpeg, image_header_png, image_header_gif, image_header_webp,
	image_header_bmff, image_header_svg, image_header_ico, image_header_bmp, image_header_tiff,
	image_header_jxl, image_header_jp2;

bool image_has(const struct image_bytes *bytes, size_t at, size_t count);
bool image_has_text(const struct image_bytes *bytes, size_t at, const char *text, size_t count);
/* `count` bytes, at most 8. */
uint64_t image_big(const struct image_bytes *bytes, size_t at, size_t count);
uint64_t image_little(const struct image_bytes *bytes, size_t at, size_t count);
/* The piece from `at`, at most `count` bytes long. */
struct image_bytes image_piece(const struct image_bytes *bytes, size_t at, size_t count);

/* IMAGE_HEADER_BAD for a size of zero or one that no int holds. */
enum image_header_result image_set_size(struct image_header *header, uint64_t width,
					uint64_t height);
/* Applies an EXIF orientation: 5 to 8 swap width and height. 0 and junk count as 1. */
void image_set_orientation(struct image_header *header, int orientation);
/* The orientation in an EXIF block, with or without "Exif\0\0" before it; 0 when it says nothing.
 */
int image_exif_orientation(const struct image_bytes *exif);

/* A box of ISO/IEC 14496-12; JPEG 2000 and JPEG XL use the same. */
struct image_box {
	uint32_t type;
	size_t begin, end; /* of the content; `end` may lie behind the bytes at hand */
};

#define IMAGE_BOX_TYPE(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define IMAGE_BOX_NO_LIMIT (SIZE_MAX / 2)

/* The box that begins at `at` and may reach to `limit`. */
enum image_header_result image_box_read(const struct image_bytes *bytes, size_t at, size_t limit,
					struct image_box *ret_box);
/* Of an auxC box: it makes an alpha plane of its item. */
bool image_box_is_alpha(const struct image_bytes *bytes, const struct image_box *box);
/* The first box of that type in [begin, end), all of which is at hand. */
bool image_box_find(const struct image_bytes *bytes, size_t begin, size_t end, uint32_t type,
		    struct image_box *ret_box);

#endif
