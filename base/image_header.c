#include "image_header.h"

#include <limits.h>
#include <string.h>

#include "image_header_parts.h"

bool image_has(const struct image_bytes *bytes, size_t at, size_t count)
{
	return at <= bytes->length_bytes && count <= bytes->length_bytes - at;
}

bool image_has_text(const struct image_bytes *bytes, size_t at, const char *text, size_t count)
{
	return image_has(bytes, at, count) && !memcmp(bytes->data + at, text, count);
}

uint64_t image_big(const struct image_bytes *bytes, size_t at, size_t count)
{
	uint64_t number = 0;

	if (!image_has(bytes, at, count))
		return 0;
	for (size_t i = 0; i < count; i++)
		number = number << 8 | bytes->data[at + i];
	return number;
}

uint64_t image_little(const struct image_bytes *bytes, size_t at, size_t count)
{
	uint64_t number = 0;

	if (!image_has(bytes, at, count))
		return 0;
	for (size_t i = count; i > 0; i--)
		number = number << 8 | bytes->data[at + i - 1];
	return number;
}

struct image_bytes image_piece(const struct image_bytes *bytes, size_t at, size_t count)
{
	size_t left = at < bytes->length_bytes ? bytes->length_bytes - at : 0;

	if (!left)
		return (struct image_bytes){bytes->data, 0, bytes->is_whole};
	return (struct image_bytes){bytes->data + at, count < left ? count : left, bytes->is_whole};
}

enum image_header_result image_set_size(struct image_header *header, uint64_t width,
					uint64_t height)
{
	if (!width || !height || width > INT_MAX || height > INT_MAX)
		return IMAGE_HEADER_BAD;
	header->width_px = (int)width;
	header->height_px = (int)height;
	return IMAGE_HEADER_OK;
}

void image_set_orientation(struct image_header *header, int orientation)
{
	int width = header->width_px;

	if (orientation < 1 || orientation > 8)
		return;
	header->orientation = orientation;
	if (orientation < 5)
		return;
	header->width_px = header->height_px;
	header->height_px = width;
}

enum image_header_result image_header_read(const void *data, size_t length_bytes, bool is_whole,
					   struct image_header *ret_header)
{
	static image_header_reader *const readers[MEDIA_TYPE_COUNT] = {
		[MEDIA_JPEG] = image_header_jpeg, [MEDIA_PNG] = image_header_png,
		[MEDIA_GIF] = image_header_gif,   [MEDIA_WEBP] = image_header_webp,
		[MEDIA_AVIF] = image_header_bmff, [MEDIA_HEIC] = image_header_bmff,
		[MEDIA_SVG] = image_header_svg,   [MEDIA_ICO] = image_header_ico,
		[MEDIA_BMP] = image_header_bmp,   [MEDIA_TIFF] = image_header_tiff,
		[MEDIA_JXL] = image_header_jxl,   [MEDIA_JP2] = image_header_jp2,
	};
	struct image_bytes bytes = {data, length_bytes, is_whole};
	struct image_header header = {.orientation = 1, .frames = 1};
	enum image_header_result result;

	switch (media_type_sniff(data, length_bytes, is_whole, &header.type)) {
	case MEDIA_SNIFF_NOT_AN_IMAGE:
		return IMAGE_HEADER_NOT_AN_IMAGE;
	case MEDIA_SNIFF_NEEDS_MORE:
		return IMAGE_HEADER_NEEDS_MORE;
	case MEDIA_SNIFF_KNOWN:
		break;
	}
	result = readers[header.type](&bytes, &header);
	if (result == IMAGE_HEADER_NEEDS_MORE && is_whole)
		return IMAGE_HEADER_BAD;
	if (result == IMAGE_HEADER_OK)
		*ret_header = header;
	return result;
}

bool image_header_is_cut(const void *data, size_t length_bytes)
{
	struct image_header header;

	return image_header_read(data, length_bytes, false, &header) == IMAGE_HEADER_NEEDS_MORE;
}
