#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cache_private.h"
#include "cleanup.h"
#include "image_header.h"
#include "libarchive.h"
#include "output_place.h"
#include "tmpfile.h"

#define FORMAT_NAME "picdesk/format"
#define FORMAT_TEXT "picdesk export 1\n"
/* The last member: an archive that was cut off between two others lacks it. */
#define END_NAME "picdesk/end"
#define END_TEXT "end\n"
#define OBJECTS_FOLDER "picdesk/objects/"
#define RECORDS_FOLDER "picdesk/records/"

#define BLOCK_BYTES 65536
/* A member of records is closed when it is this long; an imported one may be somewhat longer. */
#define RECORDS_BYTES (1u << 20)
#define RECORDS_MAX_BYTES (4u << 20)
/* So many are gathered before they are written: whoever reads a pipe may take hours, and nobody
 * can commit while rows are read. */
#define MOST_WAITING_RECORDS 32

/* --- export -------------------------------------------------------------------------------------
 */

struct exporter {
	struct cache *cache;
	struct archive *archive;
	struct map *ids; /* of the objects that are in the file; value: itself */
	struct object_id *wanted;
	size_t n_wanted, wanted_capacity;
	struct records *records;
	struct buf waiting[MOST_WAITING_RECORDS]; /* whole members of records */
	size_t n_waiting;
	char *last; /* URL or key, of the last row; NULL: none */
	struct object_id last_id;
	bool has_last_id;
	unsigned n_records_files;
	struct cache_carry_result result;
	struct fault *fault;
};

static int archive_fault(struct archive *archive, const char *name, const char *step,
			 struct fault *fault)
{
	int error = libarchive.archive_errno(archive);
	bool is_system = error > 0 && error < 4096; /* the others are libarchive's own */

	/* What libarchive makes of a wrong format; the number's own words are of characters. */
	if (error == EILSEQ)
		return fault_raise(fault, -EINVAL,
				   "%s: %s: it is no export of picdesk, a tar file (%s)", name,
				   step, libarchive.archive_error_string(archive));
	return fault_raise(fault, is_system ? -error : -EIO, "%s: %s: %s%s%s", name, step,
			   libarchive.archive_error_string(archive), is_system ? ": " : "",
			   is_system ? strerror(error) : "");
}

/* Nothing of this machine is in a member's head: equal caches give equal files. */
static int begin_member(struct exporter *exporter, const char *name, uint64_t bytes)
{
	struct archive_entry *entry = libarchive.archive_entry_new();
	int error = 0;

	libarchive.archive_entry_set_pathname(entry, name);
	libarchive.archive_entry_set_size(entry, (int64_t)bytes);
	libarchive.archive_entry_set_filetype(entry, AE_IFREG);
	libarchive.archive_entry_set_perm(entry, 0444);
	libarchive.archive_entry_set_mtime(entry, 0, 0);
	if (libarchive.archive_write_header(exporter->archive, entry) != ARCHIVE_OK)
		error = archive_fault(exporter->archive, name, "export", exporter->fault);
	libarchive.archive_entry_free(entry);
	return error;
}

static int write_data(struct exporter *exporter, const char *name, const void *data, size_t bytes)
{
	if (libarchive.archive_write_data(exporter->archive, data, bytes) == (ssize_t)bytes)
		return 0;
	return archive_fault(exporter->archive, name, "export", exporter->fault);
}

static int write_member(struct exporter *exporter, const char *name, const void *data, size_t bytes)
{
	int error = begin_member(exporter, name, bytes);

	return error ? error : write_data(exporter, name, data, bytes);
}

static int copy_file(struct exporter *exporter, const char *name, int fd, uint64_t bytes)
{
	static char block[BLOCK_BYTES];
	uint64_t done = 0;
	int error = 0;

	while (!error && done < bytes) {
		ssize_t got = pread(fd, block, sizeof block, (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fault_raise(exporter->fault, got < 0 ? -errno : -EIO, "%s: read: %s",
					   name, got < 0 ? strerror(errno) : "too short");
		error = write_data(exporter, name, block, (size_t)got);
		done += (uint64_t)got;
	}
	return error;
}

/* Damaged and missing objects stay out, and so do the rows that name them. */
static int export_object(struct exporter *exporter, const struct object_id *id)
{
	CLEANUP(cleanup_close) int fd = -1;
	char path[CACHE_OBJECT_PATH_BYTES], name[CACHE_OBJECT_PATH_BYTES + sizeof "picdesk/"];
	uint64_t bytes = 0;
	int error = cache_open_object(exporter->cache, id, &fd, &bytes, exporter->fault);

	if (error)
		return error == -ENOENT ? 0 : error;
	cache_object_path(id, path);
	snprintf(name, sizeof name, "picdesk/%s", path);
	error = begin_member(exporter, name, bytes);
	if (!error)
		error = copy_file(exporter, name, fd, bytes);
	map_put(exporter->ids, id->bytes, sizeof id->bytes, exporter);
	exporter->result.objects++;
	exporter->result.bytes += bytes;
	return error;
}

static bool collect_object(void *context, const struct object_id *id, uint64_t bytes)
{
	struct exporter *exporter = context;

	(void)bytes;
	ALLOC_GROW(exporter->wanted, exporter->n_wanted, exporter->wanted_capacity);
	exporter->wanted[exporter->n_wanted++] = *id;
	return true;
}

static int export_objects(struct exporter *exporter)
{
	int error = index_each_object(exporter->cache->index, collect_object, exporter,
				      exporter->fault);

	for (size_t i = 0; i < exporter->n_wanted && !error; i++)
		error = export_object(exporter, &exporter->wanted[i]);
	return error;
}

static bool has(const struct exporter *exporter, const struct object_id *id)
{
	return map_get(exporter->ids, id->bytes, sizeof id->bytes);
}

static void end_records(struct exporter *exporter)
{
	struct buf *file = &exporter->waiting[exporter->n_waiting];

	if (!records_gathered_bytes(exporter->records))
		return;
	*file = BUF_INIT(RECORDS_MAX_BYTES);
	records_take(exporter->records, file);
	exporter->n_waiting++;
}

/* False: what waits is to be written first. */
static bool has_room_for_more(struct exporter *exporter)
{
	if (records_gathered_bytes(exporter->records) >= RECORDS_BYTES)
		end_records(exporter);
	return exporter->n_waiting < MOST_WAITING_RECORDS;
}

static int write_waiting(struct exporter *exporter)
{
	int error = 0;

	for (size_t i = 0; i < exporter->n_waiting; i++) {
		struct buf *file = &exporter->waiting[i];
		char name[64];

		snprintf(name, sizeof name, RECORDS_FOLDER "%08u", exporter->n_records_files++);
		if (!error)
			error = write_member(exporter, name, file->data, file->length_bytes);
		buf_release(file);
	}
	exporter->n_waiting = 0;
	return error;
}

/* False: the index is damaged, and SQLite has the row in another place than its text, where it would
 * be found again and again. */
static bool is_behind_last(struct exporter *exporter, const char *text)
{
	if (exporter->last && strcmp(text, exporter->last) <= 0)
		return false;
	free(exporter->last);
	exporter->last = alloc_string(text);
	return true;
}

/* Failures stay behind. What failed last, or is no whole image, was not looked at by whoever imports
 * it: `check` would trust that look, and call good what it found to be gone. */
static bool export_entry(void *context, const struct index_entry *entry)
{
	struct exporter *exporter = context;
	struct index_entry carried = *entry;

	if (!entry->has_object || !has(exporter, &entry->object) ||
	    !is_behind_last(exporter, entry->url))
		return true;
	if (entry->first_failure_s)
		carried.checked_s = 0;
	records_add_timed_entry(exporter->records, &carried);
	exporter->result.entries++;
	return has_room_for_more(exporter);
}

static bool export_thumb(void *context, const struct index_thumb *thumb)
{
	struct exporter *exporter = context;

	if (!has(exporter, &thumb->thumb.object) || !is_behind_last(exporter, thumb->key))
		return true;
	records_add_thumb(exporter->records, thumb);
	exporter->result.thumbs++;
	return has_room_for_more(exporter);
}

static bool export_facts(void *context, const struct object_id *id, const struct cache_facts *facts)
{
	struct exporter *exporter = context;

	exporter->last_id = *id;
	exporter->has_last_id = true;
	records_add_facts(exporter->records, id, facts);
	return has_room_for_more(exporter);
}

static int walk_entries(struct exporter *exporter)
{
	return index_each_entry_by_url(exporter->cache->index, exporter->last, export_entry,
				       exporter, exporter->fault);
}

static int walk_thumbs(struct exporter *exporter)
{
	return index_each_thumb(exporter->cache->index, exporter->last, export_thumb, exporter,
				exporter->fault);
}

static int walk_facts(struct exporter *exporter)
{
	const struct object_id last = exporter->last_id; /* which the walk changes */

	return index_each_facts(exporter->cache->index, exporter->has_last_id ? &last : NULL,
				export_facts, exporter, exporter->fault);
}

/* A walk that was cut short goes on behind its last row, once what waits is written. */
static int export_in_parts(struct exporter *exporter, int (*walk)(struct exporter *exporter))
{
	bool was_cut = true;
	int error = 0;

	free(exporter->last);
	exporter->last = NULL;
	while (was_cut && !error) {
		error = walk(exporter);
		was_cut = exporter->n_waiting == MOST_WAITING_RECORDS;
		if (!error)
			error = write_waiting(exporter);
	}
	return error;
}

static int export_rows(struct exporter *exporter)
{
	int error = export_in_parts(exporter, walk_entries);

	if (!error)
		error = export_in_parts(exporter, walk_thumbs);
	if (!error)
		error = export_in_parts(exporter, walk_facts);
	if (error)
		return error;
	end_records(exporter);
	return write_waiting(exporter);
}

static int export_all(struct exporter *exporter, int fd)
{
	int error = 0;

	libarchive.archive_write_set_format_ustar(exporter->archive);
	/* Into a pipe the same as into a file. */
	libarchive.archive_write_set_bytes_in_last_block(exporter->archive, 1);
	if (libarchive.archive_write_open_fd(exporter->archive, fd) != ARCHIVE_OK)
		return archive_fault(exporter->archive, "the archive", "open", exporter->fault);
	error = write_member(exporter, FORMAT_NAME, FORMAT_TEXT, strlen(FORMAT_TEXT));
	if (!error)
		error = export_objects(exporter);
	if (!error)
		error = export_rows(exporter);
	if (!error)
		error = write_member(exporter, END_NAME, END_TEXT, strlen(END_TEXT));
	if (!error && libarchive.archive_write_close(exporter->archive) != ARCHIVE_OK)
		error = archive_fault(exporter->archive, "the archive", "write", exporter->fault);
	return error;
}

/* The folder that a path lies in, and its name there; free() *ret_folder. */
static int open_folder_of(const char *path, char **ret_folder, const char **ret_name, int *ret_fd,
			  struct fault *fault)
{
	char *folder = alloc_string(path), *slash = strrchr(folder, '/');

	*ret_name = slash ? path + (slash - folder) + 1 : path;
	if (slash)
		slash[slash == folder] = '\0';
	*ret_folder = folder;
	*ret_fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? fault_raise(fault, -errno, "%s: open its folder: %s", path,
					 strerror(errno))
			   : 0;
}

static int export_whole(struct exporter *exporter, const struct output_place *place)
{
	CLEANUP(cleanup_free) char *folder = NULL;
	CLEANUP(cleanup_close) int folder_fd = -1;
	struct tmpfile tmp = TMPFILE_INIT;
	const char *name;
	int error = open_folder_of(place->path, &folder, &name, &folder_fd, exporter->fault);

	if (error)
		return error;
	tmpfile_sweep(folder_fd);
	error = tmpfile_open(&tmp, folder_fd, folder, exporter->fault);
	if (error)
		return error;
	error = export_all(exporter, tmp.fd);
	if (!error)
		return tmpfile_publish(&tmp, name, place->mode, exporter->fault);
	tmpfile_discard(&tmp);
	return error;
}

int cache_export(struct cache *cache, const char *path, struct cache_carry_result *ret_result,
		 struct fault *fault)
{
	struct exporter exporter = {.cache = cache, .fault = fault};
	struct output_place place = OUTPUT_PLACE_INIT;
	int error = libarchive_load(fault);

	if (!error)
		error = cache_flush(cache, true, fault);
	if (error)
		return error;
	exporter.archive = libarchive.archive_write_new();
	exporter.ids = map_new();
	exporter.records = records_new_detached();
	error = output_place_find(path, &place, fault);
	if (!error)
		error = place.fd >= 0 ? export_all(&exporter, place.fd)
				      : export_whole(&exporter, &place);
	output_place_release(&place);
	libarchive.archive_write_free(exporter.archive);
	records_free(exporter.records);
	map_free(exporter.ids);
	for (size_t i = 0; i < exporter.n_waiting; i++)
		buf_release(&exporter.waiting[i]);
	free(exporter.last);
	free(exporter.wanted);
	if (error)
		return fault_wrap(fault, error, "%s: export", path);
	*ret_result = exporter.result;
	return 0;
}

/* --- import -------------------------------------------------------------------------------------
 */

struct importer {
	struct cache *cache;
	struct archive *archive;
	struct map *ids;   /* of the objects that came whole */
	struct map *named; /* those that entries name, taken or known */
	bool has_format, has_end;
	struct cache_carry_result result;
};

static int copy_member(struct importer *importer, const char *name, struct cache_writer *writer,
		       struct fault *fault)
{
	static char block[BLOCK_BYTES];
	int error = cache_writer_begin(writer, fault);

	while (!error) {
		ssize_t got = libarchive.archive_read_data(importer->archive, block, sizeof block);

		if (got == 0)
			return 0;
		if (got < 0)
			return archive_fault(importer->archive, name, "read", fault);
		error = cache_writer_write(writer, block, (size_t)got, fault);
	}
	return error;
}

/* Bytes that are not those of their name are dropped, and the rows that name them with them. */
static int import_object(struct importer *importer, const char *name, struct fault *fault)
{
	CLEANUP(cleanup_free) char *hex = alloc_string(name + strlen(OBJECTS_FOLDER));
	struct cache_writer *writer;
	struct object_id id, wanted;
	uint64_t bytes, known_bytes;
	bool is_new;
	int error;

	if (strlen(hex) > 2 && hex[2] == '/')
		memmove(hex + 2, hex + 3, strlen(hex + 3) + 1);
	if (!object_id_parse(hex, strlen(hex), &wanted)) {
		importer->result.refused++;
		return 0;
	}
	error = cache_writer_new(importer->cache, &writer, fault);
	if (error)
		return error;
	error = copy_member(importer, name, writer, fault);
	if (error) {
		cache_writer_free(writer);
		return error;
	}
	is_new = objects_size(importer->cache->objects, &wanted, &known_bytes) != 0;
	error = cache_writer_commit(writer, &id, &bytes, fault);
	if (error == -EEXIST || (!error && !object_id_equals(&id, &wanted))) {
		importer->result.refused++;
		return 0;
	}
	if (error)
		return error;
	objects_want(importer->cache->objects, &id);
	map_put(importer->ids, id.bytes, sizeof id.bytes, importer);
	importer->result.objects += is_new;
	importer->result.bytes += is_new ? bytes : 0;
	return cache_flush(importer->cache, false, fault);
}

/* It came, and is as long as the row says: a row that lies about it would make damage of it. */
static bool has_come(const struct importer *importer, const struct object_id *id, uint64_t bytes)
{
	uint64_t found_bytes;

	return map_get(importer->ids, id->bytes, sizeof id->bytes) &&
	       !objects_size(importer->cache->objects, id, &found_bytes) && found_bytes == bytes;
}

/* No run here used what comes: it makes room for what one does. Nor is it old. */
static int64_t unused_day(const struct cache *cache)
{
	return cache->today - 1;
}

static void note_named(struct importer *importer, const struct object_id *id)
{
	map_put(importer->named, id->bytes, sizeof id->bytes, importer);
}

/* Of a response that is not taken nothing is: nothing would name it, and gc take it for a local
 * file's. */
static bool is_left_out(const struct importer *importer, const struct object_id *original)
{
	return map_get(importer->ids, original->bytes, sizeof original->bytes) &&
	       !map_get(importer->named, original->bytes, sizeof original->bytes);
}

/* What this cache knows stays where it is newer; its failures always do. */
static int import_entry(void *context, const struct index_entry *entry, struct fault *fault)
{
	struct importer *importer = context;
	struct index_entry merged = {.failure_lifetime_s = -1}, taken;
	bool is_of_run = false;
	int error;

	if (!has_come(importer, &entry->object, entry->object_bytes))
		return 0;
	error = cache_current_entry(importer->cache, entry->url, &merged, &is_of_run, fault);
	if (error && error != -ENOENT)
		return error;
	if (!error && merged.has_object && merged.response_time_s >= entry->response_time_s) {
		note_named(importer, &merged.object);
		index_entry_release(&merged);
		return 0;
	}
	note_named(importer, &entry->object);
	index_entry_copy(&taken, entry);
	taken.used_day = error ? unused_day(importer->cache) : merged.used_day;
	if (!error && merged.last_failure_s > entry->success_s) {
		taken.failure = merged.failure;
		taken.failure_status = merged.failure_status;
		taken.first_failure_s = merged.first_failure_s;
		taken.last_failure_s = merged.last_failure_s;
		taken.not_before_s = merged.not_before_s;
		taken.failure_lifetime_s = merged.failure_lifetime_s;
		taken.failure_streak = merged.failure_streak;
		taken.failure_request = merged.failure_request;
		taken.failure_code = merged.failure_code;
		taken.failure_message = merged.failure_message;
		merged.failure_code = merged.failure_message = NULL;
	}
	index_entry_release(&merged);
	cache_put_entry(importer->cache, &taken, ENTRY_CARRIED, false);
	importer->result.entries++;
	return cache_flush(importer->cache, false, fault);
}

#define HEADER_BYTES 65536

/* Its bytes are of the type and size that its row says: it is going to be published as that. */
static bool is_as_said(struct importer *importer, const struct cache_thumb *thumb)
{
	static unsigned char head[HEADER_BYTES];
	CLEANUP(cleanup_close) int fd = -1;
	struct image_header header;
	uint64_t bytes;
	ssize_t got;

	if (cache_open_object(importer->cache, &thumb->object, &fd, &bytes, NULL))
		return false;
	got = pread(fd, head, sizeof head, 0);
	return got > 0 &&
	       image_header_read(head, (size_t)got, (uint64_t)got == bytes, &header) ==
		       IMAGE_HEADER_OK &&
	       header.type == thumb->type && header.width_px == thumb->width_px &&
	       header.height_px == thumb->height_px;
}

static int import_thumb(void *context, const struct index_thumb *thumb, struct fault *fault)
{
	struct importer *importer = context;
	struct cache_thumb known;
	int error;

	if (is_left_out(importer, &thumb->original) || !index_thumb_makes_sense(&thumb->thumb) ||
	    !has_come(importer, &thumb->thumb.object, thumb->thumb.bytes))
		return 0;
	error = cache_thumb(importer->cache, thumb->key, &known, fault);
	if (error != -ENOENT)
		return error;
	if (!is_as_said(importer, &thumb->thumb)) {
		importer->result.refused++;
		return 0;
	}
	error = cache_store_thumb(importer->cache, thumb->key, &thumb->original, &thumb->thumb,
				  fault);
	importer->result.thumbs += !error;
	return error ? error : cache_flush(importer->cache, false, fault);
}

static int import_facts(void *context, const struct object_id *id, const struct cache_facts *facts,
			struct fault *fault)
{
	struct importer *importer = context;
	struct cache_facts known;
	bool is_refused = is_left_out(importer, id) || !index_facts_make_sense(facts);
	int error = is_refused ? 0 : cache_facts(importer->cache, id, &known, fault);

	return error == -ENOENT ? cache_store_facts(importer->cache, id, facts, fault) : error;
}

static int import_records(struct importer *importer, const char *name, struct fault *fault)
{
	CLEANUP(cleanup_free) char *data = alloc_zeroed(1, RECORDS_MAX_BYTES);
	const struct records_visitor visitor = {import_entry, import_thumb, import_facts, importer};
	ssize_t got = libarchive.archive_read_data(importer->archive, data, RECORDS_MAX_BYTES);

	if (got < 0)
		return archive_fault(importer->archive, name, "read", fault);
	return got ? records_read(data, (size_t)got, &visitor, &importer->result.refused, fault)
		   : 0;
}

static int check_format(struct importer *importer, const char *name, struct fault *fault)
{
	char text[sizeof FORMAT_TEXT] = "";

	if (!strcmp(name, FORMAT_NAME) &&
	    libarchive.archive_read_data(importer->archive, text, sizeof text - 1) > 0 &&
	    !strcmp(text, FORMAT_TEXT)) {
		importer->has_format = true;
		return 0;
	}
	return fault_raise(fault, -EINVAL, "%s: is no export of picdesk, or one of a newer picdesk",
			   name);
}

static int import_member(struct importer *importer, struct archive_entry *entry,
			 struct fault *fault)
{
	/* NULL: a name that is no text. */
	const char *pathname = libarchive.archive_entry_pathname(entry);
	const char *name = pathname ? pathname : "";
	int64_t bytes = libarchive.archive_entry_size(entry);
	int error;

	if (!importer->has_format)
		return check_format(importer, name, fault);
	/* Before it fills the disk: a few bytes of an archive may stand for a long hole. */
	error = cache_reserve(importer->cache, bytes > 0 ? (uint64_t)bytes : 0, fault);
	if (error)
		return error;
	if (!strncmp(name, OBJECTS_FOLDER, strlen(OBJECTS_FOLDER)))
		return import_object(importer, name, fault);
	if (!strncmp(name, RECORDS_FOLDER, strlen(RECORDS_FOLDER)))
		return import_records(importer, name, fault);
	importer->has_end = !strcmp(name, END_NAME);
	return 0;
}

/* What this process was started with is not opened once more: that goes wrong where it is a socket
 * (of ssh), somebody else's file (of sudo), or /proc is not mounted. */
static int open_archive(struct importer *importer, const char *path, struct fault *fault)
{
	bool is_open = !strcmp(path, "/dev/stdin");
	int code;

	libarchive.archive_read_support_format_tar(importer->archive);
	code = libarchive.archive_read_open_filename(importer->archive, is_open ? NULL : path,
						     BLOCK_BYTES);
	if (code == ARCHIVE_OK)
		return 0;
	/* libarchive's words would name the file once more. */
	if (!is_open && access(path, R_OK) < 0)
		return fault_raise(fault, -errno, "%s: open: %s", path, strerror(errno));
	return archive_fault(importer->archive, path, "open", fault);
}

static int import_all(struct importer *importer, const char *path, struct fault *fault)
{
	struct archive_entry *entry;
	int error = open_archive(importer, path, fault), got;

	while (!error && (got = libarchive.archive_read_next_header(importer->archive, &entry)) !=
				 ARCHIVE_EOF) {
		if (got != ARCHIVE_OK)
			return archive_fault(importer->archive, path, "read", fault);
		error = import_member(importer, entry, fault);
	}
	if (!error && !importer->has_format)
		error = fault_raise(fault, -EINVAL, "%s: is empty", path);
	/* What came before is whole, and stays. */
	if (!error && !importer->has_end)
		error = fault_raise(fault, -EINVAL,
				    "%s: its end is missing: export it again, or copy it again",
				    path);
	return error ? error : cache_flush(importer->cache, true, fault);
}

int cache_import(struct cache *cache, const char *path, struct cache_carry_result *ret_result,
		 struct fault *fault)
{
	struct importer importer = {.cache = cache};
	int error = libarchive_load(fault);

	if (error)
		return fault_wrap(fault, error, "%s: import", path);
	importer.archive = libarchive.archive_read_new();
	importer.ids = map_new();
	importer.named = map_new();
	error = import_all(&importer, path, fault);
	libarchive.archive_read_free(importer.archive);
	map_free(importer.ids);
	map_free(importer.named);
	if (error)
		return fault_wrap(fault, error, "%s: import", path);
	*ret_result = importer.result;
	return 0;
}
