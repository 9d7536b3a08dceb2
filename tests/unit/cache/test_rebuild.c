/* A lost index comes back from records and objects. */
#include "cache_fixture.h"

#include <dirent.h>

#define FRESH                                                                                     \
	"Cache-Control: max-age=99999999\nETag: \"a\"\nLast-Modified: Fri, 01 Jan 2027 00:00:00 " \
	"GMT\n"

static struct object_id fill(void)
{
	struct cache *cache = fixture_open();
	struct object_id id = fixture_store(cache, "https://a/1", "one", FRESH);
	struct object_id small = fixture_put_bytes(cache, "sm", 2);
	const struct cache_facts facts = {.type = MEDIA_PNG,
					  .width_px = 3,
					  .height_px = 4,
					  .frames = 5,
					  .verdict = "damaged",
					  .message = "two, words",
					  .renderer = "r1"};
	const struct cache_thumb thumb = {.object = small,
					  .bytes = 2,
					  .type = MEDIA_WEBP,
					  .width_px = 1,
					  .height_px = 2,
					  .is_smaller_than_spec = true};

	assert_int_equal(cache_store_facts(cache, &id, &facts, NULL), 0);
	assert_int_equal(cache_store_thumb(cache, "key", &id, &thumb, NULL), 0);
	fixture_store(cache, "https://a/2", "two", FRESH);
	fixture_store(cache, "https://a/secret", "secret", "Cache-Control: no-store\n");
	fixture_close(cache);
	return id;
}

static void check_rebuilt(struct cache *cache, const struct object_id *id)
{
	CLEANUP(cache_entry_release)
	struct cache_entry entry = fixture_look(cache, "https://a/1", NOW_S + 1);
	struct cache_facts facts;
	struct cache_thumb thumb;

	/* Stale, with what it takes to ask for a 304. */
	assert_int_equal(entry.state, CACHE_STALE);
	assert_true(entry.has_object);
	assert_true(object_id_equals(&entry.object, id));
	assert_int_equal(entry.status, 200);
	assert_string_equal(entry.entity_tag, "\"a\"");
	assert_string_equal(entry.last_modified, "Fri, 01 Jan 2027 00:00:00 GMT");
	assert_true(fixture_reads(cache, id, "one"));
	assert_int_equal(cache_facts(cache, id, &facts, NULL), 0);
	assert_int_equal(facts.type, MEDIA_PNG);
	assert_int_equal(facts.width_px, 3);
	assert_int_equal(facts.height_px, 4);
	assert_int_equal(facts.frames, 5);
	assert_string_equal(facts.verdict, "damaged");
	assert_string_equal(facts.message, "two, words");
	assert_string_equal(facts.renderer, "r1");
	assert_int_equal(cache_thumb(cache, "key", &thumb, NULL), 0);
	assert_int_equal(thumb.bytes, 2);
	assert_int_equal(thumb.type, MEDIA_WEBP);
	assert_int_equal(thumb.width_px, 1);
	assert_int_equal(thumb.height_px, 2);
	assert_true(thumb.is_smaller_than_spec);
	assert_int_equal(fixture_state(cache, "https://a/2", NOW_S), CACHE_STALE);
	assert_int_equal(fixture_state(cache, "https://a/secret", NOW_S), CACHE_MISS);
	assert_int_equal(fixture_stats(cache).entries, 2);
	assert_int_equal(fixture_stats(cache).objects, 3);
}

static void a_missing_index_is_rebuilt(void **state)
{
	CLEANUP(cleanup_free) char *path = fixture_path("index.sqlite");
	struct object_id id = fill();
	struct cache *cache;

	(void)state;
	assert_int_equal(unlink(path), 0);
	for (int round = 0; round < 2; round++) {
		cache = fixture_open();
		check_rebuilt(cache, &id);
		assert_int_equal(fixture_stats(cache).index_was_rebuilt, round == 0);
		fixture_close(cache);
	}
	assert_false(fixture_exists("index.damaged"));
	/* A 304 makes it whole again. */
	cache = fixture_open();
	assert_true(fixture_store_304(cache, "https://a/1", "", NOW_S + 5));
	fixture_close(cache);
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S + 6), CACHE_FRESH);
	fixture_close(cache);
}

static void a_junk_index_is_rebuilt(void **state)
{
	struct object_id id = fill();
	struct cache *cache;
	char junk[300];

	(void)state;
	memset(junk, 'x', sizeof junk);
	junk[sizeof junk - 1] = '\0';
	fixture_write("index.sqlite", junk);
	cache = fixture_open();
	check_rebuilt(cache, &id);
	fixture_close(cache);
}

static void a_killed_rebuild_is_begun_again(void **state)
{
	struct object_id id = fill();
	struct cache *cache;

	(void)state;
	/* What a kill leaves: a new index without its rows, and the mark. */
	fixture_write("index.sqlite", "");
	fixture_write("index.damaged", "");
	cache = fixture_open();
	check_rebuilt(cache, &id);
	fixture_close(cache);
}

/* The path of the only file in records/. */
static char *records_path(void)
{
	CLEANUP(cleanup_free) char *folder = fixture_path("records");
	DIR *directory = opendir(folder);
	struct dirent *item;
	char *path = NULL;

	assert_non_null(directory);
	while ((item = readdir(directory)))
		if (item->d_name[0] != '.') {
			assert_null(path);
			path = alloc_printf("%s/%s", folder, item->d_name);
		}
	closedir(directory);
	assert_non_null(path);
	return path;
}

/* Whatever happens to the records: no crash, no row that is not true. */
static void damaged_records_are_skipped(void **state)
{
	static const char *const urls[] = {"https://a/1", "https://a/2"};
	CLEANUP(cleanup_free) char *index_path = fixture_path("index.sqlite");
	CLEANUP(cleanup_free) char *path = NULL;
	struct stat status;
	int fd;

	(void)state;
	fill();
	path = records_path();
	assert_int_equal(stat(path, &status), 0);
	fd = open(path, O_RDWR);
	for (off_t offset = 0; offset < status.st_size; offset += 7) {
		struct cache *cache;
		char byte, flipped;

		assert_int_equal(pread(fd, &byte, 1, offset), 1);
		flipped = (char)(byte ^ 0x41);
		assert_int_equal(pwrite(fd, &flipped, 1, offset), 1);
		unlink(index_path);
		cache = fixture_open();
		for (size_t i = 0; i < 2; i++) {
			CLEANUP(cache_entry_release)
			struct cache_entry entry = fixture_look(cache, urls[i], NOW_S);

			assert_true(entry.state == CACHE_MISS || entry.state == CACHE_STALE);
			if (entry.has_object)
				assert_true(fixture_reads(cache, &entry.object, i ? "two" : "one"));
		}
		assert_true(fixture_stats(cache).entries <= 2);
		fixture_close(cache);
		assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
	}
	/* Torn in the middle of the last record: those before it are there. */
	assert_int_equal(ftruncate(fd, status.st_size - 5), 0);
	unlink(index_path);
	close(fd);
	struct cache *cache = fixture_open();
	assert_int_equal(fixture_stats(cache).entries, 2);
	fixture_close(cache);
}

static void objects_that_are_gone_are_left_out(void **state)
{
	struct object_id id = fill();
	CLEANUP(cleanup_free) char *object = fixture_object_path(&id);
	CLEANUP(cleanup_free) char *path = fixture_path("index.sqlite");
	struct cache *cache;

	(void)state;
	assert_int_equal(unlink(object), 0);
	assert_int_equal(unlink(path), 0);
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_MISS);
	assert_int_equal(fixture_state(cache, "https://a/2", NOW_S), CACHE_STALE);
	fixture_close(cache);
}

/* The later record of a URL counts. */
static void the_latest_response_counts(void **state)
{
	CLEANUP(cleanup_free) char *path = fixture_path("index.sqlite");
	struct cache *cache;

	(void)state;
	fill();
	cache = fixture_open();
	fixture_store(cache, "https://a/1", "newer", FRESH);
	fixture_flush(cache);
	fixture_store(cache, "https://a/1", "newest", FRESH);
	fixture_close(cache);
	assert_int_equal(unlink(path), 0);
	cache = fixture_open();
	CLEANUP(cache_entry_release)
	struct cache_entry entry = fixture_look(cache, "https://a/1", NOW_S);

	assert_int_equal(entry.object_bytes, 6);
	fixture_close(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_missing_index_is_rebuilt),
		FIXTURE_TEST(a_junk_index_is_rebuilt),
		FIXTURE_TEST(a_killed_rebuild_is_begun_again),
		FIXTURE_TEST(damaged_records_are_skipped),
		FIXTURE_TEST(objects_that_are_gone_are_left_out),
		FIXTURE_TEST(the_latest_response_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
