/* What may go wrong under a cache: kills, few descriptors, other processes, a full disk. */
#include "cache_fixture.h"

#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "clock.h"

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
	assert_int_equal(fixture_count_files("tmp"), 0);
	assert_int_equal(fixture_count_files("objects"), 1);
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
	assert_true(fixture_count_files("tmp") > 0);
}

/* gc has asked whether it is alone, and has the users' lock no more, or not yet again. */
static void what_another_process_writes_is_no_leftover(void **state)
{
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_close) int fd = -1;

	(void)state;
	fixture_close(fixture_open());
	fixture_write("tmp/new-1", "half");
	path = fixture_path("writers.lock");
	fd = open(path, O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	fixture_close(fixture_open());
	assert_true(fixture_exists("tmp/new-1"));
	assert_int_equal(flock(fd, LOCK_UN), 0);
	fixture_close(fixture_open());
	assert_false(fixture_exists("tmp/new-1"));
}

static void leftovers_of_a_kill_are_removed(void **state)
{
	(void)state;
	assert_int_equal(in_killed_process(store_many_unwanted_and_die), SIGKILL);
	assert_true(fixture_count_files("tmp") > 0);
	fixture_close(fixture_open());
	assert_int_equal(fixture_count_files("tmp"), 0);
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

/* The linker puts it in the place of base's. Time stands still from when a test sets it. */
static int64_t test_clock_ms;
int64_t __real_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_ms(void);

int64_t __wrap_clock_monotonic_ms(void)
{
	return test_clock_ms ? test_clock_ms : __real_clock_monotonic_ms();
}

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
	struct object_id first;
	CLEANUP(cleanup_free) char *path = NULL;

	(void)state;
	test_clock_ms = clock_monotonic_ms();
	first = fixture_store(cache, "https://a/first", "first", FRESH);
	path = fixture_object_path(&first);
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

	test_clock_ms += 999;
	flush_what_is_due(cache);
	assert_int_equal(access(last_path, F_OK), -1);
	test_clock_ms++;
	flush_what_is_due(cache);
	assert_int_equal(access(last_path, F_OK), 0);
	test_clock_ms = 0;
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

/* Another process that holds the index for writing, until its stdin ends. */
struct holder {
	pid_t pid;
	int stdin_fd;
};

static struct holder hold_index(const char *path)
{
	static const char code[] = "import sqlite3, sys\n"
				   "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
				   "c.execute('BEGIN IMMEDIATE')\n"
				   "print(end='held', flush=True)\n"
				   "sys.stdin.read()\n";
	struct holder holder;
	int to[2], from[2];
	char held[4];

	assert_int_equal(pipe2(to, O_CLOEXEC) | pipe2(from, O_CLOEXEC), 0);
	holder.pid = fork();
	if (!holder.pid) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execl("/usr/bin/python3", "python3", "-c", code, path, (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	assert_int_equal(read(from[0], held, sizeof held), sizeof held);
	close(from[0]);
	holder.stdin_fd = to[1];
	return holder;
}

static void let_go(struct holder holder)
{
	int status;

	close(holder.stdin_fd);
	assert_int_equal(waitpid(holder.pid, &status, 0), holder.pid);
	assert_int_equal(status, 0);
}

/* The loop asks before it looks something up, and a commit takes as long as the disk, or others
 * that write. */
static void a_commit_is_told_of(void **state)
{
	struct cache *cache = fixture_open();
	CLEANUP(cleanup_free) char *path = fixture_path("index.sqlite");
	struct holder holder = hold_index(path);

	(void)state;
	for (int i = 0; i < 32; i++) {
		char text[16];

		snprintf(text, sizeof text, "object %d", i);
		fixture_store(cache, text, text, FRESH);
		assert_false(cache_is_committing(cache));
	}
	assert_true(cache_is_due(cache));
	assert_int_equal(cache_flush(cache, false, NULL), 0);
	while (!cache_is_committing(cache)) {
		struct pollfd event = {.fd = cache_flush_fd(cache), .events = POLLIN};

		assert_int_equal(poll(&event, 1, 60000), 1);
		assert_int_equal(cache_flush(cache, false, NULL), 0);
	}
	assert_int_equal(cache_room(cache), 32);
	cache_release_memory(cache); /* later: it does not wait for the one who holds the index */
	assert_true(cache_is_committing(cache));
	let_go(holder);
	flush_what_is_due(cache);
	assert_false(cache_is_committing(cache));
	assert_int_equal(cache_room(cache), 64);
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
	assert_true(fixture_count_files("objects") > 0);
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
		FIXTURE_TEST(what_another_process_writes_is_no_leftover),
		FIXTURE_TEST(what_is_not_stored_leaves_descriptors_to_others),
		FIXTURE_TEST(a_batch_is_64_objects_or_a_second),
		FIXTURE_TEST(a_commit_is_told_of),
		FIXTURE_TEST(a_batch_is_readable_while_it_is_stored),
		FIXTURE_TEST(one_who_never_flushes_runs_out_of_nothing),
		FIXTURE_TEST(a_writer_begins_again),
		FIXTURE_TEST(two_handles_share_a_cache),
		FIXTURE_TEST(processes_never_see_a_lock),
		FIXTURE_TEST(a_full_disk_stops_storing_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
