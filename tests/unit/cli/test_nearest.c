#include "../cmocka_all.h"

#include "alloc.h"
#include "nearest.h"

static void counts_edits(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {
		{"", "", 0},         {"abc", "abc", 0},        {"abc", "", 3},
		{"", "abc", 3},      {"timout", "timeout", 1}, {"chekc", "check", 1},
		{"sacn", "scan", 1}, {"kitten", "sitting", 3}, {"Max_Age", "max-age", 0},
		{"ca", "abc", 3}, /* no edit inside a swapped pair */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		assert_int_equal(nearest_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(nearest_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
}

static void names_the_word_that_was_meant(void **state)
{
	static const char *const words[] = {
		"build",           "warm",
		"check",           "scan",
		"report",          "show",
		"stats",           "timeout",
		"max-concurrency", "host-concurrency",
		"max-age",         "min-age",
	};
	static const struct {
		const char *word, *nearest;
	} rows[] = {
		{"chekc", "check"},
		{"buidl", "build"},
		{"wram", "warm"},
		{"stat", "stats"},
		{"timout", "timeout"},
		{"max_concurrency", "max-concurrency"},
		{"max-concurency", "max-concurrency"},
		{"max-con", "max-concurrency"}, /* begins only one, though max-age is nearer */
		{"max-agee", "max-age"},
		{"max-", NULL},
		{"xyz", NULL},
		{"x", NULL},
		{"", NULL},
		{"completely-different", NULL},
	};
	char longest[NEAREST_MAX_BYTES + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		const char *nearest = nearest_word(rows[i].word, words, ARRAY_LENGTH(words));

		if (!nearest != !rows[i].nearest || (nearest && strcmp(nearest, rows[i].nearest)))
			fail_msg("'%s': %s", rows[i].word, nearest ? nearest : "none");
	}
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_null(nearest_word(longest, words, ARRAY_LENGTH(words)));
	longest[NEAREST_MAX_BYTES] = '\0';
	assert_null(nearest_word(longest, words, ARRAY_LENGTH(words)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_edits),
		cmocka_unit_test(names_the_word_that_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
