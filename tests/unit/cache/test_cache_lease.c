/* When a URL that one handle asks for is another's to ask for. */
#include "cache_fixture.h"

#define FRESH "Cache-Control: max-age=60\n"

/* Nothing came of it, which nobody has to wait for. */
static void what_stores_nothing_ends_with_the_next_turn(void **state)
{
	struct cache *one = fixture_open(), *two = fixture_open();
	struct fault fault = {0};

	(void)state;
	assert_true(cache_lease(one, "https://a/"));
	assert_false(cache_lease(two, "https://a/"));
	cache_lease_end(one, "https://a/");
	assert_int_equal(cache_flush(one, false, &fault), 0);
	assert_true(cache_lease(two, "https://a/"));
	assert_false(cache_lease(one, "https://a/"));
	fixture_close(two); /* as at the end of a process */
	assert_true(cache_lease(one, "https://a/"));
	fixture_close(one);
}

/* Who gets it then finds what was stored. */
static void what_stores_something_ends_when_that_is_durable(void **state)
{
	struct cache *one = fixture_open(), *two = fixture_open();
	struct fault fault = {0};

	(void)state;
	assert_true(cache_lease(one, "https://a/"));
	assert_int_equal(fixture_state(two, "https://a/", NOW_S), CACHE_MISS);
	cache_end_reads(two);
	fixture_store(one, "https://a/", "bytes", FRESH);
	cache_lease_end(one, "https://a/");
	assert_int_equal(cache_flush(one, false, &fault), 0);
	if (!cache_lease(two, "https://a/")) { /* unless a second has passed meanwhile */
		fixture_flush(one);
		assert_true(cache_lease(two, "https://a/"));
	}
	assert_int_equal(fixture_state(two, "https://a/", NOW_S), CACHE_FRESH);
	fixture_close(two);
	fixture_close(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(what_stores_nothing_ends_with_the_next_turn),
		FIXTURE_TEST(what_stores_something_ends_when_that_is_durable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
