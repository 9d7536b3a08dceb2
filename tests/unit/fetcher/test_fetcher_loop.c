/* What the loop around a fetcher relies on: waits that end, room, and what it holds. */
#include "../cmocka_all.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "fetching.h"

static void cancels_at_once(void **state)
{
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make_fetcher(&options);
	struct sink sinks[20] = {0};
	struct fault fault = {0};
	struct fetch_response response;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < 20; i++)
		submit(fetcher, "/hangs", &sinks[i], NULL);
	assert_int_equal(fetcher_wait(fetcher, NULL, 0, 50, &fault), 0);
	fetcher_cancel(fetcher);
	while (fetcher_next(fetcher, &response)) {
		assert_int_equal(response.outcome, FETCH_CANCELLED);
		fetch_response_release(&response);
		count++;
	}
	assert_int_equal(count, 20);
	assert_int_equal(fetcher_pending(fetcher), 0);
	fetcher_free(fetcher);
}

static void on_alarm(int signal_number)
{
	(void)signal_number;
}

static void a_signal_ends_the_wait(void **state)
{
	const struct sigaction action = {.sa_handler = on_alarm};
	const struct itimerval timer = {.it_value = {.tv_usec = 50000}};
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make_fetcher(&options);
	struct sink sink = {0};
	struct fault fault = {0};
	int64_t begun_ms;

	(void)state;
	submit(fetcher, "/hangs", &sink, NULL);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(fetcher_wait(fetcher, NULL, 0, 1, &fault), 0);
	begun_ms = clock_monotonic_ms();
	assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
	assert_int_equal(fetcher_wait(fetcher, NULL, 0, 10000, &fault), 0);
	assert_in_range(clock_monotonic_ms() - begun_ms, 0, 400);
	fetcher_free(fetcher);
}

static unsigned open_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* One fetcher, many bad answers: what is open does not grow. */
static void bad_answers_leave_no_descriptors(void **state)
{
	static const char *const paths[] = {"/truncated", "/bad-chunk", "/http09",  "/garbage",
					    "/endless",   "/403",       "/loop",    "/announced",
					    "/ok",        "/gzip",      "/bad-gzip"};
	struct fetcher_options options = quick_options();
	struct loop_server *before = server;
	struct fetcher *fetcher;
	unsigned opened;

	(void)state;
	options.max_retries = 0;
	fetcher = make_fetcher(&options);
	server = loop_server_start();
	opened = open_descriptors();
	for (size_t i = 0; i < 660; i++) {
		struct sink sink = {0};
		struct fetch_response response;

		submit(fetcher, paths[i % 11], &sink, NULL);
		next_response(fetcher, &response);
		assert_int_not_equal(response.outcome, FETCH_OWN_FAULT);
		fetch_response_release(&response);
		buf_release(&sink.body);
	}
	/* A few connections are kept, and the server may still be closing its ends of others. */
	assert_in_range(open_descriptors(), 0, opened + 32);
	fetcher_free(fetcher);
	loop_server_stop(server);
	server = before;
}

static void waits_for_the_callers_descriptors(void **state)
{
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make_fetcher(&options);
	struct fault fault = {0};
	struct pollfd fd = {.events = POLLIN};
	int pipe_fds[2];

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	fd.fd = pipe_fds[0];
	assert_int_equal(fetcher_wait(fetcher, &fd, 1, 20, &fault), 0);
	assert_int_equal(fd.revents, 0);
	assert_int_equal(write(pipe_fds[1], "x", 1), 1);
	assert_int_equal(fetcher_wait(fetcher, &fd, 1, 10000, &fault), 0);
	assert_int_equal(fd.revents, POLLIN);
	close(pipe_fds[1]);
	close(pipe_fds[0]);
	fetcher_free(fetcher);
}

/* Room is for bytes: what leads elsewhere, or is to be asked for again, takes none. */
static void a_whole_answer_takes_room(void **state)
{
	static const char *const paths[] = {"/redirect", "/moved", "/throttled-once"};

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct fetcher_options options = quick_options();
		struct fetcher *fetcher = make_fetcher(&options);
		struct fetch_response response;
		struct fault fault = {0};
		struct sink sink = {0};
		bool has_ended = false;

		submit(fetcher, paths[i], &sink, NULL);
		fetcher_set_room(fetcher, 1);
		for (int k = 0; k < 10 && !has_ended; k++) {
			assert_int_equal(fetcher_wait(fetcher, NULL, 0, 1000, &fault), 0);
			has_ended = fetcher_next(fetcher, &response);
		}
		assert_true(has_ended);
		assert_int_equal(response.outcome, FETCH_OK);
		fetch_response_release(&response);
		buf_release(&sink.body);
		fetcher_free(fetcher);
	}
}

/* A hundred thousand, half of them conditional and to a thousand hosts that are not looked up yet;
 * none of them ever asked. */
static void waiting_requests_cost_little(void **state)
{
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make_fetcher(&options);
	enum { COUNT = 100000, URL_BYTES = 64 };
	char(*urls)[URL_BYTES] = calloc(COUNT, sizeof *urls);
	size_t before_bytes = mallinfo2().uordblks + mallinfo2().hblkhd, after_bytes;

	(void)state;
	if (!before_bytes) { /* a sanitizer's malloc */
		fetcher_free(fetcher);
		free(urls);
		skip();
	}
	for (int i = 0; i < COUNT; i++) {
		struct fetch_request request = {.url = urls[i]};

		assert_true(fetcher_has_room(fetcher));
		snprintf(urls[i], URL_BYTES,
			 "https://host-%d.invalid/2026/05/a-photograph-%06d.jpg", i % 1000, i);
		fetcher_submit(fetcher, &request);
	}
	assert_false(fetcher_has_room(fetcher));
	after_bytes = mallinfo2().uordblks + mallinfo2().hblkhd;
	assert_in_range(after_bytes - before_bytes, 1, 8u << 20);
	fetcher_free(fetcher);
	free(urls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cancels_at_once),
		cmocka_unit_test(a_signal_ends_the_wait),
		cmocka_unit_test(a_whole_answer_takes_room),
		cmocka_unit_test(waiting_requests_cost_little),
		cmocka_unit_test(bad_answers_leave_no_descriptors),
		cmocka_unit_test(waits_for_the_callers_descriptors),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
