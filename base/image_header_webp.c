/* WebP (RFC 9649). */
#include "image_header_parts.h"

enum {
	VP8X_ANIMATION = 0x02,
	VP8X_EXIF = 0x08,
	VP8X_ALPHA = 0x10,
};

#define CHUNKS_BEGIN 12 /* behind "RIFF", the size and "WEBP" */

static enum image_header_result read_lossy(const struct image_bytes *bytes,
					   struct image_header *header)
{
	size_t at = CHUNKS_BEGIN + 8;

	if (!image_has(bytes, at, 10))
		return IMAGE_HEADER_NEEDS_MORE;
	if (bytes->data[at] & 1 || !image_has_text(bytes, at + 3, "\x9d\x01\x2a", 3))
		return IMAGE_HEADER_BAD; /* no key frame */
	return image_set_size(header, image_little(bytes, at + 6, 2) & 0x3fff,
			      image_little(bytes, at + 8, 2) & 0x3fff);
}

static enum image_header_result read_lossless(const struct image_bytes *bytes,
					      struct image_header *header)
{
	size_t at = CHUNKS_BEGIN + 8;
	uint32_t bits;

	if (!image_has(bytes, at, 5))
		return IMAGE_HEADER_NEEDS_MORE;
	bits = (uint32_t)image_little(bytes, at + 1, 4);
	if (bytes->data[at] != 0x2f || bits >> 29)
		return IMAGE_HEADER_BAD; /* another signature, another version */
	header->has_alpha = bits >> 28 & 1;
	return image_set_size(header, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
}

/* The extended format tells the size at once; the orientation stands behind the image data. */
static enum image_header_result read_extended(const struct image_bytes *bytes,
					      struct image_header *header)
{
	uint64_t riff_bytes = image_little(bytes, 4, 4) + 8;
	struct image_bytes file = image_piece(bytes, 0, (size_t)riff_bytes);
	size_t at = CHUNKS_BEGIN + 8;
	unsigned flags;
	int frames = 0;

	if (!image_has(bytes, at, 10))
		return IMAGE_HEADER_NEEDS_MORE;
	flags = bytes->data[at];
	header->has_alpha = flags & VP8X_ALPHA;
	image_set_size(header, image_little(bytes, at + 4, 3) + 1,
		       image_little(bytes, at + 7, 3) + 1);
	for (at = CHUNKS_BEGIN; image_has(&file, at, 8);) {
		uint64_t chunk_bytes = image_little(&file, at + 4, 4);
		struct image_bytes chunk = image_piece(&file, at + 8, (size_t)chunk_bytes);

		if (flags & VP8X_ANIMATION && image_has_text(&file, at, "ANMF", 4) && ++frames == 2)
			header->frames = 2;
		if (flags & VP8X_EXIF && image_has_text(&file, at, "EXIF", 4) &&
		    image_has(&file, at + 8, (size_t)chunk_bytes)) {
			image_set_orientation(header, image_exif_orientation(&chunk));
			return IMAGE_HEADER_OK;
		}
		if (chunk_bytes > file.length_bytes)
			break;
		at += 8 + (size_t)chunk_bytes + (chunk_bytes & 1);
	}
	if (flags & VP8X_EXIF && !bytes->is_whole && bytes->length_bytes < riff_bytes)
		return IMAGE_HEADER_NEEDS_MORE;
	return IMAGE_HEADER_OK;
}

enum image_header_result image_header_webp(const struct image_bytes *bytes,
					   struct image_header *header)
{
	header->bits_per_sample = 8;
	if (!image_has(bytes, CHUNKS_BEGIN, 8))
		return IMAGE_HEADER_NEEDS_MORE;
	if (image_has_text(bytes, CHUNKS_BEGIN, "VP8 ", 4))
		return read_lossy(bytes, header);
	if (image_has_text(bytes, CHUNKS_BEGIN, "VP8L", 4))
		return read_lossless(bytes, header);
	if (image_has_text(bytes, CHUNKS_BEGIN, "VP8X", 4))
		return read_extended(bytes, header);
	return IMAGE_HEADER_BAD;
}
