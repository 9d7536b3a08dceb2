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
		{"https://a.test/x", "https://b.test/x", 0, false, FETCH_OK, "https://b.test/x"},
		{"http://a.test/x", "/b\x80\x7f", 0, false, FETCH_OK, "http://a.test/b%80%7F"},
		{"http://a.test/x", NULL, 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "http://[bad/", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "ftp://b.test/", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "file:///etc/passwd", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "javascript:alert(1)", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "http://u:p@b.test/", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "http://u@b.test/", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "http://:p@b.test/", 0, false, FETCH_BAD_REDIRECT, NULL},
		{"http://a.test/x", "/x", 0, false, FETCH_REDIRECT_LOOP, NULL},
		{"http://a.test/x", "#part", 0, false, FETCH_REDIRECT_LOOP, NULL},
		{"http://a.test/x", "/hop1", 2, false, FETCH_REDIRECT_LOOP, NULL},
		{"http://a.test/x", "/new", 4, false, FETCH_OK, "http://a.test/new"},
		{"http://a.test/x", "/new", 5, false, FETCH_REDIRECT_LOOP, NULL},
		{"http://a.test/x", "https://i.imgur.com/removed.png", 0, false, FETCH_REMOVED,
		 NULL},
		{"http://a.test/x", "//imgur.com/removed.png?1", 0, false, FETCH_REMOVED, NULL},
		{"http://a.test/x", "//b.test/removed.png", 0, false, FETCH_OK,
		 "http://b.test/removed.png"},
		{"http://a.test/x", "https://s.yimg.com/pw/images/en-us/photo_unavailable_l.png", 0,
		 false, FETCH_REMOVED, NULL},
		{"http://a.test/x", "https://notimgur.com/removed.png", 0, false, FETCH_OK,
		 "https://notimgur.com/removed.png"},
		{"http://a.test/x", "https://i.imgur.com/a/unremoved.png", 0, false, FETCH_OK,
		 "https://i.imgur.com/a/unremoved.png"},
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
		struct http_fields fields = {0};
		struct url from, target;

		if (cases[i].location)
			http_fields_add(&fields, "location", 8, cases[i].location,
					strlen(cases[i].location));
		assert_int_equal(url_parse(cases[i].from, strlen(cases[i].from), NULL, &from), 0);
		outcome = redirect_decide(&policy, &from, hops, cases[i].n_hops, &fields, &target,
					  &message);
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
		http_fields_release(&fields);
	}
}

/* As browsers do it: RFC 9110 section 10.2.2 knows one. */
static void several_locations_lead_nowhere(void **state)
{
	const struct redirect_policy policy = {5, false};
	struct http_fields fields = {0};
	const char *message = NULL;
	struct url from, target;

	(void)state;
	assert_int_equal(url_parse("http://a.test/", 14, NULL, &from), 0);
	http_fields_add(&fields, "Location", 8, "/b", 2);
	http_fields_add(&fields, "location", 8, "/b", 2);
	assert_int_equal(redirect_decide(&policy, &from, NULL, 0, &fields, &target, &message),
			 FETCH_OK);
	url_release(&target);
	http_fields_add(&fields, "LOCATION", 8, "/c", 2);
	assert_int_equal(redirect_decide(&policy, &from, NULL, 0, &fields, &target, &message),
			 FETCH_BAD_REDIRECT);
	assert_non_null(message);
	url_release(&from);
	http_fields_release(&fields);
}

/* What fits would be another URL. */
static void a_location_is_never_cut_short(void **state)
{
	const struct redirect_policy policy = {5, false};
	char *location = malloc(URL_MAX_BYTES + 2);
	struct http_fields fields = {0};
	const char *message = NULL;
	struct url from, target;

	(void)state;
	memset(location, 'a', URL_MAX_BYTES + 1);
	location[0] = '/';
	assert_int_equal(url_parse("http://a.test/", 14, NULL, &from), 0);
	http_fields_add(&fields, "Location", 8, location, URL_MAX_BYTES + 1);
	assert_int_equal(redirect_decide(&policy, &from, NULL, 0, &fields, &target, &message),
			 FETCH_BAD_REDIRECT);
	assert_non_null(message);
	url_release(&from);
	http_fields_release(&fields);
	free(location);
}

/* A browser would send it, and be let through: what is said of the circle is the way out of it. */
static void a_cookie_on_the_way_is_named(void **state)
{
	const struct redirect_policy policy = {5, false};
	char hop_url[] = "http://a.test/hop";

	(void)state;
	for (int setter = 0; setter < 3; setter++) {
		struct fetch_hop hop = {302, hop_url};
		struct http_fields fields = {0};
		const char *message = NULL;
		struct url from, target;

		assert_int_equal(url_parse("http://a.test/", 14, NULL, &from), 0);
		http_fields_add(&fields, "Location", 8, "/", 1);
		if (setter)
			http_fields_add(setter == 1 ? &fields : &hop.fields, "set-cookie", 10,
					"a=b", 3);
		assert_int_equal(
			redirect_decide(&policy, &from, &hop, 1, &fields, &target, &message),
			FETCH_REDIRECT_LOOP);
		assert_int_equal(strstr(message, "cookie") != NULL, setter > 0);
		http_fields_clear(&fields);
		http_fields_add(&fields, "Location", 8, "ftp://b.test/", 13);
		http_fields_add(&fields, "Set-Cookie", 10, "a=b", 3);
		assert_int_equal(
			redirect_decide(&policy, &from, &hop, 1, &fields, &target, &message),
			FETCH_BAD_REDIRECT);
		assert_null(strstr(message, "cookie"));
		url_release(&from);
		http_fields_release(&fields);
		http_fields_release(&hop.fields);
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
		cmocka_unit_test(several_locations_lead_nowhere),
		cmocka_unit_test(a_location_is_never_cut_short),
		cmocka_unit_test(a_cookie_on_the_way_is_named),
		cmocka_unit_test(knows_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
