/* A cache in a folder of its own, and short ways to fill and look at it. */
#ifndef CACHE_FIXTURE_H
#define CACHE_FIXTURE_H

#include "../cmocka_all.h"
#include "../scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cache.h"
#include "cleanup.h"

#define NOW_S INT64_C(1800000000)

static char fixture_folder[SCRATCH_BYTES], fixture_cache[SCRATCH_BYTES + 8];

static int fixture_setup(void **state)
{
	(void)state;
	if (scratch_make(fixture_folder))
		return -1;
	snprintf(fixture_cache, sizeof fixture_cache, "%s/cache", fixture_folder);
	return 0;
}

static int fixture_teardown(void **state)
{
	(void)state;
	return scratch_remove(fixture_folder);
}

static inline char *fixture_path(const char *name)
{
	return alloc_printf("%s/%s", fixture_cache, name);
}

/* Of a folder of the cache, without hidden ones. */
static inline size_t fixture_count_files(const char *name)
{
	CLEANUP(cleanup_free) char *path = fixture_path(name);
	DIR *folder = opendir(path);
	struct dirent *item;
	size_t count = 0;

	assert_non_null(folder);
	while ((item = readdir(folder)))
		count += item->d_name[0] != '.';
	closedir(folder);
	return count;
}

static inline char *fixture_object_path(const struct object_id *id)
{
	char name[CACHE_OBJECT_PATH_BYTES];

	cache_object_path(id, name);
	return fixture_path(name);
}

static inline bool fixture_exists(const char *name)
{
	CLEANUP(cleanup_free) char *path = fixture_path(name);
	struct stat status;

	return lstat(path, &status) == 0;
}

/* SQLite's file change counter: it grows with each commit that wrote something. */
static inline uint32_t fixture_index_changes(void)
{
	CLEANUP(cleanup_free) char *path = fixture_path("index.sqlite");
	CLEANUP(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char bytes[4];

	assert_int_equal(pread(fd, bytes, sizeof bytes, 24), sizeof bytes);
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static inline size_t fixture_size(const char *name)
{
	CLEANUP(cleanup_free) char *path = fixture_path(name);
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return (size_t)status.st_size;
}

static inline struct cache *fixture_open(void)
{
	struct fault fault = {0};
	struct cache *cache = NULL;
	int error = cache_open(fixture_cache, &cache, &fault);

	if (error)
		fail_msg("open: %d %s", error, fault.text);
	return cache;
}

static inline void fixture_close(struct cache *cache)
{
	struct fault fault = {0};

	if (cache_close(cache, &fault))
		fail_msg("close: %s", fault.text);
}

static inline void fixture_flush(struct cache *cache)
{
	struct fault fault = {0};

	if (cache_flush(cache, true, &fault))
		fail_msg("flush: %s", fault.text);
}

static inline struct object_id fixture_put_bytes(struct cache *cache, const void *data,
						 size_t bytes)
{
	struct cache_writer *writer;
	struct fault fault = {0};
	struct object_id id;
	uint64_t written;

	assert_int_equal(cache_writer_new(cache, &writer, &fault), 0);
	assert_int_equal(cache_writer_begin(writer, &fault), 0);
	assert_int_equal(cache_writer_write(writer, data, bytes, &fault), 0);
	if (cache_writer_commit(writer, &id, &written, &fault))
		fail_msg("commit: %s", fault.text);
	assert_int_equal(written, bytes);
	return id;
}

/* A 200 of `text`, at NOW_S, with these field lines. */
static inline struct object_id fixture_store(struct cache *cache, const char *url, const char *text,
					     const char *lines)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};
	struct object_id id = fixture_put_bytes(cache, text, strlen(text));
	struct cache_response response = {.url = url,
					  .final_url = url,
					  .status = 200,
					  .fields = &fields,
					  .request_time_s = NOW_S,
					  .response_time_s = NOW_S};
	struct fault fault = {0};

	http_fields_parse(&fields, lines, strlen(lines));
	if (cache_store_response(cache, &response, &id, &fault))
		fail_msg("store: %s", fault.text);
	return id;
}

static inline bool fixture_store_304(struct cache *cache, const char *url, const char *lines,
				     int64_t now_s)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};
	struct cache_response response = {.url = url,
					  .final_url = url,
					  .status = 304,
					  .fields = &fields,
					  .request_time_s = now_s,
					  .response_time_s = now_s};
	struct fault fault = {0};
	bool matches = false;

	http_fields_parse(&fields, lines, strlen(lines));
	if (cache_store_not_modified(cache, &response, NULL, &matches, &fault))
		fail_msg("304: %s", fault.text);
	return matches;
}

static inline void fixture_fail(struct cache *cache, const char *url, enum cache_failure failure,
				int64_t now_s)
{
	const struct cache_failure_report report = {.url = url,
						    .failure = failure,
						    .code = "gone",
						    .message = "404 Not Found",
						    .status = 404,
						    .now_s = now_s};
	struct fault fault = {0};

	if (cache_store_failure(cache, &report, &fault))
		fail_msg("failure: %s", fault.text);
}

/* To be released by the caller. */
static inline struct cache_entry fixture_look(struct cache *cache, const char *url, int64_t now_s)
{
	const struct cache_policy policy = {.max_age_s = INT64_MAX, .negative_age_s = -1};
	struct cache_entry entry;
	struct fault fault = {0};

	if (cache_lookup(cache, url, &policy, now_s, &entry, &fault))
		fail_msg("lookup: %s", fault.text);
	return entry;
}

static inline enum cache_state fixture_state(struct cache *cache, const char *url, int64_t now_s)
{
	CLEANUP(cache_entry_release) struct cache_entry entry = fixture_look(cache, url, now_s);

	return entry.state;
}

/* The object's bytes equal `text`. */
static inline bool fixture_reads(struct cache *cache, const struct object_id *id, const char *text)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct fault fault = {0};
	char data[4096];
	uint64_t bytes = 0;
	int error = cache_open_object(cache, id, &fd, &bytes, &fault);

	if (error == -ENOENT)
		return false;
	if (error)
		fail_msg("open object: %s", fault.text);
	return bytes == strlen(text) && read(fd, data, sizeof data) == (ssize_t)bytes &&
	       !memcmp(data, text, bytes);
}

static inline struct cache_stats fixture_stats(struct cache *cache)
{
	struct cache_stats stats;
	struct fault fault = {0};

	if (cache_statistics(cache, &stats, &fault))
		fail_msg("statistics: %s", fault.text);
	return stats;
}

/* Whatever was there: a file, a link, another's bytes. */
static inline void fixture_replace_file(const char *path, const char *text)
{
	FILE *file;

	unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static inline void fixture_write(const char *name, const char *text)
{
	CLEANUP(cleanup_free) char *path = fixture_path(name);

	fixture_replace_file(path, text);
}

#define FIXTURE_TEST(function) \
	cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

#endif
