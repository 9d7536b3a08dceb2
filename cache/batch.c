#include <errno.h>
#include <string.h>

#include "alloc.h"
#include "cache_private.h"
#include "clock.h"
#include "disk_work.h"
#include "lock.h"

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

/* Those of the batch whose bytes or names are on their way. */
static size_t flushing_count(const struct cache *cache)
{
	return objects_undurable_count(cache->objects) - objects_wanted_count(cache->objects);
}

static size_t undurable_count(const struct cache *cache)
{
	return objects_undurable_count(cache->objects) + cache->commit.object_count;
}

/* Half of the objects are left for those that come while the others are being stored, for seven
 * flushes of the disk or more. */
static bool is_due(const struct cache *cache)
{
	return objects_wanted_count(cache->objects) >= (cache->batch_objects + 1) / 2 ||
	       has_many_rows(&cache->pending);
}

/* More would be lost with the power than a batch: the one under way is waited for. */
static bool is_full(const struct cache *cache)
{
	return undurable_count(cache) >= cache->batch_objects ||
	       (cache->stage != BATCH_NONE && has_many_rows(&cache->pending));
}

static void collect_lost(struct cache *cache)
{
	struct object_id id;

	while (objects_next_lost(cache->objects, &id)) {
		ALLOC_GROW(cache->lost, cache->lost_count, cache->lost_capacity);
		cache->lost[cache->lost_count++] = id;
	}
}

/* What is there again, whole, another process has stored since, or this batch: its rows stay true.
 * Under the writers' lock, so that it remains. It is read, which seldom happens. */
static void keep_found_again(struct cache *cache)
{
	size_t count = 0;
	uint64_t bytes;

	for (size_t i = 0; i < cache->lost_count; i++)
		if (objects_verify(cache->objects, &cache->lost[i], &bytes, true))
			cache->lost[count++] = cache->lost[i];
	cache->lost_count = count;
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
	cache->lock_wait = (struct patience){0};
}

/* Against gc, which must not remove an object between its name and its row. ENOLCK: a file system
 * without locks; then gc refuses to work, and nothing is lost. */
static int lock_writers(struct cache *cache, bool waits, struct fault *fault)
{
	int error = waits ? lock_shared(cache->writers_lock_fd, LOCK_HOLDER_GC)
			  : lock_try_shared(cache->writers_lock_fd);

	if (error == -EAGAIN) {
		patience_note(&cache->lock_wait, LOCK_HOLDER_GC);
		return -EINPROGRESS;
	}
	if (error && error != -ENOLCK && error != -EOPNOTSUPP && error != -ENOSYS)
		return lock_fault(fault, error, LOCK_WRITERS_NAME, LOCK_HOLDER_GC);
	cache->stage = BATCH_NAMES;
	return 0;
}

static int give_names(struct cache *cache, bool waits, struct fault *fault)
{
	int error;

	cache->commit.object_count = flushing_count(cache);
	error = objects_flush_names(cache->objects, waits, fault);
	if (error) {
		cache->commit.object_count = 0;
		return error;
	}
	collect_lost(cache);
	keep_found_again(cache);
	commit_start(cache, waits);
	cache->stage = BATCH_ROWS;
	return 0;
}

static void unlock_writers(struct cache *cache)
{
	if (cache->stage == BATCH_NAMES || cache->stage == BATCH_ROWS)
		lock_release(cache->writers_lock_fd);
	cache->stage = BATCH_NONE;
}

static void finish(struct cache *cache)
{
	keep_run_entries(cache);
	leases_release_sealed(cache->leases);
	cache->limit.shown_bytes = cache->limit.sealed_bytes;
	cache_limit_tell(cache);
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
			cache->stage = BATCH_LOCK;
	}
	if (!error && cache->stage == BATCH_LOCK)
		error = lock_writers(cache, waits, fault);
	if (!error && cache->stage == BATCH_NAMES)
		error = give_names(cache, waits, fault);
	if (!error)
		error = commit_step(cache, waits, fault);
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

size_t cache_room(const struct cache *cache)
{
	return is_full(cache) ? 0 : cache->batch_objects - undurable_count(cache);
}

static int flush(struct cache *cache, bool everything, bool waits, struct fault *fault)
{
	bool has_rows, has_nothing, has_stored = false;
	int error = 0;

	cache_end_reads(cache);
	if (cache->is_read_only)
		return 0;
	if (cache->stage != BATCH_NONE) {
		error = step(cache, waits, fault);
		has_stored = cache->stage == BATCH_NONE;
	}
	collect_lost(cache);
	has_rows = pending_rows(&cache->pending) || objects_wanted_count(cache->objects);
	has_nothing = !has_rows && !cache->pending.used_count && !cache->lost_count;
	if (!error && !has_rows) {
		leases_seal_ended(cache->leases);
		leases_release_sealed(cache->leases);
	}
	/* What waited for the last batch comes first: the next one is larger then. */
	if (!error && !has_nothing && (everything || (is_due(cache) && !has_stored))) {
		seal(cache);
		error = step(cache, everything, fault);
	}
	if (!error || error == -EINPROGRESS)
		return 0;
	error = fault_wrap(fault, error, "%s: store a batch", cache->folder);
	return cache_explain(cache, error, fault);
}

int cache_flush(struct cache *cache, bool everything, struct fault *fault)
{
	return flush(cache, everything, everything, fault);
}

bool cache_is_committing(const struct cache *cache)
{
	return commit_is_running(&cache->commit);
}

bool cache_is_due(const struct cache *cache)
{
	return cache->stage == BATCH_NONE && is_due(cache);
}

int cache_make_room(struct cache *cache, struct fault *fault)
{
	int error = 0;

	/* What comes first may seal a batch, and the next waits for it. */
	for (int i = 0; i < 2 && !error && !cache_room(cache); i++)
		error = flush(cache, false, true, fault);
	return error;
}

int cache_flush_fd(const struct cache *cache)
{
	bool waits_for_disk = cache->stage != BATCH_NONE && cache->stage != BATCH_LOCK;

	return waits_for_disk ? disk_work_event_fd() : -1;
}

int64_t cache_retry_ms(const struct cache *cache)
{
	return cache->stage == BATCH_LOCK ? PATIENCE_RETRY_MS : INT64_MAX;
}
