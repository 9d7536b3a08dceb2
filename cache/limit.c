#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "cache_private.h"
#include "clock.h"
#include "room.h"

/* Left free on the file system: a hundredth of it, at most this much. */
#define MIN_FREE_BYTES ((uint64_t)64 << 20)
#define MIN_FREE_DIVISOR 100

#define COUNT_PAUSES 4

/* So much is stored before the last room is looked for again: each time all entries are read. */
#define LAST_ROOM_DIVISOR 100

/* --- what there is -------------------------------------------------------------------------------
 */

static uint64_t size_now(const struct cache *cache)
{
	const struct cache_limit *limit = &cache->limit;

	return limit->counted_bytes + objects_added_bytes(cache->objects) - limit->added_before +
	       limit->writing_bytes + room_of_others(limit->room);
}

void cache_limit_tell(struct cache *cache)
{
	const struct cache_limit *limit = &cache->limit;

	if (limit->max_bytes != UINT64_MAX)
		room_tell(limit->room, objects_added_bytes(cache->objects) - limit->shown_bytes +
					       limit->writing_bytes);
}

static int count(struct cache *cache, struct fault *fault)
{
	struct cache_stats stats = {0};
	int error;

	room_count_anew(cache->limit.room);
	error = cache_note(cache, index_count(cache_index(cache), &stats, fault));
	if (error)
		return error;
	cache->limit.counted_bytes = stats.object_bytes;
	cache->limit.added_before = objects_added_bytes(cache->objects);
	cache->limit.is_counted = true;
	return cache_note(cache,
			  index_generation(cache_index(cache), &cache->limit.generation, fault));
}

/* What is not in the index yet is stored first: it would not be counted. */
static int count_all(struct cache *cache, struct fault *fault)
{
	int64_t begun_ms = clock_monotonic_ms();
	int error = cache_flush(cache, true, fault);

	if (!error)
		error = count(cache, fault);
	cache->limit.counted_ms = clock_monotonic_ms();
	cache->limit.count_cost_ms = cache->limit.counted_ms - begun_ms;
	return error;
}

/* Other processes store in the same cache: what they have is counted again, for at most a fifth of
 * the time. */
static int count_others(struct cache *cache, struct fault *fault)
{
	const struct cache_limit *limit = &cache->limit;
	uint32_t generation;
	int error;

	if (clock_monotonic_ms() - limit->counted_ms < COUNT_PAUSES * limit->count_cost_ms)
		return 0;
	cache_end_reads(cache);
	error = cache_note(cache, index_generation(cache_index(cache), &generation, fault));
	return error || generation == limit->generation ? error : count_all(cache, fault);
}

static uint64_t most_bytes(const struct cache *cache)
{
	return cache->limit.max_bytes + cache->limit.max_bytes / 20;
}

/* What no run used today goes, down to nine tenths, so that there is room for a while; what is
 * being written counts, and cannot go, and so does what is to come, unless it can never fit. */
static int evict(struct cache *cache, uint64_t bytes, bool takes_doubtful, struct fault *fault)
{
	uint64_t target_bytes = cache->limit.max_bytes - cache->limit.max_bytes / 10;
	uint64_t coming_bytes = cache->limit.writing_bytes + room_of_others(cache->limit.room) +
				(bytes <= most_bytes(cache) ? bytes : 0);
	struct cache_gc_options options = {
		.max_bytes = target_bytes > coming_bytes ? target_bytes - coming_bytes : 0,
		.unused_for_s = INT64_MAX,
		.keeps_today = true,
		.takes_doubtful = takes_doubtful,
		.now_s = clock_wall_s(),
	};
	struct cache_gc_result result;
	int error;

	room_count_anew(cache->limit.room);
	error = cache_gc(cache, &options, &result, fault);
	if (error)
		return error;
	cache->limit.is_exhausted = result.bytes_left > options.max_bytes;
	cache->limit.counted_bytes = result.bytes_left;
	cache->limit.added_before = objects_added_bytes(cache->objects);
	return 0;
}

static int make_room(struct cache *cache, uint64_t bytes, struct fault *fault)
{
	return cache->limit.is_exhausted ? 0 : evict(cache, bytes, false, fault);
}

static bool has_room(const struct cache *cache, uint64_t bytes)
{
	return size_now(cache) + bytes <= most_bytes(cache);
}

/* Before a run is told that there is no room: what was stored since may have replaced something.
 * What was made of local files, or for other specs and renderers, goes last: nobody knows whether
 * it is used. */
static int make_the_last_room(struct cache *cache, uint64_t bytes, struct fault *fault)
{
	struct cache_limit *limit = &cache->limit;
	uint64_t since_bytes = objects_added_bytes(cache->objects) - limit->last_added_bytes;
	int error;

	if (limit->last_added_bytes != UINT64_MAX &&
	    since_bytes <= limit->max_bytes / LAST_ROOM_DIVISOR)
		return 0;
	error = evict(cache, bytes, false, fault);
	if (!error && !has_room(cache, bytes))
		error = evict(cache, bytes, true, fault);
	limit->last_added_bytes = objects_added_bytes(cache->objects);
	return error;
}

static int check_disk(const struct cache *cache, uint64_t bytes, struct fault *fault)
{
	struct statvfs disk;
	uint64_t free_bytes, least_bytes;

	/* No blocks: it does not count them (ramfs, some of FUSE). The write will tell. */
	if (fstatvfs(cache->folder_fd, &disk) < 0 || !disk.f_blocks)
		return 0;
	free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	least_bytes = (uint64_t)disk.f_blocks * disk.f_frsize / MIN_FREE_DIVISOR;
	if (least_bytes > MIN_FREE_BYTES)
		least_bytes = MIN_FREE_BYTES;
	if (free_bytes >= least_bytes && free_bytes - least_bytes >= bytes)
		return 0;
	return fault_raise(fault, -ENOSPC,
			   "%s: No space left on device: %llu KiB are free, of which %llu KiB stay "
			   "so",
			   cache->folder, (unsigned long long)free_bytes / 1024,
			   (unsigned long long)least_bytes / 1024);
}

/* --- the limit ----------------------------------------------------------------------------------
 */

void cache_set_max_bytes(struct cache *cache, uint64_t max_bytes)
{
	cache->limit.max_bytes = max_bytes;
	cache->limit.is_counted = cache->limit.is_exhausted = false;
	cache->limit.last_added_bytes = UINT64_MAX;
}

/* Downloads under way at once may each have found room before the others took it: what can go goes
 * then, before anybody is refused. */
int cache_limit_check(struct cache *cache, uint64_t bytes, struct fault *fault)
{
	const struct cache_limit *limit = &cache->limit;
	int shift = limit->max_bytes < (uint64_t)10 << 20 ? 10 : 20;
	int error;

	if (limit->max_bytes == UINT64_MAX)
		return 0;
	/* Thumbnails are stored where nothing is fetched, too. */
	error = limit->is_counted ? count_others(cache, fault) : count_all(cache, fault);
	if (!error && !has_room(cache, bytes))
		error = make_room(cache, bytes, fault);
	if (!error && !has_room(cache, bytes))
		error = make_the_last_room(cache, bytes, fault);
	/* What another run had begun, and gave up, needs no room. */
	if (!error && !has_room(cache, bytes) && room_of_others_has_fallen(limit->room))
		error = count_all(cache, fault);
	if (error || has_room(cache, bytes))
		return error;
	return fault_raise(fault, -ENOSPC,
			   "%s: the cache is full: %llu %s of images that are in use, and at most "
			   "%llu %s (cache.max_size)",
			   cache->folder, (unsigned long long)(size_now(cache) >> shift),
			   shift == 10 ? "KiB" : "MiB",
			   (unsigned long long)(limit->max_bytes >> shift),
			   shift == 10 ? "KiB" : "MiB");
}

int cache_reserve(struct cache *cache, uint64_t bytes, struct fault *fault)
{
	struct cache_limit *limit = &cache->limit;
	int error = check_disk(cache, bytes, fault);

	if (error || limit->max_bytes == UINT64_MAX)
		return error;
	if (!limit->is_counted)
		error = count_all(cache, fault);
	if (!error && size_now(cache) + bytes > limit->max_bytes)
		error = make_room(cache, bytes, fault);
	return error ? error : cache_limit_check(cache, bytes, fault);
}
