#include "cache_fixture.h"

#define FRESH "Cache-Control: max-age=60\nETag: \"a\"\nContent-Type: image/png\n"

/* --- the folder ---------------------------------------------------------------------------------
 */

static void makes_its_folder(void **state)
{
	struct cache *cache = fixture_open();
	struct stat status;

	(void)state;
	assert_int_equal(stat(fixture_cache, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_true(fixture_exists("CACHEDIR.TAG"));
	assert_true(fixture_exists(".gitignore"));
	fixture_close(cache);
	/* A second time, and with the notes missing. */
	CLEANUP(cleanup_free) char *tag = fixture_path("CACHEDIR.TAG");
	assert_int_equal(unlink(tag), 0);
	fixture_close(fixture_open());
	assert_true(fixture_exists("CACHEDIR.TAG"));
}

static int open_error(char *ret_text)
{
	struct cache *cache = NULL;
	struct fault fault = {0};
	int error = cache_open(fixture_cache, &cache, &fault);

	if (!error)
		cache_close(cache, NULL);
	strcpy(ret_text, fault.text);
	return error;
}

static void refuses_what_is_no_cache(void **state)
{
	char text[2048];

	(void)state;
	assert_int_equal(mkdir(fixture_cache, 0755), 0);
	fixture_write("thesis.txt", "not yours");
	assert_int_equal(open_error(text), -ENOTEMPTY);
	assert_non_null(strstr(text, "thesis.txt"));
	assert_false(fixture_exists("CACHEDIR.TAG"));
	assert_false(fixture_exists("objects"));
}

static void takes_an_empty_folder_and_a_half_made_one(void **state)
{
	(void)state;
	assert_int_equal(mkdir(fixture_cache, 0755), 0);
	fixture_write(".gitignore", "*\n");
	fixture_close(fixture_open());
	assert_true(fixture_exists("format"));
}

static void refuses_a_newer_format(void **state)
{
	char text[2048];

	(void)state;
	fixture_close(fixture_open());
	fixture_write("format", "picdesk cache 2\n");
	assert_int_equal(open_error(text), -ENOTSUP);
	assert_non_null(strstr(text, "newer"));
}

static void mends_a_damaged_format_file(void **state)
{
	struct cache *cache = fixture_open();

	(void)state;
	fixture_store(cache, "https://a/1", "one", FRESH);
	fixture_close(cache);
	fixture_write("format", "");
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_FRESH);
	fixture_close(cache);
}

static void patch(const char *name, long offset, int byte)
{
	CLEANUP(cleanup_free) char *path = fixture_path(name);
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	fseek(file, offset, SEEK_SET);
	fputc(byte, file);
	fclose(file);
}

static void refuses_a_newer_index(void **state)
{
	char text[2048];

	(void)state;
	fixture_close(fixture_open());
	patch("index.sqlite", 63, 99); /* the last byte of user_version */
	assert_int_equal(open_error(text), -ENOTSUP);
	assert_non_null(strstr(text, "newer picdesk"));
}

/* --- responses ----------------------------------------------------------------------------------
 */

static void an_unknown_url_misses(void **state)
{
	struct cache *cache = fixture_open();

	(void)state;
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_MISS);
	fixture_close(cache);
}

static void check_stored(struct cache *cache, const struct object_id *id)
{
	CLEANUP(cache_entry_release)
	struct cache_entry entry = fixture_look(cache, "https://a/1", NOW_S + 10);

	assert_int_equal(entry.state, CACHE_FRESH);
	assert_true(entry.has_object);
	assert_true(object_id_equals(&entry.object, id));
	assert_int_equal(entry.object_bytes, 3);
	assert_int_equal(entry.status, 200);
	assert_string_equal(entry.final_url, "https://a/1");
	assert_string_equal(entry.entity_tag, "\"a\"");
	assert_null(entry.last_modified);
	assert_string_equal(http_fields_get(&entry.fields, "Content-Type"), "image/png");
	assert_int_equal(entry.freshness_lifetime_s, 60);
	assert_int_equal(entry.current_age_s, 10);
	assert_int_equal(entry.checked_s, NOW_S);
	assert_int_equal(entry.last_success_s, NOW_S);
	assert_int_equal(entry.failure, CACHE_FAILURE_NONE);
	assert_true(fixture_reads(cache, id, "one"));
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S + 60), CACHE_STALE);
}

static void keeps_a_response(void **state)
{
	struct cache *cache = fixture_open();
	struct object_id id = fixture_store(cache, "https://a/1", "one", FRESH);

	(void)state;
	check_stored(cache, &id); /* before anything is durable */
	fixture_flush(cache);
	check_stored(cache, &id);
	fixture_close(cache);
	cache = fixture_open();
	check_stored(cache, &id);
	fixture_close(cache);
}

static void keeps_no_cookies_and_connection_fields(void **state)
{
	struct cache *cache = fixture_open();

	(void)state;
	fixture_store(cache, "https://a/1", "one",
		      FRESH
		      "Set-Cookie: secret\nConnection: close, X-Mine\nX-Mine: 1\nX-Yours: 2\n");
	CLEANUP(cache_entry_release)
	struct cache_entry entry = fixture_look(cache, "https://a/1", NOW_S);

	assert_null(http_fields_get(&entry.fields, "Set-Cookie"));
	assert_null(http_fields_get(&entry.fields, "Connection"));
	assert_null(http_fields_get(&entry.fields, "X-Mine"));
	assert_string_equal(http_fields_get(&entry.fields, "X-Yours"), "2");
	fixture_close(cache);
}

static void stores_equal_bytes_once(void **state)
{
	struct cache *cache = fixture_open();
	struct object_id a = fixture_store(cache, "https://a/1", "one", FRESH);
	struct object_id b = fixture_store(cache, "https://a/2", "one", FRESH);

	(void)state;
	assert_true(object_id_equals(&a, &b));
	fixture_flush(cache);
	fixture_store(cache, "https://a/3", "one", FRESH);
	assert_int_equal(fixture_stats(cache).objects, 1);
	assert_int_equal(fixture_stats(cache).object_bytes, 3);
	assert_int_equal(fixture_stats(cache).entries, 3);
	fixture_close(cache);
}

static void a_304_updates_fields_but_not_those_of_the_bytes(void **state)
{
	struct cache *cache = fixture_open();

	(void)state;
	fixture_store(
		cache, "https://a/1", "one",
		"Date: Fri, 15 Jan 2027 08:00:00 GMT\nAge: 5\nETag: \"a\"\nX-Old: 1\nX-Both: 1\n"
		"Content-Type: image/png\nContent-Length: 3\nContent-Encoding: identity\n"
		"Cache-Control: max-age=60\nLast-Modified: Fri, 01 Jan 2027 00:00:00 GMT\n");
	fixture_flush(cache);
	assert_true(fixture_store_304(cache, "https://a/1",
				      "X-Both: 2\nX-Both: 3\nX-New: 4\nContent-Type: text/html\n"
				      "Content-Length: 0\nContent-Encoding: gzip\n"
				      "Content-Range: bytes 0-0/1\nCache-Control: max-age=600\n",
				      NOW_S + 100));
	for (int round = 0; round < 2; round++) {
		CLEANUP(cache_entry_release)
		struct cache_entry entry = fixture_look(cache, "https://a/1", NOW_S + 101);

		assert_int_equal(entry.state, CACHE_FRESH);
		assert_int_equal(entry.current_age_s, 1);
		assert_int_equal(entry.freshness_lifetime_s, 600);
		assert_string_equal(entry.entity_tag, "\"a\"");
		assert_string_equal(entry.last_modified, "Fri, 01 Jan 2027 00:00:00 GMT");
		assert_string_equal(http_fields_get(&entry.fields, "X-Old"), "1");
		assert_int_equal(http_fields_count(&entry.fields, "X-Both"), 2);
		assert_string_equal(http_fields_get(&entry.fields, "X-Both"), "2");
		assert_string_equal(http_fields_get(&entry.fields, "X-New"), "4");
		assert_string_equal(http_fields_get(&entry.fields, "Content-Type"), "image/png");
		assert_string_equal(http_fields_get(&entry.fields, "Content-Length"), "3");
		assert_string_equal(http_fields_get(&entry.fields, "Content-Encoding"), "identity");
		assert_null(http_fields_get(&entry.fields, "Content-Range"));
		assert_null(http_fields_get(&entry.fields, "Age"));
		assert_int_equal(entry.status, 200);
		assert_int_equal(entry.checked_s, NOW_S + 100);
		fixture_flush(cache);
	}
	fixture_close(cache);
}

static const struct {
	const char *stored_tag, *tag; /* of the 304 */
	bool matches;
} tag_cases[] = {
	{"\"a\"", "\"a\"", true},      {"\"a\"", "\"b\"", false},
	{"\"a\"", NULL, true},         {"W/\"a\"", "W/\"a\"", true},
	{"W/\"a\"", "\"a\"", true},    {"\"a\"", "W/\"a\"", true},
	{"W/\"a\"", "W/\"b\"", false}, {NULL, "\"a\"", false},
	{NULL, "W/\"a\"", true},       {NULL, NULL, true},
	{"\"a\"", "\"A\"", false},
};

static void a_304_of_another_tag_is_no_answer(void **state)
{
	struct cache *cache = fixture_open();

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(tag_cases); i++) {
		CLEANUP(cleanup_free) char *url = alloc_printf("https://a/%zu", i);
		CLEANUP(cleanup_free)
		char *stored = alloc_printf("%s%s\n", tag_cases[i].stored_tag ? "ETag: " : "X: ",
					    tag_cases[i].stored_tag ? tag_cases[i].stored_tag : "");
		CLEANUP(cleanup_free)
		char *lines = alloc_printf("%s%s\n", tag_cases[i].tag ? "ETag: " : "X: ",
					   tag_cases[i].tag ? tag_cases[i].tag : "");

		fixture_store(cache, url, "one", stored);
		if (i % 2)
			fixture_flush(cache);
		if (fixture_store_304(cache, url, lines, NOW_S + 1) != tag_cases[i].matches)
			fail_msg("tag case %zu", i);
		if (fixture_state(cache, url, NOW_S + 1) !=
		    (tag_cases[i].matches ? CACHE_STALE : CACHE_MISS))
			fail_msg("state after tag case %zu", i);
	}
	fixture_close(cache);
	/* Not forgotten by the next run either. */
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_MISS);
	assert_false(fixture_store_304(cache, "https://a/unknown", "ETag: \"a\"\n", NOW_S));
	fixture_close(cache);
}

static void no_store_is_kept_for_the_run_only(void **state)
{
	struct cache *cache = fixture_open();
	struct object_id id;

	(void)state;
	fixture_store(cache, "https://a/1", "old", FRESH);
	fixture_flush(cache);
	id = fixture_store(cache, "https://a/1", "secret", "Cache-Control: no-store, max-age=60\n");
	for (int round = 0; round < 3; round++) {
		assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_FRESH);
		assert_true(fixture_reads(cache, &id, "secret"));
		fixture_flush(cache);
	}
	assert_int_equal(fixture_stats(cache).entries, 0);
	CLEANUP(cleanup_free) char *path = fixture_object_path(&id);
	assert_int_equal(access(path, F_OK), -1);
	fixture_close(cache);
	assert_int_equal(access(path, F_OK), -1);
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_MISS);
	assert_false(fixture_reads(cache, &id, "secret"));
	fixture_close(cache);
}

/* More of them than there may be descriptors for. */
static void many_no_store_responses_stay_readable(void **state)
{
	struct cache *cache = fixture_open();
	struct object_id ids[200];
	char text[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
		CLEANUP(cleanup_free) char *url = alloc_printf("https://a/%zu", i);

		snprintf(text, sizeof text, "secret %zu", i);
		ids[i] = fixture_store(cache, url, text, "Cache-Control: no-store\n");
		fixture_flush(cache);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
		snprintf(text, sizeof text, "secret %zu", i);
		assert_true(fixture_reads(cache, &ids[i], text));
	}
	/* One of them becomes a proper one after all. */
	fixture_store(cache, "https://a/proper", "secret 7", FRESH);
	fixture_close(cache);
	cache = fixture_open();
	assert_true(fixture_reads(cache, &ids[7], "secret 7"));
	assert_int_equal(fixture_stats(cache).objects, 1);
	assert_int_equal(fixture_state(cache, "https://a/7", NOW_S), CACHE_MISS);
	fixture_close(cache);
}

static void a_proper_answer_follows_no_store(void **state)
{
	struct cache *cache = fixture_open();

	(void)state;
	fixture_store(cache, "https://a/1", "secret", "Cache-Control: no-store\n");
	fixture_flush(cache);
	fixture_store(cache, "https://a/1", "open", FRESH);
	fixture_flush(cache);
	CLEANUP(cache_entry_release)
	struct cache_entry entry = fixture_look(cache, "https://a/1", NOW_S);

	assert_int_equal(entry.object_bytes, 4);
	fixture_close(cache);
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_FRESH);
	fixture_close(cache);
}

static void partial_content_is_never_stored(void **state)
{
	struct cache *cache = fixture_open();
	struct object_id id = fixture_put_bytes(cache, "par", 3);
	struct http_fields fields = {0};
	const struct cache_response response = {
		.url = "https://a/1", .status = 206, .fields = &fields, .response_time_s = NOW_S};

	(void)state;
	assert_int_equal(cache_store_response(cache, &response, &id, NULL), 0);
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_MISS);
	fixture_close(cache);
}

static void a_response_needs_its_bytes(void **state)
{
	struct cache *cache = fixture_open();
	struct http_fields fields = {0};
	const struct object_id id = object_id_of("x", 1);
	const struct cache_response response = {
		.url = "https://a/1", .status = 200, .fields = &fields};
	struct fault fault = {0};

	(void)state;
	assert_int_equal(cache_store_response(cache, &response, &id, &fault), -ENOENT);
	assert_non_null(strstr(fault.text, "https://a/1"));
	fixture_close(cache);
}

static enum cache_state state_for(struct cache *cache, const struct http_fields *request_fields,
				  bool *ret_has_tag, bool *ret_has_date)
{
	const struct cache_policy policy = {
		.max_age_s = INT64_MAX, .negative_age_s = -1, .request_fields = request_fields};
	CLEANUP(cache_entry_release) struct cache_entry entry = {0};

	assert_int_equal(cache_lookup(cache, "https://a/1", &policy, NOW_S, &entry, NULL), 0);
	*ret_has_tag = entry.entity_tag;
	*ret_has_date = entry.last_modified;
	return entry.state;
}

static void vary_selects_by_what_the_request_says(void **state)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0}, webp = {0}, plain = {0};
	struct cache *cache = fixture_open();
	struct object_id id = fixture_put_bytes(cache, "one", 3);
	struct cache_response response = {.url = "https://a/1",
					  .status = 200,
					  .fields = &fields,
					  .request_time_s = NOW_S,
					  .response_time_s = NOW_S,
					  .request_fields = &webp};
	bool has_tag, has_date;

	(void)state;
	http_fields_add_line(&fields, "Vary: accept, X-None", 20);
	http_fields_add_line(&fields, "Cache-Control: max-age=60", 25);
	http_fields_add_line(&fields, "ETag: \"a\"", 9);
	http_fields_add_line(&fields, "Last-Modified: Fri, 01 Jan 2027 00:00:00 GMT", 44);
	http_fields_add_line(&webp, "Accept: image/webp", 18);
	http_fields_add_line(&plain, "Accept: image/*", 15);
	assert_int_equal(cache_store_response(cache, &response, &id, NULL), 0);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(state_for(cache, &webp, &has_tag, &has_date), CACHE_FRESH);
		assert_true(has_tag && has_date);
		assert_int_equal(state_for(cache, NULL, &has_tag, &has_date), CACHE_FRESH);
		assert_int_equal(state_for(cache, &plain, &has_tag, &has_date), CACHE_STALE);
		assert_true(has_tag && !has_date);
		fixture_flush(cache);
	}
	fixture_close(cache);
}

/* --- failures -----------------------------------------------------------------------------------
 */

static void remembers_failures_and_ends_them(void **state)
{
	struct cache *cache = fixture_open();

	(void)state;
	fixture_store(cache, "https://a/1", "one", FRESH);
	fixture_flush(cache);
	fixture_fail(cache, "https://a/1", CACHE_FAILURE_GONE, NOW_S + 100);
	fixture_fail(cache, "https://a/1", CACHE_FAILURE_GONE, NOW_S + 200);
	fixture_close(cache);
	cache = fixture_open();
	{
		CLEANUP(cache_entry_release)
		struct cache_entry entry = fixture_look(cache, "https://a/1", NOW_S + 300);

		assert_int_equal(entry.state, CACHE_NEGATIVE);
		assert_int_equal(entry.failure, CACHE_FAILURE_GONE);
		assert_string_equal(entry.failure_code, "gone");
		assert_string_equal(entry.failure_message, "404 Not Found");
		assert_int_equal(entry.failure_status, 404);
		assert_int_equal(entry.first_failure_s, NOW_S + 100);
		assert_int_equal(entry.last_failure_s, NOW_S + 200);
		assert_int_equal(entry.last_success_s, NOW_S);
		assert_int_equal(entry.checked_s, NOW_S + 200);
		assert_int_equal(entry.failure_streak, 2);
		assert_true(entry.has_object); /* the last good bytes */
		assert_string_equal(entry.entity_tag, "\"a\"");
	}
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S + 200 + 86400), CACHE_STALE);
	assert_int_equal(fixture_stats(cache).failures, 1);
	fixture_store(cache, "https://a/1", "one", FRESH);
	{
		CLEANUP(cache_entry_release)
		struct cache_entry entry = fixture_look(cache, "https://a/1", NOW_S);

		assert_int_equal(entry.state, CACHE_FRESH);
		assert_int_equal(entry.failure_streak, 0);
		assert_int_equal(entry.first_failure_s, 0);
		assert_null(entry.failure_code);
	}
	fixture_close(cache);
}

static void a_failure_after_fresh_bytes_makes_them_stale(void **state)
{
	struct cache *cache = fixture_open();
	const struct cache_policy check = {
		.max_age_s = INT64_MAX, .negative_age_s = -1, .ignore_failures = true};
	CLEANUP(cache_entry_release) struct cache_entry entry = {0};

	(void)state;
	fixture_store(cache, "https://a/1", "one", FRESH);
	fixture_fail(cache, "https://a/1", CACHE_FAILURE_TEMPORARY, NOW_S + 1);
	assert_int_equal(cache_lookup(cache, "https://a/1", &check, NOW_S + 2, &entry, NULL), 0);
	assert_int_equal(entry.state, CACHE_STALE);
	fixture_close(cache);
}

static void deferral_is_no_failure_and_bounded(void **state)
{
	struct cache *cache = fixture_open();
	const struct cache_failure_report report = {.url = "https://a/1",
						    .failure = CACHE_FAILURE_DEFERRED,
						    .code = "deferred",
						    .now_s = NOW_S,
						    .not_before_s = INT64_MAX};

	(void)state;
	assert_int_equal(cache_store_failure(cache, &report, NULL), 0);
	CLEANUP(cache_entry_release)
	struct cache_entry entry = fixture_look(cache, "https://a/1", NOW_S + 1);

	assert_int_equal(entry.state, CACHE_NEGATIVE);
	assert_int_equal(entry.failure_streak, 0);
	assert_int_equal(entry.first_failure_s, 0);
	assert_int_equal(entry.not_before_s, NOW_S + 7 * 86400);
	assert_false(entry.has_object);
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S + 8 * 86400), CACHE_MISS);
	fixture_close(cache);
}

static void explicit_freshness_of_a_failure_comes_first(void **state)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};
	struct cache *cache = fixture_open();
	const struct cache_failure_report report = {.url = "https://a/1",
						    .failure = CACHE_FAILURE_GONE,
						    .status = 404,
						    .fields = &fields,
						    .now_s = NOW_S};

	(void)state;
	http_fields_add_line(&fields, "Cache-Control: max-age=60", 25);
	assert_int_equal(cache_store_failure(cache, &report, NULL), 0);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(fixture_state(cache, "https://a/1", NOW_S + 59), CACHE_NEGATIVE);
		assert_int_equal(fixture_state(cache, "https://a/1", NOW_S + 60), CACHE_MISS);
		fixture_flush(cache);
	}
	fixture_close(cache);
}

/* --- facts, thumbnails, documents
 * ----------------------------------------------------------------- */

static bool count_url(void *context, const char *url)
{
	char *joined = context;

	strcat(joined, url);
	strcat(joined, " ");
	return strcmp(url, "https://a/3") != 0;
}

static bool count_thumb(void *context, const char *key, const struct cache_thumb *thumb)
{
	(void)thumb;
	return count_url(context, key);
}

static void keeps_facts_thumbs_and_documents(void **state)
{
	struct cache *cache = fixture_open();
	struct object_id id = fixture_store(cache, "https://a/2", "one", FRESH);
	struct object_id small = fixture_put_bytes(cache, "sm", 2);
	const struct cache_facts facts = {.type = MEDIA_PNG,
					  .width_px = 3,
					  .height_px = 4,
					  .frames = 1,
					  .verdict = "ok",
					  .renderer = "r1"};
	const struct cache_thumb thumb = {
		.object = small, .bytes = 2, .type = MEDIA_WEBP, .width_px = 1, .height_px = 2};

	(void)state;
	fixture_store(cache, "https://a/1", "one", FRESH);
	fixture_store(cache, "https://a/3", "one", FRESH);
	fixture_store(cache, "https://a/4", "one", FRESH);
	assert_int_equal(cache_store_facts(cache, &id, &facts, NULL), 0);
	assert_int_equal(cache_store_thumb(cache, "k2", &id, &thumb, NULL), 0);
	assert_int_equal(cache_store_thumb(cache, "k1", &id, &thumb, NULL), 0);
	assert_int_equal(cache_store_document(cache, "report", "a\0b", 3, NULL), 0);
	for (int round = 0; round < 3; round++) {
		struct cache_facts got;
		struct cache_thumb got_thumb;
		char joined[256] = "", *data;
		size_t length;

		assert_int_equal(cache_facts(cache, &id, &got, NULL), 0);
		assert_int_equal(got.type, MEDIA_PNG);
		assert_int_equal(got.height_px, 4);
		assert_string_equal(got.verdict, "ok");
		assert_string_equal(got.renderer, "r1");
		assert_int_equal(cache_facts(cache, &small, &got, NULL), -ENOENT);
		assert_int_equal(cache_thumb(cache, "k1", &got_thumb, NULL), 0);
		assert_true(object_id_equals(&got_thumb.object, &small));
		assert_int_equal(got_thumb.type, MEDIA_WEBP);
		assert_true(fixture_reads(cache, &small, "sm"));
		assert_int_equal(cache_thumb(cache, "k3", &got_thumb, NULL), -ENOENT);
		assert_int_equal(cache_document(cache, "report", &data, &length, NULL), 0);
		assert_int_equal(length, 3);
		assert_memory_equal(data, "a\0b", 4);
		free(data);
		assert_int_equal(cache_document(cache, "other", &data, &length, NULL), -ENOENT);
		if (round == 1) {
			fixture_close(cache);
			cache = fixture_open();
		}
		if (round < 2)
			continue;
		assert_int_equal(cache_urls_of_object(cache, &id, count_url, joined, NULL), 0);
		assert_string_equal(joined, "https://a/1 https://a/2 https://a/3 ");
		joined[0] = '\0';
		assert_int_equal(cache_thumbs_of_object(cache, &id, count_thumb, joined, NULL), 0);
		assert_string_equal(joined, "k1 k2 ");
		assert_int_equal(fixture_stats(cache).thumbs, 2);
		assert_int_equal(fixture_stats(cache).thumb_bytes, 2);
		assert_true(fixture_stats(cache).index_bytes > 0);
		assert_true(fixture_stats(cache).record_bytes > 0);
	}
	fixture_close(cache);
}

static void a_warm_run_writes_nothing(void **state)
{
	struct cache *cache = fixture_open();
	CLEANUP(cleanup_free) char *path = fixture_path("index.sqlite");
	const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	struct stat before, after;

	(void)state;
	fixture_store(cache, "https://a/1", "one", FRESH);
	fixture_close(cache);
	assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
	assert_int_equal(stat(path, &before), 0);
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_FRESH);
	cache_mark_used(cache, "https://a/1");
	fixture_close(cache);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(makes_its_folder),
		FIXTURE_TEST(refuses_what_is_no_cache),
		FIXTURE_TEST(takes_an_empty_folder_and_a_half_made_one),
		FIXTURE_TEST(refuses_a_newer_format),
		FIXTURE_TEST(mends_a_damaged_format_file),
		FIXTURE_TEST(refuses_a_newer_index),
		FIXTURE_TEST(an_unknown_url_misses),
		FIXTURE_TEST(keeps_a_response),
		FIXTURE_TEST(keeps_no_cookies_and_connection_fields),
		FIXTURE_TEST(stores_equal_bytes_once),
		FIXTURE_TEST(a_304_updates_fields_but_not_those_of_the_bytes),
		FIXTURE_TEST(a_304_of_another_tag_is_no_answer),
		FIXTURE_TEST(no_store_is_kept_for_the_run_only),
		FIXTURE_TEST(many_no_store_responses_stay_readable),
		FIXTURE_TEST(a_proper_answer_follows_no_store),
		FIXTURE_TEST(partial_content_is_never_stored),
		FIXTURE_TEST(a_response_needs_its_bytes),
		FIXTURE_TEST(vary_selects_by_what_the_request_says),
		FIXTURE_TEST(remembers_failures_and_ends_them),
		FIXTURE_TEST(a_failure_after_fresh_bytes_makes_them_stale),
		FIXTURE_TEST(deferral_is_no_failure_and_bounded),
		FIXTURE_TEST(explicit_freshness_of_a_failure_comes_first),
		FIXTURE_TEST(keeps_facts_thumbs_and_documents),
		FIXTURE_TEST(a_warm_run_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
