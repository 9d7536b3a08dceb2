#include "../cmocka_all.h"

#include "retry.h"

static void decides(void **state)
{
	static const struct {
		struct retry_facts facts;
		enum retry_action action;
		int64_t pause_ms;
	} cases[] = {
		{{FETCH_TIMEOUT, 0, false, false, 0, -1, 0}, RETRY_LATER, 0},
		{{FETCH_TIMEOUT, 0, false, false, 1, -1, 0}, RETRY_LATER, 0},
		{{FETCH_TIMEOUT, 0, false, false, 2, -1, 0}, RETRY_NO, 0},
		{{FETCH_TRUNCATED, 200, false, false, 0, -1, 0}, RETRY_LATER, 0},
		{{FETCH_TRUNCATED, 200, false, false, 0, 7, 0}, RETRY_LATER, 0},
		{{FETCH_TRUNCATED, 200, false, false, 0, 121, 0}, RETRY_LATER, 0},
		{{FETCH_CONNECT, 0, true, false, 0, -1, 0}, RETRY_LATER, 0},
		{{FETCH_CONNECT, 0, false, false, 0, -1, 0}, RETRY_NO, 0},
		{{FETCH_HTTP_ERROR, 408, false, false, 0, -1, 0}, RETRY_LATER, 0},
		{{FETCH_HTTP_ERROR, 425, false, false, 0, -1, 0}, RETRY_LATER, 0},
		{{FETCH_HTTP_ERROR, 500, false, false, 0, -1, 0}, RETRY_LATER, 0},
		{{FETCH_HTTP_ERROR, 502, false, false, 0, -1, 0}, RETRY_LATER, 0},
		{{FETCH_HTTP_ERROR, 503, false, false, 0, -1, 0}, RETRY_LATER, 0},
		{{FETCH_HTTP_ERROR, 504, false, false, 0, -1, 0}, RETRY_LATER, 0},
		{{FETCH_BLOCKED, 429, false, false, 0, -1, 0}, RETRY_LATER, 0},
		{{FETCH_BLOCKED, 429, false, true, 0, -1, 0}, RETRY_NO, 0},
		{{FETCH_BLOCKED, 403, false, false, 0, -1, 0}, RETRY_NO, 0},
		{{FETCH_HTTP_ERROR, 404, false, false, 0, -1, 0}, RETRY_NO, 0},
		{{FETCH_HTTP_ERROR, 501, false, false, 0, -1, 0}, RETRY_NO, 0},
		{{FETCH_TLS, 0, false, false, 0, -1, 0}, RETRY_NO, 0},
		{{FETCH_TOO_LARGE, 200, false, false, 0, -1, 0}, RETRY_NO, 0},
		{{FETCH_REFUSED_BY_SINK, 200, false, false, 0, -1, 0}, RETRY_NO, 0},
		{{FETCH_DNS, 0, false, false, 0, -1, 0}, RETRY_NO, 0},
		{{FETCH_FORBIDDEN_ADDRESS, 0, false, false, 0, -1, 0}, RETRY_NO, 0},
		{{FETCH_OWN_FAULT, 0, false, false, 0, -1, 0}, RETRY_NO, 0},
		{{FETCH_BLOCKED, 429, false, false, 0, 7, 0}, RETRY_LATER, 7000},
		{{FETCH_HTTP_ERROR, 503, false, false, 0, 120, 0}, RETRY_LATER, 120000},
		{{FETCH_HTTP_ERROR, 503, false, false, 2, 120, 0}, RETRY_NO, 120000},
		{{FETCH_BLOCKED, 429, false, false, 0, 121, 0}, RETRY_DEFER, 0},
		{{FETCH_BLOCKED, 429, false, false, 2, 121, 0}, RETRY_DEFER, 0},
		/* Whatever status it comes with (RFC 9110 section 10.2.3 names no other bound). */
		{{FETCH_HTTP_ERROR, 500, false, false, 0, 121, 0}, RETRY_DEFER, 0},
		{{FETCH_HTTP_ERROR, 502, false, false, 0, 7, 0}, RETRY_LATER, 7000},
		{{FETCH_HTTP_ERROR, 408, false, false, 2, 7, 0}, RETRY_NO, 7000},
		{{FETCH_HTTP_ERROR, 404, false, false, 0, 7, 0}, RETRY_NO, 0},
		/* A guard's page that says when to come back. */
		{{FETCH_BLOCKED, 429, false, true, 0, 7, 0}, RETRY_LATER, 7000},
		{{FETCH_BLOCKED, 429, false, true, 0, 121, 0}, RETRY_DEFER, 0},
		{{FETCH_BLOCKED, 503, false, true, 0, 7, 0}, RETRY_LATER, 7000},
		{{FETCH_BLOCKED, 403, false, true, 0, 7, 0}, RETRY_NO, 0},
		/* A time that has come is one, too. */
		{{FETCH_BLOCKED, 429, false, true, 0, 0, 0}, RETRY_LATER, 0},
		/* Pauses in a row count together. */
		{{FETCH_BLOCKED, 429, false, false, 0, 60, 60}, RETRY_LATER, 60000},
		{{FETCH_BLOCKED, 429, false, false, 0, 60, 61}, RETRY_DEFER, 0},
		{{FETCH_HTTP_ERROR, 500, false, false, 0, 60, 200}, RETRY_DEFER, 0},
		{{FETCH_HTTP_ERROR, 500, false, false, 0, -1, 200}, RETRY_LATER, 0},
	};
	const struct retry_policy policy = {.max_retries = 2, .base_ms = 1000};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct retry_decision decision = retry_decide(&policy, &cases[i].facts, UINT32_MAX);

		if (decision.action != cases[i].action || decision.pause_ms != cases[i].pause_ms)
			fail_msg("case %zu: action %d", i, decision.action);
		if (decision.action == RETRY_LATER)
			assert_int_equal(decision.wait_ms,
					 decision.pause_ms ? decision.pause_ms
							   : 1000 << cases[i].facts.retries);
	}
}

static void draws_from_the_whole_range(void **state)
{
	static const struct {
		unsigned retries;
		uint32_t random;
		int64_t wait_ms;
	} cases[] = {
		{0, 0, 0},
		{0, UINT32_MAX, 1000},
		{0, 0x80000000, 500},
		{1, UINT32_MAX, 2000},
		{2, UINT32_MAX, 4000},
		{4, UINT32_MAX, 16000},
		{5, UINT32_MAX, 30000},
		{60, UINT32_MAX, 30000},
	};
	const struct retry_policy policy = {.max_retries = 100, .base_ms = 1000};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct retry_facts facts = {
			.outcome = FETCH_TIMEOUT, .retries = cases[i].retries, .retry_after_s = -1};

		assert_int_equal(retry_decide(&policy, &facts, cases[i].random).wait_ms,
				 cases[i].wait_ms);
	}
}

static void reads_retry_after(void **state)
{
	const int64_t now_s = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */
	static const struct {
		const char *value;
		int64_t seconds;
	} cases[] = {
		{NULL, -1},
		{"", -1},
		{"0", 0},
		{"120", 120},
		{" 120 ", 120},
		{"1000000000", 1000000000},
		{"99999999999999999999999999", 10000000000},
		{"9999999999", 9999999999},
		{"10000000001", 10000000000},
		{"-1", -1},
		{"1.5", -1},
		{"12x", -1},
		{"soon", -1},
		{"Sun, 06 Nov 1994 08:50:37 GMT", 60},
		{"Sun, 06 Nov 1994 08:49:37 GMT", 0},
		{"Sun, 06 Nov 1994 08:00:00 GMT", 0},
		{"Sunday, 06-Nov-94 08:50:37 GMT", 60},
		{"Sun Nov  6 08:50:37 1994", 60},
		{"Sun, 99 Nov 1994 08:50:37 GMT", -1},
		/* Zones as e-mail has them. */
		{"Sun, 06 Nov 1994 08:50:37 +0000", 60},
		{"Sun, 06 Nov 1994 08:50:37 -0000", 60},
		{"Sun, 06 Nov 1994 08:50:37 UTC", 60},
		{"Sun, 06 Nov 1994 08:50:37 Z", 60},
		{"Sun, 06 Nov 1994 10:20:37 +0130", 60},
		{"Sun, 06 Nov 1994 03:50:37 -0500", 60},
		{"Sun, 06 Nov 1994 20:35:37 +1145", 60},
		{"Sun, 06 Nov 1994 08:50:37 utc", 60},
		{"Fri, 31 Dec 9999 23:59:59 GMT", 10000000000},
		{"Sunday, 06-Nov-94 09:50:37 +0100", 60},
		{"Sun, 06 Nov 1994 08:50:37 EST", -1},
		{"Sun, 06 Nov 1994 08:50:37 +01", -1},
		{"Sun, 06 Nov 1994 08:50:37 +0a00", -1},
		{"Sun, 06 Nov 1994 08:50:37 +a000", -1},
		{"Sun, 06 Nov 1994 08:50:37 U", -1},
		{"Sun, 06 Nov 1994 08:50:37 UTCC", -1},
		{"Sun, 06 Nov 1994 08:50:37 GMT +0100", -1},
		{"Sun, 06 Nov 1994 08:50:37", -1},
		{"Sun, 06 Nov 1994 08:50:37 *0100", -1},
		{"Sun, 06 Nov 1994 08:50:37 +01000", -1},
		{"Sun, 06 Nov 1994 08:50:37 +010a", -1},
		{"+0000", -1},
		{" +0000", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (retry_after_parse(cases[i].value, now_s) != cases[i].seconds)
			fail_msg("%s: %lld", cases[i].value,
				 (long long)retry_after_parse(cases[i].value, now_s));
}

static void knows_what_slows_a_host_down(void **state)
{
	(void)state;
	assert_true(retry_is_throttling(429));
	assert_true(retry_is_throttling(503));
	assert_false(retry_is_throttling(500));
	assert_false(retry_is_throttling(200));
}

static void waits_for_a_network_that_was_there(void **state)
{
	const struct retry_policy policy = {.max_retries = 2, .base_ms = 1000};
	struct retry_facts facts = {.outcome = FETCH_CONNECT, .retry_after_s = -1, .is_lost = true};

	(void)state;
	for (; facts.retries < 2; facts.retries++) {
		struct retry_decision decision = retry_decide(&policy, &facts, 0);

		assert_int_equal(decision.action, RETRY_LATER);
		assert_int_equal(decision.wait_ms, 5000);
		assert_int_equal(decision.pause_ms, 0);
	}
	assert_int_equal(retry_decide(&policy, &facts, 0).action, RETRY_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides),
		cmocka_unit_test(waits_for_a_network_that_was_there),
		cmocka_unit_test(draws_from_the_whole_range),
		cmocka_unit_test(reads_retry_after),
		cmocka_unit_test(knows_what_slows_a_host_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
