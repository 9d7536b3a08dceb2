#include "work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "image_header.h"
#include "system_error.h"

/* A photograph's EXIF with its thumbnail, and its tables. */
#define HEAD_BYTES (64 << 10)

bool work_is_local(const struct work *work)
{
	return !work->wire;
}

/* --- opening ------------------------------------------------------------------------------------
 */

static int open_local(struct work *work, int *ret_fd, uint64_t *ret_bytes)
{
	struct stat status;
	int fd = openat(work->pipeline->root_fd, asset_disk_path(work->asset),
			O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		error = -errno;
	else if (!S_ISREG(status.st_mode))
		error = -EINVAL;
	if (error) {
		close(fd);
		return error;
	}
	*ret_fd = fd;
	*ret_bytes = (uint64_t)status.st_size;
	return 0;
}

int work_open_image(struct work *work, int *ret_fd, uint64_t *ret_bytes)
{
	struct pipeline *pipeline = work->pipeline;

	if (work_is_local(work))
		return open_local(work, ret_fd, ret_bytes) < 0 ? -ENOENT : 0;
	return cache_open_object(pipeline->cache, &work->asset->object, ret_fd, ret_bytes,
				 pipeline->fault);
}

/* The bytes of an open image. They are read, not mapped: a file that is cut off while it is looked
 * at must not raise SIGBUS. */
struct view {
	void *data;
	size_t length_bytes;
};

static void view_release(struct view *view)
{
	free(view->data);
}

/* The first `bytes` of the file, of which the view may have some already. */
static int view_read(int fd, uint64_t bytes, struct view *ret_view)
{
	size_t length_bytes = ret_view->length_bytes;

	if (!bytes)
		return 0;
	ret_view->data = alloc_resized(ret_view->data, bytes, 1);
	while (length_bytes < bytes) {
		ssize_t got = pread(fd, (char *)ret_view->data + length_bytes, bytes - length_bytes,
				    (off_t)length_bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		length_bytes += (size_t)got;
	}
	ret_view->length_bytes = length_bytes;
	return 0;
}

/* --- what the header says -----------------------------------------------------------------------
 */

void work_condemn_header(enum media_type type, struct cache_facts *facts)
{
	snprintf(facts->verdict, sizeof facts->verdict, "undecodable");
	snprintf(facts->message, sizeof facts->message, "the %s header is not valid",
		 media_type_name(type));
}

void work_condemn_cut_header(struct cache_facts *facts)
{
	snprintf(facts->verdict, sizeof facts->verdict, "truncated");
	snprintf(facts->message, sizeof facts->message, "the image ends within its header");
}

static void condemn_unclosed(struct cache_facts *facts)
{
	snprintf(facts->verdict, sizeof facts->verdict, "truncated");
	snprintf(facts->message, sizeof facts->message, "the <svg> element has no end");
}

static struct cache_facts facts_of(const struct image_header *header)
{
	return (struct cache_facts){
		.type = header->type,
		.width_px = header->width_px,
		.height_px = header->height_px,
		.frames = header->frames,
	};
}

/* A JPEG says all before its first scan; other formats may say more behind their pictures. */
bool work_read_first_bytes(const void *data, size_t length_bytes, struct cache_facts *ret_facts)
{
	struct image_header header = {0};

	if (image_header_read(data, length_bytes, false, &header) != IMAGE_HEADER_OK ||
	    header.type != MEDIA_JPEG)
		return false;
	*ret_facts = facts_of(&header);
	return true;
}

/* As much as the header needs, so that most bodies are not read once more. */
static int view_read_header(int fd, uint64_t bytes, struct view *ret_view)
{
	int error = view_read(fd, bytes < HEAD_BYTES ? bytes : HEAD_BYTES, ret_view);
	struct cache_facts facts;

	if (error || bytes <= HEAD_BYTES ||
	    work_read_first_bytes(ret_view->data, ret_view->length_bytes, &facts))
		return error;
	return view_read(fd, bytes, ret_view);
}

/* Facts of bytes never seen before; verdict "" unless the header settles it. */
static void read_facts(const struct view *view, struct cache_facts *ret_facts)
{
	struct image_header header = {0};
	enum image_header_result result =
		image_header_read(view->data, view->length_bytes, true, &header);

	*ret_facts = facts_of(&header);
	/* Of a header that was cut off or is broken at least the type is known: then the renderer
	 * tells the one from the other. */
	if (result != IMAGE_HEADER_OK)
		media_type_sniff(view->data, view->length_bytes, true, &ret_facts->type);
	if (media_type_is_renderable(ret_facts->type))
		return;
	if (result == IMAGE_HEADER_OK && header.is_unclosed)
		condemn_unclosed(ret_facts);
	else if (result == IMAGE_HEADER_OK)
		snprintf(ret_facts->verdict, sizeof ret_facts->verdict, "ok");
	else if (image_header_is_cut(view->data, view->length_bytes))
		work_condemn_cut_header(ret_facts);
	else
		work_condemn_header(ret_facts->type, ret_facts);
}

/* That the disk does not give stored bytes is no image's fault. */
static int explain_unread(const struct work *work, int error, const char *why)
{
	if (work_is_local(work))
		return -ENOENT;
	return fault_raise(work->pipeline->fault, error, "%s: read its stored bytes: %s",
			   work->asset->url, why);
}

void work_note_unread(const struct work *work, const char *why)
{
	struct pipeline *pipeline = work->pipeline;

	if (work_is_local(work))
		report_add_problem(pipeline->report, "unreadable", asset_disk_path(work->asset), 0,
				   0, why);
	else
		pipeline_fail(pipeline, explain_unread(work, -EIO, why));
}

int work_read_size(const struct work *work, int fd, uint64_t bytes, struct cache_facts *facts)
{
	CLEANUP(view_release) struct view view = {0};
	struct cache_facts seen;
	int error = view_read_header(fd, bytes, &view);

	if (error)
		return explain_unread(work, error, strerror(-error));
	read_facts(&view, &seen);
	facts->width_px = seen.width_px;
	facts->height_px = seen.height_px;
	return 0;
}

static bool is_not_an_image(struct work *work, const struct view *view)
{
	enum media_type type;
	char other[200];

	if (!view->length_bytes) {
		work_add_finding(work, FINDING_EMPTY, "the file has no bytes");
		return true;
	}
	if (media_type_sniff(view->data, view->length_bytes, true, &type) == MEDIA_SNIFF_KNOWN)
		return false;
	media_type_describe_other(view->data, view->length_bytes, NULL, other, sizeof other);
	work_add_finding(work, FINDING_NOT_AN_IMAGE, "the file is %s", other);
	return true;
}

static int remembered_facts(const struct work *work, struct cache_facts *ret_facts)
{
	struct pipeline *pipeline = work->pipeline;
	const struct object_id *object = &work->asset->object;

	if (work->entry->facts && object_id_equals(&work->entry->object, object))
		return cache_facts_of(pipeline->cache, work->entry, ret_facts, pipeline->fault);
	return cache_facts(pipeline->cache, object, ret_facts, pipeline->fault);
}

/* Of the bytes that were hashed: by the next look the file may have others. */
static bool keep_facts_of_view(struct work *work, const struct view *view)
{
	struct pipeline *pipeline = work->pipeline;
	struct cache_facts facts;
	int error = remembered_facts(work, &facts);

	if (error == -ENOENT) {
		read_facts(view, &facts);
		error = cache_store_facts(pipeline->cache, &work->asset->object, &facts,
					  pipeline->fault);
	}
	if (error) {
		pipeline_fail(pipeline, error);
		return false;
	}
	if (!work->facts)
		work->facts = alloc_zeroed(1, sizeof *work->facts);
	*work->facts = facts;
	return true;
}

/* Local files are written by others, also while this run looks at them. */
bool work_is_as_identified(struct work *work)
{
	CLEANUP(view_release) struct view view = {0};
	CLEANUP(cleanup_close) int fd = -1;
	struct object_id id;
	uint64_t bytes = 0;

	if (!work_is_local(work))
		return true;
	if (open_local(work, &fd, &bytes) < 0 || bytes != work->asset->bytes ||
	    view_read(fd, bytes, &view) < 0)
		return false;
	id = object_id_of(view.data, view.length_bytes);
	return object_id_equals(&id, &work->asset->object);
}

static void note_local(struct work *work)
{
	work->asset->source = ASSET_FROM_LOCAL;
	work->asset->checked_s = work->pipeline->report->started_s;
}

/* Local files have no entry: their hash is taken anew each run (a page cache away). */
bool work_identify_local(struct work *work)
{
	struct asset *asset = work->asset;
	CLEANUP(view_release) struct view view = {0};
	CLEANUP(cleanup_close) int fd = -1;
	int error = open_local(work, &fd, &asset->bytes), read_error = 0;

	if (!error && asset->bytes > (uint64_t)work->pipeline->settings->max_bytes) {
		note_local(work);
		work_add_finding(work, FINDING_TOO_LARGE, "%llu bytes are more than --max-bytes",
				 (unsigned long long)asset->bytes);
		return false;
	}
	if (!error)
		read_error = view_read(fd, asset->bytes, &view);
	if (read_error || is_system_error(error)) {
		work_note_unread(work, strerror(error ? -error : -read_error));
		return false;
	}
	if (error) {
		work_add_finding(work, FINDING_MISSING_FILE, "cannot be read: %s",
				 strerror(-error));
		return false;
	}
	note_local(work);
	if (is_not_an_image(work, &view))
		return false;
	asset->object = object_id_of(view.data, view.length_bytes);
	asset->bytes = view.length_bytes;
	asset->has_object = true;
	return keep_facts_of_view(work, &view);
}

int work_find_facts(struct work *work, struct cache_facts *ret_facts)
{
	struct pipeline *pipeline = work->pipeline;
	CLEANUP(view_release) struct view view = {0};
	CLEANUP(cleanup_close) int fd = -1;
	uint64_t bytes = 0;
	int error = remembered_facts(work, ret_facts);

	/* Those of a local image were kept as it was identified. */
	if (error != -ENOENT || work_is_local(work))
		return error;
	error = work_open_image(work, &fd, &bytes);
	if (error)
		return error;
	error = view_read_header(fd, bytes, &view);
	if (error)
		return explain_unread(work, error, strerror(-error));
	read_facts(&view, ret_facts);
	return cache_store_facts(pipeline->cache, &work->asset->object, ret_facts, pipeline->fault);
}
