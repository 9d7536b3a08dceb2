#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cache_private.h"
#include "cleanup.h"
#include "lock.h"

/* Beside other processes an object this young may be one that a writer has just found to be there
 * already, and will name with its next batch. Alone there is no such writer. */
#define YOUNG_S 60

#define DAY_S (24 * 3600)
#define RECORDS_CHUNK_BYTES (1 << 20)

/* An object, and how many rows name it. */
struct gc_object {
	struct object_id id;
	uint64_t bytes;
	uint64_t names;          /* entries and thumbnails */
	uint64_t entries;        /* of these: as long as there are any, its thumbnails stay */
	bool is_orphaned;        /* its last entry is a victim */
	struct gc_thumb *thumbs; /* made of it */
};

struct gc_thumb {
	struct gc_thumb *next;
	struct gc_object *object;
};

struct gc_entry {
	char *url;
	struct gc_object *object; /* NULL: none */
	int64_t used_day;
	bool is_gone; /* 404, 410 */
	bool is_victim;
};

struct gc {
	struct cache *cache;
	struct cache_gc_options options;
	struct cache_gc_result result;
	struct map *objects; /* id -> struct gc_object */
	struct gc_entry *entries;
	size_t count, capacity;
	bool is_alone;
	struct fault *fault;
	int error;
};

/* --- what there is -------------------------------------------------------------------------------
 */

static struct gc_object *object_of(struct gc *gc, const struct object_id *id)
{
	struct gc_object *object = map_get(gc->objects, id->bytes, sizeof id->bytes);

	if (object)
		return object;
	object = alloc_zeroed(1, sizeof *object);
	object->id = *id;
	map_put(gc->objects, id->bytes, sizeof id->bytes, object);
	return object;
}

static bool take_object(void *context, const struct object_id *id, uint64_t bytes)
{
	object_of(context, id)->bytes = bytes;
	return true;
}

static bool take_entry(void *context, const struct index_entry *row)
{
	struct gc *gc = context;
	struct gc_entry entry = {.url = alloc_string(row->url),
				 .used_day = row->used_day,
				 .is_gone = row->failure == CACHE_FAILURE_GONE};

	if (row->has_object) {
		entry.object = object_of(gc, &row->object);
		entry.object->names++;
		entry.object->entries++;
	}
	ALLOC_GROW(gc->entries, gc->count, gc->capacity);
	gc->entries[gc->count++] = entry;
	return true;
}

static bool take_thumb(void *context, const struct index_thumb *row)
{
	struct gc_object *original = object_of(context, &row->original);
	struct gc_thumb *thumb = alloc_zeroed(1, sizeof *thumb);

	thumb->object = object_of(context, &row->thumb.object);
	thumb->object->names++;
	thumb->next = original->thumbs;
	original->thumbs = thumb;
	return true;
}

static int take_all(struct gc *gc)
{
	struct index *index = gc->cache->index;
	int error = index_each_object(index, take_object, gc, gc->fault);

	if (!error)
		error = index_each_entry(index, take_entry, gc, gc->fault);
	if (!error)
		error = index_each_thumb(index, take_thumb, gc, gc->fault);
	return error;
}

static void release(struct gc *gc)
{
	for (size_t i = 0; i < map_count(gc->objects); i++) {
		struct gc_object *object = map_at(gc->objects, i, NULL);

		for (struct gc_thumb *thumb = object->thumbs, *next; thumb; thumb = next) {
			next = thumb->next;
			free(thumb);
		}
		free(object);
	}
	map_free(gc->objects);
	for (size_t i = 0; i < gc->count; i++)
		free(gc->entries[i].url);
	free(gc->entries);
}

/* --- what is to go -------------------------------------------------------------------------------
 */

static void drop_name(struct gc *gc, struct gc_object *object)
{
	if (--object->names)
		return;
	gc->result.objects++;
	gc->result.bytes += object->bytes;
	gc->result.bytes_left -= object->bytes;
}

/* Its thumbnails go with the last entry that names an image. */
static void drop_thumbs(struct gc *gc, struct gc_object *original)
{
	for (struct gc_thumb *thumb = original->thumbs; thumb; thumb = thumb->next) {
		gc->result.thumbs++;
		drop_name(gc, thumb->object);
	}
}

static void drop_entry(struct gc *gc, struct gc_entry *entry)
{
	entry->is_victim = true;
	gc->result.entries++;
	gc->result.entries_left--;
	if (!entry->object)
		return;
	if (--entry->object->entries == 0) {
		entry->object->is_orphaned = true;
		drop_thumbs(gc, entry->object);
	}
	drop_name(gc, entry->object);
}

static bool is_unused(const struct gc *gc, const struct gc_entry *entry)
{
	const struct cache_gc_options *options = &gc->options;

	/* A clock that was set back makes nothing old. */
	return options->unused_for_s != INT64_MAX &&
	       options->now_s / DAY_S - entry->used_day >= options->unused_for_s / DAY_S &&
	       options->now_s - entry->used_day * DAY_S >= options->unused_for_s;
}

/* One of a day that is still to come (a clock was set back) is as good as of today. */
static bool is_kept(const struct gc *gc, const struct gc_entry *entry)
{
	return gc->options.keeps_today && entry->used_day >= gc->options.now_s / DAY_S;
}

/* Entries stand in the order of their last use. */
static void choose(struct gc *gc)
{
	gc->result.entries_left = gc->count;
	for (size_t i = 0; i < map_count(gc->objects); i++) {
		const struct gc_object *object = map_at(gc->objects, i, NULL);

		if (object->names)
			gc->result.bytes_left += object->bytes;
	}
	for (size_t i = 0; i < map_count(gc->objects) && !gc->options.keeps_today; i++) {
		struct gc_object *object = map_at(gc->objects, i, NULL);

		if (!object->entries)
			drop_thumbs(gc, object);
	}
	for (size_t i = 0; i < gc->count; i++)
		if ((gc->options.gone && gc->entries[i].is_gone) || is_unused(gc, &gc->entries[i]))
			drop_entry(gc, &gc->entries[i]);
	for (size_t i = 0; i < gc->count && gc->result.bytes_left > gc->options.max_bytes; i++)
		if (gc->entries[i].object && !gc->entries[i].is_victim &&
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
			error = index_delete_entry(index, gc->entries[i].url, gc->fault);
	if (!error && !gc->options.keeps_today)
		error = index_delete_orphan_thumbs(index, gc->fault);
	for (size_t i = 0; i < map_count(gc->objects) && !error; i++) {
		const struct gc_object *object = map_at(gc->objects, i, NULL);

		if (object->is_orphaned)
			error = index_delete_thumbs_of(index, &object->id, gc->fault);
		if (!error && !object->names)
			error = index_delete_object(index, &object->id, gc->fault);
	}
	return error;
}

/* Files of objects that no row names, whether they lost their rows now or never had one. */
static bool remove_file(void *context, const char *name, const struct object_id *id, uint64_t bytes,
			int64_t modified_s)
{
	struct gc *gc = context;
	const struct gc_object *object;
	bool is_young = !gc->is_alone && modified_s > gc->options.now_s - YOUNG_S;

	(void)name;
	object = id ? map_get(gc->objects, id->bytes, sizeof id->bytes) : NULL;
	if (!id || (object && object->names) || is_young)
		return true;
	/* Left by a killed run: nothing has counted it yet. */
	if (!object) {
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

static bool append_chunk(struct gc *gc)
{
	struct records *records = gc->cache->records;

	if (records_gathered_bytes(records) >= RECORDS_CHUNK_BYTES)
		gc->error = records_append(records, gc->fault);
	return !gc->error;
}

static bool record_entry(void *context, const struct index_entry *entry)
{
	struct gc *gc = context;

	if (entry->has_object)
		records_add_entry(gc->cache->records, entry);
	return append_chunk(gc);
}

static bool record_thumb(void *context, const struct index_thumb *thumb)
{
	struct gc *gc = context;

	records_add_thumb(gc->cache->records, thumb);
	return append_chunk(gc);
}

static bool record_facts(void *context, const struct object_id *id, const struct cache_facts *facts)
{
	struct gc *gc = context;

	records_add_facts(gc->cache->records, id, facts);
	return append_chunk(gc);
}

/* One file that says what the index says, in the place of one for each run. */
static int write_records_anew(struct gc *gc)
{
	struct records *records = gc->cache->records;
	struct index *index = gc->cache->index;
	int error;

	records_begin_anew(records);
	error = index_each_entry(index, record_entry, gc, gc->fault);
	if (!error && !gc->error)
		error = index_each_thumb(index, record_thumb, gc, gc->fault);
	if (!error && !gc->error)
		error = index_each_facts(index, record_facts, gc, gc->fault);
	error = error ? error : gc->error;
	if (!error)
		error = records_append(records, gc->fault);
	return error ? error : records_remove_others(records, gc->fault);
}

static int let_go(struct gc *gc)
{
	struct index *index = gc->cache->index;
	int error = index_begin(index, gc->fault);

	if (!error)
		error = take_all(gc);
	if (!error)
		choose(gc);
	if (!error && !gc->options.dry_run)
		error = delete_rows(gc);
	if (!error && !gc->options.dry_run)
		error = index_commit(index, gc->fault);
	index_rollback(index);
	if (!error)
		error = objects_each(gc->cache->objects, remove_file, gc, gc->fault);
	error = error ? error : gc->error;
	if (error || gc->options.dry_run)
		return error;
	error = write_records_anew(gc);
	return error ? error : index_compact(index, gc->fault);
}

int cache_gc(struct cache *cache, const struct cache_gc_options *options,
	     struct cache_gc_result *ret_result, struct fault *fault)
{
	struct gc gc = {.cache = cache, .options = *options, .fault = fault};
	int error = cache_flush(cache, true, fault);

	if (error)
		return error;
	error = lock_exclusive(cache->writers_lock_fd);
	if (error)
		return fault_raise(fault, error, LOCK_WRITERS_NAME ": lock: %s", strerror(-error));
	gc.is_alone = lock_try_exclusive(cache->users_lock_fd);
	gc.objects = map_new();
	error = let_go(&gc);
	release(&gc);
	lock_shared(cache->users_lock_fd);
	lock_release(cache->writers_lock_fd);
	if (error)
		return fault_wrap(fault, cache_note(cache, error), "%s: gc", cache->folder);
	*ret_result = gc.result;
	return 0;
}
