#include "heif_alpha.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "image_header_parts.h"

#define N_PROPERTIES 32768
#define MAX_AUXILIARIES 8
#define MAX_TURNS 8 /* of one item; one of each kind makes sense */

enum turn { TURN_NONE, TURN_BY_0, TURN_BY_90, TURN_BY_180, TURN_BY_270, FLIP, MIRROR, CROP, DEPTH };

/* The turns of an item in order, and where their indices stand. (CROP and DEPTH are none.) */
struct turns {
	uint8_t turns[MAX_TURNS];
	size_t at[MAX_TURNS];
	uint8_t index_bytes[MAX_TURNS];
	unsigned count;
	/* Where the index of its clean aperture stands, and of its depth in bits; 0: it has none. */
	size_t crop_at, depth_at;
	size_t crop_bytes, depth_bytes;
};

struct associations {
	const struct image_bytes *bytes;
	struct image_box properties; /* iprp */
	uint8_t turns[N_PROPERTIES]; /* enum turn, by index */
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

static bool read_properties(const struct image_bytes *bytes, const struct image_box *meta,
			    struct associations *associations)
{
	struct image_box container, box;
	size_t index = 1;

	associations->bytes = bytes;
	if (!image_box_find(bytes, meta->begin + 4, meta->end, IMAGE_BOX_TYPE('i', 'p', 'r', 'p'),
			    &associations->properties) ||
	    !image_box_find(bytes, associations->properties.begin, associations->properties.end,
			    IMAGE_BOX_TYPE('i', 'p', 'c', 'o'), &container))
		return false;
	for (size_t at = container.begin;
	     image_box_read(bytes, at, container.end, &box) == IMAGE_HEADER_OK &&
	     index < N_PROPERTIES;
	     at = box.end, index++)
		associations->turns[index] = turn_of(bytes, &box);
	return true;
}

static void add_turn(const struct associations *associations, size_t at, size_t index_bytes,
		     struct turns *turns)
{
	size_t index = (size_t)image_big(associations->bytes, at, index_bytes) &
		       (index_bytes == 2 ? 0x7fff : 0x7f);

	if (associations->turns[index] == CROP) {
		turns->crop_at = at;
		turns->crop_bytes = index_bytes;
	} else if (associations->turns[index] == DEPTH) {
		turns->depth_at = at;
		turns->depth_bytes = index_bytes;
	}
	if (associations->turns[index] == TURN_NONE || associations->turns[index] >= CROP ||
	    turns->count == MAX_TURNS)
		return;
	turns->turns[turns->count] = associations->turns[index];
	turns->index_bytes[turns->count] = (uint8_t)index_bytes;
	turns->at[turns->count++] = at;
}

/* ISO/IEC 23008-12, 9.3.1: an item has an id, a count, and so many indices. */
static void read_box(const struct associations *associations, const struct image_box *box,
		     uint64_t id, struct turns *turns)
{
	const struct image_bytes *bytes = associations->bytes;
	size_t id_bytes = image_big(bytes, box->begin, 1) ? 4 : 2;
	size_t index_bytes = image_big(bytes, box->begin + 3, 1) & 1 ? 2 : 1;
	uint64_t entries = image_big(bytes, box->begin + 4, 4);
	size_t at = box->begin + 8;

	for (; entries && at + id_bytes < box->end; entries--) {
		bool is_owner = image_big(bytes, at, id_bytes) == id;
		uint64_t count = image_big(bytes, at + id_bytes, 1);

		at += id_bytes + 1;
		for (; count && at + index_bytes <= box->end; count--, at += index_bytes)
			if (is_owner)
				add_turn(associations, at, index_bytes, turns);
	}
}

static void read_turns(const struct associations *associations, uint64_t id, struct turns *turns)
{
	const struct image_box *within = &associations->properties;
	struct image_box box;

	*turns = (struct turns){0};
	for (size_t at = within->begin; image_box_find(associations->bytes, at, within->end,
						       IMAGE_BOX_TYPE('i', 'p', 'm', 'a'), &box);
	     at = box.end)
		read_box(associations, &box, id, turns);
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

/* ISO/IEC 14496-12, 8.11.12: the items that are said to belong to `id`. */
static unsigned find_auxiliaries(const struct image_bytes *bytes, const struct image_box *meta,
				 uint64_t id, uint64_t ret_ids[MAX_AUXILIARIES])
{
	struct image_box references, box;
	unsigned count = 0;
	size_t id_bytes;

	if (!image_box_find(bytes, meta->begin + 4, meta->end, IMAGE_BOX_TYPE('i', 'r', 'e', 'f'),
			    &references))
		return 0;
	id_bytes = image_big(bytes, references.begin, 1) ? 4 : 2;
	for (size_t at = references.begin + 4;
	     count < MAX_AUXILIARIES &&
	     image_box_find(bytes, at, references.end, IMAGE_BOX_TYPE('a', 'u', 'x', 'l'), &box);
	     at = box.end)
		if (image_big(bytes, box.begin + id_bytes + 2, id_bytes) == id)
			ret_ids[count++] = image_big(bytes, box.begin, id_bytes);
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

int heif_alpha_put_upright(unsigned char *data, size_t length_bytes)
{
	const struct image_bytes bytes = {data, length_bytes, true};
	struct associations associations = {0};
	struct turns whole, others[MAX_AUXILIARIES];
	uint64_t id, ids[MAX_AUXILIARIES];
	struct image_box meta, box;
	bool is_different = false;
	unsigned count;

	if (!image_box_find(&bytes, 0, length_bytes, IMAGE_BOX_TYPE('m', 'e', 't', 'a'), &meta) ||
	    !image_box_find(&bytes, meta.begin + 4, meta.end, IMAGE_BOX_TYPE('p', 'i', 't', 'm'),
			    &box) ||
	    !read_properties(&bytes, &meta, &associations))
		return 1;
	id = image_big(&bytes, box.begin + 4, image_big(&bytes, box.begin, 1) ? 4 : 2);
	read_turns(&associations, id, &whole);
	count = find_auxiliaries(&bytes, &meta, id, ids);
	for (unsigned i = 0; i < count; i++) {
		read_turns(&associations, ids[i], &others[i]);
		is_different |= !is_equal(&whole, &others[i]);
		crop_alike(&whole, &others[i], data);
	}
	if (!is_different)
		return 1;
	drop(&whole, data);
	for (unsigned i = 0; i < count; i++)
		drop(&others[i], data);
	return orientation_of(&whole);
}
