#include "../cmocka_all.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "cleanup.h"
#include "disk_work.h"
#include "text_ahead.h"

static bool makes_threads = true;

/* In front of the C library's. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
		   void *context)
{
	static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (!makes_threads)
		return EAGAIN;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return real(thread, attributes, start, context);
}

static void write_numbers(const void *context, struct buf *ret_text)
{
	const unsigned *count = context;

	for (unsigned i = 0; i < *count; i++)
		buf_printf(ret_text, "%u\n", i);
}

/* Nothing, a piece, and more than the thread may be ahead. */
static const unsigned counts[] = {0, 1, 20000, 3000000};

static void reads_what_is_written(void)
{
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		CLEANUP(buf_release) struct buf wanted = BUF_INIT(BUF_UNLIMITED);
		CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
		struct text_ahead *ahead = text_ahead_start(write_numbers, &counts[i]);

		write_numbers(&counts[i], &wanted);
		text_ahead_write(ahead, &text);
		text_ahead_free(ahead);
		assert_true(counts[i] < 3000000 || text.length_bytes > 2 * TEXT_AHEAD_BYTES);
		assert_int_equal(text.length_bytes, wanted.length_bytes);
		assert_string_equal(buf_string(&text), buf_string(&wanted));
	}
	disk_work_end();
}

static void makes_a_text_beside(void **state)
{
	(void)state;
	reads_what_is_written();
}

static void makes_it_at_once_without_a_thread(void **state)
{
	(void)state;
	makes_threads = false;
	reads_what_is_written();
	makes_threads = true;
}

static void drops_what_nobody_reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		text_ahead_free(text_ahead_start(write_numbers, &counts[i]));
	text_ahead_free(NULL);
	disk_work_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_a_text_beside),
		cmocka_unit_test(makes_it_at_once_without_a_thread),
		cmocka_unit_test(drops_what_nobody_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
