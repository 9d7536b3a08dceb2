#include "publish.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "file.h"
#include "map.h"
#include "tmpfile.h"

/* Copies made durable by one sync (10 to 30 ms) before any of them gets its name; fewer where few
 * files may be open. */
#define MAX_BATCH 512
#define MOST_LIST_BYTES (256u << 20)

static const char list_heading[] =
	"# Written by picdesk: the files that it published here and may remove again.\n";

struct copy {
	int fd;
	const char *name; /* borrowed from `wanted` */
};

struct publisher {
	struct cache *cache;
	const char *folder;
	int fd;
	struct map *wanted; /* name -> the thumbnail whose bytes it has */
	struct map *listed; /* name -> itself: what earlier runs wrote */
	/* When the list was written or touched last: what has changed since is read. 0: there is
	 * none */
	struct timespec listed_at;
	bool has_reread; /* it has, and was found to be as it should */
	struct copy batch[MAX_BATCH];
	size_t n_batch, max_batch;
	struct publish_counts counts;
	struct fault *fault;
};

/* --- folders ------------------------------------------------------------------------------------
 */

static bool read_real_path(int fd, char *ret_path)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = readlink(link, ret_path, PATH_MAX - 1);
	if (length < 0)
		return false;
	ret_path[length] = '\0';
	return true;
}

/* Where the kernel or a sandbox has no openat2: opened, then kept only when its real path is below
 * the root's. */
static int open_and_compare(int root_fd, const char *path)
{
	char root[PATH_MAX], real[PATH_MAX];
	size_t root_bytes;
	int fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (read_real_path(root_fd, root) && read_real_path(fd, real)) {
		root_bytes = strcmp(root, "/") ? strlen(root) : 0;
		if (!strncmp(real, root, root_bytes) &&
		    (real[root_bytes] == '/' || !real[root_bytes]))
			return fd;
	}
	close(fd);
	errno = EXDEV;
	return -1;
}

static int open_beneath(int root_fd, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH,
	};
	int fd;

	/* EAGAIN: something was renamed meanwhile, and the kernel could not tell. */
	do {
		fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof how);
	} while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_and_compare(root_fd, path);
	return fd;
}

static int make_folder(int root_fd, const char *path)
{
	CLEANUP(cleanup_free) char *parent = alloc_string(path);
	char *slash = strrchr(parent, '/');
	CLEANUP(cleanup_close) int fd = -1;

	if (slash)
		*slash = '\0';
	fd = open_beneath(root_fd, slash ? parent : ".");
	if (fd < 0)
		return -errno;
	return mkdirat(fd, slash ? slash + 1 : path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

int publish_open_folder(int root_fd, const char *folder, int *ret_fd, struct fault *fault)
{
	CLEANUP(cleanup_free) char *path = alloc_string(folder);
	int error = 0, fd;

	for (char *slash = strchr(path, '/'); slash && !error; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		error = make_folder(root_fd, path);
		*slash = '/';
	}
	if (!error)
		error = make_folder(root_fd, path);
	if (error)
		return fault_raise(fault, error, "%s: make the folder: %s", folder,
				   file_error_text(error));
	fd = open_beneath(root_fd, path);
	if (fd < 0) {
		error = -errno;
		return fault_raise(fault, error, "%s: open the folder: %s", folder,
				   file_error_text(error));
	}
	*ret_fd = fd;
	return 0;
}

/* --- the list -----------------------------------------------------------------------------------
 */

static bool is_hex(const char *text, size_t count)
{
	return strspn(text, "0123456789abcdef") >= count;
}

/* A listed name is only believed, and its file removed, when it is written like ours:
 * <16 hex>-<spec>.<8 hex>.<extension>. */
static bool is_publishable_name(const char *name)
{
	const char *end = strrchr(name, '.');

	return strlen(name) > 16 && is_hex(name, 16) && name[16] == '-' && !strchr(name, '/') &&
	       end - name > 25 && end[-9] == '.' && is_hex(end - 8, 8);
}

static int read_list(struct publisher *publisher)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MOST_LIST_BYTES);
	int error = file_read(publisher->fd, PUBLISH_LIST, &text);
	char *rest, *line;

	if (error == -ENOENT)
		return 0;
	if (error)
		return fault_raise(publisher->fault, error, "%s/%s: read: %s", publisher->folder,
				   PUBLISH_LIST, file_error_text(error));
	if (!text.length_bytes)
		return 0;
	for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (is_publishable_name(line))
			map_put_string(publisher->listed, line, publisher);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Writes the list of the wanted names, and with `and_listed` of the earlier ones; untouched when it
 * says so already. */
static int write_list(struct publisher *publisher, bool and_listed)
{
	size_t n_wanted = map_count(publisher->wanted);
	size_t n_listed = and_listed ? map_count(publisher->listed) : 0, count = 0;
	CLEANUP(cleanup_free) const char **names = alloc_zeroed(n_wanted + n_listed, sizeof *names);
	CLEANUP(buf_release) struct buf text = BUF_INIT(MOST_LIST_BYTES);
	CLEANUP(buf_release) struct buf old = BUF_INIT(MOST_LIST_BYTES);

	for (size_t i = 0; i < n_wanted; i++)
		map_at(publisher->wanted, i, &names[count++]);
	for (size_t i = 0; i < n_listed; i++) {
		map_at(publisher->listed, i, &names[count]);
		count += !map_get_string(publisher->wanted, names[count]);
	}
	qsort(names, count, sizeof *names, compare_names);
	buf_append_string(&text, list_heading);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s\n", names[i]);
	if (!file_read(publisher->fd, PUBLISH_LIST, &old) &&
	    !strcmp(buf_string(&old), buf_string(&text)))
		return 0;
	return file_replace(publisher->fd, publisher->folder, PUBLISH_LIST, &text,
			    publisher->fault);
}

/* --- copying ------------------------------------------------------------------------------------
 */

static int copy_bytes(int from, int to, uint64_t bytes)
{
	if (!ioctl(to, FICLONE, from))
		return 0;
	while (bytes) {
		ssize_t copied = copy_file_range(from, NULL, to, NULL, bytes, 0);
		char chunk[65536];

		if (copied < 0 && errno == EINTR)
			continue;
		if (copied < 0 &&
		    (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) {
			copied = read(from, chunk, sizeof chunk);
			if (copied > 0 && write(to, chunk, (size_t)copied) != copied)
				return errno ? -errno : -EIO;
		}
		if (copied <= 0)
			return copied < 0 ? -errno : -EIO;
		bytes -= (uint64_t)copied;
	}
	return 0;
}

static int give_name(struct publisher *publisher, const struct copy *copy)
{
	char path[64], other[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", copy->fd);
	if (!linkat(AT_FDCWD, path, publisher->fd, copy->name, AT_SYMLINK_FOLLOW))
		return 0;
	if (errno != EEXIST)
		return -errno;
	/* The name is taken by something of another size: replace it in one step. */
	snprintf(other, sizeof other, "%s%d-%zu", TMPFILE_PREFIX, (int)getpid(),
		 publisher->counts.written);
	if (linkat(AT_FDCWD, path, publisher->fd, other, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	if (renameat(publisher->fd, other, publisher->fd, copy->name) < 0) {
		int error = -errno;

		unlinkat(publisher->fd, other, 0);
		return error;
	}
	return 0;
}

static int finish_batch(struct publisher *publisher)
{
	int error = 0;

	if (publisher->n_batch && syncfs(publisher->fd) < 0)
		error = fault_raise(publisher->fault, -errno, "%s: sync: %s", publisher->folder,
				    strerror(errno));
	for (size_t i = 0; i < publisher->n_batch; i++) {
		struct copy *copy = &publisher->batch[i];

		if (!error)
			error = give_name(publisher, copy);
		if (error && publisher->fault && !publisher->fault->error)
			fault_raise(publisher->fault, error, "%s/%s: link: %s", publisher->folder,
				    copy->name, strerror(-error));
		publisher->counts.written += !error;
		close(copy->fd);
	}
	publisher->n_batch = 0;
	return error;
}

static int copy_object(struct publisher *publisher, const char *name,
		       const struct object_id *object)
{
	CLEANUP(cleanup_close) int from = -1;
	uint64_t bytes;
	int error = cache_open_object(publisher->cache, object, &from, &bytes, publisher->fault);
	int to;

	if (error == -ENOENT)
		return fault_raise(publisher->fault, error,
				   "%s/%s: its stored bytes are gone or damaged (run again: it "
				   "will be made anew)",
				   publisher->folder, name);
	if (error)
		return error;
	to = openat(publisher->fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
	if (to < 0)
		return fault_raise(publisher->fault, -errno, "%s: make a temporary file: %s",
				   publisher->folder, strerror(errno));
	error = copy_bytes(from, to, bytes);
	if (!error && fchmod(to, 0644) < 0)
		error = -errno;
	if (error) {
		close(to);
		return fault_raise(publisher->fault, error, "%s/%s: write: %s", publisher->folder,
				   name, strerror(-error));
	}
	/* The disk begins while the next are copied. */
	sync_file_range(to, 0, 0, SYNC_FILE_RANGE_WRITE);
	publisher->batch[publisher->n_batch++] = (struct copy){to, name};
	return publisher->n_batch == publisher->max_batch ? finish_batch(publisher) : 0;
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

static bool has_bytes_of(const struct publisher *publisher, const char *name,
			 const struct object_id *object)
{
	CLEANUP(buf_release) struct buf bytes = BUF_INIT(BUF_UNLIMITED);
	struct object_id id;

	if (file_read(publisher->fd, name, &bytes))
		return false;
	id = object_id_of(buf_string(&bytes), bytes.length_bytes);
	return object_id_equals(&id, object);
}

/* A file whose inode has not changed since the list was touched at the end of a run is the one that
 * was published; any other (damaged, checked out, copied here) is read. */
static bool is_there(struct publisher *publisher, const char *name, const struct asset_thumb *thumb)
{
	struct stat status;

	if (fstatat(publisher->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(status.st_mode) || (uint64_t)status.st_size != thumb->bytes)
		return false;
	if (!is_later(&status.st_ctim, &publisher->listed_at))
		return true;
	if (!has_bytes_of(publisher, name, &thumb->object))
		return false;
	publisher->has_reread = true;
	return true;
}

static void read_list_time(struct publisher *publisher)
{
	struct stat status;

	if (!fstatat(publisher->fd, PUBLISH_LIST, &status, AT_SYMLINK_NOFOLLOW))
		publisher->listed_at = status.st_ctim;
}

/* What stands there now is as it should be. */
static int touch_list(struct publisher *publisher)
{
	if (!publisher->counts.written && !publisher->has_reread)
		return 0;
	if (utimensat(publisher->fd, PUBLISH_LIST, NULL, AT_SYMLINK_NOFOLLOW) < 0)
		return fault_raise(publisher->fault, -errno, "%s/%s: touch: %s", publisher->folder,
				   PUBLISH_LIST, strerror(errno));
	return 0;
}

static size_t max_batch(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur / 2 > MAX_BATCH)
		return MAX_BATCH;
	return limit.rlim_cur > 2 ? (size_t)limit.rlim_cur / 2 : 1;
}

static int write_wanted(struct publisher *publisher)
{
	int error = 0, batch_error;

	publisher->max_batch = max_batch();
	for (size_t i = 0; i < map_count(publisher->wanted) && !error; i++) {
		const char *name;
		const struct asset_thumb *thumb = map_at(publisher->wanted, i, &name);

		if (is_there(publisher, name, thumb))
			publisher->counts.kept++;
		else
			error = copy_object(publisher, name, &thumb->object);
	}
	batch_error = finish_batch(publisher);
	return error ? error : batch_error;
}

const char *publish_path_prefix(enum generator generator)
{
	return generator == GENERATOR_HUGO    ? "static/"
	       : generator == GENERATOR_ASTRO ? "public/"
					      : "";
}

static int check_is_original(const struct publisher *publisher, const char *name,
			     const struct object_id *object)
{
	struct stat status;

	if (fstatat(publisher->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return has_bytes_of(publisher, name, object) ? 0 : -EEXIST;
}

int publish_original(struct cache *cache, const struct object_id *object, int root_fd,
		     const char *folder, const char *name, struct fault *fault)
{
	struct publisher publisher = {.cache = cache, .folder = folder, .fd = -1, .fault = fault};
	int error = publish_open_folder(root_fd, folder, &publisher.fd, fault);

	if (error)
		return error;
	error = check_is_original(&publisher, name, object);
	if (error == -ENOENT)
		error = copy_object(&publisher, name, object);
	else if (error)
		fault_raise(fault, error, "%s/%s: something else has this name", folder, name);
	if (!error)
		error = finish_batch(&publisher);
	close(publisher.fd);
	return error;
}

/* --- what is wanted -----------------------------------------------------------------------------
 */

static void thumb_file_name(const struct asset *asset, const struct asset_thumb *thumb,
			    char *ret_name, size_t size_bytes)
{
	char original[OBJECT_ID_HEX_BYTES], own[OBJECT_ID_HEX_BYTES];

	object_id_format(&asset->object, original);
	object_id_format(&thumb->object, own);
	snprintf(ret_name, size_bytes, "%.16s-%s.%.8s.%s", original, thumb->name, own,
		 media_type_extension(thumb->type));
}

/* Two specs that give the same bytes (a small image in both) share the first one's file. */
static const struct asset_thumb *same_bytes(const struct asset *asset, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (object_id_equals(&asset->thumbs[i].object, &asset->thumbs[before].object))
			return &asset->thumbs[i];
	return NULL;
}

static void want_asset(struct publisher *publisher, struct report *report, struct asset *asset)
{
	for (size_t i = 0; i < asset->n_thumbs; i++) {
		struct asset_thumb *thumb = &asset->thumbs[i];
		const struct asset_thumb *same = same_bytes(asset, i);
		char name[256];

		if (same) {
			thumb->path = same->path;
			continue;
		}
		thumb_file_name(asset, thumb, name, sizeof name);
		thumb->path = arena_printf(&report->arena, "%s/%s", publisher->folder, name);
		map_put_borrowed(publisher->wanted, thumb->path + strlen(publisher->folder) + 1,
				 thumb);
	}
}

/* --- removing -----------------------------------------------------------------------------------
 */

/* An image that is gone today keeps the thumbnails of its last good bytes while articles use it. */
static struct map *prefixes_to_keep(const struct report *report)
{
	struct map *prefixes = map_new();

	for (size_t i = 0; i < report->n_images; i++) {
		char hash[OBJECT_ID_HEX_BYTES];

		if (!report->images[i]->has_last_good)
			continue;
		object_id_format(&report->images[i]->object, hash);
		map_put(prefixes, hash, 16, report->images[i]);
	}
	return prefixes;
}

static int remove_unwanted(struct publisher *publisher, const struct report *report)
{
	struct map *keep = prefixes_to_keep(report);
	int error = 0;

	for (size_t i = 0; i < map_count(publisher->listed) && !error; i++) {
		const char *name;

		map_at(publisher->listed, i, &name);
		if (map_get_string(publisher->wanted, name))
			continue;
		if (strlen(name) > 16 && map_get(keep, name, 16))
			map_put_string(publisher->wanted, name, publisher);
		else if (!unlinkat(publisher->fd, name, 0))
			publisher->counts.removed++;
		else if (errno != ENOENT)
			error = fault_raise(publisher->fault, -errno, "%s/%s: remove: %s",
					    publisher->folder, name, strerror(errno));
	}
	map_free(keep);
	return error;
}

static int run(struct publisher *publisher, struct report *report, int root_fd, bool may_remove)
{
	int error;

	for (size_t i = 0; i < report->n_images; i++)
		want_asset(publisher, report, report->images[i]);
	publisher->fd = open_beneath(root_fd, publisher->folder);
	if (publisher->fd < 0 && !map_count(publisher->wanted))
		return 0;
	error = publisher->fd >= 0 ? 0
				   : publish_open_folder(root_fd, publisher->folder, &publisher->fd,
							 publisher->fault);
	if (!error) {
		tmpfile_sweep(publisher->fd);
		read_list_time(publisher);
		error = read_list(publisher);
	}
	/* The list first: a kill between the two leaves names without files, never files without
	 * names. */
	if (!error)
		error = write_list(publisher, true);
	if (!error)
		error = write_wanted(publisher);
	if (!error && may_remove)
		error = remove_unwanted(publisher, report);
	if (!error && may_remove)
		error = write_list(publisher, false);
	if (!error)
		error = touch_list(publisher);
	return error;
}

int publish_thumbs(struct report *report, struct cache *cache, int root_fd, const char *folder,
		   bool may_remove, struct publish_counts *ret_counts, struct fault *fault)
{
	struct publisher publisher = {
		.cache = cache,
		.folder = folder,
		.fd = -1,
		.wanted = map_new(),
		.listed = map_new(),
		.fault = fault,
	};
	int error = run(&publisher, report, root_fd, may_remove);

	*ret_counts = publisher.counts;
	map_free(publisher.wanted);
	map_free(publisher.listed);
	if (publisher.fd >= 0)
		close(publisher.fd);
	return error;
}
