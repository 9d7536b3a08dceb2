#include "records.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "folder.h"
#include "log.h"
#include "octets.h"
#include "sync.h"

#define FILE_HEADER "picdesk records 1\n"
#define RECORD_HEADER_BYTES 12 /* length and checksum, little endian */
#define RECORD_MAX_BYTES (1 << 20)
#define NAME_BYTES sizeof "0123456789abcdef-0123456789abcdef.records"

struct records {
	int folder_fd; /* of records/ */
	int fd;        /* of the file of this handle; -1 until something is appended */
	char name[NAME_BYTES];
	off_t length_bytes; /* of what is whole in it */
	struct buf gathered;
};

/* --- open ---------------------------------------------------------------------------------------
 */

int records_open(int folder_fd, struct records **ret_records, struct fault *fault)
{
	int fd = folder_open_folder(folder_fd, "records", NULL);

	if (fd < 0)
		return fault_raise(fault, fd, "records: open the folder: %s", strerror(-fd));
	*ret_records = alloc_zeroed(1, sizeof **ret_records);
	(*ret_records)->folder_fd = fd;
	(*ret_records)->fd = -1;
	buf_init(&(*ret_records)->gathered, BUF_UNLIMITED);
	return 0;
}

void records_free(struct records *records)
{
	if (!records)
		return;
	cleanup_close(&records->fd);
	cleanup_close(&records->folder_fd);
	buf_release(&records->gathered);
	free(records);
}

struct records *records_new_detached(void)
{
	struct records *records = alloc_zeroed(1, sizeof *records);

	records->folder_fd = records->fd = -1;
	buf_init(&records->gathered, BUF_UNLIMITED);
	return records;
}

void records_take(struct records *records, struct buf *ret_file)
{
	buf_append_string(ret_file, FILE_HEADER);
	buf_append(ret_file, records->gathered.data, records->gathered.length_bytes);
	records_clear(records);
}

/* --- writing ------------------------------------------------------------------------------------
 */

static void add_value(struct buf *record, const void *data, size_t length_bytes)
{
	unsigned char length[4];

	octets_put_le(length, length_bytes, sizeof length);
	buf_append(record, length, sizeof length);
	buf_append(record, data, length_bytes);
}

static void add_text(struct buf *record, const char *text)
{
	add_value(record, text ? text : "", text ? strlen(text) : 0);
}

static void add_int(struct buf *record, int64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, value);
	add_text(record, text);
}

static void add_id(struct buf *record, const struct object_id *id)
{
	char hex[OBJECT_ID_HEX_BYTES];

	object_id_format(id, hex);
	add_text(record, hex);
}

static void gather(struct records *records, const struct buf *record)
{
	unsigned char header[RECORD_HEADER_BYTES];

	if (record->overflowed)
		return; /* longer than a reader takes: this one cannot be rebuilt */
	octets_put_le(header, record->length_bytes, 4);
	octets_put_le(header + 4, XXH3_64bits(record->data, record->length_bytes), 8);
	buf_append(&records->gathered, header, sizeof header);
	buf_append(&records->gathered, record->data, record->length_bytes);
}

static void add_entry(struct buf *record, const struct index_entry *entry)
{
	add_text(record, entry->url);
	add_text(record, entry->final_url);
	add_int(record, entry->status);
	add_int(record, entry->is_permanent_redirect);
	add_id(record, &entry->object);
	add_int(record, (int64_t)entry->object_bytes);
	add_text(record, entry->request_key);
	add_text(record, entry->fields);
}

void records_add_entry(struct records *records, const struct index_entry *entry)
{
	CLEANUP(buf_release) struct buf record = BUF_INIT(RECORD_MAX_BYTES);

	buf_append_char(&record, 'E');
	add_entry(&record, entry);
	gather(records, &record);
}

void records_add_timed_entry(struct records *records, const struct index_entry *entry)
{
	CLEANUP(buf_release) struct buf record = BUF_INIT(RECORD_MAX_BYTES);

	buf_append_char(&record, 'X');
	add_entry(&record, entry);
	add_int(&record, entry->request_time_s);
	add_int(&record, entry->response_time_s);
	add_int(&record, entry->checked_s);
	add_int(&record, entry->success_s);
	gather(records, &record);
}

void records_add_thumb(struct records *records, const struct index_thumb *thumb)
{
	CLEANUP(buf_release) struct buf record = BUF_INIT(RECORD_MAX_BYTES);

	buf_append_char(&record, 'T');
	add_text(&record, thumb->key);
	add_id(&record, &thumb->original);
	add_id(&record, &thumb->thumb.object);
	add_int(&record, (int64_t)thumb->thumb.bytes);
	add_text(&record, media_type_name(thumb->thumb.type));
	add_int(&record, thumb->thumb.width_px);
	add_int(&record, thumb->thumb.height_px);
	add_int(&record, thumb->thumb.is_smaller_than_spec);
	gather(records, &record);
}

void records_add_facts(struct records *records, const struct object_id *id,
		       const struct cache_facts *facts)
{
	CLEANUP(buf_release) struct buf record = BUF_INIT(RECORD_MAX_BYTES);

	buf_append_char(&record, 'F');
	add_id(&record, id);
	add_text(&record, media_type_name(facts->type));
	add_int(&record, facts->width_px);
	add_int(&record, facts->height_px);
	add_int(&record, facts->frames);
	add_text(&record, facts->verdict);
	add_text(&record, facts->message);
	add_text(&record, facts->renderer);
	gather(records, &record);
}

void records_clear(struct records *records)
{
	buf_release(&records->gathered);
}

/* A file of this handle's own: nobody else appends to it. */
static int begin_file(struct records *records)
{
	struct timespec now;
	uint64_t random = 0;
	int error;

	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return -EIO;
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(records->name, sizeof records->name, "%016" PRIx64 "-%016" PRIx64 ".records",
		 (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec, random);
	records->fd = folder_open_file(records->folder_fd, records->name,
				       O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600);
	if (records->fd < 0)
		return records->fd;
	error = folder_write_all(records->fd, FILE_HEADER, strlen(FILE_HEADER));
	if (!error)
		error = sync_folder(records->folder_fd);
	if (error) {
		unlinkat(records->folder_fd, records->name, 0);
		cleanup_close(&records->fd);
		records->fd = -1;
		return error;
	}
	records->length_bytes = (off_t)strlen(FILE_HEADER);
	return 0;
}

/* gc of another process removes files whose records it has written anew. */
static bool has_file(const struct records *records)
{
	struct stat status;

	return records->fd >= 0 && fstat(records->fd, &status) == 0 && status.st_nlink > 0;
}

int records_append(struct records *records, struct fault *fault)
{
	int error = 0;

	if (!records->gathered.length_bytes)
		return 0;
	if (!has_file(records)) {
		cleanup_close(&records->fd);
		records->fd = -1;
		error = begin_file(records);
	}
	if (error)
		return fault_raise(fault, error, "records: make a file: %s", strerror(-error));
	error = folder_write_all(records->fd, records->gathered.data,
				 records->gathered.length_bytes);
	if (!error)
		error = sync_file(records->fd);
	if (error) {
		/* Half a record would hide those after it. If even this fails, begin a new file. */
		if (ftruncate(records->fd, records->length_bytes) < 0) {
			close(records->fd);
			records->fd = -1;
		}
		return fault_raise(fault, error, "records/%s: append: %s", records->name,
				   strerror(-error));
	}
	records->length_bytes += (off_t)records->gathered.length_bytes;
	records_clear(records);
	return 0;
}

/* --- reading ------------------------------------------------------------------------------------
 */

struct value {
	const char *data;
	size_t length_bytes;
};

/* Cuts a payload into its values; false when it has another number of them, or one that is no text
 * to its end. */
static bool cut_values(const char *payload, size_t length_bytes, struct value *values, size_t count)
{
	size_t at = 1;

	for (size_t i = 0; i < count; i++) {
		uint32_t bytes;

		if (length_bytes - at < 4)
			return false;
		bytes = octets_u32le(payload + at);
		at += 4;
		if (bytes > length_bytes - at)
			return false;
		if (memchr(payload + at, '\0', bytes))
			return false;
		values[i] = (struct value){payload + at, bytes};
		at += bytes;
	}
	return at == length_bytes;
}

static char *text_of(struct value value)
{
	return value.length_bytes ? alloc_string_n(value.data, value.length_bytes) : NULL;
}

static int64_t int_of(struct value value)
{
	char text[24] = "";

	if (value.length_bytes < sizeof text)
		memcpy(text, value.data, value.length_bytes);
	return strtoll(text, NULL, 10);
}

static bool id_of(struct value value, struct object_id *ret_id)
{
	return object_id_parse(value.data, value.length_bytes, ret_id);
}

static void copy_text(struct value value, char *ret_text, size_t size_bytes)
{
	snprintf(ret_text, size_bytes, "%.*s", (int)value.length_bytes, value.data);
}

static int visit_entry(const char *payload, size_t length_bytes,
		       const struct records_visitor *visitor, bool *ret_is_good,
		       struct fault *fault)
{
	CLEANUP(index_entry_release) struct index_entry entry = {.failure_lifetime_s = -1};
	bool has_times = payload[0] == 'X';
	struct value values[12];

	if (!cut_values(payload, length_bytes, values, has_times ? 12 : 8) ||
	    !values[0].length_bytes || !id_of(values[4], &entry.object))
		return 0;
	*ret_is_good = true;
	entry.url = text_of(values[0]);
	entry.final_url = text_of(values[1]);
	entry.status = (int)int_of(values[2]);
	entry.is_permanent_redirect = int_of(values[3]);
	entry.has_object = true;
	entry.object_bytes = (uint64_t)int_of(values[5]);
	entry.request_key = text_of(values[6]);
	entry.fields = text_of(values[7]);
	if (has_times) {
		entry.request_time_s = index_time(int_of(values[8]));
		entry.response_time_s = index_time(int_of(values[9]));
		entry.checked_s = index_time(int_of(values[10]));
		entry.success_s = index_time(int_of(values[11]));
	}
	return visitor->entry(visitor->context, &entry, fault);
}

static int visit_thumb(const char *payload, size_t length_bytes,
		       const struct records_visitor *visitor, bool *ret_is_good,
		       struct fault *fault)
{
	CLEANUP(index_thumb_release) struct index_thumb thumb = {0};
	struct value values[8];

	if (!cut_values(payload, length_bytes, values, 8) || !values[0].length_bytes ||
	    !id_of(values[1], &thumb.original) || !id_of(values[2], &thumb.thumb.object))
		return 0;
	*ret_is_good = true;
	thumb.key = text_of(values[0]);
	thumb.thumb.bytes = (uint64_t)int_of(values[3]);
	thumb.thumb.type = media_type_parse(values[4].data, values[4].length_bytes);
	thumb.thumb.width_px = (int)int_of(values[5]);
	thumb.thumb.height_px = (int)int_of(values[6]);
	thumb.thumb.is_smaller_than_spec = int_of(values[7]);
	return visitor->thumb(visitor->context, &thumb, fault);
}

static int visit_facts(const char *payload, size_t length_bytes,
		       const struct records_visitor *visitor, bool *ret_is_good,
		       struct fault *fault)
{
	struct cache_facts facts = {0};
	struct object_id id;
	struct value values[8];

	if (!cut_values(payload, length_bytes, values, 8) || !id_of(values[0], &id))
		return 0;
	*ret_is_good = true;
	facts.type = media_type_parse(values[1].data, values[1].length_bytes);
	facts.width_px = (int)int_of(values[2]);
	facts.height_px = (int)int_of(values[3]);
	facts.frames = (int)int_of(values[4]);
	copy_text(values[5], facts.verdict, sizeof facts.verdict);
	copy_text(values[6], facts.message, sizeof facts.message);
	copy_text(values[7], facts.renderer, sizeof facts.renderer);
	return visitor->facts(visitor->context, &id, &facts, fault);
}

static int visit(const char *payload, size_t length_bytes, const struct records_visitor *visitor,
		 bool *ret_is_good, struct fault *fault)
{
	switch (payload[0]) {
	case 'E':
	case 'X':
		return visit_entry(payload, length_bytes, visitor, ret_is_good, fault);
	case 'T':
		return visit_thumb(payload, length_bytes, visitor, ret_is_good, fault);
	case 'F':
		return visit_facts(payload, length_bytes, visitor, ret_is_good, fault);
	}
	return 0;
}

/* Reads to the file's end, or to the first length that cannot be: what follows it cannot be found.
 */
static int read_file(FILE *file, char *payload, const struct records_visitor *visitor,
		     uint64_t *damaged, struct fault *fault)
{
	char header[sizeof FILE_HEADER - 1];
	unsigned char record[RECORD_HEADER_BYTES];
	int error = 0;

	if (fread(header, 1, sizeof header, file) != sizeof header ||
	    memcmp(header, FILE_HEADER, sizeof header)) {
		++*damaged;
		return 0;
	}
	while (!error) {
		size_t got = fread(record, 1, sizeof record, file);
		size_t length_bytes = (size_t)octets_le(record, 4);
		bool is_good = false;

		if (got == 0)
			return 0;
		if (got < sizeof record || !length_bytes || length_bytes > RECORD_MAX_BYTES ||
		    fread(payload, 1, length_bytes, file) != length_bytes) {
			++*damaged;
			return 0;
		}
		if (XXH3_64bits(payload, length_bytes) == octets_le(record + 4, 8))
			error = visit(payload, length_bytes, visitor, &is_good, fault);
		*damaged += !is_good;
	}
	return error;
}

int records_read(const void *data, size_t length_bytes, const struct records_visitor *visitor,
		 uint64_t *ret_damaged, struct fault *fault)
{
	CLEANUP(cleanup_free) char *payload = alloc_zeroed(RECORD_MAX_BYTES + 1, 1);
	FILE *file = fmemopen((void *)(uintptr_t)data, length_bytes, "r");
	int error;

	if (!file)
		return fault_raise(fault, -errno, "records: read: %s", strerror(errno));
	error = read_file(file, payload, visitor, ret_damaged, fault);
	fclose(file);
	return error;
}

static int is_records_file(const struct dirent *item)
{
	size_t length = strlen(item->d_name);

	return length == NAME_BYTES - 1 && !strcmp(item->d_name + length - 8, ".records");
}

/* The names of the files, sorted; to be freed one by one. */
static int list_files(const struct records *records, struct dirent ***ret_items,
		      struct fault *fault)
{
	int count = scandirat(records->folder_fd, ".", ret_items, is_records_file, alphasort);

	if (count < 0)
		return fault_raise(fault, -errno, "records: list: %s", strerror(errno));
	return count;
}

static int read_named(struct records *records, const char *name, char *payload,
		      const struct records_visitor *visitor, uint64_t *damaged, struct fault *fault)
{
	int fd = folder_open_file(records->folder_fd, name, O_RDONLY | O_NONBLOCK, 0);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	int error;

	if (!file) {
		log_trace("records", "%s: skipped: %s", name, strerror(fd < 0 ? -fd : errno));
		cleanup_close(&fd);
		++*damaged;
		return 0;
	}
	error = read_file(file, payload, visitor, damaged, fault);
	fclose(file);
	return error;
}

int records_each(struct records *records, const struct records_visitor *visitor,
		 uint64_t *ret_damaged, struct fault *fault)
{
	CLEANUP(cleanup_free) char *payload = alloc_zeroed(1, RECORD_MAX_BYTES);
	struct dirent **items = NULL;
	int count = list_files(records, &items, fault);
	uint64_t damaged = 0;
	int error = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		if (!error)
			error = read_named(records, items[i]->d_name, payload, visitor, &damaged,
					   fault);
		free(items[i]);
	}
	free(items);
	if (!error)
		*ret_damaged = damaged;
	return error;
}

void records_begin_anew(struct records *records)
{
	records_clear(records);
	cleanup_close(&records->fd);
	records->fd = -1;
	records->name[0] = '\0';
}

void records_drop(struct records *records)
{
	if (records->name[0])
		unlinkat(records->folder_fd, records->name, 0);
	records_begin_anew(records);
}

size_t records_gathered_bytes(const struct records *records)
{
	return records->gathered.length_bytes;
}

int records_remove_others(struct records *records, struct fault *fault)
{
	struct dirent **items = NULL;
	int count = list_files(records, &items, fault);

	for (int i = 0; i < count; i++) {
		if (strcmp(items[i]->d_name, records->name) != 0)
			unlinkat(records->folder_fd, items[i]->d_name, 0);
		free(items[i]);
	}
	free(items);
	return count < 0 ? count : 0;
}

uint64_t records_bytes(struct records *records)
{
	struct dirent **items = NULL;
	int count = list_files(records, &items, NULL);
	uint64_t bytes = 0;

	for (int i = 0; i < count; i++) {
		struct stat status;

		if (!fstatat(records->folder_fd, items[i]->d_name, &status, AT_SYMLINK_NOFOLLOW))
			bytes += (uint64_t)status.st_size;
		free(items[i]);
	}
	free(items);
	return bytes;
}
