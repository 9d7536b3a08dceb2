#include "../cmocka_all.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "cleanup.h"

static void test_strings_stay_where_they_are(void **state)
{
	CLEANUP(arena_release) struct arena arena = {0};
	char *texts[2000];

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		texts[i] = arena_printf(&arena, "%0*u", (int)(i % 97 + 4), i);
	for (unsigned i = 0; i < 2000; i++) {
		unsigned value = 0;

		assert_int_equal(strlen(texts[i]), i % 97 + 4);
		for (const char *c = texts[i]; *c; c++)
			value = value * 10 + (unsigned)(*c - '0');
		assert_int_equal(value, i);
	}
}

static void test_pieces_are_aligned_and_apart(void **state)
{
	static const size_t sizes[] = {1, 0, 7, 16, 1000, 1024, 3, 70000, 5, 200000, 24};
	CLEANUP(arena_release) struct arena arena = {0};
	unsigned char *pieces[sizeof sizes / sizeof *sizes];

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		arena_string(&arena, "x"); /* what follows must be aligned again */
		pieces[i] = arena_zeroed(&arena, sizes[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], i + 1);
}

static void test_strings_of_given_length(void **state)
{
	CLEANUP(arena_release) struct arena arena = {0};

	(void)state;
	assert_string_equal(arena_string_n(&arena, "abc", 2), "ab");
	assert_string_equal(arena_string_n(&arena, NULL, 0), "");
	assert_string_equal(arena_string(&arena, ""), "");
	arena_release(&arena);
	assert_string_equal(arena_string(&arena, "again"), "again");
}

static void test_reserved_bytes_are_one_piece(void **state)
{
	CLEANUP(arena_release) struct arena arena = {0};
	const char *first, *second;

	(void)state;
	arena_reserve(&arena, 7);
	first = arena_string(&arena, "abc");
	second = arena_string(&arena, "de");
	assert_ptr_equal(second, first + 4);
	assert_string_equal(arena_string(&arena, "more than that"), "more than that");
	assert_string_equal(first, "abc");
	arena_reserve(&arena, 100); /* in use: nothing happens */
	assert_string_equal(second, "de");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings_stay_where_they_are),
		cmocka_unit_test(test_pieces_are_aligned_and_apart),
		cmocka_unit_test(test_strings_of_given_length),
		cmocka_unit_test(test_reserved_bytes_are_one_piece),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
