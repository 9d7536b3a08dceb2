#include "../cmocka_all.h"

#include "fetcher.h"
#include "status_set.h"

static void parses(void **state)
{
	static const struct {
		const char *text;
		int in, out;
	} cases[] = {
		{"200..=204", 204, 205},
		{"200..=204", 200, 199},
		{"200..204", 203, 204},
		{"200", 200, 201},
		{"100..=103, 200..=299,403", 403, 404},
		{"100..=103,200..=299", 250, 104},
		{"..=204", 100, 205},
		{"..204", 203, 204},
		{"200..", 999, 199},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct status_set set;

		assert_true(status_set_parse(cases[i].text, &set));
		assert_true(status_set_has(&set, cases[i].in));
		assert_false(status_set_has(&set, cases[i].out));
		assert_false(status_set_has(&set, 0));
		assert_false(status_set_has(&set, 1000));
		assert_false(status_set_has(&set, -1));
	}
}

static void refuses(void **state)
{
	static const char *const texts[] = {
		"",    ",",      "200,",      "20",        "2000",     "0200",    "99",       "..",
		"..=", "200..=", "x",         "300..200",  "200...=1", "-200",    "200..200", "2x0",
		"2:0", "20/",    "2x0..=204", "200..=2x4", "200.204",  "200..2:4"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (fetch_accept_status_is_valid(texts[i]))
			fail_msg("%s is taken", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
