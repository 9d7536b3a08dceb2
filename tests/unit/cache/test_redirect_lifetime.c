#include "../cmocka_all.h"

#include <string.h>

#include "cleanup.h"
#include "freshness.h"

#define BASE_S 1735689600 /* Wed, 01 Jan 2025 00:00:00 GMT */
#define MINUTE 60
#define DAY (24 * 60 * MINUTE)

/* RFC 9110 section 15.4, RFC 9111 section 4.2. */
static void a_redirect_is_good_for_what_it_says(void **state)
{
	static const struct {
		int status;
		const char *fields;
		int64_t lifetime_s;
	} cases[] = {
		{301, "", INT64_MAX},
		{308, "", INT64_MAX},
		{302, "", 0},
		{303, "", 0},
		{307, "", 0},
		{302, "Cache-Control: max-age=60\n", 60},
		{301, "Cache-Control: max-age=60\n", 60},
		{301, "Cache-Control: max-age=60\nAge: 15\n", 45},
		{301, "Cache-Control: max-age=0\n", 0},
		{301, "Cache-Control: no-cache\n", 0},
		{301, "Cache-Control: no-store\n", 0},
		{301, "Vary: *\n", 0},
		{301, "Vary: accept, *\nCache-Control: max-age=60\n", 0},
		{301, "Vary: accept\n", INT64_MAX},
		{302, "Expires: Wed, 01 Jan 2025 00:01:00 GMT\n", 60},
		{302, "Expires: 0\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(http_fields_release) struct http_fields fields = {0};

		http_fields_parse(&fields, cases[i].fields, strlen(cases[i].fields));
		if (freshness_of_redirect(cases[i].status, &fields, BASE_S) != cases[i].lifetime_s)
			fail_msg("case %zu", i);
	}
}

static void a_stored_redirect_is_followed_for_what_is_left(void **state)
{
	static const struct {
		bool was_redirected, refresh;
		int64_t lifetime_s, max_age_s, age_s, left_s;
	} cases[] = {
		{true, false, 100, INT64_MAX, 0, 100},
		{true, false, 100, INT64_MAX, 40, 60},
		{true, false, 100, INT64_MAX, 100, 0},
		{true, false, 100, INT64_MAX, 1000, 0},
		{true, false, 100, 50, 40, 10},
		{true, false, 100, 50, 60, 0},
		{true, false, 0, INT64_MAX, 0, 0},
		{false, false, 100, INT64_MAX, 0, 0},
		{true, true, 100, INT64_MAX, 0, 0},
		/* Nothing was said: a week. */
		{true, false, INT64_MAX, INT64_MAX, DAY, 6 * DAY},
		{true, false, INT64_MAX, INT64_MAX, 7 * DAY, 0},
		{true, false, INT64_MAX, DAY, MINUTE, DAY - MINUTE},
		/* The clock was set back: a little is a matter of two clocks. */
		{true, false, 100, INT64_MAX, -5 * MINUTE, 100},
		{true, false, 100, INT64_MAX, -5 * MINUTE - 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct freshness_input input = {
			.response_time_s = BASE_S,
			.was_redirected = cases[i].was_redirected,
			.redirect_lifetime_s = cases[i].lifetime_s,
		};
		const struct cache_policy policy = {.max_age_s = cases[i].max_age_s,
						    .refresh = cases[i].refresh};

		if (freshness_of_stored_redirect(&input, &policy, BASE_S + cases[i].age_s) !=
		    cases[i].left_s)
			fail_msg("case %zu", i);
	}
}

/* An image is no fresher than the redirects that led to it. */
static void a_response_behind_redirects_is_as_fresh_as_they_are(void **state)
{
	static const char lines[] = "Date: Wed, 01 Jan 2025 00:00:00 GMT\n"
				    "Cache-Control: max-age=100\n";
	static const struct {
		bool was_redirected;
		int64_t redirect_lifetime_s, min_age_s, age_s;
		bool is_fresh;
	} cases[] = {
		{false, 0, 0, 50, true},        {true, 0, 0, 0, false},
		{true, 30, 0, 29, true},        {true, 30, 0, 30, false},
		{true, 30, 60, 59, true}, /* the user's word */
		{true, 200, 0, 99, true},       {true, 200, 0, 100, false},
		{true, INT64_MAX, 0, 99, true},
	};
	CLEANUP(http_fields_release) struct http_fields fields = {0};

	(void)state;
	http_fields_parse(&fields, lines, strlen(lines));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct freshness_input input = {
			.status = 200,
			.fields = &fields,
			.request_time_s = BASE_S,
			.response_time_s = BASE_S,
			.was_redirected = cases[i].was_redirected,
			.redirect_lifetime_s = cases[i].redirect_lifetime_s,
		};
		const struct cache_policy policy = {.min_age_s = cases[i].min_age_s,
						    .max_age_s = INT64_MAX};
		struct freshness freshness;

		freshness_evaluate(&input, &policy, BASE_S + cases[i].age_s, &freshness);
		if (freshness.is_fresh != cases[i].is_fresh)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_redirect_is_good_for_what_it_says),
		cmocka_unit_test(a_stored_redirect_is_followed_for_what_is_left),
		cmocka_unit_test(a_response_behind_redirects_is_as_fresh_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
