#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cache_private.h"
#include "clock.h"

void pending_init(struct pending *pending)
{
	*pending = (struct pending){
		.entries = map_new(),
		.facts = map_new(),
		.thumbs = map_new(),
		.documents = map_new(),
	};
}

void pending_entry_free(struct pending_entry *entry)
{
	if (!entry)
		return;
	index_entry_release(&entry->entry);
	free(entry);
}

static void free_entries(struct map *entries)
{
	for (size_t i = 0; i < map_count(entries); i++)
		pending_entry_free(map_at(entries, i, NULL));
	map_free(entries);
}

static void free_thumbs(struct map *thumbs)
{
	for (size_t i = 0; i < map_count(thumbs); i++) {
		struct index_thumb *thumb = map_at(thumbs, i, NULL);

		index_thumb_release(thumb);
		free(thumb);
	}
	map_free(thumbs);
}

static void free_documents(struct map *documents)
{
	for (size_t i = 0; i < map_count(documents); i++) {
		struct pending_document *document = map_at(documents, i, NULL);

		free(document->data);
		free(document);
	}
	map_free(documents);
}

void pending_release(struct pending *pending)
{
	if (!pending->entries)
		return;
	free_entries(pending->entries);
	for (size_t i = 0; i < map_count(pending->facts); i++)
		free(map_at(pending->facts, i, NULL));
	map_free(pending->facts);
	free_thumbs(pending->thumbs);
	free_documents(pending->documents);
	for (size_t i = 0; i < pending->used_count; i++)
		free(pending->used[i]);
	free(pending->used);
	*pending = (struct pending){0};
}

/* --- lookup -------------------------------------------------------------------------------------
 */

const struct pending_entry *cache_pending_entry(const struct cache *cache, const char *url)
{
	const struct pending_entry *entry = map_get_string(cache->pending.entries, url);

	return entry ? entry : map_get_string(cache->sealed.entries, url);
}

const struct pending_facts *cache_pending_facts(const struct cache *cache,
						const struct object_id *id)
{
	const struct pending_facts *facts =
		map_get(cache->pending.facts, id->bytes, sizeof id->bytes);

	return facts ? facts : map_get(cache->sealed.facts, id->bytes, sizeof id->bytes);
}

const struct index_thumb *cache_pending_thumb(const struct cache *cache, const char *key)
{
	const struct index_thumb *thumb = map_get_string(cache->pending.thumbs, key);

	return thumb ? thumb : map_get_string(cache->sealed.thumbs, key);
}

const struct pending_document *cache_pending_document(const struct cache *cache, const char *name)
{
	const struct pending_document *document = map_get_string(cache->pending.documents, name);

	return document ? document : map_get_string(cache->sealed.documents, name);
}

/* --- a flush that failed ------------------------------------------------------------------------
 */

/* The values of `older` that have no newer one; the others stay. Keys are strings where key_bytes
 * is 0. */
static void take_back(struct map *map, struct map **older, size_t key_bytes)
{
	struct map *superseded = map_new();

	for (size_t i = 0; i < map_count(*older); i++) {
		const char *key;
		void *value = map_at(*older, i, &key);
		size_t length_bytes = key_bytes ? key_bytes : strlen(key);

		map_put(map_get(map, key, length_bytes) ? superseded : map, key, length_bytes,
			value);
	}
	map_free(*older);
	*older = superseded;
}

void pending_take_back(struct pending *pending, struct pending *older)
{
	take_back(pending->entries, &older->entries, 0);
	take_back(pending->facts, &older->facts, sizeof(struct object_id));
	take_back(pending->thumbs, &older->thumbs, 0);
	take_back(pending->documents, &older->documents, 0);
	for (size_t i = 0; i < map_count(older->entries); i++) {
		const char *url;
		const struct pending_entry *entry = map_at(older->entries, i, &url);

		if (entry->is_new)
			((struct pending_entry *)map_get_string(pending->entries, url))->is_new =
				true;
	}
	for (size_t i = 0; i < older->used_count; i++) {
		ALLOC_GROW(pending->used, pending->used_count, pending->used_capacity);
		pending->used[pending->used_count++] = older->used[i];
	}
	older->used_count = 0;
	pending_touch(pending);
	pending_release(older);
	pending_init(older);
}

void pending_touch(struct pending *pending)
{
	if (!pending->since_ms)
		pending->since_ms = clock_monotonic_ms();
}
