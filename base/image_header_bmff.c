/* AVIF and HEIC: ISO/IEC 14496-12 boxes, ISO/IEC 23008-12 items and their properties. */
#include <limits.h>
#include <string.h>

#include "image_header_parts.h"

#define MAX_PROPERTY_INDEX 0x7fff

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
	uint32_t id;
	uint8_t properties[(MAX_PROPERTY_INDEX + 1) / 8]; /* a bit for each index into ipco */
	uint64_t width, height;
	bool is_turned; /* by 90 or 270 degrees */
};

static bool has_property(const struct primary *primary, size_t index)
{
	return index <= MAX_PROPERTY_INDEX && primary->properties[index / 8] >> (index % 8) & 1;
}

/* One ItemPropertyAssociationBox: which properties the primary item has. */
static void read_associations(const struct image_bytes *bytes, const struct image_box *box,
			      struct primary *primary)
{
	size_t id_bytes = image_big(bytes, box->begin, 1) ? 4 : 2;
	size_t index_bytes = image_big(bytes, box->begin + 3, 1) & 1 ? 2 : 1;
	uint64_t entries = image_big(bytes, box->begin + 4, 4);
	size_t at = box->begin + 8;

	for (; entries && at + id_bytes < box->end; entries--) {
		uint64_t id = image_big(bytes, at, id_bytes);
		uint64_t count = image_big(bytes, at + id_bytes, 1);

		at += id_bytes + 1;
		for (; count && at + index_bytes <= box->end; count--, at += index_bytes) {
			size_t index = (size_t)image_big(bytes, at, index_bytes) &
				       (index_bytes == 2 ? 0x7fff : 0x7f);

			if (id == primary->id)
				primary->properties[index / 8] |= (uint8_t)(1u << (index % 8));
		}
	}
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

static void read_properties(const struct image_bytes *bytes, const struct image_box *container,
			    struct primary *primary, struct image_header *header)
{
	struct image_box box, aperture = {0};
	size_t index = 1;

	for (size_t at = container->begin;
	     image_box_read(bytes, at, container->end, &box) == IMAGE_HEADER_OK;
	     at = box.end, index++) {
		if (box.type == IMAGE_BOX_TYPE('a', 'u', 'x', 'C') &&
		    image_box_is_alpha(bytes, &box))
			header->has_alpha = true;
		if (!has_property(primary, index))
			continue;
		if (box.type == IMAGE_BOX_TYPE('c', 'l', 'a', 'p') && box.end - box.begin >= 32)
			aperture = box;
		else
			read_property(bytes, &box, primary, header);
	}
	if (aperture.type)
		crop(bytes, &aperture, primary);
}

/* The item's own type outweighs brands: a "mif1" file may hold either codec. */
static void read_item_type(const struct image_bytes *bytes, const struct image_box *infos,
			   const struct primary *primary, struct image_header *header)
{
	size_t at = infos->begin + (image_big(bytes, infos->begin, 1) ? 8 : 6);
	struct image_box box;

	for (; image_box_read(bytes, at, infos->end, &box) == IMAGE_HEADER_OK; at = box.end) {
		uint64_t version = image_big(bytes, box.begin, 1);
		size_t id_bytes = version == 3 ? 4 : 2, type_at = box.begin + 4 + id_bytes + 2;

		if (version < 2 || image_big(bytes, box.begin + 4, id_bytes) != primary->id ||
		    type_at + 4 > box.end)
			continue;
		if (image_has_text(bytes, type_at, "av01", 4))
			header->type = MEDIA_AVIF;
		else if (image_has_text(bytes, type_at, "hvc1", 4))
			header->type = MEDIA_HEIC;
		return;
	}
}

/* ISO/IEC 23000-22 (MIAF) section 7.3.5.2: a reference "prem" from the image to its alpha plane. */
static void read_references(const struct image_bytes *bytes, const struct image_box *references,
			    const struct primary *primary, struct image_header *header)
{
	size_t id_bytes = image_big(bytes, references->begin, 1) ? 4 : 2;
	struct image_box box;

	for (size_t at = references->begin + 4;
	     image_box_find(bytes, at, references->end, IMAGE_BOX_TYPE('p', 'r', 'e', 'm'), &box);
	     at = box.end)
		if (image_big(bytes, box.begin, id_bytes) == primary->id)
			header->is_premultiplied = true;
}

static enum image_header_result read_meta(const struct image_bytes *bytes,
					  const struct image_box *meta, struct image_header *header)
{
	struct primary primary = {0};
	struct image_box box, properties, associations;
	size_t begin = meta->begin + 4; /* version and flags */

	if (!image_box_find(bytes, begin, meta->end, IMAGE_BOX_TYPE('p', 'i', 't', 'm'), &box))
		return IMAGE_HEADER_BAD;
	primary.id =
		(uint32_t)image_big(bytes, box.begin + 4, image_big(bytes, box.begin, 1) ? 4 : 2);
	if (image_box_find(bytes, begin, meta->end, IMAGE_BOX_TYPE('i', 'i', 'n', 'f'), &box))
		read_item_type(bytes, &box, &primary, header);
	if (image_box_find(bytes, begin, meta->end, IMAGE_BOX_TYPE('i', 'r', 'e', 'f'), &box))
		read_references(bytes, &box, &primary, header);
	if (!image_box_find(bytes, begin, meta->end, IMAGE_BOX_TYPE('i', 'p', 'r', 'p'), &box) ||
	    !image_box_find(bytes, box.begin, box.end, IMAGE_BOX_TYPE('i', 'p', 'c', 'o'),
			    &properties))
		return IMAGE_HEADER_BAD;
	for (size_t at = box.begin;
	     image_box_find(bytes, at, box.end, IMAGE_BOX_TYPE('i', 'p', 'm', 'a'), &associations);
	     at = associations.end)
		read_associations(bytes, &associations, &primary);
	read_properties(bytes, &properties, &primary, header);
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
