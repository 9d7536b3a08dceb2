#include "heif_tiles.h"

#include <string.h>

#include "bit_set.h"
#include "image_items.h"

#define N_IDS 65536 /* longer ones are for files of more items */

struct grids {
	uint8_t are_grids[BIT_SET_BYTES(N_IDS)], are_tiles[BIT_SET_BYTES(N_IDS)];
	uint8_t turn[BIT_SET_BYTES(IMAGE_ITEMS_MAX_PROPERTY + 1)];
};

static void find_grids(const struct image_items *items, struct grids *grids)
{
	struct image_item_info info = {0};

	while (image_items_next_info(items, &info))
		if (info.type == IMAGE_BOX_TYPE('g', 'r', 'i', 'd'))
			BIT_SET_ADD(grids->are_grids, info.item);
}

static void find_tiles(const struct image_items *items, struct grids *grids)
{
	struct image_item_reference reference = {0};

	while (image_items_next_reference(items, &reference))
		if (reference.type == IMAGE_BOX_TYPE('d', 'i', 'm', 'g') &&
		    BIT_SET_HAS(grids->are_grids, reference.from))
			BIT_SET_ADD(grids->are_tiles, reference.to);
}

static void find_turns(const struct image_items *items, struct grids *grids)
{
	struct image_item_property property = {0};

	while (image_items_next_property(items, &property))
		if (property.box.type == IMAGE_BOX_TYPE('i', 'r', 'o', 't') ||
		    property.box.type == IMAGE_BOX_TYPE('i', 'm', 'i', 'r'))
			BIT_SET_ADD(grids->turn, property.index);
}

static void drop_turns(const struct image_items *items, const struct grids *grids,
		       unsigned char *data)
{
	struct image_item_association association = {0};

	while (image_items_next_association(items, &association))
		if (BIT_SET_HAS(grids->are_tiles, association.item) &&
		    BIT_SET_HAS(grids->turn, association.index))
			memset(data + association.at, 0, association.index_bytes);
}

void heif_tiles_put_upright(unsigned char *data, size_t length_bytes)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct image_items items;
	struct grids grids = {0};

	if (!image_items_find(&bytes, &items))
		return;
	find_grids(&items, &grids);
	find_tiles(&items, &grids);
	find_turns(&items, &grids);
	drop_turns(&items, &grids, data);
}
