#include "heif_tiles.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
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

/* Of a property and of the item that has it; what is larger than any image counts as so large. */
struct areas {
	uint32_t of_properties[IMAGE_ITEMS_MAX_PROPERTY + 1], of_items[N_IDS];
};

static void find_sizes(const struct image_items *items, struct areas *areas)
{
	struct image_item_property property = {0};

	while (image_items_next_property(items, &property)) {
		const struct image_box *box = &property.box;
		uint64_t width = image_big(items->bytes, box->begin + 4, 4);
		uint64_t height = image_big(items->bytes, box->begin + 8, 4);

		if (box->type == IMAGE_BOX_TYPE('i', 's', 'p', 'e') && box->end - box->begin >= 12)
			areas->of_properties[property.index] = width * height < UINT32_MAX
								       ? (uint32_t)(width * height)
								       : UINT32_MAX;
	}
}

static void give_sizes(const struct image_items *items, struct areas *areas)
{
	struct image_item_association association = {0};

	while (image_items_next_association(items, &association))
		if (association.item < N_IDS && areas->of_properties[association.index])
			areas->of_items[association.item] = areas->of_properties[association.index];
}

static uint64_t sum_parts(const struct image_items *items, const struct areas *areas)
{
	struct image_item_reference reference = {0};
	uint64_t sum = 0;

	while (image_items_next_reference(items, &reference))
		if (reference.type == IMAGE_BOX_TYPE('d', 'i', 'm', 'g') && reference.to < N_IDS)
			sum += areas->of_items[reference.to];
	return sum;
}

uint64_t heif_tiles_count_pixels(const unsigned char *data, size_t length_bytes)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct image_items items;
	struct areas *areas;
	uint64_t sum;

	if (!image_items_find(&bytes, &items))
		return 0;
	areas = alloc_zeroed(1, sizeof *areas);
	find_sizes(&items, areas);
	give_sizes(&items, areas);
	sum = sum_parts(&items, areas);
	free(areas);
	return sum;
}
