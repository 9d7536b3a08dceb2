#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cache_private.h"

/* One of them was stored by this handle. */
static bool has_written_one(const struct cache *cache, const char *const *keys, size_t count)
{
	bool has_written = false;

	for (size_t i = 0; i < count && cache->with_thumbs.count; i++)
		has_written =
			has_written || hash_set_has(&cache->with_thumbs, keys[i], strlen(keys[i]));
	return has_written;
}

/* But for those of this handle: a first run need not look for each. */
static bool has_no_thumbs(struct cache *cache)
{
	uint32_t generation;

	if (cache->had_no_thumbs && cache_is_of_generation(cache, cache->no_thumbs_generation))
		return true;
	cache->had_no_thumbs = !cache->with_thumbs.count && !cache_before_read(cache, NULL) &&
			       !index_generation(cache_index(cache), &generation, NULL) &&
			       index_has_no_thumbs(cache_index(cache));
	cache->no_thumbs_generation = cache->had_no_thumbs ? generation : 0;
	return cache->had_no_thumbs;
}

/* As the index has them, where nothing newer waits for it. */
static int stored_thumbs(struct cache *cache, const char *const *keys, size_t count,
			 struct cache_thumb *ret_thumbs, struct fault *fault)
{
	bool has_written = has_written_one(cache, keys, count);
	const struct look_ahead *ahead = has_written ? NULL : cache_ahead(cache);
	int error;

	if (ahead && look_ahead_thumbs(ahead, keys, count, ret_thumbs))
		return 0;
	if (!has_written && has_no_thumbs(cache))
		return 0;
	error = cache_before_read(cache, fault);
	if (!error)
		error = index_get_thumbs(cache_index(cache), keys, count, ret_thumbs, fault);
	return cache_note(cache, error);
}

const char *cache_thumb_kind(const char *key)
{
	const char *kind = strchr(key, '|');

	return kind ? kind : key;
}

static void note_kind(struct cache *cache, const char *key)
{
	const char *kind = cache_thumb_kind(key);

	if (cache->limit.max_bytes != UINT64_MAX)
		hash_set_add(&cache->thumb_kinds, kind, strlen(kind));
}

int cache_thumbs(struct cache *cache, const char *const *keys, size_t count,
		 struct cache_thumb *ret_thumbs, struct fault *fault)
{
	size_t n_pending = 0;
	int error = 0;

	memset(ret_thumbs, 0, count * sizeof *ret_thumbs);
	for (size_t i = 0; i < count; i++) {
		note_kind(cache, keys[i]);
		n_pending += cache_pending_thumb(cache, keys[i]) != NULL;
	}
	if (n_pending < count)
		error = stored_thumbs(cache, keys, count, ret_thumbs, fault);
	for (size_t i = 0; i < count; i++) {
		const struct index_thumb *pending = cache_pending_thumb(cache, keys[i]);

		if (pending)
			ret_thumbs[i] = pending->thumb;
		if (ret_thumbs[i].bytes &&
		    (!index_thumb_makes_sense(&ret_thumbs[i]) ||
		     !objects_seen(cache->objects, &ret_thumbs[i].object, ret_thumbs[i].bytes)))
			ret_thumbs[i].bytes = 0;
	}
	return error;
}

int cache_thumb(struct cache *cache, const char *key, struct cache_thumb *ret_thumb,
		struct fault *fault)
{
	struct cache_thumb thumb;
	int error = cache_thumbs(cache, &key, 1, &thumb, fault);

	if (!error && !thumb.bytes)
		error = -ENOENT;
	if (!error)
		*ret_thumb = thumb;
	return error;
}

int cache_store_thumb(struct cache *cache, const char *key, const struct object_id *original,
		      const struct cache_thumb *thumb, struct fault *fault)
{
	struct index_thumb *pending, *replaced;

	if (!objects_has(cache->objects, &thumb->object, thumb->bytes))
		return fault_raise(fault, -ENOENT,
				   "%s: store the thumbnail: its bytes are not in the cache", key);
	pending = alloc_zeroed(1, sizeof *pending);
	pending->key = alloc_string(key);
	pending->original = *original;
	pending->thumb = *thumb;
	objects_want(cache->objects, &thumb->object);
	hash_set_add(&cache->with_thumbs, key, strlen(key));
	replaced = map_put_string(cache->pending.thumbs, key, pending);
	if (replaced) {
		index_thumb_release(replaced);
		free(replaced);
	}
	pending_touch(&cache->pending);
	return 0;
}
