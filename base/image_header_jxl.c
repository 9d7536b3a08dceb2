/* JPEG XL (ISO/IEC 18181-1 annex D: SizeHeader, ImageMetadata; 18181-2: the container). */
#include <string.h>

#include "image_header_parts.h"

/* More than all that is read of a codestream. */
#define HEADER_BYTES 128

/* Bits of the codestream, least significant first. Reading behind the end sets `overrun`. */
struct bits {
	const struct image_bytes *bytes;
	uint64_t at;
	bool overrun;
};

static uint32_t take(struct bits *bits, unsigned count)
{
	uint32_t number = 0;

	for (unsigned i = 0; i < count; i++, bits->at++) {
		size_t byte = (size_t)(bits->at / 8);

		if (byte >= bits->bytes->length_bytes) {
			bits->overrun = true;
			return 0;
		}
		number |= (uint32_t)(bits->bytes->data[byte] >> (bits->at % 8) & 1) << i;
	}
	return number;
}

/* U32: two bits choose how many bits follow, and what is added to them. */
struct choice {
	unsigned bits;
	uint32_t offset;
};

static uint64_t take_choice(struct bits *bits, const struct choice choices[4])
{
	const struct choice *choice = &choices[take(bits, 2)];

	return (uint64_t)take(bits, choice->bits) + choice->offset;
}

static uint64_t width_by_ratio(uint64_t height, unsigned ratio)
{
	static const struct {
		unsigned width, height;
	} ratios[] = {{1, 1}, {12, 10}, {4, 3}, {3, 2}, {16, 9}, {5, 4}, {2, 1}};

	return height * ratios[ratio - 1].width / ratios[ratio - 1].height;
}

static uint64_t take_side(struct bits *bits, bool is_small)
{
	static const struct choice choices[4] = {{9, 1}, {13, 1}, {18, 1}, {30, 1}};

	return is_small ? (take(bits, 5) + 1) * 8 : take_choice(bits, choices);
}

static void take_size(struct bits *bits, uint64_t *ret_width, uint64_t *ret_height)
{
	bool is_small = take(bits, 1);
	unsigned ratio;

	*ret_height = take_side(bits, is_small);
	ratio = take(bits, 3);
	*ret_width = ratio ? width_by_ratio(*ret_height, ratio) : take_side(bits, is_small);
}

static void skip_preview_size(struct bits *bits)
{
	static const struct choice by_eight[4] = {{0, 16}, {0, 32}, {5, 1}, {9, 33}};
	static const struct choice by_one[4] = {{6, 1}, {8, 65}, {10, 321}, {12, 1345}};
	const struct choice *choices = take(bits, 1) ? by_eight : by_one;

	take_choice(bits, choices);
	if (!take(bits, 3))
		take_choice(bits, choices);
}

static void skip_animation(struct bits *bits)
{
	static const struct choice numerator[4] = {{0, 100}, {0, 1000}, {10, 1}, {30, 1}};
	static const struct choice denominator[4] = {{0, 1}, {0, 1001}, {8, 1}, {10, 1}};
	static const struct choice loops[4] = {{0, 0}, {3, 0}, {16, 0}, {32, 0}};

	take_choice(bits, numerator);
	take_choice(bits, denominator);
	take_choice(bits, loops);
	take(bits, 1);
}

static int take_bit_depth(struct bits *bits)
{
	static const struct choice of_integers[4] = {{0, 8}, {0, 10}, {0, 12}, {6, 1}};
	static const struct choice of_floats[4] = {{0, 32}, {0, 16}, {0, 24}, {6, 1}};
	bool is_float = take(bits, 1);
	int depth = (int)take_choice(bits, is_float ? of_floats : of_integers);

	if (is_float)
		take(bits, 4);
	return depth;
}

/* Of the extra channels only the first is looked at: encoders put alpha there. */
static bool take_has_alpha(struct bits *bits)
{
	static const struct choice counts[4] = {{0, 0}, {0, 1}, {4, 2}, {12, 1}};
	static const struct choice types[4] = {{0, 0}, {0, 1}, {4, 2}, {6, 18}};

	if (!take_choice(bits, counts))
		return false;
	return take(bits, 1) || take_choice(bits, types) == 0;
}

static int take_metadata(struct bits *bits, struct image_header *header)
{
	int orientation = 1;
	uint64_t width, height;

	header->bits_per_sample = 8;
	if (take(bits, 1)) /* all default */
		return orientation;
	if (take(bits, 1)) {
		orientation = (int)take(bits, 3) + 1;
		if (take(bits, 1))
			take_size(bits, &width,
				  &height); /* a size to show it at, which browsers ignore */
		if (take(bits, 1))
			skip_preview_size(bits);
		if (take(bits, 1)) {
			skip_animation(bits);
			header->frames = 2;
		}
	}
	header->bits_per_sample = take_bit_depth(bits);
	take(bits, 1);
	header->has_alpha = take_has_alpha(bits);
	return orientation;
}

static enum image_header_result read_codestream(const struct image_bytes *stream,
						struct image_header *header)
{
	struct bits bits = {.bytes = stream, .at = 16};
	enum image_header_result result;
	uint64_t width, height;
	int orientation;

	if (!image_has(stream, 0, 2))
		return IMAGE_HEADER_NEEDS_MORE;
	if (!image_has_text(stream, 0, "\xff\x0a", 2))
		return IMAGE_HEADER_BAD;
	take_size(&bits, &width, &height);
	orientation = take_metadata(&bits, header);
	if (bits.overrun)
		return IMAGE_HEADER_NEEDS_MORE;
	result = image_set_size(header, width, height);
	image_set_orientation(header, orientation);
	return result;
}

/* The beginning of a codestream that lies in parts, which may end anywhere. */
struct gathered {
	uint8_t data[HEADER_BYTES];
	size_t length_bytes;
};

static void gather(struct gathered *gathered, const struct image_bytes *bytes,
		   const struct image_box *box)
{
	size_t room = HEADER_BYTES - gathered->length_bytes, wanted = box->end - box->begin;
	struct image_bytes part = image_piece(bytes, box->begin, wanted < room ? wanted : room);

	if (part.length_bytes)
		memcpy(gathered->data + gathered->length_bytes, part.data, part.length_bytes);
	gathered->length_bytes += part.length_bytes;
}

enum image_header_result image_header_jxl(const struct image_bytes *bytes,
					  struct image_header *header)
{
	struct gathered gathered = {.length_bytes = 0};
	enum image_header_result result;
	struct image_box box = {0};

	if (bytes->data[0] == 0xff)
		return read_codestream(bytes, header);
	for (;;) {
		struct image_bytes stream;
		bool is_part, is_last = true;

		result = image_box_read(bytes, box.end, IMAGE_BOX_NO_LIMIT, &box);
		if (result != IMAGE_HEADER_OK)
			return result;
		is_part = box.type == IMAGE_BOX_TYPE('j', 'x', 'l', 'p');
		if (!is_part && box.type != IMAGE_BOX_TYPE('j', 'x', 'l', 'c'))
			continue;
		if (is_part) {
			is_last = image_big(bytes, box.begin, 1) >> 7; /* of its number */
			box.begin += 4;
		}
		if (box.begin > box.end)
			return IMAGE_HEADER_BAD;
		gather(&gathered, bytes, &box);
		stream = (struct image_bytes){gathered.data, gathered.length_bytes, false};
		result = read_codestream(&stream, header);
		if (result != IMAGE_HEADER_NEEDS_MORE || box.end > bytes->length_bytes)
			return result;
		if (is_last || gathered.length_bytes == HEADER_BYTES)
			return IMAGE_HEADER_BAD;
	}
}
