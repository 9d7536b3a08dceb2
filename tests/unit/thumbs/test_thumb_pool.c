/* The pool against a renderer that misbehaves on demand (fake_renderer.c). */
#include "../cmocka_all.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "pool_run.h"
#include "wire.h"

#define VERSION "fake " WIRE_NO_AVIF

static struct thumb_pool_options quick_options(void)
{
	struct thumb_pool_options options;

	thumb_pool_options_init(&options);
	options.renderers = 2;
	options.timeout_ms = 150;
	return options;
}

static size_t count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

/* Every image comes back once; those that make the renderer fail do not touch their neighbours. */
static void test_misbehaviour(void **state)
{
	static const struct {
		const char *name, *message; /* the message's end */
		char how;
		size_t n_specs;
	} cases[] = {
		{"crash", "killed by signal 11 (Segmentation fault)", 'c', 0},
		{"killed by the system",
		 "as it may where memory is short: killed by signal 9 (Killed)", 'k', 0},
		{"hang", "it took longer than 150 ms", 'h', 0},
		{"quiet end", "ended with status 0", 'q', 0},
		{"lie about the size", "it decoded as 11x10, but the header says 10x10", 'l', 0},
		{"another number", "it answered a question that was not asked", 'n', 0},
		{"garbage", "it broke the protocol", 'g', 0},
		{"thumbnails not asked for", "it broke the protocol", 'x', 0},
		{"no image", "it made a thumbnail that is no image", 'x', 1},
		{"too many bytes", "it broke the protocol", 'b', 1},
		{"more bytes than there can be", "it broke the protocol", 'B', 1},
		{"talks and crashes", "the last words", 's', 0},
	};
	static const struct thumb_spec spec = {.width_px = 10, .format = THUMB_WEBP, .quality = 75};
	struct thumb_pool_options options = quick_options();
	size_t fds_before = count_fds();

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char bytes[] = {cases[i].how, 'o'};
		struct image images[9];
		struct thumb_result results[9] = {0};

		for (size_t k = 0; k < ARRAY_LENGTH(images); k++)
			images[k] = (struct image){&bytes[k == 3 ? 0 : 1], 1, 10, 10};
		if (cases[i].n_specs) /* the good answers have no thumbnails, so none here */
			images[0] = images[3];
		pool_run(FAKE, &options, images, cases[i].n_specs ? 1 : ARRAY_LENGTH(images), &spec,
			 cases[i].n_specs, results);
		for (size_t k = 0; k < (cases[i].n_specs ? 1 : ARRAY_LENGTH(images)); k++) {
			bool is_bad = images[k].data == &bytes[0];
			enum thumb_verdict verdict = !is_bad               ? THUMB_OK
						     : cases[i].how == 'k' ? THUMB_TOO_MANY_PIXELS
									   : THUMB_CRASHED;
			const char *message = results[k].message;
			size_t length = strlen(message), end = strlen(cases[i].message);

			if (results[k].verdict != verdict)
				fail_msg("%s: image %zu: %s %s", cases[i].name, k,
					 thumb_verdict_name(results[k].verdict), message);
			if (is_bad &&
			    (length < end || strcmp(message + length - end, cases[i].message)))
				fail_msg("%s: %s", cases[i].name, message);
			thumb_result_release(&results[k]);
		}
	}
	assert_int_equal(count_fds(), fds_before);
}

/* Bytes without an end do not keep the pool from its other work, nor from looking at the clock. */
static void test_endless_bytes(void **state)
{
	static const struct thumb_spec spec = {
		.width_px = 3000, .format = THUMB_JPEG, .quality = 75};
	const struct image image = {"e", 1, 3000, 3000};
	struct thumb_pool_options options = quick_options();
	struct thumb_result result;

	(void)state;
	pool_run(FAKE, &options, &image, 1, &spec, 1, &result);
	assert_int_equal(result.verdict, THUMB_CRASHED);
	assert_string_equal(result.message,
			    "the renderer failed twice: it took longer than 150 ms");
}

/* More than one renderer's life, and poison among them. */
static void test_many(void **state)
{
	enum { N = 1000 };
	static const char kinds[] = {'o', 'c', 'l'};
	static struct image images[N];
	static struct thumb_result results[N];
	struct thumb_pool_options options = quick_options();

	(void)state;
	for (size_t i = 0; i < N; i++)
		images[i] = (struct image){&kinds[i % 100 == 7    ? 1
						  : i % 100 == 50 ? 2
								  : 0],
					   1, 10, 10};
	pool_run(FAKE, &options, images, N, NULL, 0, results);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(results[i].verdict,
				 images[i].data == &kinds[0] ? THUMB_OK : THUMB_CRASHED);
}

/* Memory for one of them: all images are good, so none may be called too large. */
static void test_killed_beside_others(void **state)
{
	enum { N = 40 };
	static struct image images[N];
	static struct thumb_result results[N];
	struct thumb_pool_options options = quick_options();

	(void)state;
	options.renderers = 4;
	options.timeout_ms = 10000;
	for (size_t i = 0; i < N; i++)
		images[i] = (struct image){"a", 1, 10, 10};
	pool_run(FAKE, &options, images, N, NULL, 0, results);
	for (size_t i = 0; i < N; i++)
		if (results[i].verdict != THUMB_OK)
			fail_msg("image %zu: %s %s", i, thumb_verdict_name(results[i].verdict),
				 results[i].message);
}

static struct thumb_job fake_job(char how)
{
	struct thumb_job job = {
		.fd = memfd_create("image", MFD_CLOEXEC), .bytes = 1, .type = MEDIA_PNG};

	assert_int_equal(write(job.fd, &how, 1), 1);
	return job;
}

static void test_cancel(void **state)
{
	struct thumb_pool_options options = quick_options();
	size_t fds_before = count_fds(), n_cancelled = 0;
	struct thumb_pool *pool;
	struct thumb_result result;
	struct fault fault = {0};

	(void)state;
	options.renderer_path = FAKE;
	assert_int_equal(thumb_pool_new(&options, &pool, &fault), 0);
	for (int i = 0; i < 6; i++) {
		struct thumb_job job = fake_job('h');

		assert_int_equal(thumb_pool_submit(pool, &job, &fault), 0);
	}
	assert_int_equal(thumb_pool_pending(pool), 6);
	thumb_pool_cancel(pool);
	while (thumb_pool_next(pool, &result))
		n_cancelled += result.verdict == THUMB_CANCELLED;
	assert_int_equal(n_cancelled, 6);
	assert_int_equal(thumb_pool_pending(pool), 0);
	thumb_pool_free(pool);
	assert_int_equal(count_fds(), fds_before);
}

static size_t fill(struct thumb_pool *pool)
{
	struct fault fault = {0};
	size_t n = 0;

	for (; thumb_pool_has_room(pool); n++) {
		struct thumb_job job = fake_job('h');

		assert_int_equal(thumb_pool_submit(pool, &job, &fault), 0);
	}
	return n;
}

static void test_bounded(void **state)
{
	struct thumb_pool_options options = quick_options();
	struct thumb_pool *pool;
	struct fault fault = {0};
	char *remember = NULL;
	const char *version;

	(void)state;
	options.renderer_path = FAKE;
	assert_int_equal(thumb_pool_new(&options, &pool, &fault), 0);
	assert_int_equal(thumb_pool_recall_version(pool, NULL, &remember, &version, &fault), 0);
	assert_int_equal(fill(pool), 2 * 4 + 2 * 4); /* with the renderers, and waiting */
	thumb_pool_free(pool);
	free(remember);
}

/* While no renderer can work more are got ready, as descriptors allow. */
static void test_bounded_at_the_start(void **state)
{
	static const struct {
		rlim_t descriptors;
		size_t n;
	} limits[] = {{1072, 128 + 2 * 4}, {448, 50 + 2 * 4}, {80, 4 + 2 * 2}, {60, 2 + 2 * 1}};
	struct thumb_pool_options options = quick_options();
	struct rlimit before, limit;

	(void)state;
	options.renderer_path = FAKE;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(limits); i++) {
		struct thumb_pool *pool;
		struct fault fault = {0};

		limit = before;
		limit.rlim_cur = limits[i].descriptors;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		assert_int_equal(thumb_pool_new(&options, &pool, &fault), 0);
		assert_int_equal(fill(pool), limits[i].n);
		thumb_pool_free(pool);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* Under the system's own lower limits what libheif does not know may be what it had no room for. */
static void test_little_memory(void **state)
{
	struct thumb_pool_options options = quick_options();
	const struct image image = {"m", 1, 10, 10};
	struct rlimit before, limit;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* AddressSanitizer itself takes more */
#endif
	assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
	for (int i = 0; i < 2; i++) {
		struct thumb_result result = {0};

		limit = before;
		if (i)
			limit.rlim_cur = (rlim_t)900 << 20;
		assert_int_equal(setrlimit(RLIMIT_DATA, &limit), 0);
		pool_run(FAKE, &options, &image, 1, NULL, 0, &result);
		assert_int_equal(result.verdict, i ? THUMB_TOO_MANY_PIXELS : THUMB_UNDECODABLE);
		assert_int_equal(!strstr(result.message, "memory"), !i);
		thumb_result_release(&result);
	}
	assert_int_equal(setrlimit(RLIMIT_DATA, &before), 0);
}

/* The pool is freed at once after its renderers were ended, and nobody waits for them. */
static void test_end(void **state)
{
	struct thumb_pool_options options = quick_options();
	size_t fds_before = count_fds();
	struct thumb_pool *pool;
	struct thumb_result result;
	struct thumb_job job = fake_job('o');
	struct fault fault = {0};

	(void)state;
	options.renderer_path = FAKE;
	assert_int_equal(thumb_pool_new(&options, &pool, &fault), 0);
	thumb_pool_end(pool); /* there is none yet */
	assert_int_equal(thumb_pool_submit(pool, &job, &fault), 0);
	while (!thumb_pool_next(pool, &result))
		assert_int_equal(thumb_pool_step(pool, &fault), 0);
	assert_int_equal(result.verdict, THUMB_OK);
	thumb_result_release(&result);
	thumb_pool_end(pool);
	assert_non_null(thumb_pool_sandbox_of_run(pool));
	thumb_pool_free(pool);
	assert_int_equal(count_fds(), fds_before);
}

static void test_no_renderer(void **state)
{
	struct thumb_pool_options options = quick_options();
	struct thumb_job job = fake_job('o');
	struct thumb_pool *pool = NULL;
	struct fault fault = {0};
	const char *text;
	int error = 0;

	(void)state;
	options.renderer_path = "/nonexistent/renderer";
	assert_int_equal(thumb_pool_new(&options, &pool, &fault), -ENOENT);
	assert_null(pool);

	/* one that never says hello */
	options.renderer_path = "/bin/false";
	assert_int_equal(thumb_pool_new(&options, &pool, &fault), 0);
	assert_int_equal(thumb_pool_submit(pool, &job, &fault), 0);
	for (int64_t end_ms = clock_monotonic_ms() + 10000;
	     !error && clock_monotonic_ms() < end_ms;)
		error = thumb_pool_step(pool, &fault);
	assert_int_equal(error, -EIO);
	assert_non_null(strstr(fault.text, "/bin/false: start: ended with status 1"));
	assert_int_equal(thumb_pool_renderer_version(pool, &text, &fault), -EIO);
	thumb_pool_free(pool);

	/* one without a sandbox where one is required */
	options.renderer_path = FAKE;
	options.require_sandbox = true;
	job = fake_job('o');
	error = 0;
	assert_int_equal(thumb_pool_new(&options, &pool, &fault), 0);
	assert_int_equal(thumb_pool_submit(pool, &job, &fault), 0);
	for (int64_t end_ms = clock_monotonic_ms() + 10000;
	     !error && clock_monotonic_ms() < end_ms;)
		error = thumb_pool_step(pool, &fault);
	assert_int_equal(error, -EPERM);
	assert_int_equal(thumb_pool_renderer_version(pool, &text, &fault), 0);
	assert_string_equal(text, VERSION);
	assert_int_equal(thumb_pool_sandbox(pool, &text, &fault), -EIO);
	assert_non_null(strstr(fault.text, "ended with status 7: it has none"));
	thumb_pool_free(pool);
}

/* What no image can be blamed for. */
static void test_no_encoder(void **state)
{
	struct thumb_pool_options options = quick_options();
	struct thumb_pool *pool = NULL;
	struct thumb_job job = fake_job('o');
	struct fault fault = {0};
	int error = 0;

	(void)state;
	options.renderer_path = FAKE;
	options.needs_avif = true;
	assert_int_equal(thumb_pool_new(&options, &pool, &fault), 0);
	assert_int_equal(thumb_pool_submit(pool, &job, &fault), 0);
	for (int64_t end_ms = clock_monotonic_ms() + 10000;
	     !error && clock_monotonic_ms() < end_ms;)
		error = thumb_pool_step(pool, &fault);
	assert_int_equal(error, -ENOSYS);
	assert_non_null(strstr(fault.text, "libheif-plugin-aomenc"));
	thumb_pool_free(pool);
}

/* The first renderer's hello tells it, and with what that said none is started. */
static void test_recalled_version(void **state)
{
	struct thumb_pool_options options = quick_options();
	struct thumb_pool *pool = NULL;
	struct fault fault = {0};
	struct pollfd fds[4];
	char *remember = NULL, *again = NULL;
	const char *version;

	(void)state;
	options.renderer_path = FAKE;
	assert_int_equal(thumb_pool_new(&options, &pool, &fault), 0);
	assert_int_equal(thumb_pool_recall_version(pool, NULL, &remember, &version, &fault), 0);
	assert_string_equal(version, VERSION);
	assert_true(!strncmp(remember, VERSION "\n", strlen(VERSION) + 1));
	assert_non_null(strstr(remember, " /proc/self/exe\n"));
	assert_int_equal(thumb_pool_fds(pool, fds, 4), 2);
	assert_null(thumb_pool_sandbox_of_run(pool)); /* it decoded nothing */
	thumb_pool_free(pool);

	assert_int_equal(thumb_pool_new(&options, &pool, &fault), 0);
	assert_int_equal(thumb_pool_recall_version(pool, remember, &again, &version, &fault), 0);
	assert_string_equal(version, VERSION);
	assert_null(again);
	assert_int_equal(thumb_pool_fds(pool, fds, 4), 0);
	thumb_pool_free(pool);
	free(remember);
}

/* It fails closed: no renderer starts, or the first is not confined. */
static void test_no_version_to_recall(void **state)
{
	struct thumb_pool_options options = quick_options();
	struct thumb_pool *pool = NULL;
	struct fault fault = {0};
	char *remember = NULL;
	const char *version;

	(void)state;
	options.renderer_path = "/bin/false";
	assert_int_equal(thumb_pool_new(&options, &pool, &fault), 0);
	assert_int_equal(thumb_pool_recall_version(pool, "", &remember, &version, &fault), -EIO);
	assert_non_null(strstr(fault.text, "/bin/false: start: ended with status 1"));
	thumb_pool_free(pool);

	options.renderer_path = FAKE;
	options.require_sandbox = true;
	fault = (struct fault){0};
	assert_int_equal(thumb_pool_new(&options, &pool, &fault), 0);
	assert_int_equal(thumb_pool_recall_version(pool, NULL, &remember, &version, &fault),
			 -EPERM);
	assert_null(remember);
	thumb_pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_misbehaviour),
		cmocka_unit_test(test_endless_bytes),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_killed_beside_others),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_bounded_at_the_start),
		cmocka_unit_test(test_little_memory),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_no_renderer),
		cmocka_unit_test(test_no_encoder),
		cmocka_unit_test(test_recalled_version),
		cmocka_unit_test(test_no_version_to_recall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
