#include <errno.h>
#include <string.h>

#include "alloc.h"
#include "cache_private.h"
#include "cleanup.h"

/* gc of another process may have taken the row that was changed, and its record: then it is one of
 * its own again. */
static int record_anew(struct cache *cache, const struct index_entry *entry, struct fault *fault)
{
	CLEANUP(index_entry_release) struct index_entry stored = {0};
	int error = index_get_entry(cache->index, entry->url, &stored, fault);

	if (error == -ENOENT)
		records_add_entry(cache->records, entry);
	return error == -ENOENT ? 0 : error;
}

static int put_entry(struct cache *cache, const struct pending_entry *pending, struct fault *fault)
{
	struct index_entry entry = pending->entry; /* borrows its strings */
	int error = 0;

	if (pending->is_of_run)
		return index_delete_entry(cache->index, entry.url, fault);
	if (entry.has_object && pending->is_confirmed) {
		error = index_confirm_entry(cache->index, &entry, fault);
		if (error)
			return error < 0 ? error : 0;
	}
	/* The object may have been removed since: by gc in another process, or as damaged. Then the
	 * row was changed first. */
	entry.has_object = entry.has_object &&
			   objects_is_stored(cache->objects, &entry.object, entry.object_bytes);
	if (entry.has_object)
		error = index_put_object(cache->index, &entry.object, entry.object_bytes, fault);
	if (!error && entry.has_object && !pending->is_new)
		error = record_anew(cache, &entry, fault);
	return error ? error : index_put_entry(cache->index, &entry, fault);
}

static int put_entries(struct cache *cache, struct fault *fault)
{
	const struct map *entries = cache->sealed.entries;
	int error = 0;

	for (size_t i = 0; i < map_count(entries) && !error; i++)
		error = put_entry(cache, map_at(entries, i, NULL), fault);
	return error;
}

static int put_facts(struct cache *cache, struct fault *fault)
{
	const struct map *facts = cache->sealed.facts;
	int error = 0;

	for (size_t i = 0; i < map_count(facts) && !error; i++) {
		const struct pending_facts *one = map_at(facts, i, NULL);

		error = index_put_facts(cache->index, &one->id, &one->facts, fault);
	}
	return error;
}

static int put_thumbs(struct cache *cache, struct fault *fault)
{
	const struct map *thumbs = cache->sealed.thumbs;
	int error = 0;

	for (size_t i = 0; i < map_count(thumbs) && !error; i++) {
		const struct index_thumb *thumb = map_at(thumbs, i, NULL);

		if (!objects_is_stored(cache->objects, &thumb->thumb.object, thumb->thumb.bytes))
			continue;
		error = index_put_object(cache->index, &thumb->thumb.object, thumb->thumb.bytes,
					 fault);
		if (!error)
			error = index_put_thumb(cache->index, thumb, fault);
	}
	return error;
}

static int add_to_digest(void *hasher, const void *data, size_t length_bytes)
{
	object_hasher_add(hasher, data, length_bytes);
	return 0;
}

static struct object_id digest_source(const struct cache_document_source *source)
{
	struct object_hasher *hasher = object_hasher_new();
	struct buf_outlet outlet = {.write = add_to_digest, .context = hasher};
	CLEANUP(buf_release)
	struct buf text = {.max_bytes = BUF_UNLIMITED, .outlet = &outlet};
	struct object_id hash;

	(source->outline ? source->outline : source->write)(source->context, &text);
	buf_drain(&text);
	hash = object_hasher_finish(hasher);
	object_hasher_free(hasher);
	return hash;
}

/* Beside a large document stands the hash of its outline, as "<name>.hash". */
static int put_large_document(struct cache *cache, const char *name,
			      const struct cache_document_source *source, bool writes_over,
			      struct fault *fault)
{
	CLEANUP(cleanup_free) char *hash_name = alloc_printf("%s.hash", name);
	CLEANUP(cleanup_free) char *known = NULL;
	size_t known_bytes = 0;
	struct object_id hash = digest_source(source);
	int error = index_get_document(cache->index, hash_name, &known, &known_bytes, fault);

	if (error && error != -ENOENT)
		return error;
	if (known_bytes == sizeof hash.bytes && !memcmp(known, hash.bytes, known_bytes))
		return 0;
	error = index_put_document(cache->index, hash_name, hash.bytes, sizeof hash.bytes, fault);
	return error ? error
		     : index_put_large_document(cache->index, name, source->write, source->context,
						writes_over, fault);
}

static int put_document(struct cache *cache, const char *name,
			const struct pending_document *document, bool writes_over,
			struct fault *fault)
{
	if (document->source.write)
		return put_large_document(cache, name, &document->source, writes_over, fault);
	return index_put_document(cache->index, name, document->data, document->length_bytes,
				  fault);
}

static int put_documents(struct cache *cache, bool writes_over, struct fault *fault)
{
	const struct map *documents = cache->sealed.documents;
	int error = 0;

	for (size_t i = 0; i < map_count(documents) && !error; i++) {
		const char *name;
		const struct pending_document *document = map_at(documents, i, &name);

		error = put_document(cache, name, document, writes_over, fault);
	}
	return error;
}

static int put_rows(struct cache *cache, bool writes_over, struct fault *fault)
{
	const struct pending *pending = &cache->sealed;
	int error = 0;

	for (size_t i = 0; i < cache->commit.lost_count && !error; i++)
		error = index_forget_object(cache->index, &cache->commit.lost[i], fault);
	if (!error)
		error = put_entries(cache, fault);
	if (!error)
		error = put_facts(cache, fault);
	if (!error)
		error = put_thumbs(cache, fault);
	if (!error)
		error = put_documents(cache, writes_over, fault);
	for (size_t i = 0; i < pending->used_count && !error; i++)
		if (!map_get_string(pending->entries,
				    pending->used[i])) /* else it says so itself */
			error = index_mark_used(cache->index, pending->used[i], cache->today,
						fault);
	return error;
}

/* What a lost index is rebuilt from; each row once. */
static void gather_records(struct cache *cache)
{
	const struct pending *pending = &cache->sealed;

	records_clear(cache->records);
	for (size_t i = 0; i < map_count(pending->entries); i++) {
		const struct pending_entry *entry = map_at(pending->entries, i, NULL);

		if (entry->is_new && !entry->is_of_run && entry->entry.has_object)
			records_add_entry(cache->records, &entry->entry);
	}
	for (size_t i = 0; i < map_count(pending->facts); i++) {
		const struct pending_facts *facts = map_at(pending->facts, i, NULL);

		records_add_facts(cache->records, &facts->id, &facts->facts);
	}
	for (size_t i = 0; i < map_count(pending->thumbs); i++)
		records_add_thumb(cache->records, map_at(pending->thumbs, i, NULL));
}

static int write_index(struct cache *cache, bool writes_over, struct fault *fault)
{
	int error = index_begin(cache->index, fault);

	if (!error)
		error = put_rows(cache, writes_over, fault);
	if (!error) /* what record_anew() added */
		error = records_append(cache->records, fault);
	if (!error)
		error = index_commit(cache->index, fault);
	if (error)
		index_rollback(cache->index);
	return error;
}

int commit_rows(struct cache *cache, struct fault *fault)
{
	int error;

	gather_records(cache);
	error = records_append(cache->records, fault);
	if (error)
		return error;
	error = write_index(cache, false, fault);
	/* A full disk may have room for what takes the place of something. */
	if (fault_is_no_room(error) && map_count(cache->sealed.documents)) {
		fault_clear(fault);
		error = write_index(cache, true, fault);
	}
	return error;
}
