#include "../cmocka_all.h"

#include "line.h"

#define KB 1000

static void fewer_where_the_line_is_shared(void **state)
{
	/* Bytes in thousands. */
	static const struct {
		uint64_t bytes, announced, all;
		unsigned n_others;
		unsigned limit;
	} cases[] = {
		/* So many as the line brings in half the time. */
		{600, 900, 38000, 63, 21},
		{200, 900, 38000, 63, 21},
		{30, 900, 1900, 63, 1},
		/* At most half as many. */
		{600, 610, 38000, 63, 31},
		{600, 610, 1800, 2, 1},
		{600, 0, 38000, 63, 32},
		/* The others got much more: it is the host that is slow. */
		{100, 900, 38000, 63, 64},
		{100, 900, 3000, 1, 64},
		/* Nothing else came. */
		{600, 900, 600, 0, 64},
		/* Nothing came, for five seconds, of one; and the others crawl, or do not. */
		{0, 0, 63 * 80, 63, 32},
		{0, 0, 63 * 81, 63, 64},
		{0, 0, 4 * 80, 4, 2},
		{0, 0, 3 * 80, 3, 64},
		{0, 0, 0, 0, 64},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct line_lapse lapse = {
			.bytes = cases[i].bytes * KB,
			.announced_bytes = cases[i].announced * KB,
			.all_bytes = cases[i].all * KB,
			.n_others = cases[i].n_others,
			.elapsed_ms = 5000,
		};
		struct line line;

		line_init(&line, 64);
		line_lapse(&line, &lapse, 1);
		assert_int_equal(line.limit, cases[i].limit);
	}
}

static void once_for_those_that_were_begun_together(void **state)
{
	struct line_lapse lapse = {.bytes = 600 * KB, .all_bytes = 38000 * KB, .n_others = 63};
	struct line line;

	(void)state;
	line_init(&line, 64);
	lapse.started_ms = 1000;
	line_lapse(&line, &lapse, 31000);
	assert_int_equal(line.limit, 32);
	lapse.n_others = 31;
	lapse.started_ms = 30999;
	line_lapse(&line, &lapse, 60999);
	assert_int_equal(line.limit, 32);
	lapse.started_ms = 31000;
	line_lapse(&line, &lapse, 61000);
	assert_int_equal(line.limit, 16);
}

static void one_more_after_as_many_early_ones(void **state)
{
	struct line_success success = {.is_image = true, .n_others = 3, .timeout_ms = 30000};
	struct line line;

	(void)state;
	line_init(&line, 4);
	line.limit = 2;
	success.elapsed_ms = 7500;
	line_succeed(&line, &success);
	success.elapsed_ms = 7501;
	line_succeed(&line, &success);
	assert_int_equal(line.limit, 2);
	success.elapsed_ms = 1;
	line_succeed(&line, &success);
	assert_int_equal(line.limit, 3);
	success.timeout_ms = INT64_MAX;
	for (int i = 0; i < 20; i++)
		line_succeed(&line, &success);
	assert_int_equal(line.limit, 4);
}

static void what_brings_no_image_counts_while_none_is_coming(void **state)
{
	static const struct {
		bool is_image;
		unsigned n_others;
		unsigned limit;
	} cases[] = {
		{true, 0, 2},
		{true, 1, 2},
		{false, 0, 2},
		{false, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct line_success success = {
			.is_image = cases[i].is_image,
			.n_others = cases[i].n_others,
			.elapsed_ms = 100,
			.timeout_ms = 30000,
		};
		struct line line;

		line_init(&line, 64);
		line.limit = 1;
		line_succeed(&line, &success);
		assert_int_equal(line.limit, cases[i].limit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fewer_where_the_line_is_shared),
		cmocka_unit_test(once_for_those_that_were_begun_together),
		cmocka_unit_test(one_more_after_as_many_early_ones),
		cmocka_unit_test(what_brings_no_image_counts_while_none_is_coming),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
