/* A disk that loses what it was to sync, once: the kernel says so once, and no more. */
#undef _FORTIFY_SOURCE /* its pread() is inline: clang warns of ours and hides it */
#include "cache_fixture.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <time.h>

#include "cleanup.h"
#include "index.h"
#include "lock.h"

static atomic_uint failures_left, failing_reads;
static const char *failing; /* what the file's path has in it */

static bool is_failing(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t length_bytes;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length_bytes = readlink(link, path, sizeof path - 1);
	path[length_bytes > 0 ? length_bytes : 0] = '\0';
	return strstr(path, failing);
}

/* In front of the C library's, for SQLite too. */
__attribute__((visibility("default"))) int fdatasync(int fd)
{
	static int (*real)(int fd);

	if (atomic_load(&failures_left) && is_failing(fd)) {
		atomic_fetch_sub(&failures_left, 1);
		errno = EIO;
		return -1;
	}
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
	return real(fd);
}

__attribute__((visibility("default"))) ssize_t pread(int fd, void *data, size_t size_bytes,
						     off_t offset)
{
	static ssize_t (*real)(int fd, void *data, size_t size_bytes, off_t offset);

	if (atomic_load(&failing_reads) && is_failing(fd)) {
		errno = EIO;
		return -1;
	}
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pread64");
	return real(fd, data, size_bytes, offset);
}

static ino_t inode_of(struct cache *cache, const struct object_id *id)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct stat status;
	uint64_t bytes;

	assert_int_equal(cache_open_object(cache, id, &fd, &bytes, NULL), 0);
	assert_int_equal(bytes, 3);
	assert_int_equal(fstat(fd, &status), 0);
	return status.st_ino;
}

static void writes_anew_what_was_not_synced(void **state)
{
	struct cache *cache = fixture_open();
	struct fault fault = {0};
	struct object_id id = fixture_store(cache, "https://a/1", "one", "ETag: \"a\"\n");
	ino_t before = inode_of(cache, &id);

	(void)state;
	failing = "/tmp/#";
	atomic_store(&failures_left, 1);
	assert_int_equal(cache_flush(cache, true, &fault), -EIO);
	assert_non_null(strstr(fault.text, "sync 1 new ones"));
	assert_int_equal(inode_of(cache, &id), before); /* readable as before */
	fixture_flush(cache);
	assert_int_not_equal(inode_of(cache, &id), before);
	fixture_close(cache);
	cache = fixture_open();
	inode_of(cache, &id);
	fixture_close(cache);
}

/* A whole object went to quarantine/ for it, and what cannot be read took its place. */
static void displaces_none_by_bytes_that_cannot_be_read(void **state)
{
	struct cache *cache = fixture_open();
	struct cache_writer *writer;
	struct fault fault = {0};
	struct object_id id;
	uint64_t bytes;

	(void)state;
	fixture_store(cache, "https://a/1", "one", "ETag: \"a\"\n");
	fixture_flush(cache);
	assert_int_equal(cache_writer_new(cache, &writer, &fault), 0);
	assert_int_equal(cache_writer_write(writer, "one", 3, &fault), 0);
	failing = "/tmp/#";
	atomic_store(&failing_reads, true);
	assert_int_equal(cache_writer_commit(writer, &id, &bytes, &fault), -EIO);
	atomic_store(&failing_reads, false);
	assert_int_equal(fixture_count_files("quarantine"), 0);
	fixture_close(cache);
}

static void expect_stored(struct cache *cache, const char *url, const struct object_id *id)
{
	CLEANUP(cache_entry_release) struct cache_entry entry = fixture_look(cache, url, NOW_S);

	assert_true(entry.has_object && object_id_equals(&entry.object, id));
}

/* "https://a/7" with "007". */
static struct object_id store_numbered(struct cache *cache, int number)
{
	char url[32], bytes[8];

	snprintf(url, sizeof url, "https://a/%d", number);
	snprintf(bytes, sizeof bytes, "%03d", number);
	return fixture_store(cache, url, bytes, "ETag: \"a\"\n");
}

static void expect_numbered(struct cache *cache, int number, const struct object_id *id)
{
	char url[32];

	snprintf(url, sizeof url, "https://a/%d", number);
	expect_stored(cache, url, id);
}

/* Turns of a loop, until no batch is being stored; the first error. */
static int drain(struct cache *cache, struct fault *fault)
{
	int error = cache_flush(cache, false, fault);

	while (!error && cache_flush_fd(cache) >= 0) {
		struct pollfd wait = {.fd = cache_flush_fd(cache), .events = POLLIN};

		assert_int_equal(poll(&wait, 1, 60000), 1);
		error = cache_flush(cache, false, fault);
	}
	return error;
}

static void stores_anew_what_the_index_did_not_take(void **state)
{
	struct cache *cache = fixture_open();
	struct fault fault = {0};
	struct object_id ids[48];

	(void)state;
	for (int i = 0; i < 48; i++)
		ids[i] = store_numbered(cache, i);
	failing = "/index.sqlite";
	atomic_store(&failures_left, 1);
	assert_int_equal(drain(cache, &fault), -EIO);
	assert_non_null(strstr(fault.text, "index.sqlite"));
	assert_non_null(strstr(fault.text, "store a batch"));
	for (int i = 0; i < 48; i++)
		inode_of(cache, &ids[i]); /* readable as before */
	fixture_flush(cache);
	fixture_close(cache);
	cache = fixture_open();
	for (int i = 0; i < 48; i++)
		expect_numbered(cache, i, &ids[i]);
	fixture_close(cache);
}

/* Nobody writes to the cache until it is released: what is flushed waits. */
static int hold_writers(void)
{
	CLEANUP(cleanup_close) int folder_fd = open(fixture_cache, O_RDONLY | O_DIRECTORY);
	int fd = -1;

	assert_int_equal(lock_open(folder_fd, LOCK_WRITERS_NAME, &fd, NULL), 0);
	assert_true(lock_try_exclusive(fd));
	return fd;
}

/* What was confirmed while its batch was on the way to a disk that did not take it is recorded with
 * the next one: an index that is lost later is rebuilt with it. */
static void records_what_was_confirmed_meanwhile(void **state)
{
	CLEANUP(cleanup_free) char *index = NULL;
	struct cache *cache = fixture_open();
	struct fault fault = {0};
	struct object_id ids[48];
	int writers_fd;
	char url[32];

	(void)state;
	index = fixture_path("index.sqlite");
	for (int i = 0; i < 48; i++) {
		snprintf(url, sizeof url, "https://a/%d", i);
		fixture_store(cache, url, "former", "ETag: \"b\"\n");
	}
	fixture_flush(cache);
	for (int i = 0; i < 48; i++)
		ids[i] = store_numbered(cache, i);
	writers_fd = hold_writers();
	assert_int_equal(cache_flush(cache, false, &fault), 0);
	for (int i = 0; i < 48; i++) {
		snprintf(url, sizeof url, "https://a/%d", i);
		assert_true(fixture_store_304(cache, url, "ETag: \"a\"\n", NOW_S + 1));
	}
	failing = "/records/";
	atomic_store(&failures_left, 1);
	cleanup_close(&writers_fd);
	assert_int_equal(drain(cache, &fault), -EIO);
	fixture_flush(cache);
	fixture_close(cache);
	assert_int_equal(unlink(index), 0);
	cache = fixture_open();
	for (int i = 0; i < 48; i++)
		expect_numbered(cache, i, &ids[i]);
	fixture_close(cache);
}

/* Marks of use wait for a batch, and for the next one when it fails. */
static void marks_of_use_wait_for_a_batch_that_is_stored(void **state)
{
	const struct cache_gc_options options = {.max_bytes = UINT64_MAX,
						 .unused_for_s = 30 * 24 * 3600,
						 .now_s = time(NULL),
						 .dry_run = true};
	struct cache *cache = fixture_open();
	struct cache_gc_result result;
	struct fault fault = {0};
	struct index *index;
	char url[32];

	(void)state;
	for (int i = 0; i < 9; i++)
		store_numbered(cache, i);
	fixture_close(cache);
	assert_int_equal(index_open(fixture_cache, &index, NULL), 0);
	for (int i = 0; i < 9; i++) {
		snprintf(url, sizeof url, "https://a/%d", i);
		assert_int_equal(index_mark_used(index, url, 20000, NULL), 0);
	}
	index_close(index);
	cache = fixture_open();
	for (int i = 0; i < 9; i++) {
		snprintf(url, sizeof url, "https://a/%d", i);
		cache_mark_used(cache, url);
	}
	failing = "/index.sqlite";
	atomic_store(&failures_left, 1);
	assert_int_equal(cache_flush(cache, true, &fault), -EIO);
	fixture_close(cache);
	cache = fixture_open();
	assert_int_equal(cache_gc(cache, &options, &result, &fault), 0);
	assert_int_equal(result.entries, 0);
	assert_int_equal(result.entries_left, 9);
	fixture_close(cache);
}

/* A batch is being stored, and the run goes on: what it stored before and what is to come are there
 * whenever somebody asks. */
static void looks_up_while_a_batch_is_stored(void **state)
{
	struct cache *cache = fixture_open();
	struct fault fault = {0};
	struct object_id ids[300];

	(void)state;
	for (int i = 0; i < 300; i++) {
		int earlier = i * 7 % (i + 1);

		ids[i] = store_numbered(cache, i);
		assert_in_range(cache_room(cache), 0, 64);
		assert_int_equal(cache_flush(cache, false, &fault), 0);
		expect_numbered(cache, earlier, &ids[earlier]);
	}
	assert_int_equal(drain(cache, &fault), 0);
	fixture_close(cache);
	cache = fixture_open();
	for (int i = 0; i < 300; i++)
		expect_numbered(cache, i, &ids[i]);
	fixture_close(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(displaces_none_by_bytes_that_cannot_be_read,
						fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(writes_anew_what_was_not_synced, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(stores_anew_what_the_index_did_not_take,
						fixture_setup, fixture_teardown),
		FIXTURE_TEST(records_what_was_confirmed_meanwhile),
		FIXTURE_TEST(marks_of_use_wait_for_a_batch_that_is_stored),
		cmocka_unit_test_setup_teardown(looks_up_while_a_batch_is_stored, fixture_setup,
						fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
