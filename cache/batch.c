#include <errno.h>
#include <string.h>

#include "alloc.h"
#include "cache_private.h"
#include "cleanup.h"
#include "clock.h"
#include "lock.h"
#include "sync.h"

/* Rows lie in the order of a hash: a batch touches most pages of the index, however small it is. */
#define BATCH_ROWS 16384
#define BATCH_AGE_MS 1000
/* Marks of use wait for a batch; this many make one. */
#define BATCH_MARKS 16384

/* --- rows ---------------------------------------------------------------------------------------
 */

static size_t pending_rows(const struct pending *pending)
{
	return map_count(pending->entries) + map_count(pending->facts) +
	       map_count(pending->thumbs) + map_count(pending->documents);
}

static bool has_many_rows(const struct pending *pending)
{
	return pending_rows(pending) >= BATCH_ROWS || pending->used_count >= BATCH_MARKS ||
	       (pending->since_ms && clock_monotonic_ms() - pending->since_ms >= BATCH_AGE_MS);
}

/* A quarter of the objects is left for those that come while the rest is being stored. */
static bool is_due(const struct cache *cache)
{
	return objects_wanted_count(cache->objects) >=
		       cache->batch_objects - cache->batch_objects / 4 ||
	       has_many_rows(&cache->pending);
}

/* More would be lost with the power than a batch: the one under way is waited for. */
static bool is_full(const struct cache *cache)
{
	return objects_undurable_count(cache->objects) >= cache->batch_objects ||
	       has_many_rows(&cache->pending);
}

static void collect_lost(struct cache *cache)
{
	struct object_id id;

	while (objects_next_lost(cache->objects, &id)) {
		ALLOC_GROW(cache->lost, cache->lost_count, cache->lost_capacity);
		cache->lost[cache->lost_count++] = id;
	}
}

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
	entry.has_object =
		entry.has_object && objects_has(cache->objects, &entry.object, entry.object_bytes);
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

		if (!objects_has(cache->objects, &thumb->thumb.object, thumb->thumb.bytes))
			continue;
		error = index_put_object(cache->index, &thumb->thumb.object, thumb->thumb.bytes,
					 fault);
		if (!error)
			error = index_put_thumb(cache->index, thumb, fault);
	}
	return error;
}

/* Larger documents are written twice rather than held. */
#define HELD_BYTES ((size_t)1 << 20)

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

/* A text that comes in pieces: its length, and as long as it is not too long, itself. */
struct held {
	struct buf text;
	size_t length_bytes;
};

static int add_to_held(void *context, const void *data, size_t length_bytes)
{
	struct held *held = context;

	held->length_bytes += length_bytes;
	if (held->length_bytes <= HELD_BYTES)
		buf_append(&held->text, data, length_bytes);
	else
		buf_release(&held->text);
	return 0;
}

static void write_held(const void *context, struct buf *ret_text)
{
	const struct held *held = context;

	for (size_t at = 0; at < held->length_bytes; at += BUF_PIECE_BYTES) {
		size_t left = held->length_bytes - at;

		buf_append(ret_text, held->text.data + at,
			   left < BUF_PIECE_BYTES ? left : BUF_PIECE_BYTES);
	}
}

static int put_text_of(struct cache *cache, const char *name,
		       const struct cache_document_source *source, struct fault *fault)
{
	struct held held = {.text = BUF_INIT(HELD_BYTES)};
	struct buf_outlet outlet = {.write = add_to_held, .context = &held};
	CLEANUP(buf_release)
	struct buf text = {.max_bytes = BUF_UNLIMITED, .outlet = &outlet};
	bool is_held;
	int error;

	source->write(source->context, &text);
	buf_drain(&text);
	is_held = held.length_bytes <= HELD_BYTES;
	error = index_put_large_document(cache->index, name, held.length_bytes,
					 is_held ? write_held : source->write,
					 is_held ? &held : source->context, fault);
	buf_release(&held.text);
	return error;
}

/* Beside a large document stands the hash of its outline, as "<name>.hash". */
static int put_large_document(struct cache *cache, const char *name,
			      const struct cache_document_source *source, struct fault *fault)
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
	return error ? error : put_text_of(cache, name, source, fault);
}

static int put_document(struct cache *cache, const char *name,
			const struct pending_document *document, struct fault *fault)
{
	if (document->source.write)
		return put_large_document(cache, name, &document->source, fault);
	return index_put_document(cache->index, name, document->data, document->length_bytes,
				  fault);
}

static int put_documents(struct cache *cache, struct fault *fault)
{
	const struct map *documents = cache->sealed.documents;
	int error = 0;

	for (size_t i = 0; i < map_count(documents) && !error; i++) {
		const char *name;
		const struct pending_document *document = map_at(documents, i, &name);

		error = put_document(cache, name, document, fault);
	}
	return error;
}

static int put_rows(struct cache *cache, struct fault *fault)
{
	const struct pending *pending = &cache->sealed;
	int error = 0;

	for (size_t i = 0; i < cache->lost_count && !error; i++)
		error = index_forget_object(cache->index, &cache->lost[i], fault);
	if (!error)
		error = put_entries(cache, fault);
	if (!error)
		error = put_facts(cache, fault);
	if (!error)
		error = put_thumbs(cache, fault);
	if (!error)
		error = put_documents(cache, fault);
	for (size_t i = 0; i < pending->used_count && !error; i++)
		if (!map_get_string(pending->entries,
				    pending->used[i])) /* else it says so itself */
			error = index_mark_used(cache->index, pending->used[i], cache->today,
						fault);
	return error;
}

static int commit_rows(struct cache *cache, struct fault *fault)
{
	int error = index_begin(cache->index, fault);

	if (!error)
		error = put_rows(cache, fault);
	if (!error)
		error = records_append(cache->records, fault);
	if (!error)
		error = index_commit(cache->index, fault);
	if (error)
		index_rollback(cache->index);
	return cache_note(cache, error);
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

/* What only this run may keep stays readable; a proper entry hides an older one of the run. */
static void keep_run_entries(struct cache *cache)
{
	struct map *entries = cache->sealed.entries;
	struct map *left = map_new();

	for (size_t i = 0; i < map_count(entries); i++) {
		const char *url;
		struct pending_entry *entry = map_at(entries, i, &url);
		struct pending_entry *earlier = map_get_string(cache->run_entries, url);

		if (entry->is_of_run)
			pending_entry_free(map_put_string(cache->run_entries, url, entry));
		else
			map_put_string(left, url, entry);
		if (!entry->is_of_run && earlier)
			earlier->is_gone = true;
	}
	map_free(entries);
	cache->sealed.entries = left;
}

/* --- flush --------------------------------------------------------------------------------------
 */

static void seal(struct cache *cache)
{
	pending_release(&cache->sealed);
	cache->sealed = cache->pending;
	pending_init(&cache->pending);
	leases_seal_ended(cache->leases);
	cache->limit.sealed_bytes = objects_added_bytes(cache->objects);
	cache->stage = BATCH_BYTES;
}

/* Against gc, which must not remove an object between its name and its row. ENOLCK: a file system
 * without locks; then gc refuses to work, and nothing is lost. */
static int lock_writers(struct cache *cache, struct fault *fault)
{
	int error = lock_shared(cache->writers_lock_fd);

	if (error && error != -ENOLCK && error != -EOPNOTSUPP)
		return fault_raise(fault, error, LOCK_WRITERS_NAME ": lock: %s", strerror(-error));
	cache->stage = BATCH_NAMES;
	return 0;
}

static int put_sealed(struct cache *cache, struct fault *fault)
{
	int error;

	collect_lost(cache);
	gather_records(cache);
	error = records_append(cache->records, fault);
	return error ? error : commit_rows(cache, fault);
}

static void unlock_writers(struct cache *cache)
{
	if (cache->stage == BATCH_NAMES)
		lock_release(cache->writers_lock_fd);
	cache->stage = BATCH_NONE;
}

static void finish(struct cache *cache)
{
	keep_run_entries(cache);
	leases_release_sealed(cache->leases);
	cache->limit.shown_bytes = cache->limit.sealed_bytes;
	cache_limit_tell(cache);
	cache->lost_count = 0;
	pending_release(&cache->sealed);
	pending_init(&cache->sealed);
}

/* The order keeps the promise: whole synced objects, then the records and rows that name them.
 * -EINPROGRESS, but not when `waits`. */
static int step(struct cache *cache, bool waits, struct fault *fault)
{
	int error = 0;

	if (cache->stage == BATCH_BYTES) {
		error = objects_flush_bytes(cache->objects, waits, fault);
		if (!error)
			error = lock_writers(cache, fault);
	}
	if (!error)
		error = objects_flush_names(cache->objects, waits, fault);
	if (!error)
		error = put_sealed(cache, fault);
	if (error == -EINPROGRESS)
		return error;
	unlock_writers(cache);
	if (!error) {
		finish(cache);
		return 0;
	}
	/* What waits stays readable, and is tried again with the next batch. */
	pending_take_back(&cache->pending, &cache->sealed);
	cache->pending.since_ms = clock_monotonic_ms();
	return error;
}

int cache_flush(struct cache *cache, bool everything, struct fault *fault)
{
	bool has_rows, has_nothing;
	int error = 0;

	cache_end_reads(cache);
	if (cache->is_read_only)
		return 0;
	if (cache->stage != BATCH_NONE)
		error = step(cache, everything || is_full(cache), fault);
	collect_lost(cache);
	has_rows = pending_rows(&cache->pending) || objects_wanted_count(cache->objects);
	has_nothing = !has_rows && !cache->pending.used_count && !cache->lost_count;
	if (!error && !has_rows) {
		leases_seal_ended(cache->leases);
		leases_release_sealed(cache->leases);
	}
	if (!error && !has_nothing && (everything || is_due(cache))) {
		seal(cache);
		error = step(cache, everything, fault);
	}
	if (!error || error == -EINPROGRESS)
		return 0;
	return fault_wrap(fault, error, "%s: store a batch", cache->folder);
}

void cache_expect_end(void)
{
	sync_give_back();
}

int cache_flush_fd(const struct cache *cache)
{
	return cache->stage == BATCH_NONE ? -1 : sync_event_fd();
}
