#include "layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "folder.h"
#include "folders.h"
#include "lock.h"
#include "tmpfile.h"

#define FORMAT_NAME "format"
#define TEXT_OF(number) #number
#define FORMAT_TEXT(number) "picdesk cache " TEXT_OF(number) "\n"

static const struct {
	const char *name;
	const char *text;
} files[] = {
	{LAYOUT_TAG, "Signature: 8a477f597d28d172789f06886806bc55\n"
		     "# This folder is a cache of picdesk. Backups may leave it out.\n"
		     "# See https://bford.info/cachedir/\n"},
	{".gitignore", "*\n"},
	/* Last: where it stands, the rest stood. */
	{FORMAT_NAME, FORMAT_TEXT(LAYOUT_FORMAT)},
};

static int make_folder(const char *directory, struct fault *fault)
{
	CLEANUP(cleanup_free) char *path = alloc_string(directory);
	int error;

	/* The last name's folder is ours, the others above are not. */
	for (size_t end = strlen(path); end > 1 && path[end - 1] == '/'; end--)
		path[end - 1] = '\0';
	error = folders_make_above(path, fault);
	if (error)
		return error;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return fault_raise(fault, -errno, "%s: make the folder: %s", directory,
				   strerror(errno));
	return 0;
}

/* Its text, or its beginning: how long that is, or a negative errno. Not blocked by a pipe; what is
 * no file has none. */
static ssize_t read_file(int folder_fd, const char *name, char *ret_text, size_t size_bytes)
{
	CLEANUP(cleanup_close)
	int fd = folder_open_file(folder_fd, name, O_RDONLY | O_NONBLOCK, 0);
	ssize_t length_bytes = fd < 0 ? fd : read(fd, ret_text, size_bytes);

	if (fd >= 0 && length_bytes < 0)
		length_bytes = -errno;
	return folder_is_other_type((int)length_bytes) ? 0 : length_bytes;
}

/* The number in the file "format"; 0 when there is no such file, -EUCLEAN when it says something
 * else, or why it cannot be read. */
static int read_format(int folder_fd)
{
	char text[64];
	ssize_t length_bytes = read_file(folder_fd, FORMAT_NAME, text, sizeof text - 1);
	int format;

	if (length_bytes < 0)
		return length_bytes == -ENOENT ? 0 : (int)length_bytes;
	text[length_bytes] = '\0';
	return sscanf(text, "picdesk cache %d", &format) == 1 && format > 0 ? format : -EUCLEAN;
}

/* What a run that was killed while it made the folder may have left, and what a volume of its own
 * (ext4) begins with. */
static bool is_ours(const char *name)
{
	if (!strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, LAYOUT_LOST_FOUND) ||
	    !strncmp(name, TMPFILE_PREFIX, strlen(TMPFILE_PREFIX)))
		return true;
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
		if (!strcmp(name, files[i].name))
			return true;
	return false;
}

static DIR *open_listing(int folder_fd)
{
	int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder)
		cleanup_close(&fd);
	return folder;
}

/* Where CACHEDIR.TAG and "format" are both damaged: nothing but a cache's parts, with objects and
 * the locks among them. */
static bool has_parts_alone(int folder_fd)
{
	DIR *folder = open_listing(folder_fd);
	bool is_alone = folder;
	int n_needed = 0;
	struct dirent *item;

	while (is_alone && (item = readdir(folder))) {
		is_alone = is_ours(item->d_name) || layout_is_part(item->d_name);
		n_needed += !strcmp(item->d_name, "objects") ||
			    !strcmp(item->d_name, LOCK_USERS_NAME) ||
			    !strcmp(item->d_name, LOCK_WRITERS_NAME);
	}
	if (folder)
		closedir(folder);
	return is_alone && n_needed == 3;
}

/* 0 when nobody else's file is in the folder. */
static int check_empty(int folder_fd, const char *directory, struct fault *fault)
{
	DIR *folder = open_listing(folder_fd);
	struct dirent *item;
	int error = 0;

	if (!folder)
		return fault_raise(fault, -errno, "%s: read: %s", directory, strerror(errno));
	while (!error && (errno = 0, item = readdir(folder)))
		if (!is_ours(item->d_name))
			error = fault_raise(fault, -ENOTEMPTY,
					    "%s: open the cache: the folder is not empty (%s), and "
					    "no cache of picdesk",
					    directory, item->d_name);
	if (!error && errno)
		error = fault_raise(fault, -errno, "%s: read: %s", directory, strerror(errno));
	closedir(folder);
	return error;
}

static int make_missing_files(int folder_fd, const char *directory, struct fault *fault)
{
	for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
		struct tmpfile tmp = TMPFILE_INIT;
		struct stat status;
		int error;

		if (!fstatat(folder_fd, files[i].name, &status, AT_SYMLINK_NOFOLLOW))
			continue;
		error = tmpfile_open(&tmp, folder_fd, directory, fault);
		if (!error)
			error = tmpfile_write(&tmp, files[i].text, strlen(files[i].text), fault);
		if (error) {
			tmpfile_discard(&tmp);
			return error;
		}
		error = tmpfile_publish(&tmp, files[i].name, 0600, fault);
		if (error)
			return error;
	}
	return 0;
}

enum file_text {
	TEXT_NONE,   /* there is no such file */
	TEXT_UNREAD, /* what stands there is not known: it stays */
	TEXT_OURS,
	TEXT_OTHER,
};

static enum file_text text_of(int folder_fd, size_t file)
{
	char text[512];
	ssize_t length_bytes = read_file(folder_fd, files[file].name, text, sizeof text);

	if (length_bytes < 0)
		return length_bytes == -ENOENT ? TEXT_NONE : TEXT_UNREAD;
	return length_bytes == (ssize_t)strlen(files[file].text) &&
			       !memcmp(text, files[file].text, (size_t)length_bytes)
		       ? TEXT_OURS
		       : TEXT_OTHER;
}

/* CACHEDIR.TAG with our text: a cache, even where the file "format" was damaged. What format its
 * index has, the index says too. */
static bool has_our_tag(int folder_fd)
{
	return text_of(folder_fd, 0) == TEXT_OURS;
}

static bool is_cache(int folder_fd)
{
	return has_our_tag(folder_fd) || has_parts_alone(folder_fd);
}

/* 0: it may be one of ours. */
static int refuse_format(const char *directory, int format, struct fault *fault)
{
	if (format > LAYOUT_FORMAT)
		return fault_raise(fault, -ENOTSUP,
				   "%s: open the cache: a newer picdesk made it (format %d, this "
				   "one knows %d): update picdesk, or name another --cache-dir",
				   directory, format, LAYOUT_FORMAT);
	if (format < 0 && format != -EUCLEAN)
		return fault_raise(fault, format, "%s/" FORMAT_NAME ": open the cache: %s",
				   directory, strerror(-format));
	return 0;
}

/* Again under the lock: another process may have put the right one there. */
static int set_aside(int folder_fd, size_t file, struct layout_repairs *repairs,
		     struct fault *fault)
{
	int error = lock_exclusive(folder_fd, LOCK_HOLDER_ALONE);

	if (error)
		return lock_fault(fault, error, "the folder", LOCK_HOLDER_ALONE);
	if (text_of(folder_fd, file) == TEXT_OTHER)
		error = layout_set_aside(folder_fd, files[file].name, repairs, fault);
	lock_release(folder_fd);
	return error;
}

/* What says of a cache that it is one is made anew where something else stands. */
static int mend(int folder_fd, const char *directory, struct layout_repairs *ret_repairs,
		struct fault *fault)
{
	int error = layout_repair(folder_fd, ret_repairs, fault);
	bool is_missing = false;

	/* Again: one that its mode kept from us has been opened up. */
	if (!error)
		error = refuse_format(directory, read_format(folder_fd), fault);
	for (size_t i = 0; !error && i < ARRAY_LENGTH(files); i++) {
		enum file_text text = text_of(folder_fd, i);

		if (text == TEXT_OTHER)
			error = set_aside(folder_fd, i, ret_repairs, fault);
		is_missing = is_missing || text != TEXT_OURS;
	}
	if (error || !is_missing)
		return error;
	return make_missing_files(folder_fd, directory, fault);
}

/* An empty folder that was there becomes a cache's. Best effort: it may be another's. One that is
 * made for everybody, as /tmp is, stays so. */
static void make_private(int folder_fd)
{
	struct stat status;

	if (!fstat(folder_fd, &status) && !(status.st_mode & S_ISVTX))
		fchmod(folder_fd, S_IRWXU);
}

static int prepare(int folder_fd, const char *directory, struct layout_repairs *ret_repairs,
		   struct fault *fault)
{
	int format = read_format(folder_fd);
	int error;

	if (format == LAYOUT_FORMAT || (format <= 0 && is_cache(folder_fd)))
		return mend(folder_fd, directory, ret_repairs, fault);
	error = refuse_format(directory, format, fault);
	if (!error && format < 0)
		error = fault_raise(fault, format,
				    "%s/" FORMAT_NAME ": open the cache: says no format of a cache",
				    directory);
	if (error)
		return error;
	error = check_empty(folder_fd, directory, fault);
	/* Another process may have made the cache since we looked. */
	if (error == -ENOTEMPTY && read_format(folder_fd) == LAYOUT_FORMAT)
		error = 0;
	if (!error)
		make_private(folder_fd);
	return error ? error : make_missing_files(folder_fd, directory, fault);
}

static int check_is_cache(int folder_fd, const char *directory, struct fault *fault)
{
	int format = read_format(folder_fd);
	int error = refuse_format(directory, format, fault);

	if (error)
		return error;
	if (format <= 0 && !is_cache(folder_fd))
		return fault_raise(fault, -EUCLEAN, "%s: open the cache: it is no cache of picdesk",
				   directory);
	return 0;
}

/* The part of the path that is a link to nothing, which the kernel calls "no such file"; NULL: none
 * is. free() it. */
static char *dangling_link(const char *directory)
{
	char *path = alloc_string(directory);
	size_t end = 0, length = strlen(path);
	struct stat status;

	while (end < length) {
		end += 1 + strcspn(path + end + 1, "/");
		path[end] = '\0';
		if (!lstat(path, &status) && S_ISLNK(status.st_mode) && stat(path, &status) < 0 &&
		    errno == ENOENT)
			return path;
		path[end] = directory[end];
	}
	free(path);
	return NULL;
}

/* Without `ret_repairs` it is only read. */
static int open_folder(const char *directory, struct layout_repairs *ret_repairs, int *ret_fd,
		       char **ret_path, struct fault *fault)
{
	CLEANUP(cleanup_free) char *link = dangling_link(directory);
	CLEANUP(cleanup_close) int fd = -1;
	int error;

	if (!directory[0])
		return fault_raise(fault, -ENOENT, "cache: open: the folder's name is empty");
	if (link)
		return fault_raise(fault, -ENOTDIR,
				   "%s: open the cache: it is a symbolic link that leads nowhere",
				   link);
	error = ret_repairs ? make_folder(directory, fault) : 0;
	if (error)
		return error;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fault_raise(fault, -errno, "%s: open the cache: %s", directory,
				   strerror(errno));
	error = ret_repairs ? prepare(fd, directory, ret_repairs, fault)
			    : check_is_cache(fd, directory, fault);
	if (error)
		return error;
	*ret_path = realpath(directory, NULL);
	if (!*ret_path)
		return fault_raise(fault, -errno, "%s: open the cache: %s", directory,
				   strerror(errno));
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int layout_open(const char *directory, int *ret_fd, char **ret_path,
		struct layout_repairs *ret_repairs, struct fault *fault)
{
	ret_repairs->count = 0;
	return open_folder(directory, ret_repairs, ret_fd, ret_path, fault);
}

int layout_open_read_only(const char *directory, int *ret_fd, char **ret_path, struct fault *fault)
{
	return open_folder(directory, NULL, ret_fd, ret_path, fault);
}
