/* What is read ahead is what lookups would find, and no longer than that holds. */
#include "cache_fixture.h"

#define ENTRIES 400
#define FIELDS "Cache-Control: max-age=60\nContent-Type: image/png\n"

static char urls[ENTRIES][32];
static struct object_id ids[ENTRIES];

static void format_key(const struct object_id *original, const char *end, char ret_key[64])
{
	object_id_format(original, ret_key);
	strcat(ret_key, end);
}

static void store_thumb(struct cache *cache, const struct object_id *original, const char *end,
			const char *text)
{
	struct cache_thumb thumb = {
		.bytes = strlen(text), .type = MEDIA_WEBP, .width_px = 1, .height_px = 1};
	char key[64];

	format_key(original, end, key);
	thumb.object = fixture_put_bytes(cache, text, strlen(text));
	assert_int_equal(cache_store_thumb(cache, key, original, &thumb, NULL), 0);
}

/* Three entries share their bytes; each has facts of its own width and one thumbnail. */
static struct cache *filled(void)
{
	struct cache *cache = fixture_open();

	for (int i = 0; i < ENTRIES; i++) {
		struct cache_facts facts = {MEDIA_PNG, 1 + i / 3, 4, 1, "ok", "", "r1"};
		char text[32];

		snprintf(urls[i], sizeof urls[i], "https://a/%d", i);
		snprintf(text, sizeof text, "bytes %d", i / 3);
		ids[i] = fixture_store(cache, urls[i], text, FIELDS);
		assert_int_equal(cache_store_facts(cache, &ids[i], &facts, NULL), 0);
		store_thumb(cache, &ids[i], "|1|r1", text);
	}
	fixture_flush(cache);
	return cache;
}

static void look_ahead(struct cache *cache, int step)
{
	const char *wanted[ENTRIES + 1] = {"https://nowhere/"};
	size_t count = 1;

	for (int i = 0; i < ENTRIES; i += step)
		wanted[count++] = urls[i];
	assert_int_equal(cache_look_ahead(cache, wanted, count, true, NULL), 0);
}

static struct cache_entry look(struct cache *cache, const char *url)
{
	const struct cache_policy policy = {
		.max_age_s = INT64_MAX, .negative_age_s = -1, .wants_facts = true};
	struct cache_entry entry;

	assert_int_equal(cache_lookup(cache, url, &policy, NOW_S, &entry, NULL), 0);
	return entry;
}

static void find_entry(struct cache *cache, int i)
{
	CLEANUP(cache_entry_release) struct cache_entry entry = look(cache, urls[i]);
	struct cache_facts facts;

	assert_int_equal(entry.state, CACHE_FRESH);
	assert_true(object_id_equals(&entry.object, &ids[i]));
	assert_string_equal(entry.final_url, urls[i]);
	assert_string_equal(http_fields_get(&entry.fields, "Content-Type"), "image/png");
	assert_int_equal(cache_facts_of(cache, &entry, &facts, NULL), 0);
	assert_int_equal(facts.width_px, 1 + i / 3);
}

static uint64_t thumb_bytes(struct cache *cache, int i, const char *end)
{
	struct cache_thumb thumb = {0};
	char key[64];
	int error;

	format_key(&ids[i], end, key);
	error = cache_thumb(cache, key, &thumb, NULL);
	assert_true(!error || error == -ENOENT);
	return thumb.bytes;
}

/* Whether the rows lie close together or far apart, and also of what was not asked for. */
static void finds_what_lookups_find(void **state)
{
	static const int steps[] = {1, 2, 5, 23, ENTRIES};
	struct cache *cache = filled();

	(void)state;
	for (size_t s = 0; s < ARRAY_LENGTH(steps); s++) {
		look_ahead(cache, steps[s]);
		for (int twice = 0; twice < 2; twice++)
			for (int i = 0; i < ENTRIES; i++) {
				find_entry(cache, i);
				assert_int_equal(thumb_bytes(cache, i, "|1|r1"), i / 3 < 10    ? 7
										 : i / 3 < 100 ? 8
											       : 9);
				assert_int_equal(thumb_bytes(cache, i, "|2|r1"), 0);
			}
		assert_int_equal(fixture_state(cache, "https://nowhere/", NOW_S), CACHE_MISS);
	}
	fixture_close(cache);
}

static void own_writes_count(void **state)
{
	struct cache *cache = filled();
	struct cache_facts facts = {MEDIA_GIF, 99, 99, 1, "ok", "", "r2"};
	CLEANUP(cache_entry_release) struct cache_entry entry;
	struct object_id other;

	(void)state;
	look_ahead(cache, 1);
	other = fixture_store(cache, urls[0], "other bytes", FIELDS);
	assert_int_equal(cache_store_facts(cache, &ids[3], &facts, NULL), 0);
	store_thumb(cache, &ids[6], "|2|r1", "a second one");
	fixture_fail(cache, urls[9], CACHE_FAILURE_GONE, NOW_S);
	for (int flushed = 0; flushed < 2; flushed++) {
		entry = look(cache, urls[0]);
		assert_true(object_id_equals(&entry.object, &other));
		cache_entry_release(&entry);
		entry = look(cache, urls[4]); /* of the same bytes as 3 */
		assert_int_equal(cache_facts_of(cache, &entry, &facts, NULL), 0);
		assert_int_equal(facts.width_px, 99);
		cache_entry_release(&entry);
		assert_int_equal(thumb_bytes(cache, 6, "|2|r1"), strlen("a second one"));
		assert_int_equal(fixture_state(cache, urls[9], NOW_S), CACHE_NEGATIVE);
		fixture_flush(cache);
		look_ahead(cache, 2);
	}
	entry = (struct cache_entry){0};
	fixture_close(cache);
}

static void others_writes_count(void **state)
{
	struct cache *cache = filled(), *other = fixture_open();
	CLEANUP(cache_entry_release) struct cache_entry entry;
	struct object_id id;

	(void)state;
	look_ahead(cache, 1);
	find_entry(cache, 1);
	cache_end_reads(cache); /* as the pipeline does before it waits: others may write */
	id = fixture_store(other, urls[0], "other bytes", FIELDS);
	store_thumb(other, &ids[6], "|2|r1", "a second one");
	fixture_close(other);
	entry = look(cache, urls[0]);
	assert_true(object_id_equals(&entry.object, &id));
	assert_int_equal(thumb_bytes(cache, 6, "|2|r1"), strlen("a second one"));
	fixture_close(cache);
}

/* As an archive that is imported may have them: rows behind all, and in between. */
static void keys_may_be_any_text(void **state)
{
	static const char *const others[] = {"g", "h", "i", "j", "k", "l"};
	struct cache *cache = filled();
	struct cache_thumb thumb = {.bytes = 5, .type = MEDIA_WEBP, .width_px = 1, .height_px = 1};

	(void)state;
	thumb.object = fixture_put_bytes(cache, "other", 5);
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
		char key[64];

		assert_int_equal(cache_store_thumb(cache, others[i], &ids[0], &thumb, NULL), 0);
		format_key(&ids[0], "", key);
		key[OBJECT_ID_HEX_BYTES - 2 - i] = 'G';
		assert_int_equal(cache_store_thumb(cache, key, &ids[0], &thumb, NULL), 0);
	}
	fixture_flush(cache);
	look_ahead(cache, 1);
	for (int i = 0; i < ENTRIES; i++)
		assert_true(thumb_bytes(cache, i, "|1|r1") > 0);
	fixture_close(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(finds_what_lookups_find),
		FIXTURE_TEST(own_writes_count),
		FIXTURE_TEST(others_writes_count),
		FIXTURE_TEST(keys_may_be_any_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
