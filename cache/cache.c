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
#include "descriptors.h"
#include "disk_work.h"
#include "folder.h"
#include "layout.h"
#include "lock.h"
#include "log.h"
#include "rebuild.h"
#include "room.h"
#include "scan_results.h"
#include "sync.h"
#include "tmpfile.h"

/* Stands in the folder when the index was found damaged while it was in use. */
#define INDEX_DAMAGED_NAME "index.damaged"

#define SCAN_DOCUMENT "scan"

/* --- open, close --------------------------------------------------------------------------------
 */

int cache_mark_index(struct cache *cache)
{
	int fd = folder_open_file(cache->folder_fd, INDEX_DAMAGED_NAME, O_WRONLY | O_CREAT, 0600);
	int error = fd < 0 ? fd : 0;

	cleanup_close(&fd);
	return error;
}

int cache_unmark_index(struct cache *cache)
{
	return unlinkat(cache->folder_fd, INDEX_DAMAGED_NAME, 0) < 0 ? -errno : 0;
}

int cache_note(struct cache *cache, int error)
{
	if (error == -EUCLEAN)
		cache_mark_index(cache);
	return error;
}

static void release(struct cache *cache)
{
	commit_release(&cache->commit);
	pending_release(&cache->pending);
	pending_release(&cache->sealed);
	for (size_t i = 0; cache->run_entries && i < map_count(cache->run_entries); i++)
		pending_entry_free(map_at(cache->run_entries, i, NULL));
	map_free(cache->run_entries);
	hash_set_release(&cache->used);
	hash_set_release(&cache->written);
	hash_set_release(&cache->with_facts);
	hash_set_release(&cache->with_thumbs);
	hash_set_release(&cache->thumb_kinds);
	cache_end_look_ahead(cache);
	cache_forget_recent_facts(cache);
	index_close(cache->index);
	records_free(cache->records);
	objects_free(cache->objects);
	disk_work_end();
	leases_free(cache->leases);
	room_free(cache->limit.room);
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

static bool has_file(const struct cache *cache, const char *name)
{
	struct stat status;

	return fstatat(cache->folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* An empty file is what SQLite makes of none: with records beside it, it is one that was lost. One
 * that cannot be looked at is there: who opens it says what is wrong. */
static bool has_index(const struct cache *cache)
{
	struct stat status;

	if (fstatat(cache->folder_fd, INDEX_NAME, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno != ENOENT;
	return status.st_size > 0;
}

/* The mark stands until the rebuild is done: a kill, or a power cut, in between begins it again. */
static int rebuild(struct cache *cache, struct fault *fault)
{
	struct rebuild_result result = {0};
	int error;

	cache_note(cache, -EUCLEAN);
	sync_folder(cache->folder_fd);
	error = set_index_aside(cache, fault);
	if (!error)
		error = index_open(cache->folder, &cache->index, fault);
	if (!error)
		error = rebuild_index(cache->index, cache->objects, cache->records, cache->today,
				      &result, fault);
	if (error)
		return error;
	error = cache_unmark_index(cache);
	if (error)
		return fault_raise(fault, error, INDEX_DAMAGED_NAME ": remove: %s",
				   strerror(-error));
	cache->has_rebuilt_index = true;
	log_trace("cache", "%s: index rebuilt: %llu entries, %llu thumbnails", cache->folder,
		  (unsigned long long)result.entries, (unsigned long long)result.thumbs);
	return 0;
}

/* A damaged or missing index is rebuilt from the records. */
static int open_index(struct cache *cache, bool is_alone, struct fault *fault)
{
	bool is_lost = has_file(cache, INDEX_DAMAGED_NAME) ||
		       (!has_index(cache) && records_bytes(cache->records));
	int error =
		is_lost ? fault_raise(fault, -EUCLEAN, INDEX_NAME ": open: is damaged or missing")
			: index_open(cache->folder, &cache->index, fault);

	if (error != -EUCLEAN)
		return error;
	if (!is_alone)
		return fault_wrap(fault, error,
				  INDEX_NAME ": rebuild: is damaged, and another picdesk uses the "
					     "cache: try again when it has ended");
	return rebuild(cache, fault);
}

/* What stood in the place of the records was set aside: they are written anew while the index,
 * which says the same, is there. */
static int restore_records(struct cache *cache, struct fault *fault)
{
	const struct layout_repairs *repairs = &cache->repairs;

	for (size_t i = 0; i < repairs->count; i++)
		if (!strcmp(repairs->names[i], "records"))
			return cache_note(cache, cache_rewrite_records(cache, fault));
	return 0;
}

/* Where a file system has no locks, gc refuses to work. */
static int share(struct cache *cache, struct fault *fault)
{
	int error = lock_shared(cache->users_lock_fd, LOCK_HOLDER_ALONE);

	if (error != -ECANCELED && error != -ETIMEDOUT)
		return 0;
	return lock_fault(fault, error, LOCK_USERS_NAME, LOCK_HOLDER_ALONE);
}

/* Nobody else has the cache open. Both locks: gc, which asks whether it is alone, too, may lose the
 * first one for a moment (flock(2), of conversions), with the second in hand. */
static bool take_alone(const struct cache *cache)
{
	return lock_try_exclusive(cache->users_lock_fd) &&
	       lock_try_shared(cache->writers_lock_fd) == 0;
}

static int open_locks(struct cache *cache, struct fault *fault)
{
	int error = lock_open(cache->folder_fd, LOCK_USERS_NAME, &cache->users_lock_fd, fault);

	if (!error)
		error = lock_open(cache->folder_fd, LOCK_WRITERS_NAME, &cache->writers_lock_fd,
				  fault);
	if (error)
		return error;
	error = lock_check_there_are(cache->writers_lock_fd);
	if (error)
		return fault_raise(fault, error,
				   LOCK_WRITERS_NAME ": lock: the file system has no locks: %s",
				   strerror(-error));
	return 0;
}

static int open_parts(struct cache *cache, const char *directory, struct fault *fault)
{
	bool is_alone;
	int error;

	error = layout_open(directory, &cache->folder_fd, &cache->folder, &cache->repairs, fault);
	if (error)
		return error;
	error = open_locks(cache, fault);
	if (error)
		return error;
	is_alone = take_alone(cache);
	error = is_alone ? 0 : share(cache, fault);
	if (error)
		return error;
	error = objects_open(cache->folder_fd, &cache->objects, fault);
	if (error)
		return error;
	error = records_open(cache->folder_fd, &cache->records, fault);
	if (!error)
		error = leases_open(cache->folder_fd, &cache->leases, fault);
	if (error)
		return error;
	cache->limit.room = room_new(cache->folder_fd);
	if (is_alone) {
		objects_remove_leftovers(cache->objects);
		tmpfile_sweep(cache->folder_fd);
	}
	error = open_index(cache, is_alone, fault);
	if (!error && is_alone)
		error = restore_records(cache, fault);
	if (!error && is_alone)
		error = share(cache, fault);
	if (is_alone)
		lock_release(cache->writers_lock_fd);
	return error;
}

/* The lock is no more than a courtesy to gc: a reader does without. */
static int open_parts_read_only(struct cache *cache, const char *directory, struct fault *fault)
{
	int error = layout_open_read_only(directory, &cache->folder_fd, &cache->folder, fault);

	if (error)
		return error;
	cache->users_lock_fd = folder_open_file(cache->folder_fd, LOCK_USERS_NAME, O_RDONLY, 0);
	error = cache->users_lock_fd >= 0 ? share(cache, fault) : 0;
	if (!error)
		error = objects_open(cache->folder_fd, &cache->objects, fault);
	if (!error)
		error = records_open(cache->folder_fd, &cache->records, fault);
	if (!error && has_file(cache, INDEX_DAMAGED_NAME))
		error = fault_raise(fault, -EUCLEAN, INDEX_NAME ": open: is damaged");
	return error ? error : index_open_read_only(cache->folder, &cache->index, fault);
}

static int open_cache(const char *directory, bool read_only, struct cache **ret_cache,
		      struct fault *fault)
{
	struct cache *cache = alloc_zeroed(1, sizeof *cache);
	int error;

	cache->is_read_only = read_only;

	cache->folder_fd = cache->users_lock_fd = cache->writers_lock_fd = -1;
	cache->run_entries = map_new();
	cache->today = clock_wall_s() / CLOCK_DAY_S;
	cache->limit.max_bytes = UINT64_MAX;
	cache->batch_objects = descriptors_room(DESCRIPTORS_OF_PROGRAM, 8, 4, CACHE_BATCH_OBJECTS);
	pending_init(&cache->pending);
	pending_init(&cache->sealed);
	hash_set_init(&cache->used);
	hash_set_init(&cache->written);
	hash_set_init(&cache->with_facts);
	hash_set_init(&cache->with_thumbs);
	hash_set_init(&cache->thumb_kinds);
	error = read_only ? open_parts_read_only(cache, directory, fault)
			  : open_parts(cache, directory, fault);
	if (error) {
		release(cache);
		return fault_wrap(fault, error, "%s: open the cache", directory);
	}
	*ret_cache = cache;
	return 0;
}

int cache_open(const char *directory, struct cache **ret_cache, struct fault *fault)
{
	return open_cache(directory, false, ret_cache, fault);
}

int cache_open_read_only(const char *directory, struct cache **ret_cache, struct fault *fault)
{
	return open_cache(directory, true, ret_cache, fault);
}

int cache_close(struct cache *cache, struct fault *fault)
{
	int error = cache ? cache_flush(cache, true, fault) : 0;

	if (cache)
		release(cache);
	return error;
}

/* --- reads in a row -----------------------------------------------------------------------------
 */

/* A warm run looks up thousands without a pause: others may commit in between. */
#define HOLD_MAX_MS 20
/* The clock is looked at each so many reads. */
#define READS_A_LOOK 64

int cache_before_read(struct cache *cache, struct fault *fault)
{
	if (cache->reads++ % READS_A_LOOK == 0) {
		int64_t now_ms = clock_monotonic_ms();

		if (now_ms - cache->held_since_ms > HOLD_MAX_MS) {
			index_release(cache_index(cache));
			cache->held_since_ms = now_ms;
		}
	}
	return cache_begin_reads(cache, fault);
}

int cache_begin_reads(struct cache *cache, struct fault *fault)
{
	return cache_note(cache, index_hold(cache_index(cache), fault));
}

void cache_end_reads(struct cache *cache)
{
	if (!commit_is_running(&cache->commit)) /* it has ended them */
		index_release(cache->index);
	cache->reads = 0;
}

void cache_release_memory(struct cache *cache)
{
	if (!commit_is_running(&cache->commit))
		index_release_memory(cache->index);
}

void cache_mark_used(struct cache *cache, const char *url)
{
	struct pending *pending = &cache->pending;

	if (hash_set_has(&cache->used, url, strlen(url)))
		return;
	hash_set_add(&cache->used, url, strlen(url));
	ALLOC_GROW(pending->used, pending->used_count, pending->used_capacity);
	pending->used[pending->used_count++] = alloc_string(url);
}

bool cache_lease(struct cache *cache, const char *url)
{
	return lease_take(cache->leases, url);
}

void cache_lease_end(struct cache *cache, const char *url)
{
	lease_end(cache->leases, url);
}

bool cache_has_spare_leases(const struct cache *cache)
{
	return leases_have_spare(cache->leases);
}

void cache_share_leases(struct cache *cache)
{
	leases_share(cache->leases);
}

/* --- bytes --------------------------------------------------------------------------------------
 */

int cache_open_object(struct cache *cache, const struct object_id *id, int *ret_fd,
		      uint64_t *ret_bytes, struct fault *fault)
{
	cache_end_reads(cache); /* hashing takes its time */
	return objects_read(cache->objects, id, ret_fd, ret_bytes, fault);
}

void cache_object_path(const struct object_id *id, char *ret_path)
{
	char name[OBJECT_NAME_BYTES];

	object_name(id, name);
	snprintf(ret_path, CACHE_OBJECT_PATH_BYTES, "objects/%s", name);
}

/* --- documents ----------------------------------------------------------------------------------
 */

/* Takes the data over. */
static struct pending_document *put_document(struct cache *cache, const char *name, void *data,
					     size_t length_bytes)
{
	struct pending_document *pending = alloc_zeroed(1, sizeof *pending);
	struct pending_document *replaced;

	pending->data = data;
	pending->length_bytes = length_bytes;
	replaced = map_put_string(cache->pending.documents, name, pending);
	if (replaced) {
		free(replaced->data);
		free(replaced);
	}
	pending_touch(&cache->pending);
	return pending;
}

int cache_store_document(struct cache *cache, const char *name, const void *data,
			 size_t length_bytes, struct fault *fault)
{
	(void)fault;
	put_document(cache, name, alloc_string_n(data, length_bytes), length_bytes);
	return 0;
}

void cache_store_large_document(struct cache *cache, const char *name,
				const struct cache_document_source *source)
{
	put_document(cache, name, NULL, 0)->source = *source;
}

int cache_document(struct cache *cache, const char *name, char **ret_data, size_t *ret_length_bytes,
		   struct fault *fault)
{
	const struct pending_document *pending = cache_pending_document(cache, name);
	struct buf text = BUF_INIT(BUF_UNLIMITED);

	if (!pending)
		return cache_note(cache, index_get_document(cache_index(cache), name, ret_data,
							    ret_length_bytes, fault));
	if (pending->source.write) {
		pending->source.write(pending->source.context, &text);
		*ret_length_bytes = text.length_bytes;
		*ret_data = buf_steal(&text);
		return 0;
	}
	*ret_data = alloc_string_n(pending->data, pending->length_bytes);
	*ret_length_bytes = pending->length_bytes;
	return 0;
}

int cache_load_scan_results(struct cache *cache, struct scan_results **ret_results,
			    struct fault *fault)
{
	char *document = NULL;
	size_t length = 0;
	int error = cache ? cache_document(cache, SCAN_DOCUMENT, &document, &length, fault) : 0;

	*ret_results = scan_results_new(document, length, clock_wall_s() / CLOCK_DAY_S);
	return error == -ENOENT ? 0 : error;
}

int cache_store_scan_results(struct cache *cache, const struct scan_results *results,
			     struct fault *fault)
{
	struct buf text = BUF_INIT(BUF_UNLIMITED);
	size_t length_bytes;

	(void)fault;
	if (!scan_results_is_changed(results))
		return 0;
	scan_results_write(results, &text);
	length_bytes = text.length_bytes;
	put_document(cache, SCAN_DOCUMENT, buf_steal(&text), length_bytes);
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
		error = cache_note(cache, index_count(cache_index(cache), &stats, fault));
	if (error)
		return error;
	if (!fstatat(cache->folder_fd, INDEX_NAME, &status, AT_SYMLINK_NOFOLLOW))
		stats.index_bytes = (uint64_t)status.st_size;
	stats.record_bytes = records_bytes(cache->records);
	stats.damaged = objects_damaged_count(cache->objects);
	stats.index_was_rebuilt = cache->has_rebuilt_index;
	*ret_stats = stats;
	return 0;
}

void cache_found_damage(const struct cache *cache, struct cache_damage *ret_damage)
{
	*ret_damage = (struct cache_damage){
		.objects = objects_damaged_count(cache->objects),
		.parts = cache->repairs.count,
		.index_was_rebuilt = cache->has_rebuilt_index,
	};
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
		error = cache_note(cache, index_each_url_of_object(cache_index(cache), id,
								   collect_url, &collected, fault));
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
				   index_each_thumb_of_object(cache_index(cache), id, collect_thumb,
							      &collected, fault));
	for (size_t i = 0; i < collected.count; i++) {
		goes_on = goes_on && !error &&
			  each(context, collected.thumbs[i].key, &collected.thumbs[i].thumb);
		index_thumb_release(&collected.thumbs[i]);
	}
	free(collected.thumbs);
	return error;
}
