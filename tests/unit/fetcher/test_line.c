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
	struct line line;

	(void)state;
	line_init(&line, 4);
	line.limit = 2;
	line_succeed(&line, 7500, 30000);
	line_succeed(&line, 7501, 30000);
	assert_int_equal(line.limit, 2);
	line_succeed(&line, 1, 30000);
	assert_int_equal(line.limit, 3);
	for (int i = 0; i < 20; i++)
		line_succeed(&line, 1, INT64_MAX);
	assert_int_equal(line.limit, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fewer_where_the_line_is_shared),
		cmocka_unit_test(once_for_those_that_were_begun_together),
		cmocka_unit_test(one_more_after_as_many_early_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
