#include "heif_tiles.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "bit_set.h"
#include "image_items.h"

#define N_IDS 65536 /* longer ones are for files of more items */
/* A part takes a decoder of its own: half a millisecond. */
#define LEAST_PART_PIXELS 40000
#define MAX_LEVELS 5 /* alpha or a crop of an overlay of grids */
/* libheif seeks each item in the lists of all: a nanosecond a byte. */
#define MAX_SEARCHED_BYTES UINT64_C(1000000000)

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
	/* What it takes to decode an item: itself and its parts, as far as is known yet. */
	uint64_t known[N_IDS], next[N_IDS];
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

/* What it takes to decode an item alone. */
static uint64_t own_cost(const struct areas *areas, size_t item)
{
	return areas->of_items[item] < LEAST_PART_PIXELS ? LEAST_PART_PIXELS
							 : areas->of_items[item];
}

/* An image that is decoded with another one: a part of it, or what stands beside it, such as alpha
 * (auxl). */
struct part {
	struct image_item_reference reference;
	uint64_t whole, item;
	bool is_beside;
};

static bool next_part(const struct image_items *items, struct part *part)
{
	struct image_item_reference *reference = &part->reference;

	while (image_items_next_reference(items, reference)) {
		part->is_beside = reference->type == IMAGE_BOX_TYPE('a', 'u', 'x', 'l');
		part->whole = part->is_beside ? reference->to : reference->from;
		part->item = part->is_beside ? reference->from : reference->to;
		if (part->is_beside || reference->type == IMAGE_BOX_TYPE('d', 'i', 'm', 'g'))
			return true;
	}
	return false;
}

static uint64_t sum_up_to_most(uint64_t a, uint64_t b)
{
	return a < UINT64_MAX - b ? a + b : UINT64_MAX;
}

/* With its parts, as far as is known yet. */
static uint64_t known_cost(const struct areas *areas, uint64_t item)
{
	return item < N_IDS ? areas->known[item] : UINT32_MAX;
}

/* The parts of a whole may have parts. False: there are more levels than any file has, or none is
 * the last. */
static bool find_costs(const struct image_items *items, struct areas *areas)
{
	for (size_t i = 0; i < N_IDS; i++)
		areas->known[i] = own_cost(areas, i);
	for (int level = 0; level < MAX_LEVELS; level++) {
		struct part part = {0};

		for (size_t i = 0; i < N_IDS; i++)
			areas->next[i] = own_cost(areas, i);
		while (next_part(items, &part))
			if (part.whole < N_IDS)
				areas->next[part.whole] = sum_up_to_most(
					areas->next[part.whole], known_cost(areas, part.item));
		if (!memcmp(areas->known, areas->next, sizeof areas->known))
			return true;
		memcpy(areas->known, areas->next, sizeof areas->known);
	}
	return false;
}

/* Of the image that is shown: no other one is decoded, be it that of a burst, or one that is made
 * of this one. */
static uint64_t sum_parts(const struct image_items *items, const struct areas *areas)
{
	struct part part = {0};
	uint64_t sum = 0;

	while (next_part(items, &part)) {
		uint64_t cost = known_cost(areas, part.item);

		/* It is one plane more of the image, which does not count either: its parts do. */
		if (part.is_beside && part.item < N_IDS)
			cost -= own_cost(areas, part.item);
		if (part.whole == items->primary)
			sum = sum_up_to_most(sum, cost);
	}
	return sum;
}

static bool has_whole(const struct image_items *items)
{
	struct part part = {0};

	while (next_part(items, &part))
		if (!part.is_beside)
			return true;
	return false;
}

bool heif_tiles_count_pixels(const unsigned char *data, size_t length_bytes, uint64_t *ret_pixels)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct image_items items;
	struct areas *areas;
	bool has_end;

	*ret_pixels = 0;
	if (!image_items_find(&bytes, &items) || !has_whole(&items))
		return true;
	areas = alloc_zeroed(1, sizeof *areas);
	find_sizes(&items, areas);
	give_sizes(&items, areas);
	has_end = find_costs(&items, areas);
	if (has_end)
		*ret_pixels = sum_parts(&items, areas);
	free(areas);
	return has_end;
}

/* Boxes of any version. */
static size_t count_entries(const struct image_items *items)
{
	struct image_box list, entry;
	size_t count = 0;

	if (!image_items_box(items, IMAGE_BOX_TYPE('i', 'i', 'n', 'f'), &list))
		return 0;
	entry.end = list.begin + (image_big(items->bytes, list.begin, 1) ? 8 : 6);
	while (image_box_read(items->bytes, entry.end, list.end, &entry) == IMAGE_HEADER_OK)
		count++;
	return count;
}

bool heif_tiles_are_too_many(const unsigned char *data, size_t length_bytes, size_t *ret_items)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct image_items items;
	struct image_box data_box;
	size_t list_bytes;

	*ret_items = 0;
	if (!image_items_find(&bytes, &items))
		return false;
	*ret_items = count_entries(&items);
	list_bytes = items.meta.end - items.meta.begin;
	list_bytes -= items.containers.end - items.containers.begin;
	/* The images themselves may stand there. */
	if (image_items_box(&items, IMAGE_BOX_TYPE('i', 'd', 'a', 't'), &data_box))
		list_bytes -= data_box.end - data_box.begin;
	return *ret_items * (uint64_t)list_bytes > MAX_SEARCHED_BYTES;
}
