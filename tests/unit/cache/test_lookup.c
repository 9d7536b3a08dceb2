/* What lookups read together, and what they keep at hand. */
#include "cache_fixture.h"

#define URL "https://a/1"
#define FIELDS "ETag: \"a\"\nCache-Control: max-age=60\nContent-Type: image/png\n"

static void store_thumb(struct cache *cache, const char *key, const struct object_id *original,
			const char *text)
{
	struct cache_thumb thumb = {
		.bytes = strlen(text), .type = MEDIA_WEBP, .width_px = 1, .height_px = 1};

	thumb.object = fixture_put_bytes(cache, text, strlen(text));
	assert_int_equal(cache_store_thumb(cache, key, original, &thumb, NULL), 0);
}

static void thumbs_of_one_image_are_looked_up_together(void **state)
{
	static const char *const keys[] = {"ab|2", "ab|1", "ab|4", "ab|3"};
	struct cache *cache = fixture_open();
	struct object_id id = fixture_store(cache, URL, "one", FIELDS), gone;
	struct cache_thumb thumbs[ARRAY_LENGTH(keys)];
	CLEANUP(cleanup_free) char *path = NULL;

	(void)state;
	store_thumb(cache, "aa|9", &id, "other");
	store_thumb(cache, "ab|1", &id, "first");
	store_thumb(cache, "ab|11", &id, "between");
	store_thumb(cache, "ab|2", &id, "second");
	store_thumb(cache, "ab|3", &id, "gone");
	store_thumb(cache, "ab|9", &id, "behind");
	fixture_close(cache);
	cache = fixture_open();
	gone = object_id_of("gone", 4);
	path = fixture_object_path(&gone);
	assert_int_equal(unlink(path), 0);
	store_thumb(cache, "ab|2", &id, "anew");

	assert_int_equal(cache_thumbs(cache, keys, ARRAY_LENGTH(keys), thumbs, NULL), 0);
	assert_int_equal(thumbs[0].bytes, strlen("anew"));
	assert_true(fixture_reads(cache, &thumbs[0].object, "anew"));
	assert_int_equal(thumbs[1].bytes, strlen("first"));
	assert_true(fixture_reads(cache, &thumbs[1].object, "first"));
	assert_int_equal(thumbs[1].type, MEDIA_WEBP);
	assert_int_equal(thumbs[2].bytes, 0);
	assert_int_equal(thumbs[3].bytes, 0);
	fixture_close(cache);
}

/* A lookup looks at each object once; what is damaged since is found by its reader. */
static void a_missing_object_is_not_served(void **state)
{
	struct cache *cache = fixture_open();
	struct object_id id = fixture_store(cache, URL, "one", FIELDS);
	CLEANUP(cleanup_free) char *path = fixture_object_path(&id);

	(void)state;
	fixture_flush(cache);
	assert_int_equal(fixture_state(cache, URL, NOW_S), CACHE_FRESH);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, 1), 0);
	fixture_close(cache);
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, URL, NOW_S), CACHE_MISS);

	id = fixture_store(cache, URL, "one", FIELDS);
	fixture_close(cache);
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, URL, NOW_S), CACHE_FRESH);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, 2), 0);
	assert_false(fixture_reads(cache, &id, "one"));
	assert_int_equal(fixture_state(cache, URL, NOW_S), CACHE_MISS);
	fixture_close(cache);
}

/* To be released by the caller. */
static struct cache_entry look_with_facts(struct cache *cache, const char *url)
{
	const struct cache_policy policy = {
		.max_age_s = INT64_MAX, .negative_age_s = -1, .wants_facts = true};
	struct cache_entry entry;

	assert_int_equal(cache_lookup(cache, url, &policy, NOW_S, &entry, NULL), 0);
	return entry;
}

static void facts_come_with_an_entry(void **state)
{
	const struct cache_facts facts = {MEDIA_PNG, 3, 4, 1, "", "a message", "r1"};
	struct cache_facts found, later = facts;
	struct cache *cache = fixture_open();
	struct object_id id = fixture_store(cache, URL, "one", FIELDS);
	struct cache_entry entry;

	(void)state;
	fixture_store(cache, "https://a/2", "two", FIELDS);
	assert_int_equal(cache_store_facts(cache, &id, &facts, NULL), 0);
	fixture_close(cache);
	cache = fixture_open();
	entry = look_with_facts(cache, "https://a/2");
	assert_null(entry.facts);
	assert_int_equal(cache_facts_of(cache, &entry, &found, NULL), -ENOENT);
	cache_entry_release(&entry);
	entry = look_with_facts(cache, URL);
	assert_non_null(entry.facts);
	assert_int_equal(cache_facts_of(cache, &entry, &found, NULL), 0);
	assert_int_equal(found.type, MEDIA_PNG);
	assert_int_equal(found.width_px, 3);
	assert_int_equal(found.height_px, 4);
	assert_int_equal(found.frames, 1);
	assert_string_equal(found.verdict, "");
	assert_string_equal(found.message, "a message");
	assert_string_equal(found.renderer, "r1");

	/* what is found out since counts, pending and flushed */
	strcpy(later.verdict, "ok");
	assert_int_equal(cache_store_facts(cache, &id, &later, NULL), 0);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(cache_facts_of(cache, &entry, &found, NULL), 0);
		assert_string_equal(found.verdict, "ok");
		fixture_flush(cache);
	}
	cache_entry_release(&entry);
	fixture_close(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(thumbs_of_one_image_are_looked_up_together),
		FIXTURE_TEST(a_missing_object_is_not_served),
		FIXTURE_TEST(facts_come_with_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
