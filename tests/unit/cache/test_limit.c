/* How large a cache may become: what a reservation evicts, and when there is no room. */
#include "cache_fixture.h"

#include "index.h"

#define FRESH "Cache-Control: max-age=60\n"
#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define LONG_AGO 20000 /* a day */

/* https://a/0 and so on, 100 bytes each, of which the first so many were used long ago. */
static struct cache *open_filled(int count, int n_old)
{
	struct cache *cache = fixture_open();
	struct index *index;
	char url[32];

	for (int i = 0; i < count; i++) {
		CLEANUP(cleanup_free) char *text = alloc_printf("%0100d", i);

		snprintf(url, sizeof url, "https://a/%d", i);
		fixture_store(cache, url, text, FRESH);
	}
	fixture_flush(cache);
	assert_int_equal(index_open(fixture_cache, &index, NULL), 0);
	for (int i = 0; i < n_old; i++) {
		snprintf(url, sizeof url, "https://a/%d", i);
		assert_int_equal(index_mark_used(index, url, LONG_AGO, NULL), 0);
	}
	index_close(index);
	return cache;
}

/* Of 1,000 bytes, all used today, nothing goes: up to a twentieth more than the limit is room. */
static void what_is_used_today_stays(void **state)
{
	static const struct {
		uint64_t max_bytes, reserved;
		const char *message; /* NULL: there is room */
	} cases[] = {
		{UINT64_MAX, MIB, NULL},
		{2000, 0, NULL},
		{2000, 1000, NULL},
		{2000, 1100, NULL},
		{2000, 1101,
		 "the cache is full: 0 KiB of images that are in use, and at most 1 "
		 "KiB (cache.max_size)"},
		{1000, 50, NULL},
		{1000, 51, "at most 0 KiB"},
		{953, 0, NULL},
		{952, 0, "at most 0 KiB"},
		{10 * MIB - 1, 11 * MIB, "at most 10239 KiB"},
		{10 * MIB, 11 * MIB, "full: 0 MiB of images that are in use, and at most 10 MiB"},
		{11 * MIB, 11 * MIB, NULL},
	};
	struct cache *cache = open_filled(10, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct fault fault = {0};
		int error;

		cache_set_max_bytes(cache, cases[i].max_bytes);
		error = cache_reserve(cache, cases[i].reserved, &fault);
		if (error != (cases[i].message ? -ENOSPC : 0) ||
		    (error && !strstr(fault.text, cases[i].message)))
			fail_msg("case %zu: %d %s", i, error, fault.text);
		assert_int_equal(fixture_stats(cache).entries, 10);
	}
	fixture_close(cache);
}

/* Of ten images of 100 bytes as many go as is needed for the download and a tenth of the limit. */
static void what_was_used_long_ago_makes_room(void **state)
{
	static const struct {
		int n_old;
		uint64_t max_bytes, reserved;
		int n_left; /* of 10 */
		int error;
	} cases[] = {
		{10, 2000, 1000, 10, 0},
		{10, 2000, 1001, 7, 0},
		{10, 1000, 0, 10, 0},
		{10, 1000, 1, 8, 0},
		{10, 1000, 100, 8, 0},
		{10, 1000, 101, 7, 0},
		{10, 1000, 300, 6, 0},
		{10, 1000, 900, 0, 0},
		{10, 1000, 1000, 0, 0},
		{3, 1000, 300, 7, 0},
		{3, 1000, 351, 7, -ENOSPC},
		{3, 1000, 350, 7, 0},
		{10, 500, 0, 4, 0},
		{10, 500, 200, 2, 0},
		/* what can never fit makes nothing go that the others leave room for */
		{10, 1000, 1051, 9, -ENOSPC},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct cache *cache;
		struct fault fault = {0};
		int error;

		assert_int_equal(fixture_setup(NULL), 0);
		cache = open_filled(10, cases[i].n_old);
		cache_set_max_bytes(cache, cases[i].max_bytes);
		error = cache_reserve(cache, cases[i].reserved, &fault);
		if (error != cases[i].error ||
		    fixture_stats(cache).entries != (uint64_t)cases[i].n_left)
			fail_msg("case %zu: %d, %d are left", i, error,
				 (int)fixture_stats(cache).entries);
		fixture_close(cache);
		assert_int_equal(fixture_teardown(NULL), 0);
	}
}

static int reserve(struct cache *cache, uint64_t bytes)
{
	struct fault fault = {0};

	return cache_reserve(cache, bytes, &fault);
}

/* Nobody knows when a local file's thumbnail was used: it goes when nothing else can. */
static void what_is_doubtful_goes_last(void **state)
{
	const struct object_id original = {{7}};
	struct cache_thumb thumb = {
		.bytes = 200, .type = MEDIA_WEBP, .width_px = 1, .height_px = 1};
	struct cache *cache = open_filled(8, 2);
	CLEANUP(cleanup_free) char *text = alloc_printf("%0200d", 0);

	(void)state;
	thumb.object = fixture_put_bytes(cache, text, 200);
	assert_int_equal(cache_store_thumb(cache, "a", &original, &thumb, NULL), 0);
	fixture_flush(cache);
	cache_set_max_bytes(cache, 1000);
	assert_int_equal(reserve(cache, 100), 0);
	assert_int_equal(fixture_stats(cache).entries, 6);
	assert_int_equal(fixture_stats(cache).thumbs, 1);
	assert_int_equal(reserve(cache, 251), 0);
	assert_int_equal(fixture_stats(cache).entries, 6);
	assert_int_equal(fixture_stats(cache).thumbs, 0);
	assert_int_equal(reserve(cache, 450), 0);
	assert_int_equal(reserve(cache, 451), -ENOSPC);
	fixture_close(cache);
}

/* What another handle is writing counts at once, and what it has stored when the index is counted
 * anew, which is done now and then. */
static void what_others_have_counts(void **state)
{
	static const char bytes[300] = "x";
	struct cache *cache = open_filled(2, 0), *other = fixture_open();
	struct cache_writer *writer;
	struct fault fault = {0};
	int error = 0;

	(void)state;
	cache_set_max_bytes(cache, 1000);
	cache_set_max_bytes(other, 1000);
	assert_int_equal(reserve(cache, 850), 0);
	assert_int_equal(cache_writer_new(other, &writer, &fault), 0);
	assert_int_equal(cache_writer_begin(writer, &fault), 0);
	assert_int_equal(cache_writer_write(writer, bytes, sizeof bytes, &fault), 0);
	assert_int_equal(reserve(other, 550), 0);
	assert_int_equal(reserve(other, 551), -ENOSPC);
	assert_int_equal(reserve(cache, 551), -ENOSPC);
	cache_writer_free(writer);
	assert_int_equal(reserve(other, 850), 0);
	assert_int_equal(reserve(cache, 850), 0);

	fixture_store(other, "https://b/", "0123456789", FRESH);
	fixture_flush(other);
	for (size_t i = 0; i < 1000000 && !error; i++)
		error = reserve(cache, 850);
	assert_int_equal(error, -ENOSPC);
	assert_int_equal(reserve(cache, 840), 0);
	fixture_close(other);
	fixture_close(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(what_is_used_today_stays),
		FIXTURE_TEST(what_is_doubtful_goes_last),
		FIXTURE_TEST(what_others_have_counts),
		cmocka_unit_test(what_was_used_long_ago_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
