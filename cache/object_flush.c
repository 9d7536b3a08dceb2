#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "disk_work.h"
#include "folder.h"
#include "objects_private.h"
#include "sync.h"

static void end_early(struct early_syncs *early)
{
	while (early->count)
		sync_batch_free(early->groups[--early->count]);
}

static void end(struct objects *objects)
{
	struct object_flush *flush = &objects->flush;

	end_early(&flush->early);
	sync_batch_free(flush->sync);
	disk_work_free(flush->names);
	free(flush->objects);
	*flush = (struct object_flush){.stage = FLUSH_NONE};
}

void object_flush_abandon(struct objects *objects)
{
	for (size_t i = 0; i < objects->flush.count; i++)
		objects->flush.objects[i]->is_early = false;
	objects->wanted += objects->flush.count;
	end(objects);
}

/* --- bytes --------------------------------------------------------------------------------------
 */

static void start_group(struct objects *objects)
{
	int fds[EARLY_GROUP_OBJECTS];

	for (size_t i = 0; i < objects->group_count; i++) {
		objects->group[i]->is_early = true;
		fds[i] = objects->group[i]->fd;
	}
	objects->early.groups[objects->early.count++] =
		sync_batch_start(fds, objects->group_count);
	objects->group_count = 0;
}

void object_flush_begin_early(struct objects *objects, struct pending_object *pending)
{
	if (objects->early.count == MOST_EARLY_GROUPS)
		return;
	objects->group[objects->group_count++] = pending;
	if (objects->group_count == EARLY_GROUP_OBJECTS)
		start_group(objects);
}

void object_flush_end_early(struct objects *objects)
{
	end_early(&objects->early);
	objects->group_count = 0;
}

static int collect_wanted(struct objects *objects)
{
	struct object_flush *flush = &objects->flush;

	flush->objects = alloc_zeroed(objects->wanted, sizeof *flush->objects);
	for (size_t i = 0; i < map_count(objects->pending); i++) {
		struct pending_object *pending = map_at(objects->pending, i, NULL);

		if (!pending->is_wanted)
			continue;
		if (pending->fd < 0) {
			int fd = pending_object_open(objects, pending);

			if (fd < 0)
				return fd;
			pending->fd = fd;
		}
		/* The next sync of that file would say nothing of what the last one lost (fsync(2),
		 * notes on EIO). */
		if (pending->is_unsound) {
			int error = pending_object_rewrite(objects, pending);

			if (error)
				return error;
		}
		flush->objects[flush->count++] = pending;
	}
	objects->wanted -= flush->count;
	flush->early = objects->early;
	objects->early.count = 0;
	objects->group_count = 0;
	return 0;
}

static void start_bytes(struct objects *objects)
{
	struct object_flush *flush = &objects->flush;
	CLEANUP(cleanup_free) int *fds = alloc_zeroed(flush->count, sizeof *fds);
	size_t count = 0;

	for (size_t i = 0; i < flush->count; i++)
		if (!flush->objects[i]->is_early)
			fds[count++] = flush->objects[i]->fd;
	flush->stage = FLUSH_BYTES;
	flush->sync = sync_batch_start(fds, count);
}

static int step_syncs(struct object_flush *flush, bool waits)
{
	int error = 0;

	for (size_t i = 0; i < flush->early.count && !error; i++)
		error = sync_batch_step(flush->early.groups[i], waits);
	return error ? error : sync_batch_step(flush->sync, waits);
}

int objects_flush_bytes(struct objects *objects, bool waits, struct fault *fault)
{
	struct object_flush *flush = &objects->flush;
	int error = 0;

	if (flush->stage == FLUSH_NONE && !objects->wanted)
		return 0;
	if (flush->stage == FLUSH_NONE) {
		error = collect_wanted(objects);
		if (error) {
			end(objects);
			return fault_raise(fault, error, "objects: prepare a new one: %s",
					   strerror(-error));
		}
		start_bytes(objects);
	}
	error = step_syncs(flush, waits);
	if (!error || error == -EINPROGRESS)
		return error;
	fault_raise(fault, error, "objects: sync %zu new ones: %s", flush->count, strerror(-error));
	for (size_t i = 0; i < flush->count; i++)
		flush->objects[i]->is_unsound = true;
	object_flush_abandon(objects);
	return error;
}

/* --- names --------------------------------------------------------------------------------------
 */

/* Makes objects/ab; a symbolic link or a file in its place goes to quarantine. */
static int ensure_fanout(struct objects *objects, unsigned char first, bool *ret_was_made)
{
	char name[3];
	int was_made = 0, fd;

	if (objects_fanout_is_plain(objects, first))
		return 0;
	snprintf(name, sizeof name, "%02x", first);
	fd = folder_open_folder(objects->objects_fd, name, &was_made);
	if (folder_is_other_type(fd)) {
		fd = objects_quarantine_name(objects, name);
		if (!fd)
			fd = folder_open_folder(objects->objects_fd, name, &was_made);
	}
	if (fd < 0)
		return fd;
	close(fd);
	objects->fanout_is_plain[first] = true;
	*ret_was_made = *ret_was_made || was_made;
	return 0;
}

/* Another process may have stored the same bytes meanwhile: then its file is the object. */
static int link_object(struct objects *objects, struct pending_object *pending, bool *ret_was_made,
		       struct fault *fault)
{
	char name[OBJECT_NAME_BYTES];
	int error;

	object_name(&pending->id, name);
	error = ensure_fanout(objects, pending->id.bytes[0], ret_was_made);
	if (!error)
		error = pending_object_give_name(objects, pending, name);
	if (error == -ENOENT) { /* somebody removed objects/ab since we looked */
		objects->fanout_is_plain[pending->id.bytes[0]] = false;
		error = ensure_fanout(objects, pending->id.bytes[0], ret_was_made);
		if (!error)
			error = pending_object_give_name(objects, pending, name);
	}
	if (error == -EEXIST) {
		error = objects_compare(objects, &pending->id, pending->fd);
		if (error == 1)
			return 0;
		if (error == 0)
			error = pending_object_give_name(objects, pending, name);
		else if (error == -EEXIST) {
			map_put(objects->refused, pending->id.bytes, sizeof pending->id.bytes,
				objects);
			return 0;
		}
	}
	if (error)
		return fault_raise(fault, error, "objects/%s: link: %s", name, strerror(-error));
	return 0;
}

/* --- names, in threads ---------------------------------------------------------------------------
 */

static void add_folder(struct object_flush *flush, int parent_fd, const char *name, int first)
{
	struct flush_folder *folder = &flush->folders[flush->folder_count++];

	*folder = (struct flush_folder){.parent_fd = parent_fd, .first = first};
	snprintf(folder->name, sizeof folder->name, "%s", name);
}

/* The folders of those objects, the one that holds them when one of them is new, and the one that
 * files were moved out of. */
static void collect_folders(struct objects *objects, const bool *has_names, bool has_new_folder)
{
	struct object_flush *flush = &objects->flush;

	flush->folder_count = 0;
	for (int first = 0; first < 256; first++) {
		char name[3];

		snprintf(name, sizeof name, "%02x", (unsigned)first);
		if (has_names[first])
			add_folder(flush, objects->objects_fd, name, first);
	}
	if (has_new_folder)
		add_folder(flush, objects->objects_fd, ".", -1);
	if (flush->has_moved)
		add_folder(flush, objects->tmp_fd, ".", -1);
}

#define LINK_IS_TO_BE_MADE 1

/* False: some need a closer look. Of the flush it writes only the link_error of these objects. */
static bool make_links(const struct objects *objects, int first)
{
	const struct object_flush *flush = &objects->flush;
	bool are_made = true;

	for (size_t i = 0; i < flush->count; i++) {
		struct pending_object *pending = flush->objects[i];
		char name[OBJECT_NAME_BYTES];

		if (pending->id.bytes[0] != first)
			continue;
		object_name(&pending->id, name);
		if (pending->link_error == LINK_IS_TO_BE_MADE)
			pending->link_error = pending_object_link(objects, pending,
								  objects->objects_fd, name);
		are_made = are_made && !pending->link_error;
	}
	return are_made;
}

static int name_folder(void *context, size_t index)
{
	const struct objects *objects = context;
	const struct flush_folder *folder = &objects->flush.folders[index];
	CLEANUP(cleanup_close) int fd = -1;

	if (!make_links(objects, folder->first))
		return 0; /* it is synced after that look */
	fd = folder_open_file(folder->parent_fd, folder->name, O_RDONLY | O_DIRECTORY, 0);
	return fd < 0 ? fd : sync_folder(fd);
}

/* --- names, one by one ---------------------------------------------------------------------------
 */

/* A thread met something in the way, or no links: what is there is looked at. Tells whether there
 * were such. */
static int link_others(struct objects *objects, bool *ret_has_any, struct fault *fault)
{
	bool has_names[256] = {false}, has_new_folder = false;
	int error = 0;

	*ret_has_any = false;
	for (size_t i = 0; i < objects->flush.count && !error; i++) {
		struct pending_object *pending = objects->flush.objects[i];

		if (!pending->link_error)
			continue;
		error = link_object(objects, pending, &has_new_folder, fault);
		pending->link_error = error;
		has_names[pending->id.bytes[0]] = true;
		*ret_has_any = true;
	}
	collect_folders(objects, has_names, has_new_folder);
	return error;
}

/* --- names ---------------------------------------------------------------------------------------
 */

static void start_names(struct objects *objects, enum flush_stage stage)
{
	struct object_flush *flush = &objects->flush;

	disk_work_free(flush->names);
	flush->names = disk_work_start(name_folder, objects, flush->folder_count);
	flush->stage = stage;
}

static int start_links(struct objects *objects, struct fault *fault)
{
	bool has_names[256] = {false}, has_new_folder = false;
	int error = 0;

	for (size_t i = 0; i < objects->flush.count && !error; i++) {
		struct pending_object *pending = objects->flush.objects[i];

		error = ensure_fanout(objects, pending->id.bytes[0], &has_new_folder);
		has_names[pending->id.bytes[0]] = true;
		pending->link_error = objects->lacks_links ? -EOPNOTSUPP : LINK_IS_TO_BE_MADE;
	}
	if (error)
		return fault_raise(fault, error, "objects: make a folder: %s", strerror(-error));
	collect_folders(objects, has_names, has_new_folder);
	start_names(objects, FLUSH_LINKS);
	return 0;
}

/* Where descriptors are short, one folder after the other. */
static int step_names(struct objects *objects, bool waits, struct fault *fault)
{
	int error = disk_work_step(objects->flush.names, waits);

	if (error == -EMFILE || error == -ENFILE) {
		error = 0;
		for (size_t i = 0; i < objects->flush.folder_count && !error; i++)
			error = name_folder(objects, i);
	}
	if (!error || error == -EINPROGRESS)
		return error;
	return fault_raise(fault, error, "objects: sync the folders: %s", strerror(-error));
}

static int give_names(struct objects *objects, bool waits, struct fault *fault)
{
	struct object_flush *flush = &objects->flush;
	bool has_others;
	int error = flush->stage == FLUSH_BYTES ? start_links(objects, fault) : 0;

	if (!error)
		error = step_names(objects, waits, fault);
	if (error || flush->stage == FLUSH_NAMES)
		return error;
	error = link_others(objects, &has_others, fault);
	if (error || !has_others)
		return error;
	start_names(objects, FLUSH_NAMES);
	return step_names(objects, waits, fault);
}

static void forget_done(struct objects *objects)
{
	struct map *left = map_new();

	for (size_t i = 0; i < objects->flush.count; i++)
		objects->flush.objects[i]->is_done = true;
	for (size_t i = 0; i < map_count(objects->pending); i++) {
		struct pending_object *pending = map_at(objects->pending, i, NULL);

		if (pending->is_done)
			pending_object_discard(objects, pending);
		else
			map_put(left, pending->id.bytes, sizeof pending->id.bytes, pending);
	}
	map_free(objects->pending);
	objects->pending = left;
}

int objects_flush_names(struct objects *objects, bool waits, struct fault *fault)
{
	int error;

	if (objects->flush.stage == FLUSH_NONE)
		return 0;
	error = give_names(objects, waits, fault);
	if (error == -EINPROGRESS)
		return error;
	if (error) {
		object_flush_abandon(objects);
		return error;
	}
	forget_done(objects);
	end(objects);
	return 0;
}
