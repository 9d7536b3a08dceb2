#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "folder.h"
#include "objects_private.h"

int objects_remove(struct objects *objects, const struct object_id *id)
{
	char name[OBJECT_NAME_BYTES];

	object_name(id, name);
	if (!objects_fanout_is_plain(objects, id->bytes[0]))
		return -ENOENT;
	hash_set_clear(&objects->seen);
	return unlinkat(objects->objects_fd, name, 0) < 0 ? -errno : 0;
}

/* The id of "ab" and "cdef..."; false when no object can have that name. */
static bool id_of_name(const char *folder, const char *file, struct object_id *ret_id)
{
	char hex[OBJECT_ID_HEX_BYTES], name[OBJECT_NAME_BYTES];

	if (strlen(folder) != 2 || strlen(file) != OBJECT_ID_HEX_BYTES - 3)
		return false;
	snprintf(hex, sizeof hex, "%s%s", folder, file);
	if (!object_id_parse(hex, strlen(hex), ret_id))
		return false;
	object_name(ret_id, name); /* upper-case digits are another name */
	return !strncmp(name, folder, 2) && !strcmp(name + 3, file);
}

static bool is_fanout(const char *name)
{
	return strlen(name) == 2 && strspn(name, "0123456789abcdef") == 2;
}

struct walk {
	bool (*each)(void *context, const char *name, const struct object_id *id, uint64_t bytes,
		     int64_t modified_s);
	void *context;
};

static bool walk_file(int folder_fd, const char *folder, const char *file, const struct walk *walk)
{
	CLEANUP(cleanup_free) char *name = alloc_printf("%s/%s", folder, file);
	struct object_id id;
	struct stat status;

	if (fstatat(folder_fd, file, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return true;
	return walk->each(walk->context, name, id_of_name(folder, file, &id) ? &id : NULL,
			  (uint64_t)status.st_size, (int64_t)status.st_mtime);
}

/* Walks objects/ab. A symbolic link or a file in its place is junk. */
static int walk_fanout(struct objects *objects, const char *folder, const struct walk *walk,
		       bool *goes_on)
{
	CLEANUP(cleanup_close)
	int fd = folder_open_file(objects->objects_fd, folder, O_RDONLY | O_DIRECTORY, 0);
	struct dirent **items = NULL;
	int count;

	if (folder_is_other_type(fd)) {
		*goes_on = walk->each(walk->context, folder, NULL, 0, 0);
		return 0;
	}
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	count = scandirat(fd, ".", &items, folder_is_listed, alphasort);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		*goes_on = *goes_on && walk_file(fd, folder, items[i]->d_name, walk);
		free(items[i]);
	}
	free(items);
	return 0;
}

int objects_each(struct objects *objects,
		 bool (*each)(void *context, const char *name, const struct object_id *id,
			      uint64_t bytes, int64_t modified_s),
		 void *context, struct fault *fault)
{
	const struct walk walk = {each, context};
	struct dirent **items = NULL;
	int count = scandirat(objects->objects_fd, ".", &items, folder_is_listed, alphasort);
	bool goes_on = true;
	int error = 0;

	if (count < 0)
		return fault_raise(fault, -errno, "objects: list: %s", strerror(errno));
	for (int i = 0; i < count; i++) {
		const char *name = items[i]->d_name;

		if (goes_on && !error && is_fanout(name)) {
			objects_fanout_is_plain(objects, (unsigned char)strtoul(name, NULL, 16));
			error = walk_fanout(objects, name, &walk, &goes_on);
			if (error)
				fault_raise(fault, error, "objects/%s: list: %s", name,
					    strerror(-error));
		} else if (goes_on && !error)
			goes_on = each(context, name, NULL, 0, 0);
		free(items[i]);
	}
	free(items);
	return error;
}
