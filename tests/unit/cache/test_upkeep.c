/* gc and fsck. */
#include "cache_fixture.h"

#include <sys/wait.h>
#include <time.h>

#include "alloc.h"
#include "index.h"

#define FRESH "Cache-Control: max-age=60\nETag: \"a\"\n"
#define DAY_S (24 * 3600)

static struct cache_gc_result gc(struct cache *cache, struct cache_gc_options options)
{
	struct cache_gc_result result;
	struct fault fault = {0};

	if (cache_gc(cache, &options, &result, &fault))
		fail_msg("gc: %s", fault.text);
	return result;
}

#define NOTHING .max_bytes = UINT64_MAX, .unused_for_s = INT64_MAX, .now_s = time(NULL)

/* https://a/0 to https://a/9, 10 bytes each, with a thumbnail of 4 bytes each. */
static void fill(struct cache *cache)
{
	for (int i = 0; i < 10; i++) {
		char url[32], text[32], small[8];
		struct object_id id, small_id;
		struct cache_thumb thumb = {
			.bytes = 4, .type = MEDIA_WEBP, .width_px = 1, .height_px = 1};

		snprintf(url, sizeof url, "https://a/%d", i);
		snprintf(text, sizeof text, "original %d", i);
		snprintf(small, sizeof small, "sm %d", i);
		id = fixture_store(cache, url, text, FRESH);
		small_id = fixture_put_bytes(cache, small, 4);
		thumb.object = small_id;
		assert_int_equal(cache_store_thumb(cache, url, &id, &thumb, NULL), 0);
	}
	fixture_flush(cache);
}

static void gc_removes_nothing_that_is_named(void **state)
{
	struct cache *cache = fixture_open();
	struct cache_gc_result result;

	(void)state;
	fill(cache);
	result = gc(cache, (struct cache_gc_options){NOTHING});
	assert_int_equal(result.entries, 0);
	assert_int_equal(result.objects, 0);
	assert_int_equal(result.entries_left, 10);
	assert_int_equal(result.bytes_left, 140);
	assert_int_equal(fixture_stats(cache).objects, 20);
	fixture_close(cache);
}

static void gc_keeps_to_a_size(void **state)
{
	struct cache *cache = fixture_open();
	struct cache_gc_result would, result;
	int n_left = 0;

	(void)state;
	fill(cache);
	would = gc(cache, (struct cache_gc_options){
				  .max_bytes = 50, .unused_for_s = INT64_MAX, .dry_run = true});
	assert_int_equal(fixture_stats(cache).objects, 20);
	result = gc(cache, (struct cache_gc_options){.max_bytes = 50, .unused_for_s = INT64_MAX});
	assert_memory_equal(&would, &result, sizeof result);
	assert_int_equal(result.entries, 7);
	assert_int_equal(result.thumbs, 7);
	assert_int_equal(result.objects, 14);
	assert_int_equal(result.bytes, 98);
	assert_int_equal(result.bytes_left, 42);
	fixture_close(cache);
	cache = fixture_open();
	assert_int_equal(fixture_stats(cache).objects, 6);
	assert_int_equal(fixture_stats(cache).thumbs, 3);
	/* All were used on one day: which of them go does not matter, but they go with all they
	 * have. */
	for (int i = 0; i < 10; i++) {
		char url[32], text[32];
		struct object_id id;
		struct cache_thumb thumb;
		bool is_there;

		snprintf(url, sizeof url, "https://a/%d", i);
		snprintf(text, sizeof text, "original %d", i);
		id = object_id_of(text, strlen(text));
		is_there = fixture_state(cache, url, NOW_S) == CACHE_FRESH;
		n_left += is_there;
		assert_int_equal(fixture_reads(cache, &id, text), is_there);
		assert_int_equal(cache_thumb(cache, url, &thumb, NULL), is_there ? 0 : -ENOENT);
	}
	assert_int_equal(n_left, 3);
	fixture_close(cache);
}

static void gc_keeps_objects_that_others_name(void **state)
{
	struct cache *cache = fixture_open();
	struct cache_gc_result result;

	(void)state;
	fixture_store(cache, "https://a/1", "shared", FRESH);
	fixture_store(cache, "https://a/2", "shared", FRESH);
	fixture_fail(cache, "https://a/1", CACHE_FAILURE_GONE, NOW_S);
	result = gc(cache, (struct cache_gc_options){.max_bytes = UINT64_MAX,
						     .unused_for_s = INT64_MAX,
						     .gone = true});
	assert_int_equal(result.entries, 1);
	assert_int_equal(result.objects, 0);
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_MISS);
	assert_int_equal(fixture_state(cache, "https://a/2", NOW_S), CACHE_FRESH);
	fixture_close(cache);
}

static void gc_by_age_counts_the_last_use(void **state)
{
	struct cache *cache = fixture_open();
	struct cache_gc_options options = {.max_bytes = UINT64_MAX, .unused_for_s = 30 * DAY_S};

	(void)state;
	fill(cache);
	options.now_s = time(NULL) + 29 * DAY_S;
	assert_int_equal(gc(cache, options).entries, 0);
	options.now_s = time(NULL) - 3650 * DAY_S; /* a clock that was set back */
	assert_int_equal(gc(cache, options).entries, 0);
	options.now_s = time(NULL) + 3650 * DAY_S; /* one that was set ahead */
	assert_int_equal(gc(cache, options).entries, 0);
	options.now_s = time(NULL) + 31 * DAY_S;
	assert_int_equal(gc(cache, options).entries, 10);
	fixture_close(cache);
}

/* Its seconds are more than 31 bits hold, from 2038 on. */
static void gc_by_age_knows_late_days(void **state)
{
	const int64_t day = 30000; /* in 2052 */
	struct cache_gc_options options = {.max_bytes = UINT64_MAX, .unused_for_s = DAY_S / 2};
	struct cache *cache = fixture_open();
	struct index *index;

	(void)state;
	fill(cache);
	assert_int_equal(index_open(fixture_cache, &index, NULL), 0);
	for (int i = 0; i < 10; i++) {
		char url[32];

		snprintf(url, sizeof url, "https://a/%d", i);
		assert_int_equal(index_mark_used(index, url, day, NULL), 0);
	}
	index_close(index);
	options.now_s = day * DAY_S + DAY_S / 2 - 1;
	assert_int_equal(gc(cache, options).entries, 0);
	options.now_s++;
	assert_int_equal(gc(cache, options).entries, 10);
	fixture_close(cache);
}

/* Of one image of 5 bytes, used on day 20,000, and a failure without bytes on the same day. */
static void gc_keeps_to_its_rules(void **state)
{
	enum { DAY = 20000 };
	static const struct {
		int64_t now_s; /* from the beginning of that day */
		struct cache_gc_options options;
		uint64_t entries;
	} cases[] = {
		/* a day and more counts from the day's end, what is shorter from its beginning */
		{2 * DAY_S - 1, {.max_bytes = UINT64_MAX, .unused_for_s = DAY_S}, 0},
		{2 * DAY_S, {.max_bytes = UINT64_MAX, .unused_for_s = DAY_S}, 2},
		{DAY_S - 2, {.max_bytes = UINT64_MAX, .unused_for_s = DAY_S - 1}, 0},
		{DAY_S - 1, {.max_bytes = UINT64_MAX, .unused_for_s = DAY_S - 1}, 2},
		{0, {.max_bytes = UINT64_MAX, .unused_for_s = 0}, 2},
		{-1, {.max_bytes = UINT64_MAX, .unused_for_s = 0}, 0},
		{9999 * DAY_S, {.max_bytes = UINT64_MAX, .unused_for_s = INT64_MAX}, 0},
		/* five years more: a clock was wrong, but where all is to go */
		{(30 + 1825) * DAY_S, {.max_bytes = UINT64_MAX, .unused_for_s = 30 * DAY_S}, 2},
		{(30 + 1826) * DAY_S, {.max_bytes = UINT64_MAX, .unused_for_s = 30 * DAY_S}, 0},
		{9999 * DAY_S, {.max_bytes = UINT64_MAX, .unused_for_s = 0}, 2},
		/* for a size nothing goes that has none, and today's only where it may */
		{DAY_S - 1, {.max_bytes = 5, .unused_for_s = INT64_MAX}, 0},
		{DAY_S - 1, {.max_bytes = 4, .unused_for_s = INT64_MAX}, 1},
		{DAY_S - 1, {.max_bytes = 4, .unused_for_s = INT64_MAX, .keeps_today = true}, 0},
		{DAY_S, {.max_bytes = 4, .unused_for_s = INT64_MAX, .keeps_today = true}, 1},
		{-1, {.max_bytes = 4, .unused_for_s = INT64_MAX, .keeps_today = true}, 0},
		{-DAY_S, {.max_bytes = 4, .unused_for_s = INT64_MAX, .keeps_today = true}, 0},
		{-DAY_S - 1, {.max_bytes = 4, .unused_for_s = INT64_MAX, .keeps_today = true}, 1},
		/* what is gone, where that is asked for */
		{0, {.max_bytes = UINT64_MAX, .unused_for_s = INT64_MAX, .gone = true}, 1},
	};
	struct cache *cache = fixture_open();
	struct index *index;

	(void)state;
	fixture_store(cache, "https://a/", "bytes", FRESH);
	fixture_fail(cache, "https://b/", CACHE_FAILURE_GONE, NOW_S);
	fixture_flush(cache);
	assert_int_equal(index_open(fixture_cache, &index, NULL), 0);
	assert_int_equal(index_mark_used(index, "https://a/", DAY, NULL), 0);
	assert_int_equal(index_mark_used(index, "https://b/", DAY, NULL), 0);
	index_close(index);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct cache_gc_options options = cases[i].options;
		struct cache_gc_result result;

		options.now_s = (int64_t)DAY * DAY_S + cases[i].now_s;
		options.dry_run = true;
		result = gc(cache, options);
		if (result.entries != cases[i].entries ||
		    result.entries_left != 2 - cases[i].entries)
			fail_msg("case %zu: %d", i, (int)result.entries);
	}
	fixture_close(cache);
}

/* Of a local file's thumbnail, 4 bytes, nobody knows when it was used last. */
static void gc_takes_what_is_of_local_files(void **state)
{
	static const struct {
		struct cache_gc_options options;
		uint64_t thumbs;
	} cases[] = {
		{{.max_bytes = UINT64_MAX, .unused_for_s = INT64_MAX}, 0},
		{{.max_bytes = UINT64_MAX, .unused_for_s = 30 * DAY_S}, 1},
		{{.max_bytes = 4, .unused_for_s = INT64_MAX}, 0},
		{{.max_bytes = 3, .unused_for_s = INT64_MAX}, 1},
		{{.max_bytes = 3, .unused_for_s = INT64_MAX, .keeps_today = true}, 0},
		{{.max_bytes = 3,
		  .unused_for_s = INT64_MAX,
		  .keeps_today = true,
		  .takes_doubtful = true},
		 1},
	};
	const struct object_id original = {{7}};
	struct cache *cache = fixture_open();
	struct cache_thumb thumb = {.bytes = 4, .type = MEDIA_WEBP, .width_px = 1, .height_px = 1};

	(void)state;
	thumb.object = fixture_put_bytes(cache, "tiny", 4);
	assert_int_equal(cache_store_thumb(cache, "a", &original, &thumb, NULL), 0);
	fixture_flush(cache);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct cache_gc_options options = cases[i].options;
		struct cache_gc_result result;

		options.now_s = time(NULL);
		options.dry_run = true;
		result = gc(cache, options);
		if (result.thumbs != cases[i].thumbs || result.objects != cases[i].thumbs)
			fail_msg("case %zu: %d", i, (int)result.thumbs);
	}
	fixture_close(cache);
}

/* Of each state of a local file that was ever looked at a row, which only grew. */
static void gc_takes_facts_without_bytes(void **state)
{
	static const struct {
		struct cache_gc_options options;
		bool takes;
	} cases[] = {
		{{.max_bytes = UINT64_MAX, .unused_for_s = INT64_MAX}, false},
		/* A run that evicts: nothing is gained by them. */
		{{.max_bytes = 3,
		  .unused_for_s = INT64_MAX,
		  .keeps_today = true,
		  .takes_doubtful = true},
		 false},
		{{.max_bytes = UINT64_MAX, .unused_for_s = 30 * DAY_S}, true},
	};
	const struct object_id local = {{7}};
	const struct cache_facts facts = {
		.type = MEDIA_PNG, .width_px = 1, .height_px = 1, .frames = 1, .verdict = "ok"};
	struct cache *cache = fixture_open();
	struct object_id stored = fixture_store(cache, "https://a/", "bytes", FRESH);
	struct cache_facts found;

	(void)state;
	assert_int_equal(cache_store_facts(cache, &local, &facts, NULL), 0);
	assert_int_equal(cache_store_facts(cache, &stored, &facts, NULL), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct cache_gc_options options = cases[i].options;

		options.now_s = time(NULL);
		gc(cache, options);
		assert_int_equal(cache_facts(cache, &local, &found, NULL),
				 cases[i].takes ? -ENOENT : 0);
		assert_int_equal(cache_facts(cache, &stored, &found, NULL), 0);
	}
	fixture_close(cache);
}

static void gc_removes_leftovers(void **state)
{
	struct cache *cache = fixture_open();
	struct object_id id = object_id_of("left", 4);
	CLEANUP(cleanup_free) char *path = fixture_object_path(&id);
	CLEANUP(cleanup_free) char *folder = alloc_string_n(path, strlen(path) - 31);
	FILE *file;

	(void)state;
	fill(cache);
	mkdir(folder, 0700);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("left", file);
	fclose(file);
	assert_int_equal(gc(cache, (struct cache_gc_options){NOTHING}).objects, 1);
	assert_int_equal(access(path, F_OK), -1);
	/* Beside another process a young one stays: that may be about to name it. */
	struct cache *other = fixture_open();

	file = fopen(path, "w");
	assert_non_null(file);
	fputs("left", file);
	fclose(file);
	assert_int_equal(gc(cache, (struct cache_gc_options){NOTHING}).objects, 0);
	assert_int_equal(access(path, F_OK), 0);
	fixture_store(other, "https://b/1", "left", FRESH);
	fixture_flush(other);
	assert_int_equal(fixture_state(other, "https://b/1", NOW_S), CACHE_FRESH);
	fixture_close(other);
	fixture_close(cache);
}

/* The rows of a batch whose object gc took meanwhile are not written. */
static void a_batch_loses_what_gc_took(void **state)
{
	struct cache *cache = fixture_open(), *other = fixture_open();
	struct object_id id = fixture_store(cache, "https://a/1", "one", FRESH);
	CLEANUP(cleanup_free) char *path = fixture_object_path(&id);

	(void)state;
	fixture_flush(cache);
	fixture_store(other, "https://b/1", "one", FRESH);
	assert_int_equal(unlink(path), 0);
	fixture_flush(other);
	fixture_close(other);
	other = fixture_open();
	assert_int_equal(fixture_state(other, "https://b/1", NOW_S), CACHE_MISS);
	fixture_close(other);
	fixture_close(cache);
}

static void records_are_written_anew_by_gc(void **state)
{
	CLEANUP(cleanup_free) char *path = fixture_path("index.sqlite");
	struct cache *cache = fixture_open(), *other = fixture_open();

	(void)state;
	fill(cache);
	fixture_store(other, "https://b/1", "before", FRESH);
	fixture_flush(other);
	gc(cache, (struct cache_gc_options){NOTHING});
	/* The other handle's file of records is gone: it begins a new one. */
	fixture_store(other, "https://b/2", "after", FRESH);
	fixture_close(other);
	fixture_close(cache);
	assert_int_equal(unlink(path), 0);
	cache = fixture_open();
	assert_int_equal(fixture_stats(cache).entries, 12);
	assert_int_equal(fixture_stats(cache).thumbs, 10);
	assert_int_equal(fixture_state(cache, "https://b/1", NOW_S), CACHE_STALE);
	assert_int_equal(fixture_state(cache, "https://b/2", NOW_S), CACHE_STALE);
	fixture_close(cache);
}

/* A writer in another process, while this one collects again and again. */
static void gc_beside_a_writer_loses_nothing(void **state)
{
	pid_t pid = fork();
	struct cache *cache;
	int status;

	(void)state;
	if (pid == 0) {
		cache = fixture_open();
		for (int i = 0; i < 300; i++) {
			char url[32], text[32];

			snprintf(url, sizeof url, "https://a/%d", i);
			snprintf(text, sizeof text, "bytes %d", i % 50);
			fixture_store(cache, url, text, FRESH);
			if (i % 5 == 4)
				fixture_flush(cache);
		}
		fixture_close(cache);
		_exit(0);
	}
	cache = fixture_open();
	do {
		gc(cache, (struct cache_gc_options){NOTHING});
	} while (waitpid(pid, &status, WNOHANG) == 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	gc(cache, (struct cache_gc_options){NOTHING});
	assert_int_equal(fixture_stats(cache).entries_with_object, 300);
	assert_int_equal(fixture_stats(cache).objects, 50);
	for (int i = 0; i < 300; i++) {
		char url[32];

		snprintf(url, sizeof url, "https://a/%d", i);
		assert_int_equal(fixture_state(cache, url, NOW_S), CACHE_FRESH);
	}
	fixture_close(cache);
}

/* --- fsck ---------------------------------------------------------------------------------------
 */

static void note_problem(void *context, const char *path, const char *problem)
{
	(void)problem;
	strcat(context, path);
	strcat(context, " ");
}

static struct cache_fsck_result fsck(bool full, bool repair, char *ret_paths)
{
	const struct cache_fsck_options options = {.full = full, .repair = repair};
	struct cache *cache = fixture_open();
	struct cache_fsck_result result;
	struct fault fault = {0};

	ret_paths[0] = '\0';
	if (cache_fsck(cache, &options, note_problem, ret_paths, &result, &fault))
		fail_msg("fsck: %s", fault.text);
	fixture_close(cache);
	return result;
}

static uint64_t damage_of(const struct cache_fsck_result *result)
{
	return result->damaged + result->missing + result->junk + result->index_is_damaged;
}

static void fsck_finds_a_clean_cache_clean(void **state)
{
	struct cache *cache = fixture_open();
	struct cache_fsck_result result;
	char paths[4096];

	(void)state;
	fill(cache);
	fixture_close(cache);
	result = fsck(true, false, paths);
	assert_string_equal(paths, "");
	assert_int_equal(damage_of(&result), 0);
	assert_int_equal(result.objects, 20);
	assert_int_equal(result.bytes, 140);
	assert_int_equal(result.unreferenced, 0);
}

static void fsck_finds_and_mends(void **state)
{
	const struct object_id flipped = object_id_of("original 0", 10);
	const struct object_id cut = object_id_of("original 1", 10);
	const struct object_id gone = object_id_of("original 2", 10);
	const struct object_id linked = object_id_of("original 3", 10);
	CLEANUP(cleanup_free) char *flipped_path = fixture_object_path(&flipped);
	CLEANUP(cleanup_free) char *cut_path = fixture_object_path(&cut);
	CLEANUP(cleanup_free) char *gone_path = fixture_object_path(&gone);
	CLEANUP(cleanup_free) char *linked_path = fixture_object_path(&linked);
	struct cache *cache = fixture_open();
	struct cache_fsck_result result;
	char paths[4096];

	(void)state;
	fill(cache);
	fixture_close(cache);
	fixture_replace_file(flipped_path, "original X");
	fixture_replace_file(cut_path, "orig");
	assert_int_equal(unlink(gone_path), 0);
	unlink(linked_path);
	assert_int_equal(symlink("/etc/hostname", linked_path), 0);
	fixture_write("junk", "junk");
	fixture_write("objects/junk", "junk");

	result = fsck(false, false, paths); /* sizes only */
	assert_int_equal(result.damaged, 2);
	assert_int_equal(result.missing, 1);
	assert_int_equal(result.junk, 2);
	assert_false(result.is_repaired);
	result = fsck(true, false, paths);
	assert_int_equal(result.damaged, 3);
	assert_non_null(strstr(paths, "objects/junk "));
	result = fsck(true, true, paths);
	assert_int_equal(result.damaged, 3);
	assert_int_equal(result.missing, 1);
	assert_int_equal(result.junk, 2);
	assert_true(result.is_repaired);
	result = fsck(true, false, paths);
	assert_string_equal(paths, "");
	assert_int_equal(damage_of(&result), 0);
	cache = fixture_open();
	for (int i = 0; i < 10; i++) {
		char url[32];

		snprintf(url, sizeof url, "https://a/%d", i);
		assert_int_equal(fixture_state(cache, url, NOW_S),
				 i < 4 ? CACHE_MISS : CACHE_FRESH);
	}
	fixture_close(cache);
}

static void fsck_tells_of_a_rebuilt_index(void **state)
{
	CLEANUP(cleanup_free) char *path = fixture_path("index.sqlite");
	struct cache *cache = fixture_open();
	struct cache_fsck_result result;
	char paths[4096];

	(void)state;
	fill(cache);
	fixture_close(cache);
	fixture_replace_file(
		path, "junk junk junk junk junk junk junk junk junk junk junk junk junk junk "
		      "junk junk junk junk junk junk junk junk junk junk junk junk");
	result = fsck(false, true, paths);
	assert_true(result.index_is_damaged);
	assert_true(result.is_repaired);
	result = fsck(true, false, paths);
	assert_int_equal(damage_of(&result), 0);
}

static void fsck_finds_damage_inside_the_index(void **state)
{
	CLEANUP(cleanup_free) char *path = fixture_path("index.sqlite");
	struct cache *cache = fixture_open();
	struct cache_fsck_result result;
	char paths[4096], zeros[64] = {0};
	struct stat status;
	int fd;

	(void)state;
	fill(cache);
	fixture_close(cache);
	assert_int_equal(stat(path, &status), 0);
	fd = open(path, O_WRONLY);
	for (off_t offset = 4096; offset < status.st_size; offset += 4096)
		assert_int_equal(pwrite(fd, zeros, sizeof zeros, offset), sizeof zeros);
	close(fd);
	result = fsck(false, true, paths);
	assert_true(result.index_is_damaged);
	assert_non_null(strstr(paths, "index.sqlite"));
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/5", NOW_S), CACHE_STALE);
	fixture_close(cache);
	result = fsck(true, false, paths);
	assert_int_equal(damage_of(&result), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(gc_removes_nothing_that_is_named),
		FIXTURE_TEST(gc_keeps_to_a_size),
		FIXTURE_TEST(gc_keeps_objects_that_others_name),
		FIXTURE_TEST(gc_by_age_counts_the_last_use),
		FIXTURE_TEST(gc_by_age_knows_late_days),
		FIXTURE_TEST(gc_keeps_to_its_rules),
		FIXTURE_TEST(gc_takes_what_is_of_local_files),
		FIXTURE_TEST(gc_takes_facts_without_bytes),
		FIXTURE_TEST(gc_removes_leftovers),
		FIXTURE_TEST(a_batch_loses_what_gc_took),
		FIXTURE_TEST(records_are_written_anew_by_gc),
		FIXTURE_TEST(gc_beside_a_writer_loses_nothing),
		FIXTURE_TEST(fsck_finds_a_clean_cache_clean),
		FIXTURE_TEST(fsck_finds_and_mends),
		FIXTURE_TEST(fsck_tells_of_a_rebuilt_index),
		FIXTURE_TEST(fsck_finds_damage_inside_the_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
