#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "fetching.h"

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
		fetcher = make_fetcher(&options);
		submit(fetcher, cases[i].path, &sink, cases[i].entity_tag);
		next_response(fetcher, &response);
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
	struct fetcher *fetcher = make_fetcher(&options);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sink sink = {0};
		struct fetch_response response;

		submit(fetcher, paths[i], &sink, NULL);
		next_response(fetcher, &response);
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
	struct fetcher *fetcher = make_fetcher(&options);
	struct sink sinks[60] = {0};
	struct fetch_host_stats *stats;
	struct loop_server *before = server;

	(void)state;
	server = loop_server_start();
	for (size_t i = 0; i < 60; i++)
		submit(fetcher, "/slow", &sinks[i], NULL);
	for (size_t i = 0; i < 60; i++) {
		struct fetch_response response;

		next_response(fetcher, &response);
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
	struct fetcher *fetcher = make_fetcher(&options);
	struct sink sinks[40] = {0};
	struct fetch_host_stats *stats;
	char url[100];

	(void)state;
	snprintf(url, sizeof url, "http://127.0.0.1:%d/x", loop_server_dead_port());
	for (size_t i = 0; i < 40; i++)
		submit_url(fetcher, url, &sinks[i], NULL);
	for (size_t i = 0; i < 40; i++) {
		struct fetch_response response;

		next_response(fetcher, &response);
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
	fetcher = make_fetcher(&options);
	for (size_t i = 0; i < 10; i++)
		submit(fetcher, "/later", &sinks[i], NULL);
	for (size_t i = 0; i < 10; i++) {
		struct fetch_response response;

		next_response(fetcher, &response);
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
	fetcher = make_fetcher(&options);
	for (size_t i = 0; i < GOOD + REFUSED; i++)
		submit(fetcher, i < GOOD ? "/ok" : "/429", &sinks[i], NULL);
	for (size_t i = 0; i < GOOD + REFUSED; i++) {
		struct fetch_response response;

		next_response(fetcher, &response);
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
	struct fetcher *fetcher = make_fetcher(&options);

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
		struct fetcher *fetcher = make_fetcher(&options);
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
	struct fetcher *fetcher = make_fetcher(&options);
	struct sink sinks[2] = {0};
	struct fetch_response response;
	char url[100];

	(void)state;
	snprintf(url, sizeof url, "http://localhost:%d/ok", loop_server_port(server));
	submit_url(fetcher, url, &sinks[0], NULL);
	next_response(fetcher, &response);
	assert_int_equal(response.outcome, FETCH_OK);
	fetch_response_release(&response);
	fetcher_free(fetcher);

	options.n_allow_cidrs = 0;
	fetcher = make_fetcher(&options);
	submit_url(fetcher, url, &sinks[1], NULL);
	next_response(fetcher, &response);
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
	struct fetcher *fetcher = make_fetcher(&options);
	struct sink sinks[2] = {0};
	struct fetch_response response;

	(void)state;
	submit(fetcher, "/hangs", &sinks[0], NULL);
	submit(fetcher, "/ok", &sinks[1], NULL);
	next_response(fetcher, &response);
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
	struct fetcher *fetcher = make_fetcher(&options);
	unsigned connections = 0;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct sink sink = {.verdict = verdicts[i % 2], .waiting = server};
		struct fetch_response response;

		submit(fetcher, "/two-pieces", &sink, NULL);
		next_response(fetcher, &response);
		assert_int_equal(response.outcome, i % 2 ? FETCH_REFUSED_BY_SINK : FETCH_ENOUGH);
		assert_int_equal(response.body_bytes, 10);
		assert_int_equal(sink.ends, 0);
		assert_string_equal(buf_string(&sink.body), "hello");
		/* Those of earlier tests are accepted before the first of this one. */
		if (!connections)
			connections = loop_server_connections(server);
		fetch_response_release(&response);
		buf_release(&sink.body);
	}
	assert_int_equal(loop_server_connections(server), connections);
	fetcher_free(fetcher);
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
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
