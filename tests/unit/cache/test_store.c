/* What may go wrong under a cache: kills, damage, other processes, a full disk, hostile bytes. */
#include "cache_fixture.h"

#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define FRESH "Cache-Control: max-age=60\nETag: \"a\"\n"

/* --- kills --------------------------------------------------------------------------------------
 */

/* Runs `work` in a process that ends without closing anything. */
static int in_killed_process(void (*work)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		work();
		kill(getpid(), SIGKILL);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static void store_and_die_before_the_flush(void)
{
	struct cache *cache = fixture_open();

	fixture_store(cache, "https://a/1", "one", FRESH);
	fixture_flush(cache);
	fixture_store(cache, "https://a/2", "two", FRESH);
	fixture_store(cache, "https://a/3", "hidden", "Cache-Control: no-store\n");
}

static size_t count_files(const char *name)
{
	CLEANUP(cleanup_free) char *path = fixture_path(name);
	DIR *folder = opendir(path);
	struct dirent *item;
	size_t count = 0;

	assert_non_null(folder);
	while ((item = readdir(folder)))
		count += item->d_name[0] != '.';
	closedir(folder);
	return count;
}

static void a_kill_loses_the_batch_and_nothing_else(void **state)
{
	struct object_id two = object_id_of("two", 3);
	struct cache *cache;

	(void)state;
	assert_int_equal(in_killed_process(store_and_die_before_the_flush), SIGKILL);
	cache = fixture_open();
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_FRESH);
	assert_int_equal(fixture_state(cache, "https://a/2", NOW_S), CACHE_MISS);
	assert_false(fixture_reads(cache, &two, "two"));
	assert_int_equal(fixture_stats(cache).entries, 1);
	assert_int_equal(count_files("tmp"), 0);
	assert_int_equal(count_files("objects"), 1);
	fixture_close(cache);
}

static void store_many_unwanted_and_die(void)
{
	struct cache *cache = fixture_open();

	for (int i = 0; i < 100; i++) {
		char text[16];

		snprintf(text, sizeof text, "secret %d", i);
		fixture_store(cache, text, text, "Cache-Control: no-store\n");
		fixture_flush(cache);
	}
	assert_true(count_files("tmp") > 0);
}

static void leftovers_of_a_kill_are_removed(void **state)
{
	(void)state;
	assert_int_equal(in_killed_process(store_many_unwanted_and_die), SIGKILL);
	assert_true(count_files("tmp") > 0);
	fixture_close(fixture_open());
	assert_int_equal(count_files("tmp"), 0);
}

static size_t count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void store_unwanted_among_few_descriptors(void)
{
	const struct rlimit limit = {64, 64};
	struct cache *cache;
	size_t before;

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	cache = fixture_open();
	before = count_descriptors();
	for (int i = 0; i < 20; i++) {
		char text[16];

		snprintf(text, sizeof text, "secret %d", i);
		fixture_store(cache, text, text, "Cache-Control: no-store\n");
	}
	assert_in_range(count_descriptors() - before, 0, 8);
}

/* A build of 400 images with 64 of them ended with "Too many open files", now and then. */
static void what_is_not_stored_leaves_descriptors_to_others(void **state)
{
	(void)state;
	assert_int_equal(in_killed_process(store_unwanted_among_few_descriptors), SIGKILL);
}

/* --- batches ------------------------------------------------------------------------------------
 */

/* What is durable after it was due before the call, and nothing else. */
static void flush_what_is_due(struct cache *cache)
{
	assert_int_equal(cache_flush(cache, false, NULL), 0);
	while (cache_flush_fd(cache) >= 0) {
		struct pollfd event = {.fd = cache_flush_fd(cache), .events = POLLIN};

		assert_true(poll(&event, 1, -1) == 1 || errno == EINTR);
		assert_int_equal(cache_flush(cache, false, NULL), 0);
	}
}

static void a_batch_is_64_objects_or_a_second(void **state)
{
	struct cache *cache = fixture_open();
	struct object_id first = fixture_store(cache, "https://a/first", "first", FRESH);
	CLEANUP(cleanup_free) char *path = fixture_object_path(&first);

	(void)state;
	flush_what_is_due(cache);
	assert_int_equal(access(path, F_OK), -1);
	for (int i = 1; i < 64; i++) {
		char text[16];

		snprintf(text, sizeof text, "object %d", i);
		fixture_store(cache, text, text, FRESH);
	}
	assert_int_equal(access(path, F_OK), -1);
	flush_what_is_due(cache);
	assert_int_equal(access(path, F_OK), 0);

	struct object_id last = fixture_store(cache, "https://a/last", "last", FRESH);
	CLEANUP(cleanup_free) char *last_path = fixture_object_path(&last);

	usleep(1050 * 1000);
	assert_int_equal(access(last_path, F_OK), -1);
	flush_what_is_due(cache);
	assert_int_equal(access(last_path, F_OK), 0);
	fixture_close(cache);
}

static void assert_object_of(struct cache *cache, const char *url, const struct object_id *id)
{
	CLEANUP(cache_entry_release) struct cache_entry entry = fixture_look(cache, url, NOW_S);

	assert_memory_equal(entry.object.bytes, id->bytes, sizeof id->bytes);
}

/* Whatever has ended of it, each is found, and what is stored meanwhile takes precedence. */
static void a_batch_is_readable_while_it_is_stored(void **state)
{
	struct cache *cache = fixture_open();
	struct object_id ids[64], newer;

	(void)state;
	for (int i = 0; i < 64; i++) {
		char text[16];

		snprintf(text, sizeof text, "object %d", i);
		ids[i] = fixture_store(cache, text, text, FRESH);
	}
	assert_int_equal(cache_flush(cache, false, NULL), 0);
	newer = fixture_store(cache, "object 5", "object 5, newer", FRESH);
	for (bool is_over = false; !is_over; is_over = cache_flush_fd(cache) < 0) {
		for (int i = 0; i < 64; i++) {
			char text[16];

			snprintf(text, sizeof text, "object %d", i);
			assert_int_equal(fixture_state(cache, text, NOW_S), CACHE_FRESH);
			assert_true(fixture_reads(cache, &ids[i], text));
		}
		assert_object_of(cache, "object 5", &newer);
		assert_int_equal(cache_flush(cache, false, NULL), 0);
	}
	fixture_flush(cache);
	assert_object_of(cache, "object 5", &newer);
	assert_int_equal(fixture_stats(cache).entries, 64);
	assert_int_equal(fixture_stats(cache).objects, 65);
	fixture_close(cache);
}

static void one_who_never_flushes_runs_out_of_nothing(void **state)
{
	struct cache *cache = fixture_open();

	(void)state;
	for (int i = 0; i < 200; i++) {
		char text[16];

		snprintf(text, sizeof text, "object %d", i);
		fixture_store(cache, text, text, FRESH);
	}
	/* 3 batches went by themselves. */
	assert_true(count_files("objects") > 0);
	fixture_close(cache);
	cache = fixture_open();
	assert_int_equal(fixture_stats(cache).entries, 200);
	fixture_close(cache);
}

static void a_writer_begins_again(void **state)
{
	struct cache *cache = fixture_open();
	struct cache_writer *writer;
	struct object_id id, expected = object_id_of("second", 6);
	uint64_t bytes;

	(void)state;
	assert_int_equal(cache_writer_new(cache, &writer, NULL), 0);
	assert_int_equal(cache_writer_begin(writer, NULL), 0);
	assert_int_equal(cache_writer_write(writer, "first, and longer", 17, NULL), 0);
	assert_int_equal(cache_writer_begin(writer, NULL), 0);
	assert_int_equal(cache_writer_write(writer, "sec", 3, NULL), 0);
	assert_int_equal(cache_writer_write(writer, "ond", 3, NULL), 0);
	assert_int_equal(cache_writer_commit(writer, &id, &bytes, NULL), 0);
	assert_int_equal(bytes, 6);
	assert_true(object_id_equals(&id, &expected));
	assert_true(fixture_reads(cache, &id, "second"));
	assert_int_equal(cache_writer_new(cache, &writer, NULL), 0);
	assert_int_equal(cache_writer_write(writer, "dropped", 7, NULL), 0);
	cache_writer_free(writer);
	cache_writer_free(NULL);
	fixture_close(cache);
}

/* --- damage -------------------------------------------------------------------------------------
 */

enum damage { FLIP, TRUNCATE, GROW, ZERO, SYMLINK, FOLDER, FIFO, SWAP, MISSING, FOLDER_LINK };

static void replace_file(const char *path, const char *text)
{
	FILE *file;

	unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void do_damage(enum damage damage, const char *path)
{
	CLEANUP(cleanup_free) char *folder = alloc_string_n(path, strlen(path) - 31);
	CLEANUP(cleanup_free) char *elsewhere = alloc_printf("%s/elsewhere", fixture_folder);
	CLEANUP(cleanup_free) char *moved = alloc_printf("%s/moved", fixture_folder);

	assert_true(access(path, F_OK) == 0);
	if (damage == FLIP)
		replace_file(path, "onf");
	if (damage == TRUNCATE)
		replace_file(path, "on");
	if (damage == GROW)
		replace_file(path, "onee");
	if (damage == ZERO)
		replace_file(path, "");
	if (damage == SWAP)
		replace_file(path, "two");
	if (damage == MISSING)
		assert_int_equal(unlink(path), 0);
	if (damage == SYMLINK) {
		replace_file(elsewhere, "one");
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
	const struct cache_thumb thumb = {.object = id, .bytes = 3, .type = MEDIA_PNG};
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
		assert_true(count_files("quarantine") > 0);
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

/* The bytes come again before anybody has read the damaged ones. */
static void new_bytes_mend_a_damaged_object(void **state)
{
	struct cache *cache = fixture_open();
	struct object_id id = fixture_store(cache, "https://a/1", "one", FRESH);
	CLEANUP(cleanup_free) char *path = fixture_object_path(&id);

	(void)state;
	fixture_close(cache);
	replace_file(path, "onf");
	cache = fixture_open();
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
	assert_true(count_files("quarantine") >= 1);
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

/* --- several processes ---------------------------------------------------------------------------
 */

static void two_handles_share_a_cache(void **state)
{
	struct cache *a = fixture_open(), *b = fixture_open();
	struct object_id id = fixture_store(a, "https://a/1", "one", FRESH);

	(void)state;
	assert_int_equal(fixture_state(b, "https://a/1", NOW_S), CACHE_MISS);
	fixture_store(b, "https://b/1", "one", FRESH);
	fixture_flush(a);
	fixture_flush(b);
	assert_int_equal(fixture_state(b, "https://a/1", NOW_S), CACHE_FRESH);
	assert_int_equal(fixture_state(a, "https://b/1", NOW_S), CACHE_FRESH);
	assert_true(fixture_reads(b, &id, "one"));
	assert_int_equal(fixture_stats(a).objects, 1);
	fixture_close(a);
	fixture_close(b);
}

#define PROCESSES 4
#define EACH 100

static void work_beside_others(int number)
{
	struct cache *cache = fixture_open();

	for (int i = 0; i < EACH; i++) {
		char url[64], text[64];

		snprintf(url, sizeof url, "https://%d/%d", number, i);
		snprintf(text, sizeof text, "bytes %d", i); /* the same in all processes */
		fixture_store(cache, url, text, FRESH);
		if (i % 10 == 9)
			fixture_flush(cache);
		assert_int_equal(fixture_state(cache, url, NOW_S), CACHE_FRESH);
	}
	if (number % 2)
		kill(getpid(), SIGKILL);
	fixture_close(cache);
}

static void processes_never_see_a_lock(void **state)
{
	pid_t pids[PROCESSES];
	struct cache *cache;

	(void)state;
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			work_beside_others(i);
			_exit(0);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		if (i % 2)
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		else
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	cache = fixture_open();
	assert_int_equal(fixture_stats(cache).entries, PROCESSES * EACH);
	assert_int_equal(fixture_stats(cache).objects, EACH);
	for (int i = 0; i < EACH; i++) {
		char text[64];
		struct object_id id;

		snprintf(text, sizeof text, "bytes %d", i);
		id = object_id_of(text, strlen(text));
		assert_true(fixture_reads(cache, &id, text));
	}
	fixture_close(cache);
}

/* --- a full disk --------------------------------------------------------------------------------
 */

static void fill_up(const char *path)
{
	char zeros[4096] = {0};
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	size_t size = sizeof zeros;

	while (size) {
		if (write(fd, zeros, size) < 0)
			size /= 2;
	}
	close(fd);
}

/* In a child that has a file system of 2 MiB to itself. */
static void work_on_a_full_disk(void)
{
	CLEANUP(cleanup_free) char *ballast = alloc_printf("%s/ballast", fixture_folder);
	char large[65536];
	struct cache *cache = fixture_open();
	struct object_id one = fixture_store(cache, "https://a/1", "one", FRESH), id;
	struct cache_writer *writer;
	struct fault fault = {0};
	uint64_t bytes;
	int error = 0;

	fixture_flush(cache);
	memset(large, 'x', sizeof large);
	fill_up(ballast);
	assert_int_equal(cache_writer_new(cache, &writer, &fault), 0);
	for (int i = 0; i < 4 && !error; i++)
		error = cache_writer_write(writer, large, sizeof large, &fault);
	assert_int_equal(error, -ENOSPC);
	assert_non_null(strstr(fault.text, "write a new object"));
	assert_non_null(strstr(fault.text, "No space left on device"));
	cache_writer_free(writer);
	/* Hits go on. */
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_FRESH);
	assert_true(fixture_reads(cache, &one, "one"));
	/* An index that cannot grow: a fault, no success. */
	for (int i = 0; i < 200; i++) {
		CLEANUP(cleanup_free) char *url = alloc_printf("https://a/gone/%0200d", i);

		fixture_fail(cache, url, CACHE_FAILURE_GONE, NOW_S);
	}
	error = cache_flush(cache, true, &fault);
	assert_int_equal(error, -ENOSPC);
	assert_non_null(strstr(fault.text, "store a batch"));
	assert_int_equal(fixture_state(cache, "https://a/1", NOW_S), CACHE_FRESH);
	/* With room again, what waited is stored. */
	unlink(ballast);
	fixture_flush(cache);
	assert_int_equal(cache_writer_new(cache, &writer, &fault), 0);
	assert_int_equal(cache_writer_write(writer, large, sizeof large, &fault), 0);
	assert_int_equal(cache_writer_commit(writer, &id, &bytes, &fault), 0);
	assert_int_equal(fixture_stats(cache).failures, 200);
	fixture_close(cache);
}

#define CHILD_CANNOT_MOUNT 77

static void a_full_disk_stops_storing_only(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount("none", "/", "none", MS_REC | MS_PRIVATE, "") < 0 ||
		    mount("none", fixture_folder, "tmpfs", 0, "size=2m") < 0)
			_exit(CHILD_CANNOT_MOUNT);
		work_on_a_full_disk();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_CANNOT_MOUNT)
		skip();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(a_kill_loses_the_batch_and_nothing_else),
		FIXTURE_TEST(leftovers_of_a_kill_are_removed),
		FIXTURE_TEST(what_is_not_stored_leaves_descriptors_to_others),
		FIXTURE_TEST(a_batch_is_64_objects_or_a_second),
		FIXTURE_TEST(a_batch_is_readable_while_it_is_stored),
		FIXTURE_TEST(one_who_never_flushes_runs_out_of_nothing),
		FIXTURE_TEST(a_writer_begins_again),
		FIXTURE_TEST(damage_is_found_and_mended),
		FIXTURE_TEST(new_bytes_mend_a_damaged_object),
		FIXTURE_TEST(equal_hashes_of_other_bytes_are_refused),
		FIXTURE_TEST(a_collision_between_processes_loses_the_later_one),
		FIXTURE_TEST(a_junk_index_is_begun_anew),
		FIXTURE_TEST(a_damaged_index_in_use_is_not_replaced),
		FIXTURE_TEST(damage_inside_the_index_is_a_fault_then_mended),
		FIXTURE_TEST(two_handles_share_a_cache),
		FIXTURE_TEST(processes_never_see_a_lock),
		FIXTURE_TEST(a_full_disk_stops_storing_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
