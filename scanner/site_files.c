#include "site_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "lower_case.h"
#include "map.h"
#include "system_error.h"

struct site_files {
	char *root;
	int root_fd;
	/* Of what is remembered below; never held while the disk is asked, but for a folder's list.
	 */
	pthread_mutex_t lock;
	struct map *known;   /* path -> local_state + 1: many articles name one logo */
	struct map *folders; /* path -> struct map: name in lower case -> name */
};

int site_files_new(const char *root, struct site_files **ret_files, struct fault *fault)
{
	int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct site_files *files;

	if (root_fd < 0)
		return fault_raise(fault, -errno, "%s: open folder: %s", root, strerror(errno));
	files = alloc_zeroed(1, sizeof *files);
	files->root = alloc_string(root);
	files->root_fd = root_fd;
	pthread_mutex_init(&files->lock, NULL);
	files->known = map_new();
	files->folders = map_new();
	*ret_files = files;
	return 0;
}

static void folder_free(struct map *folder)
{
	for (size_t i = 0; i < map_count(folder); i++)
		free(map_at(folder, i, NULL));
	map_free(folder);
}

void site_files_free(struct site_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < map_count(files->folders); i++)
		folder_free(map_at(files->folders, i, NULL));
	map_free(files->folders);
	pthread_mutex_destroy(&files->lock);
	map_free(files->known);
	close(files->root_fd);
	free(files->root);
	free(files);
}

/* Where openat2 is missing or too strict (an absolute link that stays inside): by the real path. */
static int open_real_path(const struct site_files *files, const char *path, int flags)
{
	CLEANUP(cleanup_free) char *joined = alloc_printf("%s/%s", files->root, path);
	CLEANUP(cleanup_free) char *real = realpath(joined, NULL);
	size_t n = strlen(files->root);
	int fd;

	if (!real)
		return -errno;
	if (strcmp(files->root, "/") != 0 &&
	    (strncmp(real, files->root, n) != 0 || (real[n] != '/' && real[n] != '\0')))
		return -EXDEV;
	fd = open(real, flags | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int site_files_open(const struct site_files *files, const char *path, int flags)
{
	struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC),
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	int fd;

	do
		fd = (int)syscall(SYS_openat2, files->root_fd, *path ? path : ".", &how,
				  sizeof how);
	while (fd < 0 && errno == EINTR);
	if (fd >= 0)
		return fd;
	/* EAGAIN: something was renamed while a link with ".." in it was followed, or another
	 * program has a lease of the file (fcntl(2), F_SETLEASE), which may take most of a minute.
	 */
	if (errno == ENOSYS || errno == EPERM || errno == EXDEV || errno == EINVAL ||
	    errno == EAGAIN)
		return open_real_path(files, path, flags);
	return -errno;
}

void file_text_release(struct file_text *text)
{
	free(text->data);
	*text = (struct file_text){0};
}

/* One byte more than there should be tells whether the file is longer; of a regular file, less than
 * was asked for is all. */
static int read_all(int fd, size_t most_bytes, struct file_text *text)
{
	ssize_t got;
	size_t wanted;

	do {
		wanted = most_bytes - text->length_bytes;
		got = read(fd, text->data + text->length_bytes, wanted);
		if (got < 0 && errno != EINTR)
			return -errno;
		text->length_bytes += got > 0 ? (size_t)got : 0;
	} while (got < 0 || (got > 0 && (size_t)got == wanted && text->length_bytes < most_bytes));
	return 0;
}

int site_files_read(const struct site_files *files, const char *path, size_t max_bytes,
		    struct file_text *text)
{
	int opened = site_files_open(files, path, O_RDONLY | O_NONBLOCK | O_NOCTTY), error;
	CLEANUP(cleanup_close) int fd = opened;
	struct stat status;
	size_t most;

	if (fd < 0)
		return opened;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	most = (size_t)status.st_size < max_bytes ? (size_t)status.st_size + 1 : max_bytes + 1;
	if (text->capacity_bytes < most + 1) {
		free(text->data); /* what was in it is not wanted: no copy */
		text->capacity_bytes = most + most / 2 + 1;
		text->data = alloc_resized(NULL, text->capacity_bytes, 1);
	}
	text->length_bytes = 0;
	error = read_all(fd, most, text);
	text->is_cut = text->length_bytes > max_bytes;
	if (text->is_cut)
		text->length_bytes = max_bytes;
	text->data[text->length_bytes] = '\0';
	return error;
}

static enum local_state look(const struct site_files *files, const char *path)
{
	int fd = site_files_open(files, path, O_PATH);
	struct stat status = {0};
	bool is_file;

	if (fd == -EXDEV)
		return LOCAL_OUTSIDE_ROOT;
	/* Who reads it says what is wrong. */
	if (is_system_error(fd))
		return LOCAL_FOUND;
	if (fd < 0)
		return LOCAL_MISSING;
	is_file = fstat(fd, &status) < 0 || S_ISREG(status.st_mode);
	close(fd);
	return is_file ? LOCAL_FOUND : LOCAL_MISSING;
}

/* 0: nothing is known of the path. */
static uintptr_t recall(struct site_files *files, const struct map *map, const char *path)
{
	uintptr_t known;

	pthread_mutex_lock(&files->lock);
	known = (uintptr_t)map_get_string(map, path);
	pthread_mutex_unlock(&files->lock);
	return known;
}

static void remember(struct site_files *files, struct map *map, const char *path, uintptr_t what)
{
	pthread_mutex_lock(&files->lock);
	map_put_string(map, path, (void *)what);
	pthread_mutex_unlock(&files->lock);
}

enum local_state site_files_look_exactly(struct site_files *files, const char *path)
{
	uintptr_t known = recall(files, files->known, path);
	enum local_state state;

	if (known)
		return (enum local_state)(known - 1);
	state = look(files, path);
	remember(files, files->known, path, (uintptr_t)state + 1);
	return state;
}

static struct map *read_folder(struct site_files *files, const char *path)
{
	struct map *folder = map_new();
	int fd = site_files_open(files, path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (entry = readdir(dir))) {
		CLEANUP(cleanup_free)
		char *lower = lower_case(entry->d_name, strlen(entry->d_name));
		char *name = alloc_string(entry->d_name);
		char *other = map_put_string(folder, lower, name);

		/* Of two names the first, in whichever order the disk lists them. */
		if (other && strcmp(other, name) < 0) {
			map_put_string(folder, lower, other);
			other = name;
		}
		free(other);
	}
	if (dir)
		closedir(dir);
	return folder;
}

/* Once it is made it does not change. */
static const struct map *folder_of(struct site_files *files, const char *path)
{
	struct map *folder;

	pthread_mutex_lock(&files->lock);
	folder = map_get_string(files->folders, path);
	if (!folder) {
		folder = read_folder(files, path);
		map_put_string(files->folders, path, folder);
	}
	pthread_mutex_unlock(&files->lock);
	return folder;
}

/* In `folder`, "" for the root. */
static bool has_name(struct site_files *files, const char *folder, const char *name)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_MAX);

	buf_printf(&path, "%s%s%s", folder, *folder ? "/" : "", name);
	return !faccessat(files->root_fd, buf_string(&path), F_OK, AT_SYMLINK_NOFOLLOW);
}

/* The path as the folders spell it, letter case aside; NULL when there is none. */
static char *real_spelling(struct site_files *files, const char *path)
{
	CLEANUP(buf_release) struct buf spelling = BUF_INIT(PATH_MAX);

	while (*path) {
		size_t n = strcspn(path, "/");
		CLEANUP(cleanup_free) char *lower = lower_case(path, n);
		CLEANUP(cleanup_free) char *exact = alloc_string_n(path, n);
		const char *name;

		name = map_get_string(folder_of(files, buf_string(&spelling)), lower);
		if (!name)
			return NULL;
		/* Of two names that differ in case only, the exact one. */
		if (strcmp(name, exact) && has_name(files, buf_string(&spelling), exact))
			name = exact;
		if (spelling.length_bytes)
			buf_append_char(&spelling, '/');
		if (buf_append_string(&spelling, name))
			return NULL;
		path += n + (path[n] == '/');
	}
	return buf_steal(&spelling);
}

enum local_state site_files_look(struct site_files *files, const char *path, char **ret_actual)
{
	enum local_state state = site_files_look_exactly(files, path);
	char *actual;

	if (state != LOCAL_MISSING || strlen(path) >= PATH_MAX)
		return state;
	actual = real_spelling(files, path);
	if (actual && strcmp(actual, path) != 0 &&
	    site_files_look_exactly(files, actual) == LOCAL_FOUND) {
		*ret_actual = actual;
		return LOCAL_CASE_MISMATCH;
	}
	free(actual);
	return LOCAL_MISSING;
}
