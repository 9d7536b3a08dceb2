#include <errno.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "fsck_private.h"
#include "lock.h"

void fsck_tell(struct fsck *fsck, const char *path, const char *problem)
{
	if (fsck->each)
		fsck->each(fsck->context, path, problem);
}

/* --- bytes, beside others -----------------------------------------------------------------------
 */

static bool read_file(void *context, const char *name, const struct object_id *id, uint64_t bytes,
		      int64_t modified_s)
{
	struct fsck *fsck = context;
	uint64_t found_bytes;

	(void)name;
	(void)bytes;
	(void)modified_s;
	if (id && !objects_verify(fsck->cache->objects, id, &found_bytes, true))
		map_put(fsck->read_whole, id->bytes, sizeof id->bytes, fsck);
	return true;
}

static void set_aside(struct fsck *fsck, const struct object_id *id)
{
	if (fsck->options.repair && objects_quarantine(fsck->cache->objects, id))
		fsck->unrepaired++;
}

/* --- files --------------------------------------------------------------------------------------
 */

static void look_at_junk(struct fsck *fsck, const char *name)
{
	CLEANUP(cleanup_free) char *path = alloc_printf("objects/%s", name);

	fsck->result.junk++;
	fsck_tell(fsck, path, "does not belong here");
	if (fsck->options.repair && objects_quarantine_name(fsck->cache->objects, name))
		fsck->unrepaired++;
}

/* A link, a folder, a pipe, what may not be read: without --full, too. */
static bool is_no_file(struct fsck *fsck, const struct object_id *id)
{
	uint64_t found_bytes;

	return objects_verify(fsck->cache->objects, id, &found_bytes, false) == -EBADMSG;
}

static bool look_at_file(void *context, const char *name, const struct object_id *id,
			 uint64_t bytes, int64_t modified_s)
{
	CLEANUP(cleanup_free) char *path = alloc_printf("objects/%s", name);
	struct fsck *fsck = context;
	uint64_t found_bytes;
	int error;

	(void)modified_s;
	if (!id) {
		look_at_junk(fsck, name);
		return true;
	}
	fsck->result.objects++;
	fsck->result.bytes += bytes;
	error = objects_verify(fsck->cache->objects, id, &found_bytes,
			       fsck->options.full &&
				       !map_get(fsck->read_whole, id->bytes, sizeof id->bytes));
	if (error == -ENOENT)
		return true; /* gc of another process was faster */
	if (error && error != -EBADMSG) {
		fsck->error =
			fault_raise(fsck->fault, error, "%s: read: %s", path, strerror(-error));
		return false;
	}
	if (!error) {
		map_put(fsck->whole, id->bytes, sizeof id->bytes, fsck);
		return true;
	}
	map_put(fsck->damaged, id->bytes, sizeof id->bytes, fsck);
	fsck->result.damaged++;
	fsck_tell(fsck, path,
		  is_no_file(fsck, id) ? "is no file that can be read"
				       : "is damaged: its hash is not its name");
	set_aside(fsck, id);
	return true;
}

/* --- rows ---------------------------------------------------------------------------------------
 */

/* Each object that a row names is asked for once. */
static void look_at_name(struct fsck *fsck, const struct object_id *id, uint64_t bytes)
{
	char path[CACHE_OBJECT_PATH_BYTES];
	uint64_t found_bytes = 0;
	bool is_whole = map_get(fsck->whole, id->bytes, sizeof id->bytes);

	if (map_put(fsck->named, id->bytes, sizeof id->bytes, fsck) ||
	    map_get(fsck->damaged, id->bytes, sizeof id->bytes))
		return;
	cache_object_path(id, path);
	if (is_whole &&
	    (objects_size(fsck->cache->objects, id, &found_bytes) || found_bytes != bytes)) {
		fsck->result.damaged++;
		fsck_tell(fsck, path, "is damaged: of another size than the index says");
		set_aside(fsck, id);
		return;
	}
	if (is_whole)
		return;
	fsck->result.missing++;
	fsck_tell(fsck, path, "is missing");
	if (!fsck->options.repair)
		return;
	ALLOC_GROW(fsck->cache->lost, fsck->cache->lost_count, fsck->cache->lost_capacity);
	fsck->cache->lost[fsck->cache->lost_count++] = *id;
}

static bool look_at_entry(void *context, const struct index_entry *entry)
{
	if (entry->has_object)
		look_at_name(context, &entry->object, entry->object_bytes);
	return true;
}

static bool look_at_thumb(void *context, const struct index_thumb *thumb)
{
	look_at_name(context, &thumb->thumb.object, thumb->thumb.bytes);
	return true;
}

static void count_unreferenced(struct fsck *fsck)
{
	for (size_t i = 0; i < map_count(fsck->whole); i++) {
		const char *id;

		map_at(fsck->whole, i, &id);
		fsck->result.unreferenced += !map_get(fsck->named, id, OBJECT_ID_BYTES);
	}
}

static int look_at_index(struct fsck *fsck)
{
	struct index *index = fsck->cache->index;
	int error = index_check(index, fsck->fault);

	if (!error)
		error = index_each_entry(index, look_at_entry, fsck, fsck->fault);
	if (!error)
		error = index_each_thumb(index, NULL, look_at_thumb, fsck, fsck->fault);
	if (!error)
		count_unreferenced(fsck);
	if (error != -EUCLEAN)
		return error;
	fsck->result.index_is_damaged = fsck->index_is_damaged_now = true;
	fsck_tell(fsck, INDEX_NAME, "is damaged");
	/* The mark makes the next cache_open() rebuild it. */
	if (fsck->options.repair)
		cache_note(fsck->cache, error);
	return 0;
}

static int compare(struct fsck *fsck)
{
	int error;

	fsck->whole = map_new();
	fsck->damaged = map_new();
	fsck->named = map_new();
	error = fsck_folders(fsck);
	if (!error)
		error = objects_each(fsck->cache->objects, look_at_file, fsck, fsck->fault);
	error = error ? error : fsck->error;
	if (!error)
		error = look_at_index(fsck);
	if (!error && !fsck->index_is_damaged_now)
		error = fsck_records(fsck);
	map_free(fsck->whole);
	map_free(fsck->damaged);
	map_free(fsck->named);
	return error;
}

/* No writer links or commits while rows and files are compared; where nothing can be written nobody
 * does. */
static int compare_alone(struct fsck *fsck)
{
	int lock_fd = fsck->cache->writers_lock_fd;
	int error;

	if (fsck->cache->is_read_only)
		return compare(fsck);
	error = lock_exclusive(lock_fd, LOCK_HOLDER_WRITERS);
	if (error)
		return lock_fault(fsck->fault, error, LOCK_WRITERS_NAME, LOCK_HOLDER_WRITERS);
	error = compare(fsck);
	lock_release(lock_fd);
	return error;
}

/* An index that was lost has been rebuilt when the cache was opened. */
static bool is_mended(const struct fsck *fsck)
{
	const struct cache_fsck_result *result = &fsck->result;
	bool is_index_alone = fsck->cache->has_rebuilt_index && !fsck->index_is_damaged_now &&
			      !result->damaged && !result->missing && !result->junk &&
			      !result->missing_records;

	return (fsck->options.repair || is_index_alone) && !fsck->unrepaired;
}

int cache_fsck(struct cache *cache, const struct cache_fsck_options *options,
	       void (*each)(void *context, const char *path, const char *problem), void *context,
	       struct cache_fsck_result *ret_result, struct fault *fault)
{
	struct fsck fsck = {.cache = cache,
			    .options = *options,
			    .each = each,
			    .context = context,
			    .fault = fault};
	int error = cache_flush(cache, true, fault);

	cache_forget_recent_facts(cache);
	if (error)
		return error;
	fsck.result.index_is_damaged = cache->has_rebuilt_index;
	fsck.read_whole = map_new();
	/* That takes long, and what is stored never changes: nobody is kept waiting for it. */
	if (options->full)
		error = objects_each(cache->objects, read_file, &fsck, fault);
	if (!error)
		error = compare_alone(&fsck);
	map_free(fsck.read_whole);
	if (!error && options->repair && !fsck.index_is_damaged_now)
		error = cache_flush(cache, true, fault);
	if (error)
		return cache_explain(cache, fault_wrap(fault, error, "%s: fsck", cache->folder),
				     fault);
	fsck.result.is_repaired = is_mended(&fsck);
	*ret_result = fsck.result;
	return 0;
}
