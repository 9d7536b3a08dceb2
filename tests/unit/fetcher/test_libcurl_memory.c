#include "../cmocka_all.h"

#include <malloc.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "libcurl_memory.h"

/* At the borders of what is kept together, and beyond all of it. */
static const size_t sizes[] = {0,    1,    63,    64,    65,    1023,  1024,     1025,
			       2048, 2049, 16384, 32767, 32768, 32769, 1u << 20, 8u << 20};
#define COUNT (sizeof sizes / sizeof sizes[0])

static int begin(void **state)
{
	(void)state;
	libcurl_memory_begin();
	return 0;
}

static int end(void **state)
{
	(void)state;
	libcurl_memory_end();
	return 0;
}

static void assert_filled(const unsigned char *data, size_t bytes, unsigned char byte)
{
	for (size_t i = 0; i < bytes; i++)
		assert_int_equal(data[i], byte);
}

static void gives_memory_of_each_size(void **state)
{
	unsigned char *data[COUNT];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < COUNT; i++) {
			data[i] = libcurl_malloc(sizes[i]);
			assert_non_null(data[i]);
			assert_int_equal((uintptr_t)data[i] % alignof(max_align_t), 0);
			memset(data[i], (int)i + 1, sizes[i]);
		}
		for (size_t i = 0; i < COUNT; i++)
			assert_filled(data[i], sizes[i], (unsigned char)(i + 1));
		for (size_t i = 0; i < COUNT; i++)
			libcurl_free(data[i]);
	}
	libcurl_free(NULL);
}

/* What was freed is dirty. */
static void clears_what_calloc_gives(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		unsigned char *data = libcurl_malloc(sizes[i]);

		memset(data, 0xff, sizes[i]);
		libcurl_free(data);
		data = libcurl_calloc(1, sizes[i]);
		assert_filled(data, sizes[i], 0);
		libcurl_free(data);
	}
	assert_null(libcurl_calloc(SIZE_MAX / 2, 3));
	assert_null(libcurl_malloc(SIZE_MAX));
}

static void keeps_the_content_of_what_grows_and_shrinks(void **state)
{
	(void)state;
	for (size_t from = 0; from < COUNT; from++) {
		for (size_t to = 0; to < COUNT; to++) {
			size_t least = sizes[from] < sizes[to] ? sizes[from] : sizes[to];
			unsigned char *data = libcurl_realloc(NULL, sizes[from]);

			memset(data, 0xa5, sizes[from]);
			data = libcurl_realloc(data, sizes[to]);
			assert_non_null(data);
			assert_filled(data, least, 0xa5);
			memset(data, 0x5a, sizes[to]);
			libcurl_free(data);
		}
	}
}

static void copies_text(void **state)
{
	char *copy = libcurl_strdup("Accept: image/avif");
	char *empty = libcurl_strdup("");

	(void)state;
	assert_string_equal(copy, "Accept: image/avif");
	assert_string_equal(empty, "");
	libcurl_free(copy);
	libcurl_free(empty);
}

#if LIBCURL_MEMORY_KEEPS
static void gives_again_what_was_freed_last(void **state)
{
	void *first = libcurl_malloc(5000), *other;

	(void)state;
	libcurl_free(first);
	other = libcurl_malloc(4100); /* of the same kind */
	assert_ptr_equal(other, first);
	libcurl_free(other);
	other = libcurl_malloc(5121);
	assert_ptr_not_equal(other, first);
	libcurl_free(other);
}

static void keeps_no_more_than_its_limit(void **state)
{
	enum { BLOCKS = 1000, BYTES = 30000, LIMIT = 4 << 20 };
	static void *blocks[BLOCKS];
	size_t before, kept;

	(void)state;
	for (size_t i = 0; i < BLOCKS; i++)
		blocks[i] = libcurl_malloc(BYTES);
	for (size_t i = 0; i < BLOCKS; i++)
		libcurl_free(blocks[i]);
	before = mallinfo2().uordblks;
	libcurl_memory_end();
	kept = before - mallinfo2().uordblks;
	assert_in_range(kept, LIMIT / 2, LIMIT + LIMIT / 100);
	libcurl_memory_begin();
}
#endif

static void *free_and_allocate(void *data)
{
	libcurl_free(data);
	return libcurl_malloc(5000);
}

/* libcurl has threads of its own where it looks up a name. */
static void leaves_other_threads_to_malloc(void **state)
{
	void *data = libcurl_malloc(5000), *of_thread;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, free_and_allocate, data), 0);
	assert_int_equal(pthread_join(thread, &of_thread), 0);
	memset(of_thread, 1, 5000);
	libcurl_free(of_thread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gives_memory_of_each_size, begin, end),
		cmocka_unit_test_setup_teardown(clears_what_calloc_gives, begin, end),
		cmocka_unit_test_setup_teardown(keeps_the_content_of_what_grows_and_shrinks, begin,
						end),
		cmocka_unit_test_setup_teardown(copies_text, begin, end),
#if LIBCURL_MEMORY_KEEPS
		cmocka_unit_test_setup_teardown(gives_again_what_was_freed_last, begin, end),
		cmocka_unit_test_setup_teardown(keeps_no_more_than_its_limit, begin, end),
#endif
		cmocka_unit_test_setup_teardown(leaves_other_threads_to_malloc, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
