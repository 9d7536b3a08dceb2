/* JPEG 2000: the codestream's SIZ (ISO/IEC 15444-1 annex A.5.1), the container's ihdr (annex I). */
#include "image_header_parts.h"

static enum image_header_result read_codestream(const struct image_bytes *stream,
						struct image_header *header)
{
	uint64_t right, bottom, left, top;

	if (!image_has(stream, 0, 43))
		return IMAGE_HEADER_NEEDS_MORE;
	if (!image_has_text(stream, 0, "\xff\x4f\xff\x51", 4))
		return IMAGE_HEADER_BAD;
	right = image_big(stream, 8, 4);
	bottom = image_big(stream, 12, 4);
	left = image_big(stream, 16, 4);
	top = image_big(stream, 20, 4);
	header->bits_per_sample = (int)(image_big(stream, 42, 1) & 0x7f) + 1;
	if (left >= right || top >= bottom)
		return IMAGE_HEADER_BAD;
	return image_set_size(header, right - left, bottom - top);
}

static bool defines_alpha(const struct image_bytes *bytes, const struct image_box *definitions)
{
	uint64_t count = image_big(bytes, definitions->begin, 2);

	for (size_t at = definitions->begin + 2; count && at + 6 <= definitions->end;
	     at += 6, count--) {
		uint64_t type = image_big(bytes, at + 2, 2);

		if (type == 1 || type == 2) /* opacity, premultiplied opacity */
			return true;
	}
	return false;
}

static enum image_header_result read_header_box(const struct image_bytes *bytes,
						const struct image_box *box,
						struct image_header *header)
{
	struct image_box inner;
	unsigned depth;

	if (box->end > bytes->length_bytes)
		return IMAGE_HEADER_NEEDS_MORE;
	if (image_box_find(bytes, box->begin, box->end, IMAGE_BOX_TYPE('c', 'd', 'e', 'f'), &inner))
		header->has_alpha = defines_alpha(bytes, &inner);
	if (!image_box_find(bytes, box->begin, box->end, IMAGE_BOX_TYPE('i', 'h', 'd', 'r'),
			    &inner) ||
	    inner.end - inner.begin < 14)
		return IMAGE_HEADER_BAD;
	depth = (unsigned)image_big(bytes, inner.begin + 10, 1);
	header->bits_per_sample = depth == 255 ? 0 : (int)(depth & 0x7f) + 1; /* 255: they differ */
	return image_set_size(header, image_big(bytes, inner.begin + 4, 4),
			      image_big(bytes, inner.begin, 4));
}

enum image_header_result image_header_jp2(const struct image_bytes *bytes,
					  struct image_header *header)
{
	enum image_header_result result;
	struct image_box box = {0};

	if (bytes->data[0] == 0xff)
		return read_codestream(bytes, header);
	for (;;) {
		struct image_bytes stream;

		result = image_box_read(bytes, box.end, IMAGE_BOX_NO_LIMIT, &box);
		if (result != IMAGE_HEADER_OK)
			return result;
		if (box.type == IMAGE_BOX_TYPE('j', 'p', '2', 'h'))
			return read_header_box(bytes, &box, header);
		if (box.type != IMAGE_BOX_TYPE('j', 'p', '2', 'c'))
			continue;
		stream = image_piece(bytes, box.begin, box.end - box.begin);
		return read_codestream(&stream, header);
	}
}
