#include <stdlib.h>

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

void pending_touch(struct pending *pending)
{
	if (!pending->since_ms)
		pending->since_ms = clock_monotonic_ms();
}
