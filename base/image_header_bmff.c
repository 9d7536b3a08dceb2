/* AVIF and HEIC: ISO/IEC 14496-12 boxes, ISO/IEC 23008-12 items and their properties. */
#include <limits.h>
#include <string.h>

#include "bit_set.h"
#include "image_items.h"

enum image_header_result image_box_read(const struct image_bytes *bytes, size_t at, size_t limit,
					struct image_box *ret_box)
{
	uint64_t box_bytes, header_bytes = 8;

	if (at > limit || limit - at < 8)
		return IMAGE_HEADER_BAD;
	if (!image_has(bytes, at, 8))
		return IMAGE_HEADER_NEEDS_MORE;
	box_bytes = image_big(bytes, at, 4);
	if (box_bytes == 1) {
		if (!image_has(bytes, at, 16))
			return IMAGE_HEADER_NEEDS_MORE;
		box_bytes = image_big(bytes, at + 8, 8);
		header_bytes = 16;
	} else if (box_bytes == 0) { /* to the end */
		box_bytes = limit - at;
	}
	if (box_bytes < header_bytes || box_bytes > limit - at)
		return IMAGE_HEADER_BAD;
	*ret_box = (struct image_box){
		.type = (uint32_t)image_big(bytes, at + 4, 4),
		.begin = at + (size_t)header_bytes,
		.end = at + (size_t)box_bytes,
	};
	return IMAGE_HEADER_OK;
}

bool image_box_find(const struct image_bytes *bytes, size_t begin, size_t end, uint32_t type,
		    struct image_box *ret_box)
{
	struct image_box box;

	for (; image_box_read(bytes, begin, end, &box) == IMAGE_HEADER_OK; begin = box.end) {
		if (box.type != type)
			continue;
		*ret_box = box;
		return true;
	}
	return false;
}

/* What the boxes of `meta` say about the primary item. */
struct primary {
	uint8_t properties[BIT_SET_BYTES(IMAGE_ITEMS_MAX_PROPERTY + 1)];
	uint64_t width, height;
	bool is_turned; /* by 90 or 270 degrees */
};

static void read_associations(const struct image_items *items, struct primary *primary)
{
	struct image_item_association association = {0};

	while (image_items_next_association(items, &association))
		if (association.item == items->primary)
			BIT_SET_ADD(primary->properties, association.index);
}

/* A fraction rounded half up, as libheif crops; 0 for none. */
static uint64_t whole_pixels(uint64_t numerator, uint64_t divisor)
{
	return divisor ? (numerator + divisor / 2) / divisor : 0;
}

/* A clean aperture within the image crops it. */
static void crop(const struct image_bytes *bytes, const struct image_box *box,
		 struct primary *primary)
{
	uint64_t width =
		whole_pixels(image_big(bytes, box->begin, 4), image_big(bytes, box->begin + 4, 4));
	uint64_t height = whole_pixels(image_big(bytes, box->begin + 8, 4),
				       image_big(bytes, box->begin + 12, 4));

	if (!width || !height || width > primary->width || height > primary->height)
		return;
	primary->width = width;
	primary->height = height;
}

static void read_property(const struct image_bytes *bytes, const struct image_box *box,
			  struct primary *primary, struct image_header *header)
{
	switch (box->type) {
	case IMAGE_BOX_TYPE('i', 's', 'p', 'e'):
		primary->width = image_big(bytes, box->begin + 4, 4);
		primary->height = image_big(bytes, box->begin + 8, 4);
		break;
	case IMAGE_BOX_TYPE('p', 'i', 'x', 'i'):
		if (image_big(bytes, box->begin + 4, 1))
			header->bits_per_sample = (int)image_big(bytes, box->begin + 5, 1);
		break;
	case IMAGE_BOX_TYPE('c', 'o', 'l', 'r'): /* there may be a profile in another one */
		if (!image_has_text(bytes, box->begin, "nclx", 4) || box->end - box->begin < 8)
			break;
		header->primaries = (int)image_big(bytes, box->begin + 4, 2);
		header->transfer = (int)image_big(bytes, box->begin + 6, 2);
		break;
	case IMAGE_BOX_TYPE('a', 'v', '1',
			    'C'): /* monochrome and both subsamplings are bits 4, 3, 2 */
		header->has_full_chroma = !(image_big(bytes, box->begin + 2, 1) & 0x1c);
		break;
	case IMAGE_BOX_TYPE('h', 'v', 'c', 'C'): /* ISO/IEC 14496-15: chroma_format_idc */
		header->has_full_chroma = (image_big(bytes, box->begin + 16, 1) & 3) == 3;
		break;
	case IMAGE_BOX_TYPE('i', 'r', 'o', 't'):
		primary->is_turned = image_big(bytes, box->begin, 1) & 1;
		break;
	default: /* imir mirrors: the size stays */
		break;
	}
}

/* An auxiliary image that is the alpha plane; its type is a string. */
bool image_box_is_alpha(const struct image_bytes *bytes, const struct image_box *box)
{
	static const char *const names[] = {"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
					    "urn:mpeg:hevc:2015:auxid:1"};

	for (size_t i = 0; i < 2; i++)
		if (box->end - box->begin >= 4 + strlen(names[i]) &&
		    image_has_text(bytes, box->begin + 4, names[i], strlen(names[i])))
			return true;
	return false;
}

static void read_properties(const struct image_items *items, struct primary *primary,
			    struct image_header *header)
{
	const struct image_bytes *bytes = items->bytes;
	struct image_item_property property = {0};
	struct image_box aperture = {0};

	while (image_items_next_property(items, &property)) {
		const struct image_box *box = &property.box;

		if (box->type == IMAGE_BOX_TYPE('a', 'u', 'x', 'C') &&
		    image_box_is_alpha(bytes, box))
			header->has_alpha = true;
		if (!BIT_SET_HAS(primary->properties, property.index))
			continue;
		if (box->type == IMAGE_BOX_TYPE('c', 'l', 'a', 'p') && box->end - box->begin >= 32)
			aperture = *box;
		else
			read_property(bytes, box, primary, header);
	}
	if (aperture.type)
		crop(bytes, &aperture, primary);
}

/* The item's own type outweighs brands: a "mif1" file may hold either codec. */
static void read_item_type(const struct image_items *items, struct image_header *header)
{
	struct image_item_info info = {0};

	while (image_items_next_info(items, &info)) {
		if (info.item != items->primary)
			continue;
		if (info.type == IMAGE_BOX_TYPE('a', 'v', '0', '1'))
			header->type = MEDIA_AVIF;
		else if (info.type == IMAGE_BOX_TYPE('h', 'v', 'c', '1'))
			header->type = MEDIA_HEIC;
		return;
	}
}

/* ISO/IEC 23000-22 (MIAF) section 7.3.5.2: a reference "prem" from the image to its alpha plane. */
static void read_references(const struct image_items *items, struct image_header *header)
{
	struct image_item_reference reference = {0};

	while (image_items_next_reference(items, &reference))
		if (reference.type == IMAGE_BOX_TYPE('p', 'r', 'e', 'm') &&
		    reference.from == items->primary)
			header->is_premultiplied = true;
}

static enum image_header_result read_meta(const struct image_bytes *bytes,
					  const struct image_box *meta, struct image_header *header)
{
	struct primary primary = {0};
	struct image_items items;

	if (!image_items_read(bytes, meta, &items))
		return IMAGE_HEADER_BAD;
	read_item_type(&items, header);
	read_references(&items, header);
	if (!items.containers.type)
		return IMAGE_HEADER_BAD;
	read_associations(&items, &primary);
	read_properties(&items, &primary, header);
	if (primary.is_turned)
		return image_set_size(header, primary.height, primary.width);
	return image_set_size(header, primary.width, primary.height);
}

/* An image sequence: the size of the first track that has one, and its number of samples. */
static enum image_header_result read_movie(const struct image_bytes *bytes,
					   const struct image_box *movie,
					   struct image_header *header)
{
	static const uint32_t path[] = {
		IMAGE_BOX_TYPE('m', 'd', 'i', 'a'),
		IMAGE_BOX_TYPE('m', 'i', 'n', 'f'),
		IMAGE_BOX_TYPE('s', 't', 'b', 'l'),
		IMAGE_BOX_TYPE('s', 't', 's', 'z'),
	};
	struct image_box track, box;
	uint64_t width, height, frames;

	for (size_t at = movie->begin;
	     image_box_find(bytes, at, movie->end, IMAGE_BOX_TYPE('t', 'r', 'a', 'k'), &track);
	     at = track.end) {
		size_t i = 0;

		if (!image_box_find(bytes, track.begin, track.end,
				    IMAGE_BOX_TYPE('t', 'k', 'h', 'd'), &box) ||
		    box.end - box.begin < 84)
			continue;
		width = image_big(bytes, box.end - 8, 4) >> 16; /* 16.16 fixed point */
		height = image_big(bytes, box.end - 4, 4) >> 16;
		if (!width || !height)
			continue;
		if (!header->width_px)
			image_set_size(header, width, height);
		for (box = track; i < 4; i++)
			if (!image_box_find(bytes, box.begin, box.end, path[i], &box))
				break;
		frames = i == 4 ? image_big(bytes, box.begin + 8, 4) : 0;
		if (frames && frames <= INT_MAX)
			header->frames = (int)frames;
		return IMAGE_HEADER_OK;
	}
	return IMAGE_HEADER_BAD;
}

/* A still image is done with `meta`. A file whose major brand is a sequence's also has a `moov`. */
enum image_header_result image_header_bmff(const struct image_bytes *bytes,
					   struct image_header *header)
{
	bool is_sequence = image_has_text(bytes, 8, "avis", 4) ||
			   image_has_text(bytes, 8, "msf1", 4) ||
			   image_has_text(bytes, 8, "hevc", 4);
	enum image_header_result result;
	struct image_box box;

	for (size_t at = 0;; at = box.end) {
		bool is_meta, is_movie;

		result = image_box_read(bytes, at, IMAGE_BOX_NO_LIMIT, &box);
		if (result != IMAGE_HEADER_OK)
			break;
		is_meta = box.type == IMAGE_BOX_TYPE('m', 'e', 't', 'a') && !header->width_px;
		is_movie = box.type == IMAGE_BOX_TYPE('m', 'o', 'o', 'v') && is_sequence;
		if (!is_meta && !is_movie)
			continue;
		if (box.end - box.begin < 4)
			return IMAGE_HEADER_BAD;
		result = IMAGE_HEADER_NEEDS_MORE;
		if (box.end > bytes->length_bytes)
			break;
		result = is_meta ? read_meta(bytes, &box, header) : read_movie(bytes, &box, header);
		if (result != IMAGE_HEADER_OK || is_movie || !is_sequence)
			break;
	}
	if (header->width_px && (bytes->is_whole || result == IMAGE_HEADER_BAD))
		return IMAGE_HEADER_OK;
	return result;
}
