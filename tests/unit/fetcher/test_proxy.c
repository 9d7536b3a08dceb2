#include "../cmocka_all.h"

#include <errno.h>

#include "proxy.h"
#include "verdict.h"

#define TLS CURLE_PEER_FAILED_VERIFICATION
#define HANDSHAKE CURLE_SSL_CONNECT_ERROR

/* By http a proxy's own words come as an answer; behind a tunnel a 407 is the host's. */
static void a_407_is_a_proxy_s_only_by_http(void **state)
{
	static const struct {
		int status;
		bool is_proxied, is_unhidden, has_login;
		enum fetch_outcome outcome;
		const char *message;
	} rows[] = {
		{407, true, true, false, FETCH_OWN_FAULT, "wants a user name"},
		{407, true, true, true, FETCH_OWN_FAULT, "wants another user name"},
		{407, true, false, true, FETCH_BLOCKED, "407"},
		{407, false, true, false, FETCH_BLOCKED, "407"},
		{406, true, true, false, FETCH_HTTP_ERROR, "406"},
		{408, true, true, false, FETCH_HTTP_ERROR, "408"},
	};
	struct http_fields fields = {0};
	struct status_set accept;

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict_facts facts = {.detail = "",
					      .status = rows[i].status,
					      .was_connected = true,
					      .is_proxied = rows[i].is_proxied,
					      .is_http_proxy = true,
					      .is_unhidden = rows[i].is_unhidden,
					      .has_proxy_login = rows[i].has_login,
					      .fields = &fields,
					      .page = "",
					      .body_bytes = 9,
					      .accept = &accept};
		struct verdict verdict;

		verdict_of(&facts, &verdict);
		if (verdict.outcome != rows[i].outcome || !strstr(verdict.message, rows[i].message))
			fail_msg("row %zu: %s", i, verdict.message);
	}
}

/* The user's own proxy: no host is to blame for it. */
static void a_proxy_may_be_down(void **state)
{
	struct http_fields fields = {0};
	struct status_set accept;
	struct verdict verdict;
	struct verdict_facts facts = {.result = CURLE_COULDNT_CONNECT,
				      .os_error = ECONNREFUSED,
				      .detail = "",
				      .is_proxied = true,
				      .fields = &fields,
				      .page = "",
				      .accept = &accept};

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_OWN_FAULT);
	assert_false(verdict.is_host_failure);
	/* its address was answered: the host behind it was not */
	facts.os_error = 0;
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_CONNECT);
}

/* Who was to answer is the proxy: what went wrong says nothing of the host. */
static void a_proxy_may_fail_in_its_own_ways(void **state)
{
	static const struct {
		CURLcode result;
		const char *detail;
		bool is_http_proxy, is_unhidden, was_connected;
		long connect_status;
		enum fetch_outcome outcome;
		bool is_unreachable, is_mute;
	} rows[] = {
		{CURLE_GOT_NOTHING, "", true, true, true, 0, FETCH_CONNECT, true, true},
		{CURLE_RECV_ERROR, "", true, false, false, 0, FETCH_CONNECT, true, true},
		{CURLE_RECV_ERROR, "", true, false, false, 200, FETCH_CONNECT, false, false},
		{CURLE_RECV_ERROR, "", true, false, true, 0, FETCH_CONNECT, false, false},
		{CURLE_GOT_NOTHING, "", false, true, true, 0, FETCH_CONNECT, false, false},
		{CURLE_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed", true, true, true,
		 0, FETCH_CONNECT, true, true},
		{CURLE_WEIRD_SERVER_REPLY, "", true, true, true, 0, FETCH_PROTOCOL, false, false},
		/* What libcurl 8.23 calls it. */
		{CURLE_COULDNT_CONNECT, "CONNECT tunnel failed, response 403", true, false, false,
		 403, FETCH_BLOCKED, false, false},
		{CURLE_COULDNT_CONNECT, "CONNECT tunnel failed, response 407", true, false, false,
		 407, FETCH_OWN_FAULT, false, false},
		{CURLE_COULDNT_CONNECT, "CONNECT tunnel failed, response 502", true, false, false,
		 502, FETCH_CONNECT, true, false},
		{CURLE_WEIRD_SERVER_REPLY, "Invalid response header", true, false, false, 0,
		 FETCH_CONNECT, true, true},
		{CURLE_PROXY, "Failed to receive SOCKS response, proxy closed connection", false,
		 true, false, 0, FETCH_CONNECT, true, true},
		{HANDSHAKE, "wrong version number", true, true, false, 0, FETCH_OWN_FAULT, false,
		 false},
		{TLS, "", true, false, false, 0, FETCH_OWN_FAULT, false, false},
		{TLS, "", true, false, false, 200, FETCH_TLS, false, false},
		{TLS, "SSL certificate problem", false, false, false, 0, FETCH_TLS, false, false},
		{CURLE_OPERATION_TIMEDOUT, "", true, false, false, 0, FETCH_TIMEOUT, true, true},
		{CURLE_OPERATION_TIMEDOUT, "", true, true, true, 0, FETCH_TIMEOUT, true, false},
		{CURLE_OPERATION_TIMEDOUT, "", false, false, false, 0, FETCH_TIMEOUT, true, true},
		{CURLE_OPERATION_TIMEDOUT, "SSL connection timeout", false, false, false, 0,
		 FETCH_TIMEOUT, false, false},
		{CURLE_OPERATION_TIMEDOUT, "", false, true, true, 0, FETCH_TIMEOUT, false, false},
	};
	struct http_fields fields = {0};
	struct status_set accept;

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict_facts facts = {.result = rows[i].result,
					      .detail = rows[i].detail,
					      .is_proxied = true,
					      .is_http_proxy = rows[i].is_http_proxy,
					      .is_unhidden = rows[i].is_unhidden,
					      .was_connected = rows[i].was_connected,
					      .connect_status = rows[i].connect_status,
					      .fields = &fields,
					      .page = "",
					      .accept = &accept};
		struct verdict verdict;

		verdict_of(&facts, &verdict);
		if (verdict.outcome != rows[i].outcome ||
		    verdict.is_unreachable != rows[i].is_unreachable ||
		    verdict.is_proxy_mute != rows[i].is_mute)
			fail_msg("row %zu: %s: %s", i, fetch_outcome_name(verdict.outcome),
				 verdict.message);
		if (verdict.outcome == FETCH_OWN_FAULT)
			assert_false(verdict.is_host_failure);
		/* its answer has begun, where there is a way to it */
		if (rows[i].connect_status >= 300 || rows[i].result == CURLE_PROXY)
			continue;
		facts.status = 200;
		verdict_of(&facts, &verdict);
		assert_false(verdict.is_proxy_mute || verdict.is_unreachable);
	}
}

static void reads_what_libcurl_says_of_a_proxy(void **state)
{
	static const struct {
		const char *detail;
		enum proxy_failure failure;
	} rows[] = {
		{"CONNECT tunnel failed, response 401", PROXY_FORBIDS},
		{"CONNECT tunnel failed, response 451", PROXY_FORBIDS},
		{"CONNECT tunnel failed, response 400", PROXY_IS_MUTE},
		{"CONNECT tunnel failed, response 501", PROXY_IS_MUTE},
		{"CONNECT tunnel failed, response 500", PROXY_CANNOT},
		{"User was rejected by the SOCKS5 server (1 1).", PROXY_WANTS_A_LOGIN},
		{"Failed to resolve \"a.test\" for SOCKS4 connect.", PROXY_NOT_ASKED},
		{"cannot complete SOCKS5 connection to a.test. (2)", PROXY_FORBIDS},
		{"cannot complete SOCKS5 connection to a.test. (12)", PROXY_CANNOT},
		{"complete SOCKS5 connection", PROXY_CANNOT},
		{"(2)", PROXY_FAILURE_NONE},
		{"", PROXY_FAILURE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (proxy_failure_of(rows[i].detail) != rows[i].failure)
			fail_msg("%s", rows[i].detail);
}

static void knows_how_a_proxy_is_asked(void **state)
{
	static const struct {
		const char *url;
		bool speaks_http;
	} rows[] = {
		{"http://p.test:3128", true}, {"https://p.test", true},
		{"p.test:3128", true},        {"socks.test:3128", true},
		{"socks5://p.test", false},   {"socks5h://p.test", false},
		{"SOCKS4A://p.test", false},  {"socks://p.test", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (proxy_speaks_http(rows[i].url) != rows[i].speaks_http)
			fail_msg("%s", rows[i].url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_407_is_a_proxy_s_only_by_http),
		cmocka_unit_test(a_proxy_may_be_down),
		cmocka_unit_test(a_proxy_may_fail_in_its_own_ways),
		cmocka_unit_test(reads_what_libcurl_says_of_a_proxy),
		cmocka_unit_test(knows_how_a_proxy_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
