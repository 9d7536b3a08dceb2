#include "publish.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "beneath.h"
#include "cleanup.h"
#include "descriptors.h"
#include "file.h"
#include "map.h"
#include "publish_list.h"
#include "publish_remove.h"
#include "tmpfile.h"

/* Copies made durable by one sync (10 to 30 ms) before any of them gets its name; fewer where few
 * files may be open. */
#define MAX_BATCH 512
/* Libraries, locks, leases, a batch of the cache and its names, renderers, one connection. */
#define OTHER_DESCRIPTORS 56
#define PUBLISHED_MODE 0644

struct copy {
	struct tmpfile file;
	const char *name;          /* borrowed */
	struct asset_thumb *thumb; /* NULL: it is an original */
};

struct publisher {
	struct report *report;
	struct cache *cache;
	const char *folder;
	int root_fd, fd;    /* fd -1: not opened yet */
	struct map *wanted; /* name -> the thumbnail whose bytes it has */
	struct publish_list list;
	bool cannot_clone; /* from the cache into the folder: not asked again */
	bool awaits_end;   /* something failed: the end tries again, and says what */
	bool has_reread;   /* what has changed since, and found it as it should be */
	struct copy batch[MAX_BATCH];
	size_t n_batch, max_batch;
	struct publish_counts counts;
	struct fault *fault; /* NULL before the end */
};

/* --- copying ------------------------------------------------------------------------------------
 */

/* How many bytes, or -errno. */
static ssize_t copy_chunk(int from, int to)
{
	char chunk[65536];
	ssize_t count = read(from, chunk, sizeof chunk);

	/* What a disk that gets full takes less of, it refuses the rest of. */
	for (ssize_t done = 0, wrote; done < count; done += wrote) {
		wrote = write(to, chunk + done, (size_t)(count - done));
		if (wrote < 0 && errno == EINTR)
			wrote = 0;
		if (wrote < 0)
			return -errno;
	}
	return count < 0 ? -errno : count;
}

static int copy_bytes(struct publisher *publisher, int from, int to, uint64_t bytes)
{
	if (!publisher->cannot_clone && !ioctl(to, FICLONE, from))
		return 0;
	publisher->cannot_clone = true;
	while (bytes) {
		ssize_t copied = copy_file_range(from, NULL, to, NULL, bytes, 0);

		/* File systems and containers refuse it in many ways; a disk that is full or broken
		 * refuses what is written, too. */
		if (copied <= 0)
			copied = copy_chunk(from, to);
		if (copied == -EINTR)
			continue;
		if (copied <= 0)
			return copied < 0 ? (int)copied : -EIO;
		bytes -= (uint64_t)copied;
	}
	return 0;
}

static int announce_batch(struct publisher *publisher)
{
	const char *names[MAX_BATCH];
	size_t count = 0;

	for (size_t i = 0; i < publisher->n_batch; i++)
		if (publisher->batch[i].thumb &&
		    !map_get_string(publisher->list.names, publisher->batch[i].name))
			names[count++] = publisher->batch[i].name;
	return publish_list_announce(&publisher->list, names, count, publisher->fault);
}

/* Names for those whose bytes are durable, after the list that says they are ours. */
static int finish_batch(struct publisher *publisher)
{
	int error = announce_batch(publisher);

	if (!error && publisher->n_batch && syncfs(publisher->fd) < 0)
		error = fault_raise(publisher->fault, -errno, "%s: sync: %s", publisher->folder,
				    strerror(errno));
	for (size_t i = 0; i < publisher->n_batch; i++) {
		struct copy *copy = &publisher->batch[i];

		if (!error)
			error = tmpfile_publish_synced(&copy->file, copy->name, publisher->fault);
		publisher->counts.written += !error;
		if (error && copy->thumb)
			copy->thumb->is_published = false;
		tmpfile_discard(&copy->file);
	}
	publisher->n_batch = 0;
	return error;
}

static int copy_object(struct publisher *publisher, const char *name,
		       const struct object_id *object, struct asset_thumb *thumb)
{
	CLEANUP(cleanup_close) int from = -1;
	struct copy copy = {.name = name, .thumb = thumb};
	uint64_t bytes;
	int error = cache_open_object(publisher->cache, object, &from, &bytes, publisher->fault);

	if (error == -ENOENT)
		return fault_raise(publisher->fault, error,
				   "%s/%s: its stored bytes are gone or damaged (run again: it "
				   "will be made anew)",
				   publisher->folder, name);
	if (error)
		return error;
	error = tmpfile_open(&copy.file, publisher->fd, publisher->folder, publisher->fault);
	if (error)
		return error;
	error = copy_bytes(publisher, from, copy.file.fd, bytes);
	if (!error)
		error = tmpfile_set_mode(&copy.file, PUBLISHED_MODE);
	if (error) {
		tmpfile_discard(&copy.file);
		return fault_raise(publisher->fault, error, "%s/%s: write: %s", publisher->folder,
				   name, strerror(-error));
	}
	/* The disk begins while the next are copied. */
	sync_file_range(copy.file.fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	publisher->batch[publisher->n_batch++] = copy;
	if (thumb)
		thumb->is_published = true;
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
	if (!is_later(&status.st_ctim, &publisher->list.written_at))
		return true;
	if (!has_bytes_of(publisher, name, &thumb->object))
		return false;
	/* Where files have no modes, or another owner, it stays as it is. */
	if ((status.st_mode & 07777) != PUBLISHED_MODE &&
	    fchmodat(publisher->fd, name, PUBLISHED_MODE, 0) < 0)
		return true;
	publisher->has_reread = true;
	return true;
}

static int publish_thumb(struct publisher *publisher, const char *name, struct asset_thumb *thumb)
{
	if (!thumb->is_published && !is_there(publisher, name, thumb))
		return copy_object(publisher, name, &thumb->object, thumb);
	thumb->is_published = true;
	publisher->counts.kept++;
	return 0;
}

/* --- originals ----------------------------------------------------------------------------------
 */

static int check_is_original(const struct publisher *publisher, const char *name,
			     const struct object_id *object)
{
	struct stat status;

	if (fstatat(publisher->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return has_bytes_of(publisher, name, object) ? 0 : -EEXIST;
}

static int publish_original(struct publisher *publisher, const struct publish_original *original)
{
	int error = check_is_original(publisher, original->name, &original->object);

	if (error == -ENOENT)
		return copy_object(publisher, original->name, &original->object, NULL);
	if (error)
		fault_raise(publisher->fault, error, "%s/%s: something else has this name",
			    publisher->folder, original->name);
	return error;
}

int publish_originals(struct cache *cache, const struct publish_original *originals, size_t count,
		      int root_fd, const char *folder, struct fault *fault)
{
	struct publisher publisher = {.cache = cache, .folder = folder, .fd = -1, .fault = fault};
	int error = count ? beneath_make(root_fd, folder, &publisher.fd, fault) : 0;
	int batch_error;

	if (error || !count)
		return error;
	tmpfile_sweep(publisher.fd);
	publisher.max_batch = descriptors_room(OTHER_DESCRIPTORS, 4, 1, MAX_BATCH);
	for (size_t i = 0; i < count && !error; i++)
		error = publish_original(&publisher, &originals[i]);
	/* Those before one that failed stay. */
	publisher.fault = error ? NULL : fault;
	batch_error = finish_batch(&publisher);
	close(publisher.fd);
	return error ? error : batch_error;
}

/* --- what is wanted -----------------------------------------------------------------------------
 */

/* Each build asks for all of them: no printf that needs more than quick_format() knows. */
static const char *thumb_path(struct publisher *publisher, const struct asset *asset,
			      const struct asset_thumb *thumb)
{
	char original[OBJECT_ID_HEX_BYTES], own[OBJECT_ID_HEX_BYTES];

	object_id_format(&asset->object, original);
	object_id_format(&thumb->object, own);
	original[16] = own[8] = '\0';
	return arena_printf(&publisher->report->arena, "%s/%s-%s.%s.%s", publisher->folder,
			    original, thumb->name, own, media_type_extension(thumb->type));
}

/* Two specs that give the same bytes (a small image in both) share the first one's file. */
static const struct asset_thumb *same_bytes(const struct asset *asset, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (object_id_equals(&asset->thumbs[i].object, &asset->thumbs[before].object))
			return &asset->thumbs[i];
	return NULL;
}

static const char *name_of(struct publisher *publisher, const struct asset *asset,
			   struct asset_thumb *thumb)
{
	if (!thumb->path)
		thumb->path = thumb_path(publisher, asset, thumb);
	return thumb->path + strlen(publisher->folder) + 1;
}

/* The name of a file that no other thumbnail has asked for; NULL: another has. */
static const char *want_thumb(struct publisher *publisher, struct asset *asset, size_t i)
{
	struct asset_thumb *thumb = &asset->thumbs[i];
	const struct asset_thumb *same = same_bytes(asset, i);
	const char *own_name;

	if (same) {
		thumb->path = same->path;
		return NULL;
	}
	own_name = name_of(publisher, asset, thumb);
	if (map_get_string(publisher->wanted, own_name))
		return NULL;
	map_put_borrowed(publisher->wanted, own_name, thumb);
	return own_name;
}

static void want_the_rest(struct publisher *publisher)
{
	const struct report *report = publisher->report;

	for (size_t i = 0; i < report->n_images; i++)
		for (size_t k = 0; k < report->images[i]->n_thumbs; k++)
			want_thumb(publisher, report->images[i], k);
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

/* What earlier runs published and nothing wants any more. What is kept all the same is wanted from
 * here on. */
static size_t collect_unwanted(struct publisher *publisher, const char **ret_names)
{
	struct map *keep = prefixes_to_keep(publisher->report);
	const struct map *listed = publisher->list.names;
	size_t count = 0;

	for (size_t i = 0; i < map_count(listed); i++) {
		const char *name;

		map_at(listed, i, &name);
		if (map_get_string(publisher->wanted, name))
			continue;
		if (map_get(keep, name, 16))
			map_put_borrowed(publisher->wanted, name, publisher);
		else
			ret_names[count++] = name;
	}
	map_free(keep);
	return count;
}

static int remove_unwanted(struct publisher *publisher)
{
	CLEANUP(cleanup_free)
	const char **names = alloc_zeroed(map_count(publisher->list.names), sizeof *names);
	size_t count = collect_unwanted(publisher, names);
	const char *failed;
	int error =
		publish_remove(publisher->fd, names, count, &publisher->counts.removed, &failed);

	if (error)
		fault_raise(publisher->fault, error, "%s/%s: remove: %s", publisher->folder, failed,
			    strerror(-error));
	return error;
}

/* --- a run --------------------------------------------------------------------------------------
 */

struct publisher *publisher_new(struct report *report, struct cache *cache, int root_fd,
				const char *folder)
{
	struct publisher *publisher = alloc_zeroed(1, sizeof *publisher);

	publisher->report = report;
	publisher->cache = cache;
	publisher->root_fd = root_fd;
	publisher->folder = folder;
	publisher->fd = -1;
	publisher->wanted = map_new();
	/* A quarter of what a run in full swing leaves. */
	publisher->max_batch = descriptors_room(OTHER_DESCRIPTORS, 4, 1, MAX_BATCH);
	return publisher;
}

static void close_folder(struct publisher *publisher)
{
	publish_list_release(&publisher->list);
	cleanup_close(&publisher->fd);
	publisher->fd = -1;
}

void publisher_free(struct publisher *publisher)
{
	if (!publisher)
		return;
	while (publisher->n_batch)
		tmpfile_discard(&publisher->batch[--publisher->n_batch].file);
	close_folder(publisher);
	map_free(publisher->wanted);
	free(publisher);
}

static int open_folder(struct publisher *publisher)
{
	int error = beneath_make(publisher->root_fd, publisher->folder, &publisher->fd,
				 publisher->fault);

	if (error)
		return error;
	tmpfile_sweep(publisher->fd);
	error = publish_list_read(&publisher->list, publisher->fd, publisher->folder,
				  publisher->fault);
	if (error)
		close_folder(publisher);
	return error;
}

/* What was not given its name yet is copied again. */
static void await_end(struct publisher *publisher)
{
	publisher->awaits_end = true;
	while (publisher->n_batch) {
		struct copy *copy = &publisher->batch[--publisher->n_batch];

		copy->thumb->is_published = false;
		tmpfile_discard(&copy->file);
	}
}

/* Before the first thumbnail. */
static bool is_ready(struct publisher *publisher, const struct asset *asset)
{
	if (publisher->awaits_end || !asset->n_thumbs)
		return false;
	if (publisher->fd < 0 && open_folder(publisher))
		await_end(publisher);
	return !publisher->awaits_end;
}

/* All files are looked at: what is damaged gets out of the way. */
bool publisher_can_take(struct publisher *publisher, struct asset *asset)
{
	bool can = true;

	for (size_t i = 0; is_ready(publisher, asset) && i < asset->n_thumbs; i++) {
		struct asset_thumb *thumb = &asset->thumbs[i];
		CLEANUP(cleanup_close) int fd = -1;
		uint64_t bytes;

		if (same_bytes(asset, i)) /* the first one's file */
			continue;
		thumb->is_published = is_there(publisher, name_of(publisher, asset, thumb), thumb);
		if (!thumb->is_published && cache_open_object(publisher->cache, &thumb->object, &fd,
							      &bytes, NULL) == -ENOENT)
			can = false;
	}
	return can;
}

void publisher_take(struct publisher *publisher, struct asset *asset)
{
	int error = 0;

	if (!is_ready(publisher, asset))
		return;
	for (size_t i = 0; i < asset->n_thumbs && !error; i++) {
		const char *name = want_thumb(publisher, asset, i);

		if (name)
			error = publish_thumb(publisher, name, &asset->thumbs[i]);
	}
	if (error)
		await_end(publisher);
}

static int publish_the_rest(struct publisher *publisher)
{
	int error = 0, batch_error;

	for (size_t i = 0; i < map_count(publisher->wanted) && !error; i++) {
		const char *name;
		struct asset_thumb *thumb = map_at(publisher->wanted, i, &name);

		if (!thumb->is_published)
			error = publish_thumb(publisher, name, thumb);
	}
	batch_error = finish_batch(publisher);
	return error ? error : batch_error;
}

/* The names that are wanted, and with `and_listed` the earlier ones. */
static int write_list(struct publisher *publisher, bool and_listed)
{
	const struct map *listed = publisher->list.names;
	size_t n_wanted = map_count(publisher->wanted);
	size_t n_listed = and_listed ? map_count(listed) : 0, count = 0;
	CLEANUP(cleanup_free) const char **names = alloc_zeroed(n_wanted + n_listed, sizeof *names);

	for (size_t i = 0; i < n_wanted; i++)
		map_at(publisher->wanted, i, &names[count++]);
	for (size_t i = 0; i < n_listed; i++) {
		map_at(listed, i, &names[count]);
		count += !map_get_string(publisher->wanted, names[count]);
	}
	return publish_list_write(&publisher->list, names, count, publisher->fault);
}

static bool has_folder(const struct publisher *publisher)
{
	CLEANUP(cleanup_close)
	int fd = beneath_open(publisher->root_fd, publisher->folder);

	return fd >= 0;
}

/* Not where there is nothing to publish, and never was. */
static int need_folder(struct publisher *publisher)
{
	if (publisher->fd >= 0 || (!map_count(publisher->wanted) && !has_folder(publisher)))
		return 0;
	return open_folder(publisher);
}

int publisher_finish(struct publisher *publisher, struct fault *fault)
{
	int error;

	publisher->fault = fault;
	want_the_rest(publisher);
	error = need_folder(publisher);
	return error || publisher->fd < 0 ? error : publish_the_rest(publisher);
}

int publisher_clean(struct publisher *publisher, bool may_remove, struct publish_counts *ret_counts,
		    struct fault *fault)
{
	int error = 0;

	publisher->fault = fault;
	if (publisher->fd >= 0 && may_remove)
		error = remove_unwanted(publisher);
	if (publisher->fd >= 0 && !error)
		error = write_list(publisher, !may_remove);
	if (publisher->fd >= 0 && !error && (publisher->counts.written || publisher->has_reread))
		error = publish_list_touch(&publisher->list, fault);
	*ret_counts = publisher->counts;
	return error;
}
