#include "look_ahead.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cache_private.h"

struct entry {
	bool is_there; /* and was not taken yet */
	struct index_entry entry;
	struct known_facts *facts;
};

struct thumb {
	struct object_id original;
	const char *end; /* of the key, behind the hash: one string for all that end alike */
	struct cache_thumb thumb;
};

struct look_ahead {
	uint32_t generation;
	size_t count;
	struct index_wish *wishes; /* by key */
	struct entry *entries;     /* of each */
	size_t n_found, n_objects;
	struct object_id *objects; /* of the entries, ascending */
	uint32_t *entry_of;        /* of each object: several may have the same */
	bool has_thumbs;
	struct thumb *thumbs; /* in the order of their keys */
	size_t n_thumbs, thumbs_capacity;
	struct map *ends; /* of keys -> themselves */
};

/* --- reading ------------------------------------------------------------------------------------
 */

static int compare_wishes(const void *a, const void *b)
{
	int64_t first = ((const struct index_wish *)a)->key;
	int64_t second = ((const struct index_wish *)b)->key;

	return first < second ? -1 : first > second;
}

static void wish(struct look_ahead *ahead, const char *const *urls, size_t count)
{
	ahead->count = count;
	ahead->wishes = alloc_zeroed(count, sizeof *ahead->wishes);
	ahead->entries = alloc_zeroed(count, sizeof *ahead->entries);
	for (size_t i = 0; i < count; i++)
		ahead->wishes[i] = (struct index_wish){index_key_of(urls[i]), urls[i]};
	qsort(ahead->wishes, count, sizeof *ahead->wishes, compare_wishes);
}

static void take_entry(void *context, size_t wish, struct index_entry *entry)
{
	struct look_ahead *ahead = context;

	ahead->entries[wish].is_there = true;
	ahead->entries[wish].entry = *entry;
	ahead->n_found++;
	ahead->n_objects += entry->has_object;
}

struct numbered_object {
	struct object_id id;
	uint32_t entry;
};

static int compare_objects(const void *a, const void *b)
{
	return memcmp(((const struct numbered_object *)a)->id.bytes,
		      ((const struct numbered_object *)b)->id.bytes, OBJECT_ID_BYTES);
}

static void collect_objects(struct look_ahead *ahead)
{
	struct numbered_object *objects = alloc_zeroed(ahead->n_objects, sizeof *objects);
	size_t count = 0;

	for (size_t i = 0; i < ahead->count; i++)
		if (ahead->entries[i].is_there && ahead->entries[i].entry.has_object)
			objects[count++] = (struct numbered_object){ahead->entries[i].entry.object,
								    (uint32_t)i};
	qsort(objects, count, sizeof *objects, compare_objects);
	ahead->objects = alloc_zeroed(count, sizeof *ahead->objects);
	ahead->entry_of = alloc_zeroed(count, sizeof *ahead->entry_of);
	for (size_t i = 0; i < count; i++) {
		ahead->objects[i] = objects[i].id;
		ahead->entry_of[i] = objects[i].entry;
	}
	free(objects);
}

static void take_facts(void *context, size_t wish, const struct cache_facts *facts)
{
	struct look_ahead *ahead = context;

	for (size_t i = wish;
	     i < ahead->n_objects && object_id_equals(&ahead->objects[i], &ahead->objects[wish]);
	     i++)
		ahead->entries[ahead->entry_of[i]].facts = cache_pack_facts(facts);
}

static const char *shared_end(struct look_ahead *ahead, const char *key)
{
	const char *end = key + OBJECT_ID_HEX_BYTES - 1;
	char *shared = map_get_string(ahead->ends, end);

	if (!shared) {
		shared = alloc_string(end);
		map_put_borrowed(ahead->ends, shared, shared);
	}
	return shared;
}

static void take_thumb(void *context, size_t wish, const char *key, const struct cache_thumb *thumb)
{
	struct look_ahead *ahead = context;

	ALLOC_GROW(ahead->thumbs, ahead->n_thumbs, ahead->thumbs_capacity);
	ahead->thumbs[ahead->n_thumbs++] =
		(struct thumb){ahead->objects[wish], shared_end(ahead, key), *thumb};
}

/* Each table is held for itself, so that others can commit in between. */
static int read_table(struct index *index, struct look_ahead *ahead,
		      int (*read)(struct index *index, struct look_ahead *ahead,
				  struct fault *fault),
		      struct fault *fault)
{
	int error = index_hold(index, fault);

	if (!error)
		error = read(index, ahead, fault);
	index_release(index);
	return error;
}

static int read_entries(struct index *index, struct look_ahead *ahead, struct fault *fault)
{
	return index_find_entries(index, ahead->wishes, ahead->count, take_entry, ahead, fault);
}

static int read_facts(struct index *index, struct look_ahead *ahead, struct fault *fault)
{
	return index_find_facts(index, ahead->objects, ahead->n_objects, take_facts, ahead, fault);
}

static int read_thumbs(struct index *index, struct look_ahead *ahead, struct fault *fault)
{
	return index_find_thumbs(index, ahead->objects, ahead->n_objects, take_thumb, ahead, fault);
}

static int read_all(struct index *index, struct look_ahead *ahead, bool wants_thumbs,
		    struct fault *fault)
{
	int error = read_table(index, ahead, read_entries, fault);

	if (!error && ahead->n_objects) {
		collect_objects(ahead);
		error = read_table(index, ahead, read_facts, fault);
		if (!error && wants_thumbs)
			error = read_table(index, ahead, read_thumbs, fault);
		ahead->has_thumbs = wants_thumbs;
	}
	return error;
}

/* Others wrote meanwhile: the tables may be of different times. What found nothing needs no memory.
 */
static int check_generation(struct index *index, struct look_ahead **ahead, struct fault *fault)
{
	uint32_t generation;
	int error = index_generation(index, &generation, fault);

	if (!error && generation == (*ahead)->generation && (*ahead)->n_found)
		return 0;
	look_ahead_free(*ahead);
	*ahead = NULL;
	return error;
}

int look_ahead_new(struct index *index, const char *const *urls, size_t count, bool wants_thumbs,
		   struct look_ahead **ret_ahead, struct fault *fault)
{
	struct look_ahead *ahead = alloc_zeroed(1, sizeof *ahead);
	int error, last_error;

	index_release(index);
	ahead->ends = map_new();
	wish(ahead, urls, count);
	error = index_generation(index, &ahead->generation, fault);
	/* No page is read twice. */
	if (!error)
		error = index_keep_little(index, true, fault);
	if (!error) {
		error = read_all(index, ahead, wants_thumbs, fault);
		last_error = index_keep_little(index, false, error ? NULL : fault);
		error = error ? error : last_error;
	}
	if (!error) {
		error = check_generation(index, &ahead, fault);
	} else {
		look_ahead_free(ahead);
		ahead = NULL;
	}
	*ret_ahead = ahead;
	return error;
}

void look_ahead_free(struct look_ahead *ahead)
{
	if (!ahead)
		return;
	for (size_t i = 0; i < ahead->count; i++) {
		if (ahead->entries[i].is_there)
			index_entry_release(&ahead->entries[i].entry);
		free(ahead->entries[i].facts);
	}
	for (size_t i = 0; i < map_count(ahead->ends); i++)
		free(map_at(ahead->ends, i, NULL));
	map_free(ahead->ends);
	free(ahead->wishes);
	free(ahead->entries);
	free(ahead->objects);
	free(ahead->entry_of);
	free(ahead->thumbs);
	free(ahead);
}

uint32_t look_ahead_generation(const struct look_ahead *ahead)
{
	return ahead->generation;
}

/* --- taking -------------------------------------------------------------------------------------
 */

bool look_ahead_take_entry(struct look_ahead *ahead, const char *url, struct index_entry *ret_entry,
			   struct known_facts **ret_facts)
{
	const struct index_wish wished = {.key = index_key_of(url)};
	const struct index_wish *found = bsearch(&wished, ahead->wishes, ahead->count,
						 sizeof *ahead->wishes, compare_wishes);
	struct entry *entry = found ? &ahead->entries[found - ahead->wishes] : NULL;

	if (!entry || !entry->is_there || strcmp(entry->entry.url, url) != 0)
		return false;
	*ret_entry = entry->entry;
	*ret_facts = entry->facts;
	*entry = (struct entry){0};
	return true;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, OBJECT_ID_BYTES);
}

/* The first thumbnail that is not before those of that original. */
static size_t first_thumb(const struct look_ahead *ahead, const struct object_id *original)
{
	size_t first = 0, end = ahead->n_thumbs;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (compare_ids(&ahead->thumbs[middle].original, original) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

bool look_ahead_thumbs(const struct look_ahead *ahead, const char *const *keys, size_t count,
		       struct cache_thumb *ret_thumbs)
{
	struct object_id original;

	if (!ahead->has_thumbs || strlen(keys[0]) < OBJECT_ID_HEX_BYTES ||
	    !object_id_parse(keys[0], OBJECT_ID_HEX_BYTES - 1, &original) ||
	    !bsearch(&original, ahead->objects, ahead->n_objects, sizeof *ahead->objects,
		     compare_ids))
		return false;
	for (size_t at = first_thumb(ahead, &original);
	     at < ahead->n_thumbs && object_id_equals(&ahead->thumbs[at].original, &original); at++)
		for (size_t i = 0; i < count; i++)
			if (!strncmp(keys[i], keys[0], OBJECT_ID_HEX_BYTES - 1) &&
			    !strcmp(keys[i] + OBJECT_ID_HEX_BYTES - 1, ahead->thumbs[at].end))
				ret_thumbs[i] = ahead->thumbs[at].thumb;
	return true;
}

/* --- of a cache ---------------------------------------------------------------------------------
 */

int cache_look_ahead(struct cache *cache, const char *const *urls, size_t count, bool wants_thumbs,
		     struct fault *fault)
{
	cache_end_look_ahead(cache);
	cache_end_reads(cache);
	return cache_note(cache, look_ahead_new(cache_index(cache), urls, count, wants_thumbs,
						&cache->ahead, fault));
}

void cache_end_look_ahead(struct cache *cache)
{
	look_ahead_free(cache->ahead);
	cache->ahead = NULL;
}

bool cache_is_of_generation(struct cache *cache, uint32_t generation)
{
	uint32_t present;

	return commit_is_running(&cache->commit) ||
	       (!index_generation(cache_index(cache), &present, NULL) && present == generation);
}

struct look_ahead *cache_ahead(struct cache *cache)
{
	if (cache->ahead && !cache_is_of_generation(cache, look_ahead_generation(cache->ahead)))
		cache_end_look_ahead(cache);
	return cache->ahead;
}
