#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cache_private.h"
#include "cleanup.h"
#include "clock.h"
#include "lock.h"
#include "sync.h"

/* Beside other processes an object this young may be one that a writer has just found to be there
 * already, and will name with its next batch. Alone there is no such writer. */
#define YOUNG_S 60

/* So long after it should have gone nothing is found that was seen to in between: a clock was wrong
 * when it was used, or is now. */
#define LATEST_DAYS (5 * 365)

/* There may be millions of each: they are rows of arrays, and name each other by their place there.
 */

#define NONE UINT32_MAX

struct gc_object {
	struct object_id id;
	uint64_t bytes;
	uint32_t names;       /* entries and thumbnails */
	uint32_t entries;     /* of these: as long as there are any, its thumbnails stay */
	uint32_t first_thumb; /* made of it */
	bool is_orphaned;     /* its last entry is a victim */
	bool is_counted;      /* among those that go */
};

struct gc_thumb {
	uint32_t next, object;
};

struct gc_entry {
	int64_t key; /* of its row */
	int32_t used_day;
	uint32_t object;
	bool is_gone; /* 404, 410 */
	bool is_victim;
};

struct gc {
	struct cache *cache;
	struct cache_gc_options options;
	struct cache_gc_result result;
	struct gc_object *objects; /* the first n_sorted by id, then those that only rows name */
	size_t object_count, object_capacity, n_sorted;
	struct map *strays; /* id -> the place of one of the latter, one more than it */
	struct gc_thumb *thumbs;
	size_t thumb_count, thumb_capacity;
	struct gc_entry *entries;
	size_t count, capacity;
	char **other_kinds; /* keys of thumbnails that this handle does not ask for */
	size_t other_kind_count, other_kind_capacity;
	char *renderer;   /* whose thumbnails stay; NULL: everybody's */
	bool drops_local; /* what was made of local files */
	bool is_alone;
	struct fault *fault;
	int error;
};

/* --- what there is -------------------------------------------------------------------------------
 */

static int compare_ids(const void *a, const void *b)
{
	const struct gc_object *one = a, *other = b;

	return memcmp(one->id.bytes, other->id.bytes, sizeof one->id.bytes);
}

static uint32_t find_object(const struct gc *gc, const struct object_id *id)
{
	const struct gc_object wanted = {.id = *id};
	const struct gc_object *found = NULL;
	uintptr_t stray;

	if (gc->n_sorted)
		found = bsearch(&wanted, gc->objects, gc->n_sorted, sizeof *gc->objects,
				compare_ids);
	if (found)
		return (uint32_t)(found - gc->objects);
	stray = (uintptr_t)map_get(gc->strays, id->bytes, sizeof id->bytes);
	return stray ? (uint32_t)(stray - 1) : NONE;
}

static uint32_t add_object(struct gc *gc, const struct object_id *id, uint64_t bytes)
{
	ALLOC_GROW(gc->objects, gc->object_count, gc->object_capacity);
	gc->objects[gc->object_count] =
		(struct gc_object){.id = *id, .bytes = bytes, .first_thumb = NONE};
	return (uint32_t)gc->object_count++;
}

static uint32_t object_of(struct gc *gc, const struct object_id *id)
{
	uint32_t object = find_object(gc, id);

	if (object != NONE)
		return object;
	object = add_object(gc, id, 0);
	map_put(gc->strays, id->bytes, sizeof id->bytes, (void *)((uintptr_t)object + 1));
	return object;
}

/* In the order of their ids. */
static bool take_object(void *context, const struct object_id *id, uint64_t bytes)
{
	struct gc *gc = context;

	add_object(gc, id, bytes);
	gc->n_sorted = gc->object_count;
	return true;
}

static bool take_use(void *context, const struct index_use *use)
{
	struct gc *gc = context;
	struct gc_entry entry = {.key = use->key,
				 .used_day = (int32_t)use->used_day,
				 .object = NONE,
				 .is_gone = use->failure == CACHE_FAILURE_GONE};

	if (use->has_object) {
		entry.object = object_of(gc, &use->object);
		gc->objects[entry.object].names++;
		gc->objects[entry.object].entries++;
	}
	ALLOC_GROW(gc->entries, gc->count, gc->capacity);
	gc->entries[gc->count++] = entry;
	return true;
}

static bool is_of_other_kind(const struct gc *gc, const char *key)
{
	const struct hash_set *kinds = &gc->cache->thumb_kinds;
	const char *kind = cache_thumb_kind(key);

	return gc->options.takes_doubtful && kinds->count &&
	       !hash_set_has(kinds, kind, strlen(kind));
}

/* No run asks for it any more. */
static bool is_of_other_renderer(const struct gc *gc, const char *key)
{
	const char *renderer = strrchr(key, '|');

	return gc->renderer && (!renderer || strcmp(renderer + 1, gc->renderer));
}

static bool take_thumb(void *context, const struct index_thumb *row)
{
	struct gc *gc = context;
	uint32_t original, object;

	if (is_of_other_renderer(gc, row->key)) {
		gc->result.thumbs++;
		return true;
	}
	if (is_of_other_kind(gc, row->key)) {
		ALLOC_GROW(gc->other_kinds, gc->other_kind_count, gc->other_kind_capacity);
		gc->other_kinds[gc->other_kind_count++] = alloc_string(row->key);
		gc->result.thumbs++;
		return true;
	}
	original = object_of(gc, &row->original);
	object = object_of(gc, &row->thumb.object);
	gc->objects[object].names++;
	ALLOC_GROW(gc->thumbs, gc->thumb_count, gc->thumb_capacity);
	gc->thumbs[gc->thumb_count] = (struct gc_thumb){gc->objects[original].first_thumb, object};
	gc->objects[original].first_thumb = (uint32_t)gc->thumb_count++;
	return true;
}

/* Least recently used first; then by key, so that equal caches lose the same. */
static int compare_uses(const void *a, const void *b)
{
	const struct gc_entry *one = a, *other = b;

	if (one->used_day != other->used_day)
		return one->used_day < other->used_day ? -1 : 1;
	return (one->key > other->key) - (one->key < other->key);
}

/* Not known where no run has rendered yet, or the next one is to ask anew. */
static int find_renderer(struct gc *gc)
{
	CLEANUP(cleanup_free) char *document = NULL;
	size_t length_bytes, version_bytes;
	int error = index_get_document(gc->cache->index, CACHE_RENDERER, &document, &length_bytes,
				       gc->fault);

	if (error)
		return error == -ENOENT ? 0 : error;
	version_bytes = strcspn(document, "\n");
	if (version_bytes)
		gc->renderer = alloc_string_n(document, version_bytes);
	return 0;
}

static int take_all(struct gc *gc)
{
	struct index *index = gc->cache->index;
	int error = gc->options.other_renderers ? find_renderer(gc) : 0;

	if (!error)
		error = index_each_object(index, take_object, gc, gc->fault);
	if (!error)
		error = index_each_use(index, take_use, gc, gc->fault);
	if (!error)
		error = index_each_thumb(index, NULL, take_thumb, gc, gc->fault);
	if (gc->count)
		qsort(gc->entries, gc->count, sizeof *gc->entries, compare_uses);
	return error;
}

static void release(struct gc *gc)
{
	map_free(gc->strays);
	free(gc->objects);
	free(gc->thumbs);
	free(gc->entries);
	for (size_t i = 0; i < gc->other_kind_count; i++)
		free(gc->other_kinds[i]);
	free(gc->other_kinds);
	free(gc->renderer);
}

/* --- what is to go -------------------------------------------------------------------------------
 */

static void drop_name(struct gc *gc, uint32_t place)
{
	struct gc_object *object = &gc->objects[place];

	if (--object->names)
		return;
	object->is_counted = true;
	gc->result.objects++;
	gc->result.bytes += object->bytes;
	gc->result.bytes_left -= object->bytes;
}

/* Its thumbnails go with the last entry that names an image. */
static void drop_thumbs(struct gc *gc, const struct gc_object *original)
{
	for (uint32_t i = original->first_thumb; i != NONE; i = gc->thumbs[i].next) {
		gc->result.thumbs++;
		drop_name(gc, gc->thumbs[i].object);
	}
}

static void drop_entry(struct gc *gc, struct gc_entry *entry)
{
	struct gc_object *object;

	entry->is_victim = true;
	gc->result.entries++;
	gc->result.entries_left--;
	if (entry->object == NONE)
		return;
	object = &gc->objects[entry->object];
	if (--object->entries == 0) {
		object->is_orphaned = true;
		drop_thumbs(gc, object);
	}
	drop_name(gc, entry->object);
}

/* Of a use its day is known. A day and more counts from that day's end: what was used late in the
 * evening is not old in the morning. What is shorter counts from its beginning. */
static int64_t unused_since_s(const struct gc *gc, const struct gc_entry *entry)
{
	return (entry->used_day + (gc->options.unused_for_s >= CLOCK_DAY_S)) * CLOCK_DAY_S;
}

static bool is_unused(const struct gc *gc, const struct gc_entry *entry)
{
	const struct cache_gc_options *options = &gc->options;
	int64_t days = options->now_s / CLOCK_DAY_S - entry->used_day;
	int64_t least_days = options->unused_for_s / CLOCK_DAY_S;

	/* A clock that was set makes nothing old. */
	return options->unused_for_s != INT64_MAX && days >= least_days &&
	       (days - least_days <= LATEST_DAYS || !options->unused_for_s) &&
	       options->now_s - unused_since_s(gc, entry) >= options->unused_for_s;
}

/* Tomorrow is the day of one who began after midnight. What is used today and was marked by a clock
 * that went ahead has been marked anew. */
static bool is_kept(const struct gc *gc, const struct gc_entry *entry)
{
	int64_t today = gc->options.now_s / CLOCK_DAY_S;

	return gc->options.keeps_today && entry->used_day >= today && entry->used_day <= today + 1;
}

/* When what was made of local files was used last is not known: it goes where something must, and
 * first. */
static bool wants_local_gone(const struct gc *gc)
{
	if (gc->options.keeps_today)
		return gc->options.takes_doubtful;
	return gc->options.unused_for_s != INT64_MAX ||
	       gc->result.bytes_left > gc->options.max_bytes;
}

/* The bytes of a local file are not in the cache, only what is known and was made of it. */
static bool is_spared(const struct gc *gc, const struct gc_object *object)
{
	return !gc->drops_local && !object->bytes;
}

/* Entries stand in the order of their last use. */
static void choose(struct gc *gc)
{
	gc->result.entries_left = gc->count;
	for (size_t i = 0; i < gc->object_count; i++)
		if (gc->objects[i].names)
			gc->result.bytes_left += gc->objects[i].bytes;
	gc->drops_local = wants_local_gone(gc);
	for (size_t i = 0; i < gc->object_count; i++)
		if (!gc->objects[i].entries && gc->objects[i].first_thumb != NONE &&
		    !is_spared(gc, &gc->objects[i])) {
			gc->objects[i].is_orphaned = true;
			drop_thumbs(gc, &gc->objects[i]);
		}
	for (size_t i = 0; i < gc->count; i++)
		if ((gc->options.gone && gc->entries[i].is_gone) || is_unused(gc, &gc->entries[i]))
			drop_entry(gc, &gc->entries[i]);
	for (size_t i = 0; i < gc->count && gc->result.bytes_left > gc->options.max_bytes; i++)
		if (gc->entries[i].object != NONE && !gc->entries[i].is_victim &&
		    !is_kept(gc, &gc->entries[i]))
			drop_entry(gc, &gc->entries[i]);
}

/* --- letting it go -------------------------------------------------------------------------------
 */

static int delete_rows(struct gc *gc)
{
	struct index *index = gc->cache->index;
	int error = 0;

	for (size_t i = 0; i < gc->count && !error; i++)
		if (gc->entries[i].is_victim)
			error = index_delete_entry_at(index, gc->entries[i].key, gc->fault);
	for (size_t i = 0; i < gc->other_kind_count && !error; i++)
		error = index_delete_thumb(index, gc->other_kinds[i], gc->fault);
	if (!error && gc->renderer)
		error = index_delete_thumbs_of_others(index, gc->renderer, gc->fault);
	if (!error && gc->drops_local)
		error = index_delete_orphan_thumbs(index, gc->fault);
	for (size_t i = 0; i < gc->object_count && !error; i++) {
		const struct gc_object *object = &gc->objects[i];

		if (object->is_orphaned)
			error = index_delete_thumbs_of(index, &object->id, gc->fault);
		if (!error && !object->names && !is_spared(gc, object))
			error = index_delete_object(index, &object->id, gc->fault);
	}
	/* Not by a run: they take none of what cache.max_size counts. */
	if (!error && gc->drops_local && !gc->options.keeps_today)
		error = index_delete_orphan_facts(index, gc->fault);
	return error;
}

/* Files of objects that no row names, whether they lost their rows now or never had one. */
static bool remove_file(void *context, const char *name, const struct object_id *id, uint64_t bytes,
			int64_t modified_s)
{
	struct gc *gc = context;
	const struct gc_object *object = NULL;
	bool is_young = !gc->is_alone && modified_s > gc->options.now_s - YOUNG_S;

	(void)name;
	if (id) {
		uint32_t place = find_object(gc, id);

		object = place == NONE ? NULL : &gc->objects[place];
	}
	if (!id || (object && object->names) || is_young)
		return true;
	/* Left by a killed run, or what an origin replaced: nothing has counted it yet. */
	if (!object || !object->is_counted) {
		gc->result.objects++;
		gc->result.bytes += bytes;
	}
	if (!gc->options.dry_run)
		gc->error = objects_remove(gc->cache->objects, id);
	if (gc->error == -ENOENT)
		gc->error = 0;
	if (gc->error)
		fault_raise(gc->fault, gc->error, "objects/%s: remove: %s", name,
			    strerror(-gc->error));
	return !gc->error;
}

static int remove_files(struct gc *gc)
{
	int error = objects_each(gc->cache->objects, remove_file, gc, gc->fault);

	return error ? error : gc->error;
}

static int commit_victims(struct gc *gc)
{
	int error = delete_rows(gc);

	return error ? error : index_commit(gc->cache->index, gc->fault);
}

/* A quota may count names (btrfs): the mark has room only when something went. Killed between the
 * two, fsck calls that missing. */
static int mark_index(struct gc *gc)
{
	struct cache *cache = gc->cache;
	int error = cache_mark_index(cache);

	if (error == -EDQUOT) {
		error = remove_files(gc);
		if (!error)
			error = cache_mark_index(cache);
	}
	return error ? error : sync_folder(cache->folder_fd);
}

/* The writers' lock is ours: what was read is still so. Killed now, or without power, the index is
 * rebuilt. */
static int commit_victims_without_room(struct gc *gc)
{
	struct cache *cache = gc->cache;
	bool is_untouched;
	int error = mark_index(gc);

	if (error)
		return error;
	if (gc->fault)
		fault_clear(gc->fault);
	error = index_keep_journal_in_memory(cache->index, true, gc->fault);
	if (!error)
		error = index_begin(cache->index, gc->fault);
	is_untouched = error;
	if (!error)
		error = commit_victims(gc);
	index_rollback(cache->index);
	index_keep_journal_in_memory(cache->index, false, NULL);
	/* Else pages may be written that could not be put back. */
	if (is_untouched || !error)
		cache_unmark_index(cache);
	return error;
}

/* One file of records in the place of many, and a smaller index: both need room first. */
static int tidy_up(struct gc *gc)
{
	int error = cache_rewrite_records(gc->cache, gc->fault);

	if (!error)
		error = index_compact(gc->cache->index, gc->fault);
	if (fault_is_no_room(error) && gc->fault)
		fault_clear(gc->fault);
	return fault_is_no_room(error) ? 0 : error;
}

/* What a row names and what is to go, at one moment. */
static int look(struct gc *gc)
{
	int error = index_begin(gc->cache->index, gc->fault);

	if (!error)
		error = take_all(gc);
	if (!error)
		choose(gc);
	else
		index_rollback(gc->cache->index);
	return error;
}

static int let_go(struct gc *gc)
{
	int error = look(gc);

	/* Whatever the error: what was not read must not be taken for what no row names. */
	if (error)
		return error;
	if (!gc->options.dry_run)
		error = commit_victims(gc);
	index_rollback(gc->cache->index);
	/* There was no room for the journal. */
	if (fault_is_no_room(error))
		error = commit_victims_without_room(gc);
	if (!error)
		error = remove_files(gc);
	return error || gc->options.dry_run ? error : tidy_up(gc);
}

int cache_gc(struct cache *cache, const struct cache_gc_options *options,
	     struct cache_gc_result *ret_result, struct fault *fault)
{
	struct gc gc = {.cache = cache, .options = *options, .fault = fault};
	int error = cache_flush(cache, true, fault);

	cache_forget_recent_facts(cache);
	if (error)
		return error;
	error = lock_exclusive(cache->writers_lock_fd, LOCK_HOLDER_WRITERS);
	if (error)
		return lock_fault(fault, error, LOCK_WRITERS_NAME, LOCK_HOLDER_WRITERS);
	gc.is_alone = lock_try_exclusive(cache->users_lock_fd);
	/* A lock that could not be made exclusive is lost. */
	if (!gc.is_alone)
		lock_shared(cache->users_lock_fd, LOCK_HOLDER_ALONE);
	gc.strays = map_new();
	error = let_go(&gc);
	release(&gc);
	lock_shared(cache->users_lock_fd, LOCK_HOLDER_ALONE);
	lock_release(cache->writers_lock_fd);
	if (error)
		return cache_explain(
			cache, fault_wrap(fault, cache_note(cache, error), "%s: gc", cache->folder),
			fault);
	*ret_result = gc.result;
	return 0;
}
