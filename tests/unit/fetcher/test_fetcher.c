#include "../cmocka_all.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "fetcher.h"
#include "loop_server.h"

struct sink {
	char url[200]; /* of its request */
	const char *entity_tag;
	struct buf body;
	unsigned begins, ends;
	enum body_verdict verdict;
	struct loop_server *waiting; /* goes on when something has come; NULL: none does */
};

static enum body_verdict sink_begin(void *context, int status, const struct http_fields *fields)
{
	struct sink *sink = context;

	(void)fields;
	assert_in_range(status, 200, 299);
	buf_clear(&sink->body);
	sink->begins++;
	return BODY_CONTINUE;
}

static enum body_verdict sink_write(void *context, const void *data, size_t length_bytes)
{
	struct sink *sink = context;

	buf_append(&sink->body, data, length_bytes);
	if (sink->waiting)
		loop_server_go_on(sink->waiting);
	return sink->verdict;
}

static enum body_verdict sink_end(void *context)
{
	struct sink *sink = context;

	sink->ends++;
	return BODY_CONTINUE;
}

static struct loop_server *server;

static int start(void **state)
{
	(void)state;
	server = loop_server_start();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	loop_server_stop(server);
	return 0;
}

static struct fetcher_options quick_options(void)
{
	static struct fetch_cidr loopback;
	struct fetcher_options options;

	assert_true(fetch_cidr_parse("127.0.0.0/8", &loopback));
	fetcher_options_init(&options);
	options.allow_cidrs = &loopback;
	options.n_allow_cidrs = 1;
	options.host_interval_ms = 0;
	options.retry_base_ms = 1;
	options.timeout_ms = 20000;
	options.max_bytes = 100000;
	return options;
}

static struct fetcher *make(const struct fetcher_options *options)
{
	struct fetcher *fetcher = NULL;
	struct fault fault = {0};

	assert_int_equal(fetcher_new(options, &fetcher, &fault), 0);
	return fetcher;
}

static bool prepare(void *owner, struct fetch_details *ret_details)
{
	struct sink *sink = owner;

	ret_details->entity_tag = sink->entity_tag;
	ret_details->sink = (struct body_sink){sink, sink_begin, sink_write, sink_end, NULL};
	return true;
}

static void submit_url(struct fetcher *fetcher, const char *url, struct sink *sink,
		       const char *entity_tag)
{
	struct fetch_request request = {.url = sink->url, .owner = sink, .prepare = prepare};

	assert_true(strlen(url) < sizeof sink->url);
	strcpy(sink->url, url);
	sink->entity_tag = entity_tag;
	sink->body.max_bytes = 1000000;
	fetcher_submit(fetcher, &request);
}

static void submit(struct fetcher *fetcher, const char *path, struct sink *sink,
		   const char *entity_tag)
{
	char url[200];

	snprintf(url, sizeof url, "http://127.0.0.1:%d%s", loop_server_port(server), path);
	submit_url(fetcher, url, sink, entity_tag);
}

static void next(struct fetcher *fetcher, struct fetch_response *ret_response)
{
	struct fault fault = {0};

	while (!fetcher_next(fetcher, ret_response))
		assert_int_equal(fetcher_wait(fetcher, NULL, 0, 10000, &fault), 0);
}

static void outcomes(void **state)
{
	static const struct {
		const char *path, *entity_tag;
		enum body_verdict sink;
		enum fetch_outcome outcome;
		int status;
		unsigned requests;
		const char *body; /* that the sink was given whole, or NULL */
		const char *message;
	} cases[] = {
		{"/ok", NULL, BODY_CONTINUE, FETCH_OK, 200, 1, "hello", "ok"},
		{"/etag", "\"one\"", BODY_CONTINUE, FETCH_NOT_MODIFIED, 304, 1, NULL, "not mod"},
		{"/etag", "\"two\"", BODY_CONTINUE, FETCH_OK, 200, 1, "hello", "ok"},
		{"/404", NULL, BODY_CONTINUE, FETCH_HTTP_ERROR, 404, 1, NULL, "HTTP 404 Not Found"},
		{"/403", NULL, BODY_CONTINUE, FETCH_BLOCKED, 403, 1, NULL, "HTTP 403 Forbidden"},
		{"/empty", NULL, BODY_CONTINUE, FETCH_EMPTY, 200, 1, NULL, "no bytes"},
		{"/204", NULL, BODY_CONTINUE, FETCH_EMPTY, 204, 1, NULL, "no bytes"},
		{"/redirect", NULL, BODY_CONTINUE, FETCH_OK, 200, 2, "hello", "ok"},
		{"/moved", NULL, BODY_CONTINUE, FETCH_OK, 200, 2, "hello", "ok"},
		{"/loop", NULL, BODY_CONTINUE, FETCH_REDIRECT_LOOP, 302, 2, NULL, "circle"},
		{"/nowhere", NULL, BODY_CONTINUE, FETCH_BAD_REDIRECT, 302, 1, NULL, "Location"},
		{"/to-private", NULL, BODY_CONTINUE, FETCH_FORBIDDEN_ADDRESS, 0, 1, NULL,
		 "not public"},
		{"/to-metadata", NULL, BODY_CONTINUE, FETCH_FORBIDDEN_ADDRESS, 0, 1, NULL,
		 "not public"},
		{"/early-hints", NULL, BODY_CONTINUE, FETCH_OK, 200, 1, "hi", "ok"},
		{"/chunked", NULL, BODY_CONTINUE, FETCH_OK, 200, 1, "abcde", "ok"},
		{"/odd-encoding", NULL, BODY_CONTINUE, FETCH_OK, 200, 2, "hello", "ok"},
		{"/bad-gzip", NULL, BODY_CONTINUE, FETCH_PROTOCOL, 200, 1, NULL, "Encoding"},
		{"/gzip", NULL, BODY_CONTINUE, FETCH_OK, 200, 1, "hello", "ok"},
		{"/challenge", NULL, BODY_CONTINUE, FETCH_BLOCKED, 503, 1, NULL, "Cloudflare"},
		{"/html", NULL, BODY_REFUSE, FETCH_BLOCKED, 200, 1, NULL, "Cloudflare"},
		{"/announced", NULL, BODY_CONTINUE, FETCH_TOO_LARGE, 200, 1, NULL, "larger than"},
		{"/endless", NULL, BODY_CONTINUE, FETCH_TOO_LARGE, 200, 1, NULL, "larger than"},
		{"/later", NULL, BODY_CONTINUE, FETCH_DEFERRED, 429, 1, NULL, "come back later"},
		{"/429", NULL, BODY_CONTINUE, FETCH_BLOCKED, 429, 3, NULL, "HTTP 429"},
		{"/truncated", NULL, BODY_CONTINUE, FETCH_TRUNCATED, 200, 3, NULL, "after 4 bytes"},
		{"/bad-chunk", NULL, BODY_CONTINUE, FETCH_PROTOCOL, 200, 1, NULL, "chunks"},
		{"/http09", NULL, BODY_CONTINUE, FETCH_PROTOCOL, 0, 1, NULL, "not HTTP"},
		{"/garbage", NULL, BODY_CONTINUE, FETCH_PROTOCOL, 0, 1, NULL, "HTTP"},
		{"/closes", NULL, BODY_CONTINUE, FETCH_CONNECT, 0, 3, NULL, "reset before"},
		{"/resets", NULL, BODY_CONTINUE, FETCH_CONNECT, 0, 3, NULL, "reset before"},
		/* What came before is no word on an attempt without an answer. The second one is
		 * made twice: over the connection of the first, and over another. */
		{"/fails-then-closes", NULL, BODY_CONTINUE, FETCH_CONNECT, 0, 4, NULL,
		 "reset before"},
		{"/header-flood", NULL, BODY_CONTINUE, FETCH_PROTOCOL, 0, 1, NULL, "header"},
		{"/header-line", NULL, BODY_CONTINUE, FETCH_PROTOCOL, 0, 1, NULL, "header"},
		{"/interim-flood", NULL, BODY_CONTINUE, FETCH_PROTOCOL, 0, 1, NULL, "header"},
		{"/hangs", NULL, BODY_CONTINUE, FETCH_TIMEOUT, 0, 3, NULL, "no answer"},
		{"/flaky", NULL, BODY_CONTINUE, FETCH_OK, 200, 3, "hello", "ok"},
		{"/ok", NULL, BODY_ENOUGH, FETCH_ENOUGH, 200, 1, NULL, "needed"},
		{"/ok", NULL, BODY_REFUSE, FETCH_REFUSED_BY_SINK, 200, 1, NULL, "asked for"},
		{"/ok", NULL, BODY_FAULT, FETCH_SINK_FAULT, 200, 1, NULL, "stored"},
		{"/throttled-once", NULL, BODY_CONTINUE, FETCH_OK, 200, 2, "hello", "ok"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fetcher_options options = quick_options();
		struct sink sink = {.verdict = cases[i].sink};
		struct fetch_response response;
		struct fetcher *fetcher;

		if (cases[i].outcome == FETCH_TIMEOUT)
			options.timeout_ms = 300;
		fetcher = make(&options);
		submit(fetcher, cases[i].path, &sink, cases[i].entity_tag);
		next(fetcher, &response);
		if (response.outcome != cases[i].outcome ||
		    !strstr(response.message, cases[i].message) ||
		    response.requests != cases[i].requests || response.status != cases[i].status)
			fail_msg("%s: %s, status %d, %u requests: %s", cases[i].path,
				 fetch_outcome_name(response.outcome), response.status,
				 response.requests, response.message);
		assert_ptr_equal(response.owner, &sink);
		assert_int_equal(sink.ends, cases[i].body ? 1 : 0);
		if (cases[i].body)
			assert_string_equal(buf_string(&sink.body), cases[i].body);
		assert_int_equal(fetcher_pending(fetcher), 0);
		fetch_response_release(&response);
		buf_release(&sink.body);
		fetcher_free(fetcher);
	}
}

static void keeps_the_final_fields(void **state)
{
	static const char *const paths[] = {"/redirect", "/early-hints", "/moved"};
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make(&options);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sink sink = {0};
		struct fetch_response response;

		submit(fetcher, paths[i], &sink, NULL);
		next(fetcher, &response);
		assert_string_equal(http_fields_get(&response.fields, "x-final"), "yes");
		assert_null(http_fields_get(&response.fields, "X-Interim"));
		assert_null(http_fields_get(&response.fields, "X-Redirect"));
		assert_int_equal(response.n_hops, i == 1 ? 0 : 1);
		assert_int_equal(response.is_permanent, i == 2);
		if (response.n_hops)
			assert_non_null(strstr(response.final_url, "/ok"));
		fetch_response_release(&response);
		buf_release(&sink.body);
	}
	fetcher_free(fetcher);
}

static void keeps_within_slots_and_reuses_connections(void **state)
{
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make(&options);
	struct sink sinks[60] = {0};
	struct fetch_host_stats *stats;
	struct loop_server *before = server;

	(void)state;
	server = loop_server_start();
	for (size_t i = 0; i < 60; i++)
		submit(fetcher, "/slow", &sinks[i], NULL);
	for (size_t i = 0; i < 60; i++) {
		struct fetch_response response;

		next(fetcher, &response);
		assert_int_equal(response.outcome, FETCH_OK);
		fetch_response_release(&response);
	}
	assert_int_equal(loop_server_most_busy(server), 4);
	assert_in_range(loop_server_connections(server), 1, 4);
	assert_int_equal(fetcher_hosts(fetcher, &stats), 1);
	assert_int_equal(stats[0].requests, 60);
	assert_int_equal(stats[0].ok, 60);
	assert_int_equal(stats[0].bytes, 300);
	assert_in_range(stats[0].p50_ms, 25, 500);
	assert_false(stats[0].is_down);
	free(stats);
	fetcher_free(fetcher);
	loop_server_stop(server);
	server = before;
	for (size_t i = 0; i < 60; i++)
		buf_release(&sinks[i].body);
}

static void a_dead_host_gets_one_verdict(void **state)
{
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make(&options);
	struct sink sinks[40] = {0};
	struct fetch_host_stats *stats;
	char url[100];

	(void)state;
	snprintf(url, sizeof url, "http://127.0.0.1:%d/x", loop_server_dead_port());
	for (size_t i = 0; i < 40; i++)
		submit_url(fetcher, url, &sinks[i], NULL);
	for (size_t i = 0; i < 40; i++) {
		struct fetch_response response;

		next(fetcher, &response);
		assert_int_equal(response.outcome, FETCH_CONNECT);
		assert_string_equal(response.message, "the connection was refused");
		assert_true(response.is_host_verdict);
		fetch_response_release(&response);
	}
	assert_int_equal(fetcher_hosts(fetcher, &stats), 1);
	assert_true(stats[0].is_down);
	assert_in_range(stats[0].requests, 5, 8);
	free(stats);
	assert_null(fetcher_network_down(fetcher));
	fetcher_free(fetcher);
}

static void a_pause_is_the_hosts(void **state)
{
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher;
	struct sink sinks[10] = {0};
	unsigned before = loop_server_requests(server);

	(void)state;
	options.host_concurrency = 1;
	fetcher = make(&options);
	for (size_t i = 0; i < 10; i++)
		submit(fetcher, "/later", &sinks[i], NULL);
	for (size_t i = 0; i < 10; i++) {
		struct fetch_response response;

		next(fetcher, &response);
		assert_int_equal(response.outcome, FETCH_DEFERRED);
		assert_in_range(response.not_before_s, clock_wall_s() + 3590,
				clock_wall_s() + 3610);
		fetch_response_release(&response);
	}
	assert_int_equal(loop_server_requests(server) - before, 1);
	fetcher_free(fetcher);
}

/* After its first answers, and after all rests. */
static void a_host_that_refuses_for_good_is_asked_once_for_each(void **state)
{
	enum { GOOD = 4, REFUSED = 200 };
	struct fetcher_options options = quick_options();
	struct sink sinks[GOOD + REFUSED] = {0};
	unsigned before = loop_server_requests(server);
	struct fetcher *fetcher;

	(void)state;
	options.host_concurrency = 1;
	options.max_retries = 2;
	fetcher = make(&options);
	for (size_t i = 0; i < GOOD + REFUSED; i++)
		submit(fetcher, i < GOOD ? "/ok" : "/429", &sinks[i], NULL);
	for (size_t i = 0; i < GOOD + REFUSED; i++) {
		struct fetch_response response;

		next(fetcher, &response);
		assert_true(response.outcome == FETCH_OK || response.outcome == FETCH_BLOCKED);
		fetch_response_release(&response);
	}
	assert_in_range(loop_server_requests(server) - before, GOOD + REFUSED,
			GOOD + REFUSED + 100);
	fetcher_free(fetcher);
	for (size_t i = 0; i < GOOD + REFUSED; i++)
		buf_release(&sinks[i].body);
}

static void refuses_before_any_socket(void **state)
{
	static const struct {
		const char *url;
		enum fetch_outcome outcome;
	} cases[] = {
		{"http://10.0.0.1/", FETCH_FORBIDDEN_ADDRESS},
		{"http://[::1]/", FETCH_FORBIDDEN_ADDRESS},
		{"http://[::ffff:10.0.0.1]/", FETCH_FORBIDDEN_ADDRESS},
		{"http://127.0.0.1:22/", FETCH_FORBIDDEN_ADDRESS},
		{"ftp://127.0.0.1/", FETCH_BAD_URL},
		{"http://user@127.0.0.1/", FETCH_BAD_URL},
		{"/relative", FETCH_BAD_URL},
		{"http://", FETCH_BAD_URL},
	};
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make(&options);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sink sink = {0};
		struct fetch_response response;

		submit_url(fetcher, cases[i].url, &sink, NULL);
		assert_true(fetcher_next(fetcher, &response));
		assert_int_equal(response.outcome, cases[i].outcome);
		assert_int_equal(response.requests, 0);
		fetch_response_release(&response);
	}
	fetcher_free(fetcher);
}

/* By the name in the statistics, which later runs are told. */
static void defers_hosts_by_name(void **state)
{
	static const struct {
		const char *host, *url;
		bool is_deferred;
	} cases[] = {
		{"127.0.0.1", "http://127.0.0.1/", true},
		{"127.0.0.1", "https://127.0.0.1/", true},
		{"127.0.0.1", "https://127.0.0.1:80/", false},
		{"127.0.0.1:80", "https://127.0.0.1:80/", true},
		{"127.0.0.1:80", "http://127.0.0.1:80/", false},
		{"127.0.0.1:443", "http://127.0.0.1:443/", true},
		{"127.0.0.1:443", "https://127.0.0.1:443/", false},
		{"127.0.0.1:8080", "http://127.0.0.1:8080/", true},
		{"127.0.0.1:8080", "https://127.0.0.1:8080/", true},
	};
	struct fetcher_options options = quick_options();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fetcher *fetcher = make(&options);
		struct fetch_response response;
		struct sink sink = {0};
		bool has_ended;

		fetcher_defer_host(fetcher, cases[i].host, clock_wall_s() + 1000);
		submit_url(fetcher, cases[i].url, &sink, NULL);
		has_ended = fetcher_next(fetcher, &response);
		if (has_ended != cases[i].is_deferred)
			fail_msg("%s, %s", cases[i].host, cases[i].url);
		if (has_ended) {
			assert_int_equal(response.outcome, FETCH_DEFERRED);
			fetch_response_release(&response);
		}
		fetcher_free(fetcher);
	}
}

static void looks_names_up(void **state)
{
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make(&options);
	struct sink sinks[2] = {0};
	struct fetch_response response;
	char url[100];

	(void)state;
	snprintf(url, sizeof url, "http://localhost:%d/ok", loop_server_port(server));
	submit_url(fetcher, url, &sinks[0], NULL);
	next(fetcher, &response);
	assert_int_equal(response.outcome, FETCH_OK);
	fetch_response_release(&response);
	fetcher_free(fetcher);

	options.n_allow_cidrs = 0;
	fetcher = make(&options);
	submit_url(fetcher, url, &sinks[1], NULL);
	next(fetcher, &response);
	assert_int_equal(response.outcome, FETCH_FORBIDDEN_ADDRESS);
	assert_int_equal(response.requests, 0);
	fetch_response_release(&response);
	fetcher_free(fetcher);
	buf_release(&sinks[0].body);
}

/* Of two requests to one host the first hangs: the second must not wait for it. */
static void a_slow_answer_stops_no_other(void **state)
{
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make(&options);
	struct sink sinks[2] = {0};
	struct fetch_response response;

	(void)state;
	submit(fetcher, "/hangs", &sinks[0], NULL);
	submit(fetcher, "/ok", &sinks[1], NULL);
	next(fetcher, &response);
	assert_ptr_equal(response.owner, &sinks[1]);
	assert_int_equal(response.outcome, FETCH_OK);
	assert_int_equal(fetcher_pending(fetcher), 1);
	fetch_response_release(&response);
	fetcher_free(fetcher);
	buf_release(&sinks[1].body);
}

static void reads_a_short_rest_to_keep_the_connection(void **state)
{
	static const enum body_verdict verdicts[] = {BODY_ENOUGH, BODY_REFUSE};
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make(&options);
	unsigned before = loop_server_connections(server);

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct sink sink = {.verdict = verdicts[i % 2], .waiting = server};
		struct fetch_response response;

		submit(fetcher, "/two-pieces", &sink, NULL);
		next(fetcher, &response);
		assert_int_equal(response.outcome, i % 2 ? FETCH_REFUSED_BY_SINK : FETCH_ENOUGH);
		assert_int_equal(response.body_bytes, 10);
		assert_int_equal(sink.ends, 0);
		assert_string_equal(buf_string(&sink.body), "hello");
		fetch_response_release(&response);
		buf_release(&sink.body);
	}
	assert_int_equal(loop_server_connections(server) - before, 1);
	fetcher_free(fetcher);
}

static void cancels_at_once(void **state)
{
	struct fetcher_options options = quick_options();
	struct fetcher *fetcher = make(&options);
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
	struct fetcher *fetcher = make(&options);
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
	fetcher = make(&options);
	server = loop_server_start();
	opened = open_descriptors();
	for (size_t i = 0; i < 660; i++) {
		struct sink sink = {0};
		struct fetch_response response;

		submit(fetcher, paths[i % 11], &sink, NULL);
		next(fetcher, &response);
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
	struct fetcher *fetcher = make(&options);
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
		struct fetcher *fetcher = make(&options);
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
	struct fetcher *fetcher = make(&options);
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
		cmocka_unit_test(outcomes),
		cmocka_unit_test(keeps_the_final_fields),
		cmocka_unit_test(keeps_within_slots_and_reuses_connections),
		cmocka_unit_test(a_dead_host_gets_one_verdict),
		cmocka_unit_test(a_pause_is_the_hosts),
		cmocka_unit_test(a_host_that_refuses_for_good_is_asked_once_for_each),
		cmocka_unit_test(refuses_before_any_socket),
		cmocka_unit_test(defers_hosts_by_name),
		cmocka_unit_test(looks_names_up),
		cmocka_unit_test(a_slow_answer_stops_no_other),
		cmocka_unit_test(reads_a_short_rest_to_keep_the_connection),
		cmocka_unit_test(cancels_at_once),
		cmocka_unit_test(a_signal_ends_the_wait),
		cmocka_unit_test(a_whole_answer_takes_room),
		cmocka_unit_test(waiting_requests_cost_little),
		cmocka_unit_test(bad_answers_leave_no_descriptors),
		cmocka_unit_test(waits_for_the_callers_descriptors),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
