#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cache_private.h"

/* --- in little memory ---------------------------------------------------------------------------
 */

struct known_facts {
	enum media_type type;
	int width_px, height_px, frames;
	char texts[]; /* verdict, message, renderer, each with its NUL */
};

struct known_facts *cache_pack_facts(const struct cache_facts *facts)
{
	const char *const texts[] = {facts->verdict, facts->message, facts->renderer};
	struct known_facts *known;
	size_t bytes = 0;
	char *at;

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		bytes += strlen(texts[i]) + 1;
	known = alloc_resized(NULL, 1, sizeof *known + bytes);
	*known =
		(struct known_facts){facts->type, facts->width_px, facts->height_px, facts->frames};
	at = known->texts;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		at = stpcpy(at, texts[i]) + 1;
	return known;
}

static void unpack_facts(const struct known_facts *known, struct cache_facts *ret_facts)
{
	const char *verdict = known->texts, *message = verdict + strlen(verdict) + 1;

	ret_facts->type = known->type;
	ret_facts->width_px = known->width_px;
	ret_facts->height_px = known->height_px;
	ret_facts->frames = known->frames;
	strcpy(ret_facts->verdict, verdict);
	strcpy(ret_facts->message, message);
	strcpy(ret_facts->renderer, message + strlen(message) + 1);
}

/* --- what was stored last -----------------------------------------------------------------------
 */

static size_t slot_of(const struct object_id *id)
{
	return (size_t)(id->bytes[0] << 8 | id->bytes[1]) % CACHE_RECENT_FACTS;
}

static const struct known_facts *recent_facts(const struct cache *cache, const struct object_id *id)
{
	const struct recent_facts *recent =
		cache->recent_facts ? &cache->recent_facts[slot_of(id)] : NULL;

	return recent && object_id_equals(&recent->id, id) ? recent->facts : NULL;
}

static void remember_facts(struct cache *cache, const struct object_id *id,
			   const struct cache_facts *facts)
{
	struct recent_facts *recent;

	if (!cache->recent_facts)
		cache->recent_facts = alloc_zeroed(CACHE_RECENT_FACTS, sizeof *cache->recent_facts);
	recent = &cache->recent_facts[slot_of(id)];
	free(recent->facts);
	*recent = (struct recent_facts){*id, cache_pack_facts(facts)};
}

void cache_forget_recent_facts(struct cache *cache)
{
	for (size_t i = 0; cache->recent_facts && i < CACHE_RECENT_FACTS; i++)
		free(cache->recent_facts[i].facts);
	free(cache->recent_facts);
	cache->recent_facts = NULL;
}

/* --- facts --------------------------------------------------------------------------------------
 */

int cache_facts(struct cache *cache, const struct object_id *id, struct cache_facts *ret_facts,
		struct fault *fault)
{
	const struct pending_facts *pending = cache_pending_facts(cache, id);
	const struct known_facts *recent = pending ? NULL : recent_facts(cache, id);
	int error;

	if (pending) {
		*ret_facts = pending->facts;
		return 0;
	}
	if (recent) {
		unpack_facts(recent, ret_facts);
		return 0;
	}
	/* The index can know of it only if the bytes were there before, and were lost. */
	if (objects_is_pending(cache->objects, id))
		return -ENOENT;
	error = cache_before_read(cache, fault);
	return error ? error
		     : cache_note(cache, index_get_facts(cache_index(cache), id, ret_facts, fault));
}

int cache_facts_of(struct cache *cache, const struct cache_entry *entry,
		   struct cache_facts *ret_facts, struct fault *fault)
{
	const struct object_id *id = &entry->object;

	if (!entry->facts || hash_set_has(&cache->with_facts, id->bytes, sizeof id->bytes))
		return cache_facts(cache, id, ret_facts, fault);
	unpack_facts(entry->facts, ret_facts);
	return 0;
}

int cache_store_facts(struct cache *cache, const struct object_id *id,
		      const struct cache_facts *facts, struct fault *fault)
{
	struct pending_facts *pending = alloc_zeroed(1, sizeof *pending);

	(void)fault;
	pending->id = *id;
	pending->facts = *facts;
	free(map_put(cache->pending.facts, id->bytes, sizeof id->bytes, pending));
	hash_set_add(&cache->with_facts, id->bytes, sizeof id->bytes);
	remember_facts(cache, id, facts);
	pending_touch(&cache->pending);
	return 0;
}
