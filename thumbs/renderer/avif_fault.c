#include "avif_fault.h"

#include <stdint.h>

#include "bit_set.h"
#include "icc.h"
#include "image_items.h"

/* The handler of pictures (ISO/IEC 14496-12, 8.4.3): version 0, and fields that are all zeros. */
static bool is_good_handler(const struct image_bytes *bytes, const struct image_box *box)
{
	return box->type == IMAGE_BOX_TYPE('h', 'd', 'l', 'r') && box->end - box->begin >= 24 &&
	       !image_big(bytes, box->begin, 1) && !image_big(bytes, box->begin + 4, 4) &&
	       !image_big(bytes, box->begin + 12, 8) && !image_big(bytes, box->begin + 20, 4);
}

/* AV1 in ISOBMFF, 2.3.3: a marker and version 1; behind the formats zeros, but for a delay that is
 * said to be there. */
static bool is_good_configuration(const struct image_bytes *bytes, const struct image_box *box)
{
	uint64_t delay = image_big(bytes, box->begin + 3, 1);

	return box->end - box->begin >= 4 && image_big(bytes, box->begin, 1) == 0x81 &&
	       !(delay & 0xe0) && (delay & 0x10 || !delay);
}

/* ISO/IEC 23008-12, 6.5.6: version 0; AV1 has as many bits in each channel. */
static bool is_good_depth(const struct image_bytes *bytes, const struct image_box *box)
{
	uint64_t n_channels = image_big(bytes, box->begin + 4, 1);
	size_t first_at = box->begin + 5;

	if (image_big(bytes, box->begin, 1) || box->end < first_at ||
	    n_channels > box->end - first_at)
		return false;
	for (uint64_t i = 1; i < n_channels; i++)
		if (image_big(bytes, first_at + i, 1) != image_big(bytes, first_at, 1))
			return false;
	return true;
}

/* The name of a property that cannot be. */
static const char *fault_of(const struct image_bytes *bytes, const struct image_box *box)
{
	uint64_t first_byte = image_big(bytes, box->begin, 1);

	switch (box->type) {
	case IMAGE_BOX_TYPE('a', 'v', '1', 'C'):
		return is_good_configuration(bytes, box) ? NULL : "av1C";
	case IMAGE_BOX_TYPE('p', 'i', 'x', 'i'):
		return is_good_depth(bytes, box) ? NULL : "pixi";
	case IMAGE_BOX_TYPE('i', 's', 'p', 'e'): /* version 0 */
		return first_byte ? "ispe" : NULL;
	case IMAGE_BOX_TYPE('i', 'r', 'o', 't'): /* four turns, and two axes */
		return first_byte > 3 ? "irot" : NULL;
	case IMAGE_BOX_TYPE('i', 'm', 'i', 'r'):
		return first_byte > 1 ? "imir" : NULL;
	default:
		return NULL;
	}
}

const char *avif_fault_find(const unsigned char *data, size_t length_bytes)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct image_item_property property = {0};
	struct image_items items;
	struct image_box first;

	if (!image_items_find(&bytes, &items))
		return NULL;
	if (image_box_read(&bytes, items.meta.begin + 4, items.meta.end, &first) !=
		    IMAGE_HEADER_OK ||
	    !is_good_handler(&bytes, &first))
		return "hdlr";
	while (image_items_next_property(&items, &property)) {
		const char *fault = fault_of(&bytes, &property.box);

		if (fault)
			return fault;
	}
	return NULL;
}

/* --- the colour profile -------------------------------------------------------------------------
 */

/* ISO/IEC 14496-12, 12.1.5: a profile, of any kind or a restricted one. */
static bool is_of_profile(const struct image_bytes *bytes, const struct image_box *box)
{
	return box->type == IMAGE_BOX_TYPE('c', 'o', 'l', 'r') && box->end - box->begin >= 4 &&
	       (image_has_text(bytes, box->begin, "prof", 4) ||
		image_has_text(bytes, box->begin, "rICC", 4));
}

/* AV1 in ISOBMFF, 2.3.3: without colour. */
static bool is_of_greys(const struct image_bytes *bytes, const struct image_box *box)
{
	return box->type == IMAGE_BOX_TYPE('a', 'v', '1', 'C') && box->end - box->begin >= 3 &&
	       image_big(bytes, box->begin + 2, 1) & 0x10;
}

bool avif_has_broken_profile(const unsigned char *data, size_t length_bytes)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	uint8_t own[BIT_SET_BYTES(IMAGE_ITEMS_MAX_PROPERTY + 1)] = {0};
	struct image_item_association association = {0};
	struct image_item_property property = {0};
	struct image_box profile = {0};
	struct image_items items;
	bool is_grey = false;

	if (!image_items_find(&bytes, &items))
		return false;
	while (image_items_next_association(&items, &association))
		if (association.item == items.primary)
			BIT_SET_ADD(own, association.index);
	while (image_items_next_property(&items, &property)) {
		if (!BIT_SET_HAS(own, property.index))
			continue;
		is_grey |= is_of_greys(&bytes, &property.box);
		if (!profile.type && is_of_profile(&bytes, &property.box))
			profile = property.box;
	}
	return profile.type &&
	       !icc_is_readable(data + profile.begin + 4, profile.end - profile.begin - 4, is_grey);
}
