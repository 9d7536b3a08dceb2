#include "image_items.h"

/* A version of 8 bits and flags of 24 stand before the content. */
#define FULL_BOX_BYTES 4

static uint64_t version_of(const struct image_items *items, const struct image_box *box)
{
	return image_big(items->bytes, box->begin, 1);
}

bool image_items_box(const struct image_items *items, uint32_t type, struct image_box *ret_box)
{
	return image_box_find(items->bytes, items->meta.begin + FULL_BOX_BYTES, items->meta.end,
			      type, ret_box);
}

bool image_items_read(const struct image_bytes *bytes, const struct image_box *meta,
		      struct image_items *ret_items)
{
	struct image_box box;

	*ret_items = (struct image_items){.bytes = bytes, .meta = *meta};
	if (!image_items_box(ret_items, IMAGE_BOX_TYPE('p', 'i', 't', 'm'), &box))
		return false;
	ret_items->primary =
		image_big(bytes, box.begin + FULL_BOX_BYTES, version_of(ret_items, &box) ? 4 : 2);
	if (image_items_box(ret_items, IMAGE_BOX_TYPE('i', 'p', 'r', 'p'), &ret_items->properties))
		image_box_find(bytes, ret_items->properties.begin, ret_items->properties.end,
			       IMAGE_BOX_TYPE('i', 'p', 'c', 'o'), &ret_items->containers);
	return true;
}

bool image_items_find(const struct image_bytes *bytes, struct image_items *ret_items)
{
	struct image_box meta;

	return image_box_find(bytes, 0, bytes->length_bytes, IMAGE_BOX_TYPE('m', 'e', 't', 'a'),
			      &meta) &&
	       image_items_read(bytes, &meta, ret_items);
}

bool image_items_next_info(const struct image_items *items, struct image_item_info *info)
{
	const struct image_bytes *bytes = items->bytes;

	if (!info->within.type) {
		if (!image_items_box(items, IMAGE_BOX_TYPE('i', 'i', 'n', 'f'), &info->within))
			return false;
		info->entry.end = info->within.begin + FULL_BOX_BYTES +
				  (version_of(items, &info->within) ? 4 : 2);
	}
	while (image_box_read(bytes, info->entry.end, info->within.end, &info->entry) ==
	       IMAGE_HEADER_OK) {
		uint64_t version = version_of(items, &info->entry);
		size_t id_at = info->entry.begin + FULL_BOX_BYTES;
		size_t type_at = id_at + (version == 3 ? 4 : 2) + 2;

		if (version < 2 || version > 3 || type_at + 4 > info->entry.end)
			continue;
		info->item = image_big(bytes, id_at, version == 3 ? 4 : 2);
		info->type_at = type_at;
		info->type = (uint32_t)image_big(bytes, type_at, 4);
		return true;
	}
	return false;
}

static bool next_reference_box(const struct image_items *items,
			       struct image_item_reference *reference)
{
	if (!reference->within.type) {
		if (!image_items_box(items, IMAGE_BOX_TYPE('i', 'r', 'e', 'f'), &reference->within))
			return false;
		reference->id_bytes = version_of(items, &reference->within) ? 4 : 2;
		reference->box.end = reference->within.begin + FULL_BOX_BYTES;
	}
	if (image_box_read(items->bytes, reference->box.end, reference->within.end,
			   &reference->box) != IMAGE_HEADER_OK)
		return false;
	reference->type = reference->box.type;
	reference->from = image_big(items->bytes, reference->box.begin, reference->id_bytes);
	reference->at = reference->box.begin + reference->id_bytes + 2;
	reference->left = image_big(items->bytes, reference->at - 2, 2);
	return true;
}

bool image_items_next_reference(const struct image_items *items,
				struct image_item_reference *reference)
{
	while (!reference->left || reference->at + reference->id_bytes > reference->box.end)
		if (!next_reference_box(items, reference))
			return false;
	reference->to = image_big(items->bytes, reference->at, reference->id_bytes);
	reference->at += reference->id_bytes;
	reference->left--;
	return true;
}

bool image_items_next_property(const struct image_items *items,
			       struct image_item_property *property)
{
	const struct image_box *within = &items->containers;
	size_t at = property->index ? property->box.end : within->begin;

	if (!within->type || property->index == IMAGE_ITEMS_MAX_PROPERTY ||
	    image_box_read(items->bytes, at, within->end, &property->box) != IMAGE_HEADER_OK)
		return false;
	property->index++;
	return true;
}

static bool next_association_box(const struct image_items *items,
				 struct image_item_association *association)
{
	const struct image_box *within = &items->properties;
	size_t at = association->box.type ? association->box.end : within->begin;

	if (!within->type || !image_box_find(items->bytes, at, within->end,
					     IMAGE_BOX_TYPE('i', 'p', 'm', 'a'), &association->box))
		return false;
	association->index_bytes =
		image_big(items->bytes, association->box.begin + 3, 1) & 1 ? 2 : 1;
	association->next_at = association->box.begin + FULL_BOX_BYTES + 4;
	association->left = 0;
	association->entries_left = image_big(items->bytes, association->next_at - 4, 4);
	return true;
}

/* An item, and how many properties it has. */
static bool next_entry(const struct image_items *items, struct image_item_association *association)
{
	size_t id_bytes = version_of(items, &association->box) ? 4 : 2;

	if (!association->entries_left ||
	    association->next_at + id_bytes + 1 > association->box.end)
		return false;
	association->entries_left--;
	association->item = image_big(items->bytes, association->next_at, id_bytes);
	association->left = image_big(items->bytes, association->next_at + id_bytes, 1);
	association->next_at += id_bytes + 1;
	return true;
}

bool image_items_next_association(const struct image_items *items,
				  struct image_item_association *association)
{
	while (!association->left ||
	       association->next_at + association->index_bytes > association->box.end)
		if (!next_entry(items, association) && !next_association_box(items, association))
			return false;
	association->at = association->next_at;
	association->index =
		(size_t)image_big(items->bytes, association->at, association->index_bytes) &
		(association->index_bytes == 2 ? IMAGE_ITEMS_MAX_PROPERTY : 0x7f);
	association->next_at += association->index_bytes;
	association->left--;
	return true;
}
