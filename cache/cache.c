#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cache_private.h"
#include "cleanup.h"
#include "clock.h"
#include "folder.h"
#include "layout.h"
#include "lock.h"
#include "log.h"

#define BATCH_OBJECTS 64
#define BATCH_ROWS 1024
#define BATCH_AGE_MS 1000
/* Marks of use wait for a batch; this many make one. */
#define BATCH_MARKS 16384

/* Stands in the folder when the index was found damaged while it was in use. */
#define INDEX_DAMAGED_NAME "index.damaged"

#define DAY_S (24 * 3600)

/* --- open, close --------------------------------------------------------------------------------
 */

int cache_note(struct cache *cache, int error)
{
	if (error == -EUCLEAN) {
		int fd = folder_open_file(cache->folder_fd, INDEX_DAMAGED_NAME, O_WRONLY | O_CREAT,
					  0600);

		cleanup_close(&fd);
	}
	return error;
}

static void release(struct cache *cache)
{
	pending_release(&cache->pending);
	for (size_t i = 0; cache->run_entries && i < map_count(cache->run_entries); i++)
		pending_entry_free(map_at(cache->run_entries, i, NULL));
	map_free(cache->run_entries);
	url_set_release(&cache->used);
	index_close(cache->index);
	objects_free(cache->objects);
	cleanup_close(&cache->writers_lock_fd);
	cleanup_close(&cache->users_lock_fd);
	cleanup_close(&cache->folder_fd);
	free(cache->lost);
	free(cache->folder);
	free(cache);
}

/* Moves the index and its journal out of the way. Only when alone: others would go on writing the
 * journal, under its name, for a file that is another by then. */
static int set_index_aside(struct cache *cache, struct fault *fault)
{
	static const char *const names[] = {INDEX_NAME, INDEX_NAME "-journal"};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		CLEANUP(cleanup_free)
		char *aside =
			alloc_printf("quarantine/%s-%lld", names[i], (long long)clock_wall_s());

		if (renameat(cache->folder_fd, names[i], cache->folder_fd, aside) < 0 &&
		    errno != ENOENT)
			return fault_wrap(fault, -errno, "%s: move to quarantine: %s", names[i],
					  strerror(errno));
	}
	return 0;
}

/* A damaged index is set aside and begun anew. */
static int open_index(struct cache *cache, bool is_alone, struct fault *fault)
{
	struct stat status;
	bool is_marked =
		!fstatat(cache->folder_fd, INDEX_DAMAGED_NAME, &status, AT_SYMLINK_NOFOLLOW);
	int error = is_marked ? -EUCLEAN : index_open(cache->folder, &cache->index, fault);

	if (error != -EUCLEAN)
		return error;
	if (!is_alone)
		return fault_wrap(fault, error,
				  INDEX_NAME ": rebuild: is damaged, and another picdesk uses the "
					     "cache: try again when it has ended");
	log_trace("cache", "%s: the index is damaged: set aside, begun anew", cache->folder);
	error = set_index_aside(cache, fault);
	if (!error)
		error = index_open(cache->folder, &cache->index, fault);
	if (error)
		return error;
	unlinkat(cache->folder_fd, INDEX_DAMAGED_NAME, 0);
	return 0;
}

static int open_parts(struct cache *cache, const char *directory, struct fault *fault)
{
	bool is_alone;
	int error;

	error = layout_open(directory, &cache->folder_fd, &cache->folder, fault);
	if (error)
		return error;
	error = lock_open(cache->folder_fd, LOCK_USERS_NAME, &cache->users_lock_fd, fault);
	if (!error)
		error = lock_open(cache->folder_fd, LOCK_WRITERS_NAME, &cache->writers_lock_fd,
				  fault);
	if (error)
		return error;
	is_alone = lock_try_exclusive(cache->users_lock_fd);
	if (!is_alone)
		lock_shared(cache->users_lock_fd);
	error = objects_open(cache->folder_fd, &cache->objects, fault);
	if (error)
		return error;
	if (is_alone)
		objects_remove_leftovers(cache->objects);
	error = open_index(cache, is_alone, fault);
	if (is_alone)
		lock_shared(cache->users_lock_fd);
	return error;
}

int cache_open(const char *directory, struct cache **ret_cache, struct fault *fault)
{
	struct cache *cache = alloc_zeroed(1, sizeof *cache);
	int error;

	cache->folder_fd = cache->users_lock_fd = cache->writers_lock_fd = -1;
	cache->run_entries = map_new();
	cache->today = clock_wall_s() / DAY_S;
	pending_init(&cache->pending);
	url_set_init(&cache->used);
	error = open_parts(cache, directory, fault);
	if (error) {
		release(cache);
		return fault_wrap(fault, error, "%s: open the cache", directory);
	}
	*ret_cache = cache;
	return 0;
}

int cache_close(struct cache *cache, struct fault *fault)
{
	int error = cache ? cache_flush(cache, true, fault) : 0;

	if (cache)
		release(cache);
	return error;
}

/* --- flush --------------------------------------------------------------------------------------
 */

static size_t pending_rows(const struct pending *pending)
{
	return map_count(pending->entries) + map_count(pending->facts) +
	       map_count(pending->thumbs) + map_count(pending->documents);
}

static bool is_due(const struct cache *cache)
{
	const struct pending *pending = &cache->pending;

	return objects_wanted_count(cache->objects) >= BATCH_OBJECTS ||
	       pending_rows(pending) >= BATCH_ROWS || pending->used_count >= BATCH_MARKS ||
	       (pending->since_ms && clock_monotonic_ms() - pending->since_ms >= BATCH_AGE_MS);
}

static void collect_lost(struct cache *cache)
{
	struct object_id id;

	while (objects_next_lost(cache->objects, &id)) {
		ALLOC_GROW(cache->lost, cache->lost_count, cache->lost_capacity);
		cache->lost[cache->lost_count++] = id;
	}
}

static int put_entry(struct cache *cache, const struct pending_entry *pending, struct fault *fault)
{
	struct index_entry entry = pending->entry; /* borrows its strings */
	int error = 0;

	if (pending->is_of_run)
		return index_delete_entry(cache->index, entry.url, fault);
	/* The object may have been removed since: by gc in another process, or as damaged. */
	entry.has_object =
		entry.has_object && objects_has(cache->objects, &entry.object, entry.object_bytes);
	if (entry.has_object)
		error = index_put_object(cache->index, &entry.object, entry.object_bytes, fault);
	return error ? error : index_put_entry(cache->index, &entry, fault);
}

static int put_entries(struct cache *cache, struct fault *fault)
{
	const struct map *entries = cache->pending.entries;
	int error = 0;

	for (size_t i = 0; i < map_count(entries) && !error; i++)
		error = put_entry(cache, map_at(entries, i, NULL), fault);
	return error;
}

static int put_facts(struct cache *cache, struct fault *fault)
{
	const struct map *facts = cache->pending.facts;
	int error = 0;

	for (size_t i = 0; i < map_count(facts) && !error; i++) {
		const struct pending_facts *one = map_at(facts, i, NULL);

		error = index_put_facts(cache->index, &one->id, &one->facts, fault);
	}
	return error;
}

static int put_thumbs(struct cache *cache, struct fault *fault)
{
	const struct map *thumbs = cache->pending.thumbs;
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

static int put_documents(struct cache *cache, struct fault *fault)
{
	const struct map *documents = cache->pending.documents;
	int error = 0;

	for (size_t i = 0; i < map_count(documents) && !error; i++) {
		const char *name;
		const struct pending_document *document = map_at(documents, i, &name);

		error = index_put_document(cache->index, name, document->data,
					   document->length_bytes, fault);
	}
	return error;
}

static int put_rows(struct cache *cache, struct fault *fault)
{
	const struct pending *pending = &cache->pending;
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
		error = index_mark_used(cache->index, pending->used[i], cache->today, fault);
	return error;
}

static int commit_rows(struct cache *cache, struct fault *fault)
{
	int error = index_begin(cache->index, fault);

	if (!error)
		error = put_rows(cache, fault);
	if (!error)
		error = index_commit(cache->index, fault);
	if (error)
		index_rollback(cache->index);
	return cache_note(cache, error);
}

/* What only this run may keep stays readable; a proper entry hides an older one of the run. */
static void keep_run_entries(struct cache *cache)
{
	struct map *entries = cache->pending.entries;
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
	cache->pending.entries = left;
}

/* The order keeps the promise: whole synced objects, then the rows that name them. The lock keeps
 * gc from removing an object between the two. */
static int flush(struct cache *cache, struct fault *fault)
{
	int error = lock_shared(cache->writers_lock_fd);

	/* ENOLCK: a file system without locks; then gc refuses to work, and nothing is lost. */
	if (error && error != -ENOLCK && error != -EOPNOTSUPP)
		return fault_raise(fault, error, LOCK_WRITERS_NAME ": lock: %s", strerror(-error));
	error = objects_flush(cache->objects, fault);
	collect_lost(cache);
	if (!error)
		error = commit_rows(cache, fault);
	lock_release(cache->writers_lock_fd);
	if (error)
		return error;
	keep_run_entries(cache);
	cache->lost_count = 0;
	pending_release(&cache->pending);
	pending_init(&cache->pending);
	return 0;
}

int cache_flush(struct cache *cache, bool everything, struct fault *fault)
{
	bool has_nothing;
	int error;

	collect_lost(cache);
	has_nothing = !pending_rows(&cache->pending) && !cache->pending.used_count &&
		      !cache->lost_count && !objects_wanted_count(cache->objects);
	if (has_nothing || (!everything && !is_due(cache)))
		return 0;
	error = flush(cache, fault);
	if (!error)
		return 0;
	/* What waits stays readable, and is tried again with the next batch. */
	if (cache->pending.since_ms)
		cache->pending.since_ms = clock_monotonic_ms();
	return fault_wrap(fault, error, "%s: store a batch", cache->folder);
}

void cache_mark_used(struct cache *cache, const char *url)
{
	struct pending *pending = &cache->pending;

	if (url_set_has(&cache->used, url))
		return;
	url_set_add(&cache->used, url);
	ALLOC_GROW(pending->used, pending->used_count, pending->used_capacity);
	pending->used[pending->used_count++] = alloc_string(url);
}

/* --- bytes --------------------------------------------------------------------------------------
 */

struct cache_writer {
	struct cache *cache;
	struct object_writer *writer;
};

int cache_writer_new(struct cache *cache, struct cache_writer **ret_writer, struct fault *fault)
{
	struct cache_writer *writer = alloc_zeroed(1, sizeof *writer);

	(void)fault;
	writer->cache = cache;
	writer->writer = object_writer_new(cache->objects);
	*ret_writer = writer;
	return 0;
}

int cache_writer_begin(struct cache_writer *writer, struct fault *fault)
{
	return object_writer_begin(writer->writer, fault);
}

int cache_writer_write(struct cache_writer *writer, const void *data, size_t length_bytes,
		       struct fault *fault)
{
	return object_writer_write(writer->writer, data, length_bytes, fault);
}

int cache_writer_commit(struct cache_writer *writer, struct object_id *ret_id, uint64_t *ret_bytes,
			struct fault *fault)
{
	int error = 0;

	/* A caller that never flushes must not hold more descriptors than a batch has. */
	if (objects_wanted_count(writer->cache->objects) >= BATCH_OBJECTS)
		error = cache_flush(writer->cache, false, fault);
	if (!error) {
		error = object_writer_commit(writer->writer, ret_id, ret_bytes, fault);
		writer->writer = NULL;
	}
	cache_writer_free(writer);
	return error;
}

void cache_writer_free(struct cache_writer *writer)
{
	if (!writer)
		return;
	object_writer_free(writer->writer);
	free(writer);
}

int cache_open_object(struct cache *cache, const struct object_id *id, int *ret_fd,
		      uint64_t *ret_bytes, struct fault *fault)
{
	return objects_read(cache->objects, id, ret_fd, ret_bytes, fault);
}

void cache_object_path(const struct object_id *id, char *ret_path)
{
	char name[OBJECT_NAME_BYTES];

	object_name(id, name);
	snprintf(ret_path, CACHE_OBJECT_PATH_BYTES, "objects/%s", name);
}

/* --- facts, thumbnails, documents
 * ----------------------------------------------------------------- */

int cache_facts(struct cache *cache, const struct object_id *id, struct cache_facts *ret_facts,
		struct fault *fault)
{
	const struct pending_facts *pending =
		map_get(cache->pending.facts, id->bytes, sizeof id->bytes);

	if (pending) {
		*ret_facts = pending->facts;
		return 0;
	}
	return cache_note(cache, index_get_facts(cache->index, id, ret_facts, fault));
}

int cache_store_facts(struct cache *cache, const struct object_id *id,
		      const struct cache_facts *facts, struct fault *fault)
{
	struct pending_facts *pending = alloc_zeroed(1, sizeof *pending);

	(void)fault;
	pending->id = *id;
	pending->facts = *facts;
	free(map_put(cache->pending.facts, id->bytes, sizeof id->bytes, pending));
	pending_touch(&cache->pending);
	return 0;
}

int cache_thumb(struct cache *cache, const char *key, struct cache_thumb *ret_thumb,
		struct fault *fault)
{
	const struct index_thumb *pending = map_get_string(cache->pending.thumbs, key);
	struct cache_thumb thumb;
	int error = 0;

	if (pending)
		thumb = pending->thumb;
	else
		error = cache_note(cache, index_get_thumb(cache->index, key, &thumb, fault));
	if (!error && !objects_has(cache->objects, &thumb.object, thumb.bytes))
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
	replaced = map_put_string(cache->pending.thumbs, key, pending);
	if (replaced) {
		index_thumb_release(replaced);
		free(replaced);
	}
	pending_touch(&cache->pending);
	return 0;
}

int cache_store_document(struct cache *cache, const char *name, const void *data,
			 size_t length_bytes, struct fault *fault)
{
	struct pending_document *pending = alloc_zeroed(1, sizeof *pending);
	struct pending_document *replaced;

	(void)fault;
	pending->data = alloc_string_n(data, length_bytes);
	pending->length_bytes = length_bytes;
	replaced = map_put_string(cache->pending.documents, name, pending);
	if (replaced) {
		free(replaced->data);
		free(replaced);
	}
	pending_touch(&cache->pending);
	return 0;
}

int cache_document(struct cache *cache, const char *name, char **ret_data, size_t *ret_length_bytes,
		   struct fault *fault)
{
	const struct pending_document *pending = map_get_string(cache->pending.documents, name);

	if (!pending)
		return cache_note(cache, index_get_document(cache->index, name, ret_data,
							    ret_length_bytes, fault));
	*ret_data = alloc_string_n(pending->data, pending->length_bytes);
	*ret_length_bytes = pending->length_bytes;
	return 0;
}

/* --- walks --------------------------------------------------------------------------------------
 */

int cache_statistics(struct cache *cache, struct cache_stats *ret_stats, struct fault *fault)
{
	struct cache_stats stats = {0};
	struct stat status;
	int error = cache_flush(cache, true, fault);

	if (!error)
		error = cache_note(cache, index_count(cache->index, &stats, fault));
	if (error)
		return error;
	if (!fstatat(cache->folder_fd, INDEX_NAME, &status, AT_SYMLINK_NOFOLLOW))
		stats.index_bytes = (uint64_t)status.st_size;
	stats.damaged = objects_damaged_count(cache->objects);
	*ret_stats = stats;
	return 0;
}

/* Rows are collected first, so that `each` may use the cache. */
struct collected {
	char **urls;
	struct index_thumb *thumbs;
	size_t count, capacity;
};

static bool collect_url(void *context, const char *url)
{
	struct collected *collected = context;

	ALLOC_GROW(collected->urls, collected->count, collected->capacity);
	collected->urls[collected->count++] = alloc_string(url);
	return true;
}

static bool collect_thumb(void *context, const struct index_thumb *thumb)
{
	struct collected *collected = context;

	ALLOC_GROW(collected->thumbs, collected->count, collected->capacity);
	collected->thumbs[collected->count] = *thumb;
	collected->thumbs[collected->count++].key = alloc_string(thumb->key);
	return true;
}

int cache_urls_of_object(struct cache *cache, const struct object_id *id,
			 bool (*each)(void *context, const char *url), void *context,
			 struct fault *fault)
{
	struct collected collected = {0};
	bool goes_on = true;
	int error = cache_flush(cache, true, fault);

	if (!error)
		error = cache_note(cache, index_each_url_of_object(cache->index, id, collect_url,
								   &collected, fault));
	for (size_t i = 0; i < collected.count; i++) {
		goes_on = goes_on && !error && each(context, collected.urls[i]);
		free(collected.urls[i]);
	}
	free(collected.urls);
	return error;
}

int cache_thumbs_of_object(struct cache *cache, const struct object_id *id,
			   bool (*each)(void *context, const char *key,
					const struct cache_thumb *thumb),
			   void *context, struct fault *fault)
{
	struct collected collected = {0};
	bool goes_on = true;
	int error = cache_flush(cache, true, fault);

	if (!error)
		error = cache_note(cache,
				   index_each_thumb_of_object(cache->index, id, collect_thumb,
							      &collected, fault));
	for (size_t i = 0; i < collected.count; i++) {
		goes_on = goes_on && !error &&
			  each(context, collected.thumbs[i].key, &collected.thumbs[i].thumb);
		index_thumb_release(&collected.thumbs[i]);
	}
	free(collected.thumbs);
	return error;
}
