/* A disk that loses what it was to sync, once: the kernel says so once, and no more. */
#include "cache_fixture.h"

#include <dlfcn.h>
#include <linux/aio_abi.h>
#include <stdarg.h>
#include <sys/syscall.h>

static int failures_left;

/* In front of the C library's: io_getevents(2) tells of failures. */
long syscall(long number, ...)
{
	static long (*real)(long, ...);
	long arguments[6], result;
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	result = real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
		      arguments[5]);
	if (number == SYS_io_getevents && result > 0 && failures_left) {
		((struct io_event *)(uintptr_t)arguments[3])->res = -EIO;
		failures_left--;
	}
	return result;
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
	failures_left = 1;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_anew_what_was_not_synced, fixture_setup,
						fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
