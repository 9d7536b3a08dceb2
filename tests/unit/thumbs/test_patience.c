#include "../cmocka_all.h"

#include "patience.h"

#define LIMIT_MS 10000

struct look {
	int64_t now_ms, cpu_ms;
	bool is_over;
	int64_t deadline_ms; /* afterwards */
	int64_t waited_ms;
};

static void check(const struct look *looks, size_t count)
{
	struct patience patience;

	patience_begin(&patience, LIMIT_MS, 1000, 500, 0);
	assert_int_equal(patience.deadline_ms, 11000);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(patience_is_over(&patience, looks[i].now_ms, looks[i].cpu_ms,
						  looks[i].waited_ms),
				 looks[i].is_over);
		if (!looks[i].is_over)
			assert_int_equal(patience.deadline_ms, looks[i].deadline_ms);
	}
}

#define CHECK(...)                                          \
	do {                                                \
		const struct look looks[] = {__VA_ARGS__};  \
                                                            \
		check(looks, sizeof looks / sizeof *looks); \
	} while (0)

static void before_the_deadline_nothing_is_over(void **state)
{
	(void)state;
	CHECK({10999, 500, false, 11000}, {10999, -1, false, 11000});
}

static void who_sleeps_is_given_up(void **state)
{
	(void)state;
	CHECK({11000, 500, true, 0});
	CHECK({11000, 599, true, 0}); /* less than a hundredth of a core */
}

/* A hundredth of a core is one. */
static void who_had_a_little_has_the_rest(void **state)
{
	(void)state;
	CHECK({11000, 600, false, 20900});
}

static void who_had_a_core_is_given_up(void **state)
{
	(void)state;
	CHECK({11000, 10500, true, 0});
	/* Nearly: for what is missing. */
	CHECK({11000, 10490, false, 11010}, {11010, 10500, true, 0});
}

static void who_got_no_core_has_the_rest(void **state)
{
	(void)state;
	CHECK({11000, 1500, false, 20000}, {20000, 3000, false, 27500}, {27500, 10500, true, 0});
}

static void who_stops_to_run_later_is_given_up_then(void **state)
{
	(void)state;
	CHECK({11000, 5500, false, 16000}, {16000, 5500, true, 0});
}

static void not_for_ever(void **state)
{
	(void)state;
	CHECK({11000, 700, false, 20800}, {20800, 900, false, 30400}, {30400, 1100, false, 39800},
	      {39800, 1300, false, 49000}, {49000, 1500, false, 58000}, {58000, 1700, false, 61000},
	      {61000, 1800, true, 0});
}

static void what_cannot_be_read_excuses_nobody(void **state)
{
	struct patience patience;

	(void)state;
	CHECK({11000, -1, true, 0});
	patience_begin(&patience, LIMIT_MS, 0, -1, -1);
	assert_true(patience_is_over(&patience, LIMIT_MS, 3000, -1));
	patience_begin(&patience, LIMIT_MS, 0, 0, -1);
	assert_true(patience_is_over(&patience, LIMIT_MS, 0, 9000));
	patience_begin(&patience, LIMIT_MS, 0, -1, 0);
	assert_true(patience_is_over(&patience, LIMIT_MS, 3000, 0));
}

static void what_it_waited_for_a_core_does_not_count(void **state)
{
	(void)state;
	/* A hundredth of a core would be too little. */
	CHECK({11000, 510, false, 20900, 9900}, {20900, 520, false, 30790, 19790});
	/* Then it sleeps. */
	CHECK({11000, 510, false, 20900, 9900}, {20900, 510, true, 0, 9900});
	/* It would be over at 61,000. */
	CHECK({61000, 600, false, 70900, 59900}, {70900, 10500, true, 0, 59900});
	CHECK({61000, 600, false, 70900, 59900}, {70900, 700, false, 80700, 59900});
	CHECK({1000000, 600, true, 0, 999000}); /* not for ever */
	CHECK({12000, 550, false, 611000, 999000}, {611000, 560, true, 0, 1999000});
	/* Threads that had two cores, and waited for them. */
	CHECK({11000, 20500, true, 0, 90000});
	CHECK({11000, 5500, false, 20900, 9900}, {20900, 10500, true, 0, 90000});
	CHECK({11000, 500, true, 0, -1});
}

static void what_others_waited_before_does_not_count(void **state)
{
	struct patience patience;

	(void)state;
	patience_begin(&patience, LIMIT_MS, 1000, 500, 5000);
	assert_false(patience_is_over(&patience, 11000, 510, 14900));
	assert_int_equal(patience.deadline_ms, 20900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_deadline_nothing_is_over),
		cmocka_unit_test(who_sleeps_is_given_up),
		cmocka_unit_test(who_had_a_core_is_given_up),
		cmocka_unit_test(who_had_a_little_has_the_rest),
		cmocka_unit_test(what_others_waited_before_does_not_count),
		cmocka_unit_test(who_got_no_core_has_the_rest),
		cmocka_unit_test(who_stops_to_run_later_is_given_up_then),
		cmocka_unit_test(not_for_ever),
		cmocka_unit_test(what_it_waited_for_a_core_does_not_count),
		cmocka_unit_test(what_cannot_be_read_excuses_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
