/* What a lookup gave before a request, and what is stored when the answer is there. */
#include "cache_fixture.h"

#include <string.h>

#define URL "https://a/1"
#define FIELDS "ETag: \"a\"\nCache-Control: max-age=60\nContent-Type: image/png\n"

static void tells_whether_something_was_stored(void **state)
{
	struct cache *cache = fixture_open(), *other = fixture_open();
	struct cache_entry entry;

	(void)state;
	fixture_store(cache, URL, "one", FIELDS);
	fixture_store(cache, "https://a/2", "two", FIELDS);
	fixture_flush(cache);
	fixture_close(cache);
	cache = fixture_open();
	entry = fixture_look(cache, URL, NOW_S);
	assert_true(cache_is_unchanged(cache, URL, entry.generation));

	/* another URL, by this handle */
	fixture_fail(cache, "https://a/3", CACHE_FAILURE_GONE, NOW_S);
	assert_true(cache_is_unchanged(cache, URL, entry.generation));
	fixture_flush(cache);
	assert_true(cache_is_unchanged(cache, URL, entry.generation));

	/* this one, by this handle: pending, and committed */
	assert_true(cache_is_unchanged(cache, "https://a/2", entry.generation));
	fixture_fail(cache, "https://a/2", CACHE_FAILURE_GONE, NOW_S);
	assert_false(cache_is_unchanged(cache, "https://a/2", entry.generation));
	fixture_flush(cache);
	assert_false(cache_is_unchanged(cache, "https://a/2", entry.generation));

	/* anything, by another one */
	fixture_fail(other, "https://a/4", CACHE_FAILURE_GONE, NOW_S);
	cache_end_reads(cache);
	assert_true(cache_is_unchanged(cache, URL, entry.generation));
	fixture_flush(other);
	assert_false(cache_is_unchanged(cache, URL, entry.generation));
	cache_entry_release(&entry);
	entry = fixture_look(cache, URL, NOW_S);
	assert_true(cache_is_unchanged(cache, URL, entry.generation));
	cache_entry_release(&entry);
	fixture_close(cache);
	fixture_close(other);
}

static bool confirm(struct cache *cache, struct cache_entry *known, int64_t now_s)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};
	struct cache_response response = {.url = URL,
					  .final_url = URL,
					  .status = 304,
					  .fields = &fields,
					  .request_time_s = now_s,
					  .response_time_s = now_s};
	bool matches = false;
	const char *lines = "ETag: \"a\"\nCache-Control: max-age=100\n";

	http_fields_parse(&fields, lines, strlen(lines));
	assert_int_equal(cache_store_not_modified(cache, &response, known, &matches, NULL), 0);
	return matches;
}

static void expect_confirmed(struct cache *cache, int64_t now_s)
{
	CLEANUP(cache_entry_release) struct cache_entry entry = fixture_look(cache, URL, now_s);

	assert_int_equal(entry.state, CACHE_FRESH);
	assert_int_equal(entry.failure, CACHE_FAILURE_NONE);
	assert_int_equal(entry.checked_s, now_s);
	assert_int_equal(entry.status, 200);
	assert_int_equal(entry.freshness_lifetime_s, 100);
	assert_string_equal(http_fields_get(&entry.fields, "Content-Type"), "image/png");
	assert_int_equal(entry.first_failure_s, 0);
	assert_int_equal(entry.failure_streak, 0);
}

/* What is known of the URL before its 304, by a handle of its own. */
enum before { AS_STORED, FAILING, STORED_BY_ANOTHER };

static void a_304_confirms_what_is_known(void **state)
{
	(void)state;
	for (enum before before = AS_STORED; before <= STORED_BY_ANOTHER; before++) {
		struct cache *cache = fixture_open(), *other;
		struct cache_entry known;

		fixture_store(cache, URL, "one", FIELDS);
		if (before == FAILING)
			fixture_fail(cache, URL, CACHE_FAILURE_TEMPORARY, NOW_S + 61);
		fixture_close(cache);
		cache = fixture_open();
		known = fixture_look(cache, URL, NOW_S + 10000);
		assert_int_equal(known.state, CACHE_STALE);
		assert_non_null(known.stored);
		cache_end_reads(cache);
		other = fixture_open();
		if (before == STORED_BY_ANOTHER)
			fixture_store(other, URL, "two", FIELDS "X-New: 1\n");
		fixture_close(other);
		assert_true(confirm(cache, &known, NOW_S + 10000));
		assert_string_equal(http_fields_get(&known.fields, "Cache-Control"), "max-age=100");
		expect_confirmed(cache, NOW_S + 10000);
		fixture_close(cache);
		cache = fixture_open();
		expect_confirmed(cache, NOW_S + 10000);
		cache_entry_release(&known);
		known = fixture_look(cache, URL, NOW_S + 10000);
		assert_int_equal(http_fields_count(&known.fields, "X-New"),
				 before == STORED_BY_ANOTHER);
		assert_true(fixture_reads(cache, &known.object,
					  before == STORED_BY_ANOTHER ? "two" : "one"));
		cache_entry_release(&known);
		fixture_close(cache);
		fixture_teardown(NULL);
		fixture_setup(NULL);
	}
}

/* The row went between the answer and the batch: it is put anew. */
static void a_batch_puts_a_row_that_is_gone(void **state)
{
	struct cache *cache = fixture_open();
	CLEANUP(cleanup_free) char *path = fixture_path("index.sqlite");
	CLEANUP(cleanup_free)
	char *command =
		alloc_printf("/usr/bin/python3 -c 'import sqlite3; c = sqlite3.connect(\"%s\"); "
			     "c.execute(\"DELETE FROM entries\"); c.commit()'",
			     path);
	struct cache_entry known;

	(void)state;
	fixture_store(cache, URL, "one", FIELDS);
	fixture_close(cache);
	cache = fixture_open();
	known = fixture_look(cache, URL, NOW_S + 10000);
	cache_end_reads(cache);
	assert_true(confirm(cache, &known, NOW_S + 10000));
	assert_int_equal(system(command), 0);
	fixture_close(cache);
	cache = fixture_open();
	expect_confirmed(cache, NOW_S + 10000);
	cache_entry_release(&known);
	fixture_close(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(tells_whether_something_was_stored),
		FIXTURE_TEST(a_304_confirms_what_is_known),
		FIXTURE_TEST(a_batch_puts_a_row_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
