#include "../cmocka_all.h"

#include <ctype.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
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
	assert_false(buf.overflowed);
	assert_int_equal(buf_printf(&buf, "%s", "abcde"), -E2BIG);
	assert_true(buf.overflowed);
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

static void room_that_nothing_is_put_into_is_an_empty_text(void **state)
{
	struct buf buf = BUF_INIT(BUF_UNLIMITED);
	char *stolen;

	(void)state;
	mallopt(M_PERTURB, 0x55); /* no memory is zero by chance */
	assert_non_null(buf_reserve(&buf, 0));
	assert_string_equal(buf_string(&buf), "");
	buf_append_string(&buf, "ab");
	assert_non_null(buf_reserve(&buf, 1000));
	assert_string_equal(buf_string(&buf), "ab");
	buf_release(&buf);
	assert_non_null(buf_reserve(&buf, 10));
	stolen = buf_steal(&buf);
	assert_string_equal(stolen, "");
	free(stolen);
	mallopt(M_PERTURB, 0);
}

struct collected {
	struct buf text;
	size_t longest_bytes, n_pieces;
};

static int collect(void *context, const void *data, size_t length_bytes)
{
	struct collected *collected = context;

	if (length_bytes > collected->longest_bytes)
		collected->longest_bytes = length_bytes;
	collected->n_pieces++;
	return buf_append(&collected->text, data, length_bytes);
}

static void goes_out_in_pieces(void **state)
{
	struct collected collected = {.text = BUF_INIT(BUF_UNLIMITED)};
	struct buf_outlet outlet = {.write = collect, .context = &collected};
	struct buf text = {.max_bytes = BUF_UNLIMITED, .outlet = &outlet};
	struct buf expected = BUF_INIT(BUF_UNLIMITED);

	(void)state;
	for (int i = 0; i < 100000; i++) {
		buf_printf(&text, "%d", i);
		buf_append(&text, " and ", i % 6);
		buf_append_char(&text, '\n');
		buf_printf(&expected, "%d", i);
		buf_append(&expected, " and ", i % 6);
		buf_append_char(&expected, '\n');
	}
	assert_int_equal(buf_drain(&text), 0);
	assert_string_equal(buf_string(&collected.text), buf_string(&expected));
	assert_true(collected.n_pieces > 5);
	assert_true(collected.longest_bytes <= 2 * BUF_PIECE_BYTES);
	assert_true(text.capacity_bytes <= 4 * BUF_PIECE_BYTES);
	buf_release(&text);
	buf_release(&expected);
	buf_release(&collected.text);
}

static void an_outlet_that_fails_is_left_alone(void **state)
{
	struct collected collected = {.text = BUF_INIT(BUF_PIECE_BYTES / 2)};
	struct buf_outlet outlet = {.write = collect, .context = &collected};
	struct buf text = {.max_bytes = BUF_UNLIMITED, .outlet = &outlet};

	(void)state;
	for (int i = 0; i < 1000000; i++)
		buf_append_char(&text, 'x');
	assert_int_equal(buf_drain(&text), -E2BIG);
	assert_int_equal(collected.n_pieces, 1);
	buf_release(&text);
	buf_release(&collected.text);
}

static void writes_numbers(void **state)
{
	static const uint64_t numbers[] = {0, 9, 10, 11, 99, 100, 12345678901, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct buf buf = BUF_INIT(100);
		char expected[32];

		snprintf(expected, sizeof expected, "%llu", (unsigned long long)numbers[i]);
		assert_int_equal(buf_append_unsigned(&buf, numbers[i]), 0);
		assert_string_equal(buf_string(&buf), expected);
		buf_release(&buf);
	}
}

static void reads_hex_digits(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		const char text[] = {(char)c, '\0'};
		int expected = isxdigit(c) ? (int)strtol(text, NULL, 16) : -1;

		assert_int_equal(hex_digit((char)c), expected);
	}
}

static void cuts_slices(void **state)
{
	static const struct {
		const char *text, *trimmed;
	} rows[] = {
		{"", ""}, {" \t\r\n\f", ""}, {"\f a b\f", "a b"}, {"\va\v", "\va\v"}, {"a\n", "a"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_true(slice_equals(slice_trim(slice_of(rows[i].text)), rows[i].trimmed));
	assert_true(slice_starts_with(slice_of("abc"), "ab"));
	assert_true(slice_starts_with(slice_of("ab"), "ab"));
	assert_true(slice_starts_with(slice_of("ab"), ""));
	assert_false(slice_starts_with(slice_of("abc"), "ac"));
	assert_false(slice_starts_with((struct slice){"abc", 2}, "abc"));
	assert_true(slice_equals_nocase(slice_of("aBc"), "AbC"));
	assert_false(slice_equals_nocase(slice_of("ab"), "abc"));
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
		cmocka_unit_test(room_that_nothing_is_put_into_is_an_empty_text),
		cmocka_unit_test(goes_out_in_pieces),
		cmocka_unit_test(an_outlet_that_fails_is_left_alone),
		cmocka_unit_test(writes_numbers),
		cmocka_unit_test(reads_hex_digits),
		cmocka_unit_test(cuts_slices),
		cmocka_unit_test(steals),
		cmocka_unit_test(trims_and_compares_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
