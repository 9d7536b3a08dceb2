/* Objects and an index that are not what was stored: damaged, junk, or of an equal hash. */
#include "cache_fixture.h"

#define FRESH "Cache-Control: max-age=60\nETag: \"a\"\n"

/* --- damage -------------------------------------------------------------------------------------
 */

enum damage { FLIP, TRUNCATE, GROW, ZERO, SYMLINK, FOLDER, FIFO, SWAP, MISSING, FOLDER_LINK };

static void do_damage(enum damage damage, const char *path)
{
	CLEANUP(cleanup_free) char *folder = alloc_string_n(path, strlen(path) - 31);
	CLEANUP(cleanup_free) char *elsewhere = alloc_printf("%s/elsewhere", fixture_folder);
	CLEANUP(cleanup_free) char *moved = alloc_printf("%s/moved", fixture_folder);

	assert_true(access(path, F_OK) == 0);
	if (damage == FLIP)
		fixture_replace_file(path, "onf");
	if (damage == TRUNCATE)
		fixture_replace_file(path, "on");
	if (damage == GROW)
		fixture_replace_file(path, "onee");
	if (damage == ZERO)
		fixture_replace_file(path, "");
	if (damage == SWAP)
		fixture_replace_file(path, "two");
	if (damage == MISSING)
		assert_int_equal(unlink(path), 0);
	if (damage == SYMLINK) {
		fixture_replace_file(elsewhere, "one");
		unlink(path);
		assert_int_equal(symlink(elsewhere, path), 0);
	}
	if (damage == FOLDER) {
		unlink(path);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	if (damage == FIFO) {
		unlink(path);
		assert_int_equal(mkfifo(path, 0600), 0);
	}
	if (damage == FOLDER_LINK) {
		assert_int_equal(rename(folder, moved), 0);
		assert_int_equal(symlink(moved, folder), 0);
	}
}

static void check_damage(enum damage damage, bool looks_up_first)
{
	struct cache *cache = fixture_open();
	struct object_id id = fixture_store(cache, "https://a/1", "one", FRESH);
	CLEANUP(cleanup_free) char *path = fixture_object_path(&id);
	const struct cache_thumb thumb = {
		.object = id, .bytes = 3, .type = MEDIA_PNG, .width_px = 1, .height_px = 1};
	struct cache_thumb got;

	assert_int_equal(cache_store_thumb(cache, "key", &id, &thumb, NULL), 0);
	fixture_close(cache);
	do_damage(damage, path);
	cache = fixture_open();
	if (looks_up_first)
		fixture_state(cache, "https://a/1", NOW_S);
	assert_false(fixture_reads(cache, &id, "one"));
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_MISS);
	assert_int_equal(cache_thumb(cache, "key", &got, NULL), -ENOENT);
	{
		CLEANUP(cache_entry_release)
		struct cache_entry entry = fixture_look(cache, "https://a/1", NOW_S);

		assert_false(entry.has_object);
		assert_null(entry.entity_tag); /* so that a plain GET follows */
	}
	if (damage != MISSING && damage != FOLDER_LINK) {
		assert_int_equal(fixture_stats(cache).damaged, 1);
		assert_true(fixture_count_files("quarantine") > 0);
		assert_int_equal(fixture_stats(cache).entries_with_object, 0);
	}
	/* Fetched again, it is whole again. */
	fixture_store(cache, "https://a/1", "one", FRESH);
	fixture_close(cache);
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_FRESH);
	assert_true(fixture_reads(cache, &id, "one"));
	fixture_close(cache);
}

static void damage_is_found_and_mended(void **state)
{
	for (int damage = FLIP; damage <= FOLDER_LINK; damage++)
		for (int looks_up_first = 0; looks_up_first < 2; looks_up_first++) {
			print_message("damage %d, lookup %d\n", damage, looks_up_first);
			check_damage((enum damage)damage, looks_up_first);
			assert_int_equal(fixture_teardown(state), 0);
			assert_int_equal(fixture_setup(state), 0);
		}
}

/* Opened with "one" of https://a/1, whose file has other bytes since. */
static struct cache *open_with_a_damaged_object(struct object_id *ret_id)
{
	struct cache *cache = fixture_open();
	CLEANUP(cleanup_free) char *path = NULL;

	*ret_id = fixture_store(cache, "https://a/1", "one", FRESH);
	fixture_close(cache);
	path = fixture_object_path(ret_id);
	fixture_replace_file(path, "onf");
	return fixture_open();
}

/* Between a look, that of fsck --repair for one, and the commit of what it found. */
static void what_another_process_stored_again_is_not_forgotten(void **state)
{
	struct object_id id;
	struct cache *cache = open_with_a_damaged_object(&id), *other;

	(void)state;
	assert_false(fixture_reads(cache, &id, "one"));
	other = fixture_open();
	fixture_store(other, "https://a/2", "one", FRESH);
	fixture_close(other);
	fixture_close(cache);
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_FRESH);
	assert_int_equal(fixture_state(cache, "https://a/2", NOW_S), CACHE_FRESH);
	assert_true(fixture_reads(cache, &id, "one"));
	fixture_close(cache);
}

/* The bytes come again before anybody has read the damaged ones. */
static void new_bytes_mend_a_damaged_object(void **state)
{
	struct object_id id;
	struct cache *cache = open_with_a_damaged_object(&id);

	(void)state;
	fixture_store(cache, "https://a/2", "one", FRESH);
	assert_int_equal(fixture_stats(cache).damaged, 1);
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_FRESH);
	assert_int_equal(fixture_state(cache, "https://a/2", NOW_S), CACHE_FRESH);
	fixture_close(cache);
	cache = fixture_open();
	assert_true(fixture_reads(cache, &id, "one"));
	assert_int_equal(fixture_stats(cache).damaged, 0);
	fixture_close(cache);
}

/* Two files of 512 bytes with one XXH3-128. A lane's product is zero when the low half of the data
 * is that of the secret; then only the sum of the lane's high halves over the stripes counts. */
static void make_collision(char *a, char *b)
{
	static const unsigned char secret[] = {0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe,
					       0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c};

	memset(a, 'x', 512);
	memcpy(a, secret, 4);
	memcpy(a + 64, secret + 8, 4);
	memcpy(b, a, 512);
	b[4]++;
	b[64 + 4]--;
}

static int store_colliding(struct cache *cache, const char *data, struct fault *fault)
{
	struct cache_writer *writer;
	struct object_id id;
	uint64_t bytes;

	assert_int_equal(cache_writer_new(cache, &writer, NULL), 0);
	assert_int_equal(cache_writer_write(writer, data, 512, NULL), 0);
	return cache_writer_commit(writer, &id, &bytes, fault);
}

static void equal_hashes_of_other_bytes_are_refused(void **state)
{
	struct cache *cache = fixture_open();
	char a[512], b[512], text[513] = "";
	struct object_id id, other_id;
	struct fault fault = {0};

	(void)state;
	make_collision(a, b);
	id = object_id_of(a, sizeof a);
	other_id = object_id_of(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	assert_true(object_id_equals(&id, &other_id));
	memcpy(text, a, sizeof a);
	fixture_store(cache, "https://a/1", text, FRESH);
	/* Against pending, stored, and both times again. */
	for (int round = 0; round < 2; round++) {
		assert_int_equal(store_colliding(cache, b, &fault), -EEXIST);
		assert_non_null(strstr(fault.text, "other bytes have the same hash"));
		assert_int_equal(store_colliding(cache, a, &fault), 0);
		fixture_flush(cache);
	}
	assert_true(fixture_reads(cache, &id, text));
	assert_int_equal(fixture_stats(cache).damaged, 0);
	fixture_close(cache);
}

/* Another process links its bytes first. */
static void a_collision_between_processes_loses_the_later_one(void **state)
{
	struct cache *first = fixture_open(), *second = fixture_open();
	char a[513] = "", b[513] = "";
	struct object_id id;

	(void)state;
	make_collision(a, b);
	id = fixture_store(second, "https://b/1", b, FRESH);
	fixture_store(first, "https://a/1", a, FRESH);
	fixture_flush(first);
	fixture_flush(second);
	assert_true(fixture_reads(first, &id, a));
	fixture_close(second);
	second = fixture_open();
	assert_int_equal(fixture_state(second, "https://a/1", NOW_S), CACHE_FRESH);
	assert_int_equal(fixture_state(second, "https://b/1", NOW_S), CACHE_MISS);
	fixture_close(second);
	fixture_close(first);
}

/* --- a damaged index ----------------------------------------------------------------------------
 */

static void a_junk_index_is_begun_anew(void **state)
{
	struct cache *cache = fixture_open();

	(void)state;
	fixture_store(cache, "https://a/1", "one", FRESH);
	fixture_close(cache);
	fixture_write("index.sqlite",
		      "this is no database, and long enough to be looked at closely: "
		      "SQLite reads a header of one hundred bytes first of all");
	cache = fixture_open();
	fixture_store(cache, "https://a/2", "two", FRESH);
	fixture_close(cache);
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/2", NOW_S), CACHE_FRESH);
	fixture_close(cache);
	assert_true(fixture_count_files("quarantine") >= 1);
}

static void a_damaged_index_in_use_is_not_replaced(void **state)
{
	struct cache *user = fixture_open(), *cache = NULL;
	struct fault fault = {0};

	(void)state;
	fixture_write("index.damaged", "");
	assert_int_equal(cache_open(fixture_cache, &cache, &fault), -EUCLEAN);
	assert_non_null(strstr(fault.text, "another picdesk"));
	fixture_close(user);
	fixture_close(fixture_open());
	assert_false(fixture_exists("index.damaged"));
}

static void damage_inside_the_index_is_a_fault_then_mended(void **state)
{
	const struct cache_policy policy = {.max_age_s = INT64_MAX, .negative_age_s = -1};
	CLEANUP(cleanup_free) char *path = fixture_path("index.sqlite");
	struct cache *cache = fixture_open();
	struct cache_entry entry;
	struct fault fault = {0};
	struct stat status;
	char junk[4096];
	int fd;

	(void)state;
	fixture_store(cache, "https://a/1", "one", FRESH);
	fixture_close(cache);
	assert_int_equal(stat(path, &status), 0);
	fd = open(path, O_WRONLY);
	memset(junk, 0xa5, sizeof junk);
	for (off_t offset = 4096; offset < status.st_size; offset += 4096)
		assert_int_equal(pwrite(fd, junk, sizeof junk, offset), 4096);
	close(fd);
	cache = fixture_open();
	assert_int_equal(cache_lookup(cache, "https://a/1", &policy, NOW_S, &entry, &fault),
			 -EUCLEAN);
	assert_non_null(strstr(fault.text, "index.sqlite: look up: is damaged"));
	cache_close(cache, NULL);
	cache = fixture_open();
	fixture_store(cache, "https://a/2", "two", FRESH);
	assert_int_equal(fixture_state(cache, "https://a/2", NOW_S), CACHE_FRESH);
	fixture_close(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(damage_is_found_and_mended),
		FIXTURE_TEST(what_another_process_stored_again_is_not_forgotten),
		FIXTURE_TEST(new_bytes_mend_a_damaged_object),
		FIXTURE_TEST(equal_hashes_of_other_bytes_are_refused),
		FIXTURE_TEST(a_collision_between_processes_loses_the_later_one),
		FIXTURE_TEST(a_junk_index_is_begun_anew),
		FIXTURE_TEST(a_damaged_index_in_use_is_not_replaced),
		FIXTURE_TEST(damage_inside_the_index_is_a_fault_then_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
