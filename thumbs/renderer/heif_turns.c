#include "heif_turns.h"

#include <stdint.h>
#include <string.h>

#include "image_items.h"

#define MAX_AUXILIARIES 8
#define MAX_TURNS 8 /* of one item; one of each kind makes sense */

enum turn { TURN_NONE, TURN_BY_0, TURN_BY_90, TURN_BY_180, TURN_BY_270, FLIP, MIRROR, CROP, DEPTH };

/* The turns of an item in order, and where their indices stand. (CROP and DEPTH are none.) */
struct turns {
	uint8_t turns[MAX_TURNS];
	size_t at[MAX_TURNS];
	uint8_t index_bytes[MAX_TURNS];
	unsigned count;
	/* Where the index of its clean aperture stands, and of its depth in bits; 0: it has
	 * none. */
	size_t crop_at, depth_at;
	size_t crop_bytes, depth_bytes;
};

struct colours {
	struct image_items items;
	uint8_t turns[IMAGE_ITEMS_MAX_PROPERTY + 1]; /* enum turn, by index */
};

/* ISO/IEC 23008-12, 6.5.10 and 6.5.12: to the left, in quarters; top for bottom, or left for right.
 */
static uint8_t turn_of(const struct image_bytes *bytes, const struct image_box *box)
{
	unsigned value = (unsigned)image_big(bytes, box->begin, 1);

	if (box->type == IMAGE_BOX_TYPE('i', 'r', 'o', 't'))
		return (uint8_t)(TURN_BY_0 + (value & 3));
	if (box->type == IMAGE_BOX_TYPE('i', 'm', 'i', 'r'))
		return value & 1 ? MIRROR : FLIP;
	if (box->type == IMAGE_BOX_TYPE('c', 'l', 'a', 'p'))
		return CROP;
	if (box->type == IMAGE_BOX_TYPE('p', 'i', 'x', 'i'))
		return DEPTH;
	return TURN_NONE;
}

static void read_properties(struct colours *colours)
{
	struct image_item_property property = {0};

	while (image_items_next_property(&colours->items, &property))
		colours->turns[property.index] = turn_of(colours->items.bytes, &property.box);
}

static void add_turn(uint8_t turn, const struct image_item_association *association,
		     struct turns *turns)
{
	if (turn == CROP) {
		turns->crop_at = association->at;
		turns->crop_bytes = association->index_bytes;
	} else if (turn == DEPTH) {
		turns->depth_at = association->at;
		turns->depth_bytes = association->index_bytes;
	}
	if (turn == TURN_NONE || turn >= CROP || turns->count == MAX_TURNS)
		return;
	turns->turns[turns->count] = turn;
	turns->index_bytes[turns->count] = (uint8_t)association->index_bytes;
	turns->at[turns->count++] = association->at;
}

static void read_turns(const struct colours *colours, uint64_t id, struct turns *turns)
{
	struct image_item_association association = {0};

	*turns = (struct turns){0};
	while (image_items_next_association(&colours->items, &association))
		if (association.item == id)
			add_turn(colours->turns[association.index], &association, turns);
}

static bool is_equal(const struct turns *a, const struct turns *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (a->turns[i] != b->turns[i])
			return false;
	return true;
}

/* The property of index 0 is none. */
static void drop(const struct turns *turns, unsigned char *data)
{
	for (unsigned i = 0; i < turns->count; i++)
		memset(data + turns->at[i], 0, turns->index_bytes[i]);
}

/* What crops the colours stands for alpha in place of its depth, which its codec names, too. */
static void crop_alike(const struct turns *whole, const struct turns *alpha, unsigned char *data)
{
	if (whole->crop_at && !alpha->crop_at && alpha->depth_at &&
	    alpha->depth_bytes == whole->crop_bytes)
		memcpy(data + alpha->depth_at, data + whole->crop_at, whole->crop_bytes);
}

/* The items that are said to belong to the primary one. */
static unsigned find_auxiliaries(const struct image_items *items, uint64_t ret_ids[MAX_AUXILIARIES])
{
	struct image_item_reference reference = {0};
	unsigned count = 0;

	while (count < MAX_AUXILIARIES && image_items_next_reference(items, &reference))
		if (reference.type == IMAGE_BOX_TYPE('a', 'u', 'x', 'l') &&
		    reference.to == items->primary)
			ret_ids[count++] = reference.from;
	return count;
}

/* An orientation is a mirroring, left for right, or none, and so many quarters to the right. */
static int orientation_of(const struct turns *turns)
{
	static const int orientations[2][4] = {{1, 6, 3, 8}, {2, 7, 4, 5}};
	unsigned mirrored = 0, quarters = 0;

	for (unsigned i = 0; i < turns->count; i++) {
		if (turns->turns[i] < FLIP) {
			quarters += 4u - (turns->turns[i] - (unsigned)TURN_BY_0);
		} else {
			mirrored ^= 1;
			quarters = (turns->turns[i] == FLIP ? 2u : 0u) - quarters;
		}
	}
	return orientations[mirrored][quarters & 3];
}

static bool is_mirrored(const struct turns *turns)
{
	for (unsigned i = 0; i < turns->count; i++)
		if (turns->turns[i] == FLIP || turns->turns[i] == MIRROR)
			return true;
	return false;
}

int heif_turns_take(unsigned char *data, size_t length_bytes, bool is_deep)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct colours colours = {0};
	struct turns whole, others[MAX_AUXILIARIES];
	uint64_t ids[MAX_AUXILIARIES];
	bool must_take;
	unsigned count;

	if (!image_items_find(&bytes, &colours.items))
		return 1;
	read_properties(&colours);
	read_turns(&colours, colours.items.primary, &whole);
	must_take = is_deep && is_mirrored(&whole);
	count = find_auxiliaries(&colours.items, ids);
	for (unsigned i = 0; i < count; i++) {
		read_turns(&colours, ids[i], &others[i]);
		must_take |= !is_equal(&whole, &others[i]);
		crop_alike(&whole, &others[i], data);
	}
	if (!must_take)
		return 1;
	drop(&whole, data);
	for (unsigned i = 0; i < count; i++)
		drop(&others[i], data);
	return orientation_of(&whole);
}
