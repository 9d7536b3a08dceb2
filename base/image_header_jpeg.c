/* JPEG (ITU-T T.81 annex B), EXIF in APP1. */
#include <string.h>

#include "image_header_parts.h"

enum {
	MARKER_TEM = 0x01,
	MARKER_DHT = 0xc4, /* stands among the frame headers' numbers, as do JPG and DAC */
	MARKER_JPG = 0xc8,
	MARKER_DAC = 0xcc,
	MARKER_RST0 = 0xd0,
	MARKER_SOI = 0xd8,
	MARKER_EOI = 0xd9,
	MARKER_SOS = 0xda,
	MARKER_APP1 = 0xe1,
};

struct frame {
	bool is_known;
	unsigned width, height, precision;
	bool is_progressive;
};

static bool has_segment(unsigned marker)
{
	return marker != MARKER_TEM && (marker < MARKER_RST0 || marker > MARKER_EOI);
}

static bool is_frame_header(unsigned marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != MARKER_DHT && marker != MARKER_JPG &&
	       marker != MARKER_DAC;
}

static struct frame read_frame(const struct image_bytes *segment, unsigned marker)
{
	return (struct frame){
		.is_known = segment->length_bytes >= 6,
		.precision = (unsigned)image_big(segment, 0, 1),
		.height = (unsigned)image_big(segment, 1, 2),
		.width = (unsigned)image_big(segment, 3, 2),
		.is_progressive = (marker & 3) == 2, /* SOF2, 6, 10, 14 */
	};
}

/* The offset behind the next marker at or after `at`; fill bytes and junk before it are skipped, as
 * decoders do. 0 when there is none. */
static size_t behind_marker(const struct image_bytes *bytes, size_t at, unsigned *ret_marker)
{
	while (image_has(bytes, at, 2)) {
		const uint8_t *found = memchr(bytes->data + at, 0xff, bytes->length_bytes - at - 1);

		if (!found)
			return 0;
		at = (size_t)(found - bytes->data) + 1;
		*ret_marker = bytes->data[at];
		if (*ret_marker != 0xff && *ret_marker != 0)
			return at + 1;
	}
	return 0;
}

/* The first one counts, in browsers, also when it says nothing of the orientation; not one that is
 * empty. */
static bool is_exif(const struct image_bytes *segment)
{
	return image_has_text(segment, 0, "Exif\0", 5) && image_has(segment, 6, 1);
}

static enum image_header_result finish(struct image_header *header, const struct frame *frame,
				       int orientation)
{
	enum image_header_result result = image_set_size(header, frame->width, frame->height);

	header->is_progressive = frame->is_progressive;
	header->bits_per_sample = (int)frame->precision;
	image_set_orientation(header, orientation);
	return result;
}

/* Reads up to the first scan, for EXIF may stand behind the frame header. */
enum image_header_result image_header_jpeg(const struct image_bytes *bytes,
					   struct image_header *header)
{
	struct frame frame = {0};
	int orientation = 0;
	bool has_exif = false;
	unsigned marker;
	size_t at = 2;

	while ((at = behind_marker(bytes, at, &marker))) {
		size_t segment_bytes = (size_t)image_big(bytes, at, 2);
		struct image_bytes segment;

		if (marker == MARKER_SOS || marker == MARKER_EOI)
			return frame.is_known ? finish(header, &frame, orientation)
					      : IMAGE_HEADER_BAD;
		if (!has_segment(marker))
			continue;
		if (!image_has(bytes, at, 2))
			break;
		if (segment_bytes < 2)
			return IMAGE_HEADER_BAD;
		if (!image_has(bytes, at, segment_bytes))
			break;
		segment = image_piece(bytes, at + 2, segment_bytes - 2);
		if (is_frame_header(marker) && !frame.is_known)
			frame = read_frame(&segment, marker);
		else if (marker == MARKER_APP1 && !has_exif && is_exif(&segment)) {
			has_exif = true;
			orientation = image_exif_orientation(&segment);
		}
		at += segment_bytes;
	}
	if (frame.is_known && bytes->is_whole)
		return finish(header, &frame, orientation);
	return IMAGE_HEADER_NEEDS_MORE;
}
