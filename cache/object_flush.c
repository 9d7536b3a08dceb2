#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
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
	while (flush->folder_count)
		close(flush->folder_fds[--flush->folder_count]);
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
		sync_batch_start(fds, objects->group_count, SYNC_BYTES);
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
	flush->sync = sync_batch_start(fds, count, SYNC_BYTES);
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
	if (objects_is_damage(fd)) {
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

static int link_all(struct objects *objects, bool *ret_has_new_folder, struct fault *fault)
{
	int error = 0;

	for (size_t i = 0; i < objects->flush.count && !error; i++)
		error = link_object(objects, objects->flush.objects[i], ret_has_new_folder, fault);
	return error;
}

static void start_names(struct objects *objects)
{
	struct object_flush *flush = &objects->flush;

	sync_batch_free(flush->sync);
	flush->sync = sync_batch_start(flush->folder_fds, flush->folder_count, SYNC_NAMES);
}

/* Where descriptors are short, those at hand are synced first. */
static int add_folder(struct objects *objects, int folder_fd, const char *name)
{
	struct object_flush *flush = &objects->flush;
	int fd = folder_open_file(folder_fd, name, O_RDONLY | O_DIRECTORY, 0);

	if (fd == -EMFILE && flush->folder_count) {
		int error;

		start_names(objects);
		error = sync_batch_step(flush->sync, true);
		while (flush->folder_count)
			close(flush->folder_fds[--flush->folder_count]);
		if (error)
			return error;
		fd = folder_open_file(folder_fd, name, O_RDONLY | O_DIRECTORY, 0);
	}
	if (fd < 0)
		return fd;
	flush->folder_fds[flush->folder_count++] = fd;
	return 0;
}

/* The folders that got a new name, the one that holds them when one of them is new, and the one
 * that files were moved out of. */
static int open_folders(struct objects *objects, bool has_new_folder)
{
	struct object_flush *flush = &objects->flush;
	bool seen[256] = {false};
	int error = 0;

	for (size_t i = 0; i < flush->count; i++)
		seen[flush->objects[i]->id.bytes[0]] = true;
	for (size_t first = 0; first < ARRAY_LENGTH(seen) && !error; first++) {
		char name[3];

		snprintf(name, sizeof name, "%02zx", first);
		if (seen[first])
			error = add_folder(objects, objects->objects_fd, name);
	}
	if (has_new_folder && !error)
		error = add_folder(objects, objects->objects_fd, ".");
	if (flush->has_moved && !error)
		error = add_folder(objects, objects->tmp_fd, ".");
	return error;
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

/* Names for all, and the sync of their folders under way. */
static int give_names(struct objects *objects, struct fault *fault)
{
	bool has_new_folder = false;
	int error = link_all(objects, &has_new_folder, fault);

	if (error)
		return error;
	objects->flush.stage = FLUSH_NAMES;
	error = open_folders(objects, has_new_folder);
	if (error)
		return fault_raise(fault, error, "objects: open the folders: %s", strerror(-error));
	start_names(objects);
	return 0;
}

int objects_flush_names(struct objects *objects, bool waits, struct fault *fault)
{
	struct object_flush *flush = &objects->flush;
	int error = 0;

	if (flush->stage == FLUSH_NONE)
		return 0;
	if (flush->stage == FLUSH_BYTES)
		error = give_names(objects, fault);
	if (!error) {
		error = sync_batch_step(flush->sync, waits);
		if (error == -EINPROGRESS)
			return error;
		if (error)
			fault_raise(fault, error, "objects: sync the folders: %s",
				    strerror(-error));
	}
	if (error) {
		object_flush_abandon(objects);
		return error;
	}
	forget_done(objects);
	end(objects);
	return 0;
}
