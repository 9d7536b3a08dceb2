#include "heif_items.h"

#include <string.h>

#include "image_header_parts.h"
#include "zero_tail.h"

#define N_IDS 65536 /* longer ones are for files of more items */
#define N_PROPERTIES 32768
/* From a whole to its parts, theirs, and the same of alpha; more where the list is in disorder. */
#define MAX_ROUNDS 8

/* A bit for each number. */
struct items {
	uint8_t are_shown[N_IDS / 8], are_alpha[N_IDS / 8], are_lost[N_IDS / 8];
	uint8_t mean_alpha[N_PROPERTIES / 8];
};

static bool mark(uint8_t *bits, size_t number)
{
	uint8_t bit = (uint8_t)(1u << (number % 8)), was = bits[number / 8];

	bits[number / 8] |= bit;
	return !(was & bit);
}

static bool is_marked(const uint8_t *bits, size_t number)
{
	return bits[number / 8] >> (number % 8) & 1;
}

/* An iloc and the sizes of its fields. */
struct places {
	struct image_box box;
	size_t offset_bytes, length_bytes, base_bytes, index_bytes, piece_bytes;
	bool has_method;
};

/* One of its items; `end`: where the next one stands. */
struct place {
	size_t id, base_at, pieces_at, end;
	uint64_t base;
	bool is_in_file; /* counted from the file's beginning: construction method 0 */
};

/* 8.11.3. False when it is of another form, or without lengths: then all go to the end. */
static bool read_places(const struct image_bytes *bytes, struct places *places)
{
	uint64_t version = image_big(bytes, places->box.begin, 1);
	uint64_t sizes = image_big(bytes, places->box.begin + 4, 2);

	places->offset_bytes = sizes >> 12;
	places->length_bytes = sizes >> 8 & 15;
	places->base_bytes = sizes >> 4 & 15;
	places->index_bytes = version ? sizes & 15 : 0;
	places->piece_bytes = places->index_bytes + places->offset_bytes + places->length_bytes;
	places->has_method = version;
	return version < 2 && places->length_bytes && places->offset_bytes <= 8 &&
	       places->length_bytes <= 8 && places->base_bytes <= 8;
}

/* False behind the last one. */
static bool read_place(const struct image_bytes *bytes, const struct places *places, size_t at,
		       struct place *ret_place)
{
	size_t base_at = at + (places->has_method ? 6 : 4);

	*ret_place = (struct place){
		.id = (size_t)image_big(bytes, at, 2),
		.base_at = base_at,
		.pieces_at = base_at + places->base_bytes + 2,
		.base = image_big(bytes, base_at, places->base_bytes),
		.is_in_file = !places->has_method || !(image_big(bytes, at + 2, 2) & 15),
	};
	ret_place->end =
		ret_place->pieces_at +
		(size_t)image_big(bytes, base_at + places->base_bytes, 2) * places->piece_bytes;
	return ret_place->end <= places->box.end;
}

/* How many of its bytes are at `behind` or after it. A length of 0 goes to the end of the file. */
static uint64_t count_behind(const struct image_bytes *bytes, const struct places *places,
			     const struct place *place, uint64_t behind)
{
	uint64_t count = 0;

	for (size_t at = place->pieces_at; place->is_in_file && at < place->end;
	     at += places->piece_bytes) {
		size_t offset_at = at + places->index_bytes;
		uint64_t from = place->base + image_big(bytes, offset_at, places->offset_bytes);
		uint64_t length =
			image_big(bytes, offset_at + places->offset_bytes, places->length_bytes);
		uint64_t before = from < behind ? behind - from : 0;

		if (length > before)
			count += length - before;
	}
	return count;
}

static bool find_lost(const struct image_bytes *bytes, const struct places *places,
		      struct items *items)
{
	struct place place;
	bool has_lost = false;

	for (size_t at = places->box.begin + 8; read_place(bytes, places, at, &place);
	     at = place.end)
		if (count_behind(bytes, places, &place, bytes->length_bytes))
			has_lost |= mark(items->are_lost, place.id);
	return has_lost;
}

/* The first byte of the file, piece by piece. */
static void put_at_start(const struct places *places, const struct place *place,
			 unsigned char *data)
{
	memset(data + place->base_at, 0, places->base_bytes);
	for (size_t at = place->pieces_at; at < place->end; at += places->piece_bytes) {
		memset(data + at, 0, places->piece_bytes);
		data[at + places->piece_bytes - 1] = 1;
	}
}

static bool drop_lost(const struct image_bytes *bytes, const struct places *places,
		      const struct items *items, unsigned char *data)
{
	struct place place;
	bool has_dropped = false;

	for (size_t at = places->box.begin + 8; read_place(bytes, places, at, &place);
	     at = place.end) {
		if (!is_marked(items->are_lost, place.id) || is_marked(items->are_shown, place.id))
			continue;
		put_at_start(places, &place, data);
		has_dropped = true;
	}
	return has_dropped;
}

static void find_meaning(const struct image_bytes *bytes, const struct image_box *container,
			 struct items *items)
{
	struct image_box box;
	size_t index = 1;

	for (size_t at = container->begin;
	     image_box_read(bytes, at, container->end, &box) == IMAGE_HEADER_OK &&
	     index < N_PROPERTIES;
	     at = box.end, index++)
		if (box.type == IMAGE_BOX_TYPE('a', 'u', 'x', 'C') &&
		    image_box_is_alpha(bytes, &box))
			mark(items->mean_alpha, index);
}

/* 8.11.14.1, of version 0: an item has an id of 16 bits, a count, and so many indices. */
static void find_alpha(const struct image_bytes *bytes, const struct image_box *box,
		       struct items *items)
{
	size_t index_bytes = image_big(bytes, box->begin + 3, 1) & 1 ? 2 : 1;
	uint64_t entries = image_big(bytes, box->begin + 4, 4);
	size_t at = box->begin + 8;

	for (; entries && at + 3 <= box->end; entries--) {
		size_t id = (size_t)image_big(bytes, at, 2);
		uint64_t count = image_big(bytes, at + 2, 1);

		for (at += 3; count && at + index_bytes <= box->end; count--, at += index_bytes)
			if (is_marked(items->mean_alpha,
				      (size_t)image_big(bytes, at, index_bytes) &
					      (index_bytes == 2 ? 0x7fff : 0x7f)))
				mark(items->are_alpha, id);
	}
}

/* 8.11.12, of version 0: from whom, how many, to whom. True when another item is shown by that. */
static bool follow_references(const struct image_bytes *bytes, const struct image_box *references,
			      struct items *items)
{
	struct image_box box;
	bool has_more = false;

	for (size_t at = references->begin + 4;
	     image_box_read(bytes, at, references->end, &box) == IMAGE_HEADER_OK; at = box.end) {
		size_t from = (size_t)image_big(bytes, box.begin, 2);
		bool is_of_parts = box.type == IMAGE_BOX_TYPE('d', 'i', 'm', 'g');
		bool is_of_alpha = box.type == IMAGE_BOX_TYPE('a', 'u', 'x', 'l') &&
				   is_marked(items->are_alpha, from);

		for (size_t i = box.begin + 4; i + 2 <= box.end; i += 2) {
			size_t to = (size_t)image_big(bytes, i, 2);

			if (is_of_parts && is_marked(items->are_shown, from))
				has_more |= mark(items->are_shown, to);
			else if (is_of_alpha && is_marked(items->are_shown, to))
				has_more |= mark(items->are_shown, from);
		}
	}
	return has_more;
}

/* What the primary item is shown with. */
static void find_shown(const struct image_bytes *bytes, const struct image_box *meta,
		       struct items *items)
{
	size_t begin = meta->begin + 4;
	struct image_box box, properties;

	if (image_box_find(bytes, begin, meta->end, IMAGE_BOX_TYPE('i', 'p', 'r', 'p'),
			   &properties) &&
	    image_box_find(bytes, properties.begin, properties.end,
			   IMAGE_BOX_TYPE('i', 'p', 'c', 'o'), &box)) {
		find_meaning(bytes, &box, items);
		for (size_t at = properties.begin; image_box_find(
			     bytes, at, properties.end, IMAGE_BOX_TYPE('i', 'p', 'm', 'a'), &box);
		     at = box.end)
			if (!image_big(bytes, box.begin, 1))
				find_alpha(bytes, &box, items);
	}
	if (!image_box_find(bytes, begin, meta->end, IMAGE_BOX_TYPE('i', 'r', 'e', 'f'), &box) ||
	    image_big(bytes, box.begin, 1))
		return;
	for (int i = 0; i < MAX_ROUNDS && follow_references(bytes, &box, items); i++)
		;
}

/* Of an item that is shown the end of what is there. No codes of AV1 and HEVC end in so many. */
static bool has_zeros(const struct image_bytes *bytes, const struct places *places,
		      const struct items *items)
{
	size_t zeros = zero_tail_begin(bytes->data, bytes->length_bytes);
	struct place place;

	for (size_t at = places->box.begin + 8; read_place(bytes, places, at, &place);
	     at = place.end)
		if (is_marked(items->are_shown, place.id) &&
		    zero_tail_is_loss(count_behind(bytes, places, &place, zeros),
				      count_behind(bytes, places, &place, 0) / 8))
			return true;
	return false;
}

enum heif_items heif_items_drop_lost(unsigned char *data, size_t length_bytes)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct image_box meta, primary;
	struct places places;
	struct items items = {0};
	bool has_lost;
	size_t begin;

	if (!image_box_find(&bytes, 0, length_bytes, IMAGE_BOX_TYPE('m', 'e', 't', 'a'), &meta))
		return HEIF_ITEMS_THERE;
	begin = meta.begin + 4;
	if (!image_box_find(&bytes, begin, meta.end, IMAGE_BOX_TYPE('i', 'l', 'o', 'c'),
			    &places.box) ||
	    !image_box_find(&bytes, begin, meta.end, IMAGE_BOX_TYPE('p', 'i', 't', 'm'),
			    &primary) ||
	    image_big(&bytes, primary.begin, 1) || !read_places(&bytes, &places))
		return HEIF_ITEMS_THERE;
	has_lost = find_lost(&bytes, &places, &items);
	if (!has_lost && data[length_bytes - 1])
		return HEIF_ITEMS_THERE;
	mark(items.are_shown, (size_t)image_big(&bytes, primary.begin + 4, 2));
	find_shown(&bytes, &meta, &items);
	if (has_zeros(&bytes, &places, &items))
		return HEIF_ITEMS_ZEROED;
	return has_lost && drop_lost(&bytes, &places, &items, data) ? HEIF_ITEMS_LOST_OTHERS
								    : HEIF_ITEMS_THERE;
}
