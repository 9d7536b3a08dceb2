#include "objects.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "descriptors.h"
#include "folder.h"
#include "log.h"
#include "objects_private.h"

/* Unwanted pending objects keep a descriptor each up to this many, fewer where descriptors are
 * short; the others get a name in tmp/. */
#define MOST_UNWANTED_OPEN 32

void object_name(const struct object_id *id, char *ret_name)
{
	static const char digits[] = "0123456789abcdef";
	char *at = ret_name;

	/* Each lookup asks for a name: no printf here. */
	for (size_t i = 0; i < OBJECT_ID_BYTES; i++) {
		*at++ = digits[id->bytes[i] >> 4];
		*at++ = digits[id->bytes[i] & 15];
		if (i == 0)
			*at++ = '/';
	}
	*at = '\0';
}

/* --- open, free ------------------------------------------------------------------------------- */

static int open_folders(int folder_fd, struct objects *objects, struct fault *fault)
{
	const struct {
		const char *name;
		int *fd;
	} folders[] = {
		{"objects", &objects->objects_fd},
		{"tmp", &objects->tmp_fd},
		{"quarantine", &objects->quarantine_fd},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
		int fd = folder_open_folder(folder_fd, folders[i].name, NULL);

		if (fd < 0)
			return fault_raise(fault, fd, "%s: open the folder: %s", folders[i].name,
					   strerror(-fd));
		*folders[i].fd = fd;
	}
	return 0;
}

int objects_open(int folder_fd, struct objects **ret_objects, struct fault *fault)
{
	struct objects *objects = alloc_zeroed(1, sizeof *objects);
	int error;

	objects->objects_fd = objects->tmp_fd = objects->quarantine_fd = -1;
	objects->pending = map_new();
	hash_set_init(&objects->checked);
	hash_set_init(&objects->seen);
	objects->refused = map_new();
	objects->most_unwanted_open =
		descriptors_room(DESCRIPTORS_OF_PROGRAM, 8, 0, MOST_UNWANTED_OPEN);
	error = open_folders(folder_fd, objects, fault);
	if (error) {
		objects_free(objects);
		return error;
	}
	*ret_objects = objects;
	return 0;
}

void objects_free(struct objects *objects)
{
	if (!objects)
		return;
	object_flush_abandon(objects);
	object_flush_end_early(objects);
	for (size_t i = 0; i < map_count(objects->pending); i++)
		pending_object_discard(objects, map_at(objects->pending, i, NULL));
	map_free(objects->pending);
	hash_set_release(&objects->checked);
	hash_set_release(&objects->seen);
	map_free(objects->refused);
	cleanup_close(&objects->objects_fd);
	cleanup_close(&objects->tmp_fd);
	cleanup_close(&objects->quarantine_fd);
	free(objects->lost);
	free(objects);
}

void objects_remove_leftovers(struct objects *objects)
{
	int fd = openat(objects->tmp_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *item;

	if (!folder) {
		cleanup_close(&fd);
		return;
	}
	while ((item = readdir(folder)))
		if (item->d_name[0] != '.')
			unlinkat(objects->tmp_fd, item->d_name, 0);
	closedir(folder);
}

/* --- pending ---------------------------------------------------------------------------------- */

struct pending_object *objects_pending(const struct objects *objects, const struct object_id *id)
{
	struct pending_object *pending = map_get(objects->pending, id->bytes, sizeof id->bytes);

	return pending && !pending->is_done ? pending : NULL;
}

bool objects_is_pending(const struct objects *objects, const struct object_id *id)
{
	return objects_pending(objects, id);
}

int pending_object_open(const struct objects *objects, const struct pending_object *pending)
{
	char path[64];
	int fd;

	if (pending->name[0])
		return folder_open_file(objects->tmp_fd, pending->name, O_RDONLY, 0);
	/* A file without a name can be opened anew through /proc only. */
	snprintf(path, sizeof path, "/proc/self/fd/%d", pending->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void pending_object_discard(struct objects *objects, struct pending_object *pending)
{
	cleanup_close(&pending->fd);
	if (pending->name[0])
		unlinkat(objects->tmp_fd, pending->name, 0);
	free(pending);
}

/* So that its descriptor is free for others. */
static void park(struct objects *objects, struct pending_object *pending)
{
	if (!pending_object_park(objects, pending))
		return;
	close(pending->fd);
	pending->fd = -1;
	objects->unwanted_open--;
}

static void park_unwanted(struct objects *objects)
{
	for (size_t i = 0; i < map_count(objects->pending); i++) {
		struct pending_object *pending = map_at(objects->pending, i, NULL);

		if (!pending->is_wanted && pending->fd >= 0)
			park(objects, pending);
	}
}

void objects_add_pending(struct objects *objects, struct pending_object *pending)
{
	struct pending_object *replaced;

	if (objects->unwanted_open >= objects->most_unwanted_open)
		park_unwanted(objects);
	objects->unwanted_open++;
	objects->added_bytes += pending->bytes;
	replaced = map_put(objects->pending, pending->id.bytes, sizeof pending->id.bytes, pending);
	if (replaced)
		pending_object_discard(objects, replaced);
	objects_mark_checked(objects, &pending->id);
}

void objects_want(struct objects *objects, const struct object_id *id)
{
	struct pending_object *pending = objects_pending(objects, id);

	if (!pending || pending->is_wanted)
		return;
	pending->is_wanted = true;
	objects->wanted++;
	if (pending->fd < 0)
		return;
	objects->unwanted_open--;
	object_flush_begin_early(objects, pending);
}

uint64_t objects_added_bytes(const struct objects *objects)
{
	return objects->added_bytes;
}

size_t objects_wanted_count(const struct objects *objects)
{
	return objects->wanted;
}

size_t objects_undurable_count(const struct objects *objects)
{
	return objects->wanted + objects->flush.count;
}

/* --- checking --------------------------------------------------------------------------------- */

void objects_mark_checked(struct objects *objects, const struct object_id *id)
{
	hash_set_add(&objects->checked, id->bytes, sizeof id->bytes);
}

bool objects_is_refused(const struct objects *objects, const struct object_id *id)
{
	return map_get(objects->refused, id->bytes, sizeof id->bytes);
}

void objects_add_lost(struct objects *objects, const struct object_id *id)
{
	ALLOC_GROW(objects->lost, objects->lost_count, objects->lost_capacity);
	objects->lost[objects->lost_count++] = *id;
}

bool objects_next_lost(struct objects *objects, struct object_id *ret_id)
{
	if (objects->lost_taken == objects->lost_count) {
		objects->lost_taken = objects->lost_count = 0;
		return false;
	}
	*ret_id = objects->lost[objects->lost_taken++];
	return true;
}

uint64_t objects_damaged_count(const struct objects *objects)
{
	return objects->damaged;
}

/* objects/ab is a folder, and no symbolic link out of the cache. Asked once a handle. One of our
 * own that cannot be looked into is opened up. */
bool objects_fanout_is_plain(struct objects *objects, unsigned char first)
{
	struct stat status;
	char name[3];

	if (objects->fanout_is_plain[first])
		return true;
	snprintf(name, sizeof name, "%02x", first);
	if (fstatat(objects->objects_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	objects->fanout_is_plain[first] = S_ISDIR(status.st_mode);
	if (S_ISDIR(status.st_mode) && (status.st_mode & S_IRWXU) != S_IRWXU &&
	    fchmodat(objects->objects_fd, name, S_IRWXU, 0) < 0)
		log_trace("objects", "%s: open it up: %s", name, strerror(errno));
	return objects->fanout_is_plain[first];
}

int objects_quarantine_name(struct objects *objects, const char *name)
{
	char target[64];

	/* The name may stand in quarantine/ already, from an earlier damage: the newest is kept. */
	snprintf(target, sizeof target, "%s", name);
	for (char *c = target; *c; c++)
		if (*c == '/')
			*c = '-';
	if (renameat(objects->objects_fd, name, objects->quarantine_fd, target) == 0)
		return 0;
	/* A folder does not replace a file, nor a full one a full one. */
	snprintf(target, sizeof target, "%016" PRIx64 "-%d", (uint64_t)time(NULL), (int)getpid());
	return renameat(objects->objects_fd, name, objects->quarantine_fd, target) < 0 ? -errno : 0;
}

int objects_quarantine(struct objects *objects, const struct object_id *id)
{
	char name[OBJECT_NAME_BYTES];
	int error = 0;

	object_name(id, name);
	log_trace("objects", "%s: damaged, moved to quarantine", name);
	if (objects_fanout_is_plain(objects, id->bytes[0]))
		error = objects_quarantine_name(objects, name);
	hash_set_clear(&objects->seen);
	objects->damaged++;
	objects_add_lost(objects, id);
	return error == -ENOENT ? 0 : error;
}

bool objects_has(struct objects *objects, const struct object_id *id, uint64_t bytes)
{
	char name[OBJECT_NAME_BYTES];
	struct stat status;

	if (objects_pending(objects, id))
		return true;
	object_name(id, name);
	if (objects_is_refused(objects, id) || !objects_fanout_is_plain(objects, id->bytes[0]) ||
	    fstatat(objects->objects_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (S_ISREG(status.st_mode) && (uint64_t)status.st_size == bytes)
		return true;
	objects_quarantine(objects, id);
	return false;
}

static bool is_plain_folder(const struct objects *objects, unsigned char first)
{
	struct stat status;
	char name[3];

	snprintf(name, sizeof name, "%02x", first);
	return fstatat(objects->objects_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(status.st_mode);
}

bool objects_is_stored(const struct objects *objects, const struct object_id *id, uint64_t bytes)
{
	char name[OBJECT_NAME_BYTES];
	struct stat status;

	object_name(id, name);
	return !objects_is_refused(objects, id) && is_plain_folder(objects, id->bytes[0]) &&
	       fstatat(objects->objects_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(status.st_mode) && (uint64_t)status.st_size == bytes;
}

bool objects_seen(struct objects *objects, const struct object_id *id, uint64_t bytes)
{
	struct {
		struct object_id id;
		uint64_t bytes;
	} key = {*id, bytes};

	if (hash_set_has(&objects->seen, &key, sizeof key) && !objects_is_refused(objects, id))
		return true;
	if (!objects_has(objects, id, bytes))
		return false;
	if (!objects_pending(objects, id))
		hash_set_add(&objects->seen, &key, sizeof key);
	return true;
}

int objects_size(struct objects *objects, const struct object_id *id, uint64_t *ret_bytes)
{
	struct pending_object *pending = objects_pending(objects, id);
	char name[OBJECT_NAME_BYTES];
	struct stat status;

	if (pending) {
		*ret_bytes = pending->bytes;
		return 0;
	}
	object_name(id, name);
	if (objects_is_refused(objects, id) || !objects_fanout_is_plain(objects, id->bytes[0]) ||
	    fstatat(objects->objects_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(status.st_mode))
		return -ENOENT;
	*ret_bytes = (uint64_t)status.st_size;
	return 0;
}

static int hash_file(int fd, struct object_id *ret_id)
{
	static char data[65536];
	struct object_hasher *hasher = object_hasher_new();
	off_t offset = 0;
	ssize_t got;

	do {
		got = pread(fd, data, sizeof data, offset);
		if (got > 0) {
			object_hasher_add(hasher, data, (size_t)got);
			offset += got;
		}
	} while (got > 0 || (got < 0 && errno == EINTR));
	*ret_id = object_hasher_finish(hasher);
	object_hasher_free(hasher);
	return got < 0 ? -errno : 0;
}

/* In a cache that can only be read, what may not be is no damage. */
static bool can_set_aside(const struct objects *objects)
{
	return faccessat(objects->quarantine_fd, ".", W_OK, AT_EACCESS) == 0;
}

/* Opens a stored object; -EBADMSG when it is damaged. */
static int open_verified(struct objects *objects, const struct object_id *id, int *ret_fd,
			 uint64_t *ret_bytes, bool with_hash)
{
	CLEANUP(cleanup_close) int fd = -1;
	char name[OBJECT_NAME_BYTES];
	struct object_id found;
	struct stat status;
	int error;

	object_name(id, name);
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	fd = folder_open_file(objects->objects_fd, name, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return folder_is_other_type(fd) || (fd == -EACCES && can_set_aside(objects))
			       ? -EBADMSG
			       : fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EBADMSG;
	if (with_hash) {
		error = hash_file(fd, &found);
		/* A sector that cannot be read is damage of this object, not of the cache. */
		if (error)
			return error == -EIO ? -EBADMSG : error;
		if (!object_id_equals(&found, id))
			return -EBADMSG;
	}
	*ret_bytes = (uint64_t)status.st_size;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int objects_verify(struct objects *objects, const struct object_id *id, uint64_t *ret_bytes,
		   bool with_hash)
{
	CLEANUP(cleanup_close) int fd = -1;

	return open_verified(objects, id, &fd, ret_bytes, with_hash);
}

int objects_read(struct objects *objects, const struct object_id *id, int *ret_fd,
		 uint64_t *ret_bytes, struct fault *fault)
{
	struct pending_object *pending = objects_pending(objects, id);
	char name[OBJECT_NAME_BYTES];
	bool is_checked;
	int error;

	object_name(id, name);
	if (pending) {
		int fd = pending_object_open(objects, pending);

		if (fd < 0)
			return fault_raise(fault, fd, "objects/%s: open before it is stored: %s",
					   name, strerror(-fd));
		*ret_fd = fd;
		*ret_bytes = pending->bytes;
		return 0;
	}
	if (objects_is_refused(objects, id))
		return -ENOENT;
	is_checked = hash_set_has(&objects->checked, id->bytes, sizeof id->bytes);
	error = open_verified(objects, id, ret_fd, ret_bytes, !is_checked);
	if (error == -EBADMSG) {
		objects_quarantine(objects, id);
		return -ENOENT;
	}
	if (error == -ENOENT)
		return error;
	if (error)
		return fault_raise(fault, error, "objects/%s: read: %s", name, strerror(-error));
	if (!is_checked)
		objects_mark_checked(objects, id);
	return 0;
}

/* Asked of each new object: cheaper than to open what is not there. */
static bool has_no_name(struct objects *objects, const struct object_id *id)
{
	char name[OBJECT_NAME_BYTES];
	struct stat status;

	object_name(id, name);
	return objects_fanout_is_plain(objects, id->bytes[0]) &&
	       fstatat(objects->objects_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 &&
	       errno == ENOENT;
}

int objects_compare(struct objects *objects, const struct object_id *id, int fd)
{
	CLEANUP(cleanup_close) int stored_fd = -1;
	struct object_id found;
	uint64_t bytes;
	int equal, error;

	if (objects_is_refused(objects, id))
		return -EEXIST;
	if (has_no_name(objects, id))
		return 0;
	error = open_verified(objects, id, &stored_fd, &bytes, false);
	if (error == -ENOENT)
		return 0;
	equal = error ? 0 : folder_compare_files(stored_fd, fd);
	if (error && error != -EBADMSG)
		return error;
	if (equal == 1) {
		/* Young again: gc leaves what was wanted a moment ago alone. Best effort, it checks
		 * the index too. */
		futimens(stored_fd, NULL);
		objects_mark_checked(objects, id);
		return 1;
	}
	if (equal < 0 && equal != -EIO)
		return equal;
	/* Whole: the new bytes are others, or it is they that cannot be read. */
	if (!error && !hash_file(stored_fd, &found) && object_id_equals(&found, id))
		return equal ? equal : -EEXIST;
	/* Damaged, and the whole bytes are at hand: they take its place, so nothing is lost. */
	objects_quarantine(objects, id);
	objects->lost_count--;
	return 0;
}
