/*
 * image_items.h: the items of an AVIF or HEIC, and what is said about them (ISO/IEC 14496-12, 8.11,
 * and ISO/IEC 23008-12).
 *
 *	struct image_item_reference reference = {0};
 *	while (image_items_next_reference(&items, &reference))
 *		... reference.type, reference.from, reference.to
 *
 * Pure; a walk is linear, and every read bounds checked. Ids are of 16 or 32 bits, as the file has
 * it.
 */
#ifndef IMAGE_ITEMS_H
#define IMAGE_ITEMS_H

#include "image_header_parts.h"

#define IMAGE_ITEMS_MAX_PROPERTY 0x7fff

/* All of it is borrowed from the bytes. */
struct image_items {
	const struct image_bytes *bytes;
	struct image_box meta;
	struct image_box properties,
		containers; /* iprp, and ipco in it; of type 0: there is none */
	uint64_t primary;
};

/* False: the box, a `meta` that is at hand as a whole, names no primary item (8.11.4). */
bool image_items_read(const struct image_bytes *bytes, const struct image_box *meta,
		      struct image_items *ret_items);
/* Of the whole file. False: it has no such box. */
bool image_items_find(const struct image_bytes *bytes, struct image_items *ret_items);
/* The first box of that type in `meta`. */
bool image_items_box(const struct image_items *items, uint32_t type, struct image_box *ret_box);

/* --- walks: zeroed before the first, false behind the last --------------------------------------
 */

/* 8.11.6: an item's type, of entries of version 2 and 3. */
struct image_item_info {
	uint64_t item;
	uint32_t type;
	size_t type_at; /* where it stands */
	struct image_box within, entry;
};
bool image_items_next_info(const struct image_items *items, struct image_item_info *info);

/* 8.11.12: an item that refers to another, one by one. */
struct image_item_reference {
	uint32_t type;
	uint64_t from, to;
	struct image_box within, box;
	size_t at, id_bytes;
	uint64_t left;
};
bool image_items_next_reference(const struct image_items *items,
				struct image_item_reference *reference);

/* 8.11.14.1: a property; associations name it by its index, from 1 on. */
struct image_item_property {
	size_t index;
	struct image_box box;
};
bool image_items_next_property(const struct image_items *items,
			       struct image_item_property *property);

/* 8.11.14.1: a property of an item. Index 0 is none. */
struct image_item_association {
	uint64_t item;
	size_t index;
	/* where the index stands, with a bit that says whether it is essential */
	size_t at, index_bytes;
	struct image_box box;
	size_t next_at;
	uint64_t entries_left, left;
};
bool image_items_next_association(const struct image_items *items,
				  struct image_item_association *association);

#endif
