#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "folder.h"
#include "objects_private.h"
#include "sync.h"
#include "tmpfile.h"

/* What is smaller is written in no time by its sync, in a thread: sending it ahead would take the
 * loop as long as a large one, and gain nothing. */
#define BEGIN_LEAST_BYTES (64u << 10)

struct object_writer {
	struct objects *objects;
	struct object_hasher *hasher;
	uint64_t bytes, expected_bytes; /* 0: not known */
	int fd;                         /* -1: nothing was written yet */
	char name[64];                  /* in tmp/, where O_TMPFILE or links are not to be had */
};

struct object_writer *object_writer_new(struct objects *objects)
{
	struct object_writer *writer = alloc_zeroed(1, sizeof *writer);

	writer->objects = objects;
	writer->hasher = object_hasher_new();
	writer->fd = -1;
	return writer;
}

void object_writer_free(struct object_writer *writer)
{
	if (!writer)
		return;
	cleanup_close(&writer->fd);
	if (writer->name[0])
		unlinkat(writer->objects->tmp_fd, writer->name, 0);
	object_hasher_free(writer->hasher);
	free(writer);
}

static int open_without_name(struct object_writer *writer)
{
	int fd = writer->objects->lacks_links ? -EOPNOTSUPP
					      : tmpfile_open_unnamed(writer->objects->tmp_fd, 0400);

	if (fd < 0)
		return fd;
	writer->fd = fd;
	return 0;
}

static int open_file(struct object_writer *writer)
{
	uint64_t random = 0;
	int error = open_without_name(writer);

	if (error != -EOPNOTSUPP && error != -EISDIR && error != -ENOENT)
		return error;
	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return -EIO;
	snprintf(writer->name, sizeof writer->name, "new-%016llx", (unsigned long long)random);
	writer->fd = openat(writer->objects->tmp_fd, writer->name,
			    O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (writer->fd >= 0)
		return 0;
	writer->name[0] = '\0';
	return -errno;
}

int object_writer_begin(struct object_writer *writer, struct fault *fault)
{
	int error = 0;

	object_hasher_reset(writer->hasher);
	writer->bytes = writer->expected_bytes = 0;
	if (writer->fd < 0)
		error = open_file(writer);
	else if (ftruncate(writer->fd, 0) < 0 || lseek(writer->fd, 0, SEEK_SET) < 0)
		error = -errno;
	if (error)
		return fault_raise(fault, error, "tmp: make a new object: %s", strerror(-error));
	return 0;
}

int object_writer_write(struct object_writer *writer, const void *data, size_t length_bytes,
			struct fault *fault)
{
	int error = writer->fd < 0 ? object_writer_begin(writer, fault) : 0;

	if (error)
		return error;
	error = folder_write_all(writer->fd, data, length_bytes);
	if (error)
		return fault_raise(fault, error, "tmp: write a new object after %llu bytes: %s",
				   (unsigned long long)writer->bytes, strerror(-error));
	object_hasher_add(writer->hasher, data, length_bytes);
	writer->bytes += length_bytes;
	if (writer->bytes == writer->expected_bytes && writer->bytes >= BEGIN_LEAST_BYTES)
		sync_begin(writer->fd);
	return 0;
}

void object_writer_expect(struct object_writer *writer, uint64_t bytes)
{
	writer->expected_bytes = bytes;
}

static void keep(struct object_writer *writer, const struct object_id *id)
{
	struct pending_object *pending = alloc_zeroed(1, sizeof *pending);

	pending->id = *id;
	pending->bytes = writer->bytes;
	pending->fd = writer->fd;
	memcpy(pending->name, writer->name, sizeof pending->name);
	writer->fd = -1;
	writer->name[0] = '\0';
	objects_add_pending(writer->objects, pending);
}

/* 1: these bytes are pending already; 0: not; else a negative errno. */
static int compare_pending(struct object_writer *writer, const struct object_id *id)
{
	struct pending_object *pending = objects_pending(writer->objects, id);
	CLEANUP(cleanup_close) int fd = -1;
	int equal;

	if (!pending)
		return 0;
	fd = pending_object_open(writer->objects, pending);
	if (fd < 0)
		return fd;
	equal = folder_compare_files(fd, writer->fd);
	return equal ? equal : -EEXIST;
}

int object_writer_commit(struct object_writer *writer, struct object_id *ret_id,
			 uint64_t *ret_bytes, struct fault *fault)
{
	char name[OBJECT_NAME_BYTES];
	struct object_id id;
	int error = writer->fd < 0 ? object_writer_begin(writer, fault) : 0;
	int equal;

	if (error) {
		object_writer_free(writer);
		return error;
	}
	id = object_hasher_finish(writer->hasher);
	object_name(&id, name);
	equal = compare_pending(writer, &id);
	if (!equal)
		equal = objects_compare(writer->objects, &id, writer->fd);
	if (!equal)
		keep(writer, &id);
	if (equal >= 0) {
		*ret_id = id;
		*ret_bytes = writer->bytes;
	} else if (equal == -EEXIST) {
		fault_raise(fault, equal, "objects/%s: store: other bytes have the same hash",
			    name);
	} else {
		fault_raise(fault, equal, "objects/%s: compare: %s", name, strerror(-equal));
	}
	object_writer_free(writer);
	return equal < 0 ? equal : 0;
}

/* --- again --------------------------------------------------------------------------------------
 */

static int copy(struct object_writer *writer, int fd)
{
	static char data[65536];
	ssize_t got;

	do {
		int error;

		got = pread(fd, data, sizeof data, (off_t)writer->bytes);
		if (got < 0 && errno == EINTR)
			continue;
		error = got < 0 ? -errno : object_writer_write(writer, data, (size_t)got, NULL);
		if (error)
			return error;
	} while (got);
	return 0;
}

static void take_file(struct object_writer *writer, struct pending_object *pending)
{
	close(pending->fd);
	if (pending->name[0])
		unlinkat(writer->objects->tmp_fd, pending->name, 0);
	pending->fd = writer->fd;
	memcpy(pending->name, writer->name, sizeof pending->name);
	pending->is_unsound = false;
	writer->fd = -1;
	writer->name[0] = '\0';
}

int pending_object_rewrite(struct objects *objects, struct pending_object *pending)
{
	struct object_writer *writer = object_writer_new(objects);
	struct object_id found;
	int error = copy(writer, pending->fd);

	found = object_hasher_finish(writer->hasher);
	if (!error && !object_id_equals(&found, &pending->id))
		error = -EIO;
	if (!error)
		take_file(writer, pending);
	object_writer_free(writer);
	return error;
}
