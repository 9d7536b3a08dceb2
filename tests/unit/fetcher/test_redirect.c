#include "../cmocka_all.h"

#include <stdlib.h>

#include "redirect.h"

static void decides(void **state)
{
	static const struct {
		const char *from, *location;
		size_t n_hops;
		bool allow_downgrade;
		enum fetch_outcome outcome;
		const char *target;
	} cases[] = {
		{"http://a.test/x/y", "/z", 0, false, FETCH_OK, "http://a.test/z"},
		{"http://a.test/x/y", "z?q#frag", 0, false, FETCH_OK, "http://a.test/x/z?q"},
		{"http://a.test/x", "//b.test/z", 0, false, FETCH_OK, "http://b.test/z"},
		{"http://a.test/x", "https://b.test", 0, false, FETCH_OK, "https://b.test/"},
		{"http://a.test/x", "HTTP://B.test:80/a b", 0, false, FETCH_OK,
		 "http://b.test/a%20b"},
		{"http://a.test/x", "/b\xc3\xbc", 0, false, FETCH_OK, "http://a.test/b%C3%BC"},
		{"http://a.test/x", "/b\xfc\xc3", 0, false, FETCH_OK, "http://a.test/b%FC%C3"},
		{"https://a.test/x", "http://a.test/x", 0, false, FETCH_DOWNGRADE, NULL},
		{"https://a.test/x", "http://a.test/x", 0, true, FETCH_OK, "http://a.test/x"},
		{"http://a.test/x", NULL, 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "http://[bad/", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "ftp://b.test/", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "file:///etc/passwd", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "javascript:alert(1)", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "http://u:p@b.test/", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "/x", 0, false, FETCH_REDIRECT_LOOP, NULL},
		{"http://a.test/x", "#part", 0, false, FETCH_REDIRECT_LOOP, NULL},
		{"http://a.test/x", "/hop1", 2, false, FETCH_REDIRECT_LOOP, NULL},
		{"http://a.test/x", "/new", 4, false, FETCH_OK, "http://a.test/new"},
		{"http://a.test/x", "/new", 5, false, FETCH_REDIRECT_LOOP, NULL},
	};
	char urls[][32] = {"http://a.test/hop0", "http://a.test/hop1", "http://a.test/hop2",
			   "http://a.test/hop3", "http://a.test/hop4"};
	struct fetch_hop hops[5];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		hops[i] = (struct fetch_hop){302, urls[i]};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct redirect_policy policy = {5, cases[i].allow_downgrade};
		const char *message = NULL;
		enum fetch_outcome outcome;
		struct url from, target;

		assert_int_equal(url_parse(cases[i].from, strlen(cases[i].from), NULL, &from), 0);
		outcome = redirect_decide(&policy, &from, hops, cases[i].n_hops, cases[i].location,
					  &target, &message);
		if (outcome != cases[i].outcome)
			fail_msg("%s: %s", cases[i].location, fetch_outcome_name(outcome));
		if (outcome == FETCH_OK) {
			char *text = url_serialize(&target, false);

			assert_string_equal(text, cases[i].target);
			free(text);
			url_release(&target);
		} else {
			assert_non_null(message);
		}
		url_release(&from);
	}
}

static void knows_statuses(void **state)
{
	(void)state;
	for (int status = 100; status < 600; status++) {
		bool is_redirect = status == 301 || status == 302 || status == 303 ||
				   status == 307 || status == 308;

		assert_int_equal(redirect_is_status(status), is_redirect);
		assert_int_equal(redirect_is_permanent(status), status == 301 || status == 308);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides),
		cmocka_unit_test(knows_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
