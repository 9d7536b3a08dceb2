#include "heif_items.h"

#include <string.h>

#include "bit_set.h"
#include "image_items.h"
#include "zero_tail.h"

#define N_IDS 65536 /* longer ones are for files of more items */
/* From a whole to its parts, theirs, and the same of alpha; more where the list is in disorder. */
#define MAX_ROUNDS 8

struct shown {
	uint8_t are_shown[BIT_SET_BYTES(N_IDS)], are_alpha[BIT_SET_BYTES(N_IDS)];
	uint8_t are_lost[BIT_SET_BYTES(N_IDS)];
	uint8_t mean_alpha[BIT_SET_BYTES(IMAGE_ITEMS_MAX_PROPERTY + 1)];
};

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
		      struct shown *shown)
{
	struct place place;
	bool has_lost = false;

	for (size_t at = places->box.begin + 8; read_place(bytes, places, at, &place);
	     at = place.end)
		if (count_behind(bytes, places, &place, bytes->length_bytes))
			has_lost |= BIT_SET_ADD(shown->are_lost, place.id);
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
		      const struct shown *shown, unsigned char *data)
{
	struct place place;
	bool has_dropped = false;

	for (size_t at = places->box.begin + 8; read_place(bytes, places, at, &place);
	     at = place.end) {
		if (!BIT_SET_HAS(shown->are_lost, place.id) ||
		    BIT_SET_HAS(shown->are_shown, place.id))
			continue;
		put_at_start(places, &place, data);
		has_dropped = true;
	}
	return has_dropped;
}

static void find_alpha(const struct image_items *items, struct shown *shown)
{
	struct image_item_property property = {0};
	struct image_item_association association = {0};

	while (image_items_next_property(items, &property))
		if (property.box.type == IMAGE_BOX_TYPE('a', 'u', 'x', 'C') &&
		    image_box_is_alpha(items->bytes, &property.box))
			BIT_SET_ADD(shown->mean_alpha, property.index);
	while (image_items_next_association(items, &association))
		if (BIT_SET_HAS(shown->mean_alpha, association.index))
			BIT_SET_ADD(shown->are_alpha, association.item);
}

/* True when another item is shown by that. */
static bool follow_references(const struct image_items *items, struct shown *shown)
{
	struct image_item_reference reference = {0};
	bool has_more = false;

	while (image_items_next_reference(items, &reference)) {
		bool is_of_parts = reference.type == IMAGE_BOX_TYPE('d', 'i', 'm', 'g');
		bool is_of_alpha = reference.type == IMAGE_BOX_TYPE('a', 'u', 'x', 'l') &&
				   BIT_SET_HAS(shown->are_alpha, reference.from);

		if (is_of_parts && BIT_SET_HAS(shown->are_shown, reference.from))
			has_more |= BIT_SET_ADD(shown->are_shown, reference.to);
		else if (is_of_alpha && BIT_SET_HAS(shown->are_shown, reference.to))
			has_more |= BIT_SET_ADD(shown->are_shown, reference.from);
	}
	return has_more;
}

/* What the primary item is shown with. */
static void find_shown(const struct image_items *items, struct shown *shown)
{
	BIT_SET_ADD(shown->are_shown, items->primary);
	find_alpha(items, shown);
	for (int i = 0; i < MAX_ROUNDS && follow_references(items, shown); i++)
		;
}

/* Of an item that is shown the end of what is there. No codes of AV1 and HEVC end in so many. */
static bool has_zeros(const struct image_bytes *bytes, const struct places *places,
		      const struct shown *shown)
{
	size_t zeros = zero_tail_begin(bytes->data, bytes->length_bytes);
	struct place place;

	for (size_t at = places->box.begin + 8; read_place(bytes, places, at, &place);
	     at = place.end)
		if (BIT_SET_HAS(shown->are_shown, place.id) &&
		    zero_tail_is_loss(count_behind(bytes, places, &place, zeros),
				      count_behind(bytes, places, &place, 0) / 8))
			return true;
	return false;
}

enum heif_items heif_items_drop_lost(unsigned char *data, size_t length_bytes)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct image_items items;
	struct places places;
	struct shown shown = {0};
	bool has_lost;

	if (!image_items_find(&bytes, &items) || items.primary >= N_IDS ||
	    !image_items_box(&items, IMAGE_BOX_TYPE('i', 'l', 'o', 'c'), &places.box) ||
	    !read_places(&bytes, &places))
		return HEIF_ITEMS_THERE;
	has_lost = find_lost(&bytes, &places, &shown);
	if (!has_lost && data[length_bytes - 1])
		return HEIF_ITEMS_THERE;
	find_shown(&items, &shown);
	if (has_zeros(&bytes, &places, &shown))
		return HEIF_ITEMS_ZEROED;
	return has_lost && drop_lost(&bytes, &places, &shown, data) ? HEIF_ITEMS_LOST_OTHERS
								    : HEIF_ITEMS_THERE;
}

void heif_items_keep_first(unsigned char *data, size_t length_bytes)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct image_box box;
	bool has_first = false;

	for (size_t at = 0; image_box_read(&bytes, at, length_bytes, &box) == IMAGE_HEADER_OK;
	     at = box.end) {
		if (box.type != IMAGE_BOX_TYPE('m', 'e', 't', 'a'))
			continue;
		if (has_first)
			memcpy(data + at + 4, "free", 4);
		has_first = true;
	}
}
