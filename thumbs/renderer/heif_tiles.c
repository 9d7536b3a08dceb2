#include "heif_tiles.h"

#include <stdlib.h>

#include "alloc.h"
#include "image_header_parts.h"

#define N_IDS 65536 /* longer ones are for files of more items */
#define N_PROPERTIES 32768

/* A bit for each number. */
struct grids {
	uint8_t are_grids[N_IDS / 8], are_tiles[N_IDS / 8], turn[N_PROPERTIES / 8];
};

static void mark(uint8_t *bits, size_t number)
{
	bits[number / 8] |= (uint8_t)(1u << (number % 8));
}

static bool is_marked(const uint8_t *bits, size_t number)
{
	return bits[number / 8] >> (number % 8) & 1;
}

/* ISO/IEC 14496-12, 8.11.6: what is of version 2 has an id of 16 bits, and a type. */
static void find_grids(const struct image_bytes *bytes, const struct image_box *infos,
		       struct grids *grids)
{
	size_t at = infos->begin + (image_big(bytes, infos->begin, 1) ? 8 : 6);
	struct image_box box;

	for (; image_box_read(bytes, at, infos->end, &box) == IMAGE_HEADER_OK; at = box.end)
		if (box.end - box.begin >= 12 && image_big(bytes, box.begin, 1) == 2 &&
		    image_has_text(bytes, box.begin + 8, "grid", 4))
			mark(grids->are_grids, (size_t)image_big(bytes, box.begin + 4, 2));
}

/* 8.11.12, of version 0: from whom, how many, to whom. */
static void find_tiles(const struct image_bytes *bytes, const struct image_box *references,
		       struct grids *grids)
{
	struct image_box box;

	if (image_big(bytes, references->begin, 1))
		return;
	for (size_t at = references->begin + 4;
	     image_box_find(bytes, at, references->end, IMAGE_BOX_TYPE('d', 'i', 'm', 'g'), &box);
	     at = box.end) {
		if (!is_marked(grids->are_grids, (size_t)image_big(bytes, box.begin, 2)))
			continue;
		for (size_t to = box.begin + 4; to + 2 <= box.end; to += 2)
			mark(grids->are_tiles, (size_t)image_big(bytes, to, 2));
	}
}

static void find_turns(const struct image_bytes *bytes, const struct image_box *container,
		       struct grids *grids)
{
	struct image_box box;
	size_t index = 1;

	for (size_t at = container->begin;
	     image_box_read(bytes, at, container->end, &box) == IMAGE_HEADER_OK &&
	     index < N_PROPERTIES;
	     at = box.end, index++)
		if (box.type == IMAGE_BOX_TYPE('i', 'r', 'o', 't') ||
		    box.type == IMAGE_BOX_TYPE('i', 'm', 'i', 'r'))
			mark(grids->turn, index);
}

/* 8.11.14.1, of version 0: an item has an id of 16 bits, a count, and so many indices. That of 0 is
 * no property. */
static void drop_turns(const struct image_bytes *bytes, const struct image_box *box,
		       const struct grids *grids, unsigned char *data)
{
	size_t index_bytes = image_big(bytes, box->begin + 3, 1) & 1 ? 2 : 1;
	uint64_t entries = image_big(bytes, box->begin + 4, 4);
	size_t at = box->begin + 8;

	if (image_big(bytes, box->begin, 1))
		return;
	for (; entries && at + 3 <= box->end; entries--) {
		bool is_tile = is_marked(grids->are_tiles, (size_t)image_big(bytes, at, 2));
		uint64_t count = image_big(bytes, at + 2, 1);

		for (at += 3; count && at + index_bytes <= box->end; count--, at += index_bytes) {
			size_t index = (size_t)image_big(bytes, at, index_bytes) &
				       (index_bytes == 2 ? 0x7fff : 0x7f);

			if (is_tile && is_marked(grids->turn, index))
				data[at] = data[at + index_bytes - 1] = 0;
		}
	}
}

void heif_tiles_put_upright(unsigned char *data, size_t length_bytes)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct image_box meta, box, properties;
	struct grids grids = {0};
	size_t begin;

	if (!image_box_find(&bytes, 0, length_bytes, IMAGE_BOX_TYPE('m', 'e', 't', 'a'), &meta))
		return;
	begin = meta.begin + 4;
	if (image_box_find(&bytes, begin, meta.end, IMAGE_BOX_TYPE('i', 'i', 'n', 'f'), &box))
		find_grids(&bytes, &box, &grids);
	if (image_box_find(&bytes, begin, meta.end, IMAGE_BOX_TYPE('i', 'r', 'e', 'f'), &box))
		find_tiles(&bytes, &box, &grids);
	if (!image_box_find(&bytes, begin, meta.end, IMAGE_BOX_TYPE('i', 'p', 'r', 'p'),
			    &properties) ||
	    !image_box_find(&bytes, properties.begin, properties.end,
			    IMAGE_BOX_TYPE('i', 'p', 'c', 'o'), &box))
		return;
	find_turns(&bytes, &box, &grids);
	for (size_t at = properties.begin;
	     image_box_find(&bytes, at, properties.end, IMAGE_BOX_TYPE('i', 'p', 'm', 'a'), &box);
	     at = box.end)
		drop_turns(&bytes, &box, &grids, data);
}

/* Of a property and of the item that has it; what is larger than any image counts as so large. */
struct areas {
	uint32_t of_properties[N_PROPERTIES], of_items[N_IDS];
};

static void find_sizes(const struct image_bytes *bytes, const struct image_box *container,
		       struct areas *areas)
{
	struct image_box box;
	size_t index = 1;

	for (size_t at = container->begin;
	     image_box_read(bytes, at, container->end, &box) == IMAGE_HEADER_OK &&
	     index < N_PROPERTIES;
	     at = box.end, index++) {
		uint64_t width = image_big(bytes, box.begin + 4, 4);
		uint64_t height = image_big(bytes, box.begin + 8, 4);

		if (box.type == IMAGE_BOX_TYPE('i', 's', 'p', 'e') && box.end - box.begin >= 12)
			areas->of_properties[index] = width * height < UINT32_MAX
							      ? (uint32_t)(width * height)
							      : UINT32_MAX;
	}
}

/* As drop_turns(). */
static void give_sizes(const struct image_bytes *bytes, const struct image_box *box,
		       struct areas *areas)
{
	size_t index_bytes = image_big(bytes, box->begin + 3, 1) & 1 ? 2 : 1;
	uint64_t entries = image_big(bytes, box->begin + 4, 4);
	size_t at = box->begin + 8;

	if (image_big(bytes, box->begin, 1))
		return;
	for (; entries && at + 3 <= box->end; entries--) {
		size_t id = (size_t)image_big(bytes, at, 2);
		uint64_t count = image_big(bytes, at + 2, 1);

		for (at += 3; count && at + index_bytes <= box->end; count--, at += index_bytes) {
			size_t index = (size_t)image_big(bytes, at, index_bytes) &
				       (index_bytes == 2 ? 0x7fff : 0x7f);

			if (areas->of_properties[index])
				areas->of_items[id] = areas->of_properties[index];
		}
	}
}

static uint64_t sum_parts(const struct image_bytes *bytes, const struct image_box *references,
			  const struct areas *areas)
{
	struct image_box box;
	uint64_t sum = 0;

	for (size_t at = references->begin + 4;
	     image_box_find(bytes, at, references->end, IMAGE_BOX_TYPE('d', 'i', 'm', 'g'), &box);
	     at = box.end)
		for (size_t to = box.begin + 4; to + 2 <= box.end; to += 2)
			sum += areas->of_items[image_big(bytes, to, 2)];
	return sum;
}

uint64_t heif_tiles_count_pixels(const unsigned char *data, size_t length_bytes)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct image_box meta, references, properties, box;
	struct areas *areas;
	uint64_t sum;

	if (!image_box_find(&bytes, 0, length_bytes, IMAGE_BOX_TYPE('m', 'e', 't', 'a'), &meta) ||
	    !image_box_find(&bytes, meta.begin + 4, meta.end, IMAGE_BOX_TYPE('i', 'r', 'e', 'f'),
			    &references) ||
	    image_big(&bytes, references.begin, 1) ||
	    !image_box_find(&bytes, meta.begin + 4, meta.end, IMAGE_BOX_TYPE('i', 'p', 'r', 'p'),
			    &properties) ||
	    !image_box_find(&bytes, properties.begin, properties.end,
			    IMAGE_BOX_TYPE('i', 'p', 'c', 'o'), &box))
		return 0;
	areas = alloc_zeroed(1, sizeof *areas);
	find_sizes(&bytes, &box, areas);
	for (size_t at = properties.begin;
	     image_box_find(&bytes, at, properties.end, IMAGE_BOX_TYPE('i', 'p', 'm', 'a'), &box);
	     at = box.end)
		give_sizes(&bytes, &box, areas);
	sum = sum_parts(&bytes, &references, areas);
	free(areas);
	return sum;
}
