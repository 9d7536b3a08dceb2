#include "../cmocka_all.h"

#include <stdbool.h>

#include "alloc.h"
#include "url_pattern.h"

static void matches_what_other_tools_match(void **state)
{
	static const struct {
		const char *pattern, *url;
		bool matches;
	} rows[] = {
		{"/\\d+\\.jpg", "/12.jpg", true},
		{"/\\d+\\.jpg", "/dd.jpg", false},
		{"^/\\D+\\.jpg", "/dd.jpg", true},
		{"^/\\D+\\.jpg", "/12.jpg", false},
		{"^/[\\d_]+$", "/1_2", true},
		{"^/[\\d_]+$", "/d", false},
		{"^/[^\\d]$", "/1", false},
		{"^[\\w./-]+$", "/a-b_1.png", true},
		{"^[\\w./-]+$", "/a?b", false},
		{"[\\s]", "a b", true},
		{"[\\s]", "s", false},
		{"\\w+\\.jpg$", "/ab.jpg", true},
		{"/(?:12|ab)\\.jpg", "/ab.jpg", true},
		{"(?i)l\\.png$", "/L.PNG", true},
		{"l\\.png$", "/L.PNG", false},
		{"(?i)[a-c]\\d", "/B1", true},
		{"^[\\w-.]+$", "a-b_1.png", true},
		{"^[\\w-.]+$", "a/b", false},
		{"^[^\\d-x]$", "-", false},
		{"^[\\d-\\s]$", "-", true},
		{"^[\\d-]$", "-", true},
		{"/.+?/x", "//x", false},
		{"/.+?/x", "/a/x", true},
		{"^/a{2}?$", "/", false},
		{"^/a{2}?$", "/aa", true},
		{"^ab??c", "ac", true},
		/* As POSIX has it. */
		{"^a\\+?$", "a", true},
		{"^a[+]?$", "a", true},
		{"[[:digit:]\\d]x", "1x", true},
		{"[]\\d]x", "]x", true},
		{"[^]\\d]x", "]x", false},
		{"\\\\d", "\\d", true},
		{"\\\\d", "\\1", false},
		{"\\(?:", ":", true},
		{"[(?:]", "?", true},
		{"[\\.]", ".", true},
		{"a{1,2}\\.", "aa.", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		regex_t regex;

		assert_int_equal(url_pattern_compile(rows[i].pattern, &regex), 0);
		if (!regexec(&regex, rows[i].url, 0, NULL, 0) != rows[i].matches)
			fail_msg("%s, %s", rows[i].pattern, rows[i].url);
		regfree(&regex);
	}
}

static void refuses_what_is_none(void **state)
{
	static const char *const wrong[] = {"(", "[", "[^", "[\\", "a(?i)b", "(?=a)", "\\", "(?:"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		regex_t regex;

		if (!url_pattern_compile(wrong[i], &regex))
			fail_msg("%s is taken", wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_what_other_tools_match),
		cmocka_unit_test(refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
