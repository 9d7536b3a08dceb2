#include "../cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

static void appends_and_terminates(void **state)
{
	struct buf buf = BUF_INIT(100);

	(void)state;
	assert_string_equal(buf_string(&buf), "");
	assert_int_equal(buf_append_string(&buf, "ab"), 0);
	assert_int_equal(buf_printf(&buf, "-%d", 7), 0);
	assert_string_equal(buf_string(&buf), "ab-7");
	assert_int_equal(buf.length_bytes, 4);
	buf_release(&buf);
}

static void refuses_what_is_over_the_maximum(void **state)
{
	struct buf buf = BUF_INIT(4);

	(void)state;
	assert_int_equal(buf_append(&buf, "abcd", 4), 0);
	assert_int_equal(buf_append_char(&buf, 'e'), -E2BIG);
	assert_true(buf.overflowed);
	assert_string_equal(buf_string(&buf), "abcd");
	buf_clear(&buf);
	assert_int_equal(buf_printf(&buf, "%s", "abcde"), -E2BIG);
	assert_int_equal(buf.length_bytes, 0);
	buf_release(&buf);
}

static void reserves_what_is_filled_later(void **state)
{
	struct buf buf = BUF_INIT(100);
	char *room = buf_reserve(&buf, 60);

	(void)state;
	assert_non_null(room);
	memcpy(room, "abc", 3);
	buf_commit(&buf, 3);
	assert_string_equal(buf_string(&buf), "abc");
	assert_null(buf_reserve(&buf, 98));
	assert_false(buf.overflowed);
	room = buf_reserve(&buf, 97);
	assert_non_null(room);
	memset(room, 'd', 97);
	buf_commit(&buf, 97);
	assert_int_equal(buf.length_bytes, 100);
	assert_int_equal(buf_append_char(&buf, 'e'), -E2BIG);
	assert_true(buf.overflowed);
	buf_release(&buf);
}

static void steals(void **state)
{
	struct buf buf = BUF_INIT(10);
	char *text;

	(void)state;
	text = buf_steal(&buf);
	assert_string_equal(text, "");
	free(text);
	buf_append_string(&buf, "x");
	text = buf_steal(&buf);
	assert_string_equal(text, "x");
	assert_null(buf.data);
	free(text);
}

static void trims_and_compares_slices(void **state)
{
	(void)state;
	assert_true(slice_equals(slice_trim(slice_of(" \t a b\r\n")), "a b"));
	assert_true(slice_equals(slice_trim(slice_of("  ")), ""));
	assert_true(slice_starts_with(slice_of("abc"), "ab"));
	assert_true(slice_starts_with(slice_of("abc"), ""));
	assert_false(slice_starts_with(slice_of("ab"), "abc"));
	assert_true(slice_equals(slice_from(slice_of("abc"), 1), "bc"));
	assert_true(slice_equals(slice_from(slice_of("abc"), 3), ""));
	assert_true(slice_equals_nocase(slice_of("Max-Age"), "max-age"));
	assert_false(slice_equals(slice_of("abc"), "ab"));
	assert_true(slice_equals((struct slice){NULL, 0}, ""));
	assert_true(slice_equals_nocase((struct slice){NULL, 0}, ""));
	assert_false(slice_equals((struct slice){NULL, 0}, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_and_terminates),
		cmocka_unit_test(refuses_what_is_over_the_maximum),
		cmocka_unit_test(reserves_what_is_filled_later),
		cmocka_unit_test(steals),
		cmocka_unit_test(trims_and_compares_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
