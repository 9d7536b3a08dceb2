#include "../cmocka_all.h"

#include "alloc.h"
#include "ignore.h"

static void matches_globs(void **state)
{
	static const struct {
		const char *glob, *text;
		bool matches;
	} cases[] = {
		{"a", "a", true},
		{"a", "ab", false},
		{"*.md", "x.md", true},
		{"*.md", "a/x.md", false},
		{"**/*.md", "x.md", true},
		{"**/*.md", "a/b/x.md", true},
		{"a/**", "a/b/c", true},
		{"a/**", "a", false},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"a/**/b", "axb", false},
		{"a**b", "axxb", true},
		{"a**b", "ax/xb", false},
		{"**b", "xb", true},
		{"**b", "x/b", false},
		{"a/**b", "a/xb", true},
		{"a/**b", "a/x/b", false},
		{"a**/b", "axx/b", true},
		{"a**/b", "ax/y/b", false},
		{"a/**", "a/", false},
		{"?", "a", true},
		{"?", "/", false},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[]]", "]", true},
		{"x[[:digit:]_]", "x7", true},
		{"x[[:digit:]_]", "x_", true},
		{"x[[:digit:]_]", "xa", false},
		{"x[^[:upper:]]", "xa", true},
		{"x[^[:upper:]]", "xA", false},
		{"[[:none:]]", "n", false},
		{"[[:a]", ":", true},
		{"[a", "[a", false},
		{"[a", "a", false},
		{"[[:digit:][:none:]]", "7", true},
		{"x[[:digit:]]", "x]", false},
		{"[[b:]", "b", true},
		{"[:a]", ":", true},
		{"[c-a]", "c", true},
		{"[c-a]", "b", false},
		{"[a\\]]x", "]x", true}, /* as git has them (wildmatch.c) */
		{"[a\\]]x", "ax", true},
		{"[a\\]]x", "\\x", false},
		{"[\\--b]", "-", true},
		{"[!]a]", "]", false},
		{"[!]a]", "b", true},
		{"[a-]", "-", true},
		{"[a-\\c]", "b", true},
		{"[!a]", "/", false},
		{"a[/]b", "a/b", false},
		{"a\\", "a\\", true},
		{"\\*", "*", true},
		{"\\*", "a", false},
		{"**/foo", "x/foobar/foo", true},
		{"**/a*b*c", "x/aXb/aYbZc", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (ignore_glob(cases[i].glob, cases[i].text) != cases[i].matches)
			print_error("%s on %s\n", cases[i].glob, cases[i].text);
		assert_int_equal(ignore_glob(cases[i].glob, cases[i].text), cases[i].matches);
	}
}

static void decides_by_the_last_pattern(void **state)
{
	static const char root[] = "\xef\xbb\xbf"
				   "bom\n# comment\n\nblank  \n*.md\r\n!keep.md\n/top/\ndeep/dir\n"
				   "trailing \\ \n\\#hash\ntab\t\nslash\\\\ \r\n",
			  nested[] = "!x.md\nown/\n";
	static const struct {
		const char *path;
		bool is_folder, is_ignored;
	} cases[] = {
		{"/s/bom", false, true},         {"/s/# comment", false, false},
		{"/s/blank", false, true},       {"/s/blank  ", false, false},
		{"/s/trailing  ", false, true}, /* its second blank has a backslash */
		{"/s/trailing", false, false},   {"/s/tab", false, false},
		{"/s/tab\t", false, true},       {"/s/slash\\", false, true},
		{"/s/a.md", false, true},        {"/s/keep.md", false, false},
		{"/s/sub/a.md", false, true},    {"/s/sub/x.md", false, false},
		{"/s/x.md", false, true},        {"/s/top", true, true},
		{"/s/top", false, false},        {"/s/sub/top", true, false},
		{"/s/deep/dir", false, true},    {"/s/sub/deep/dir", false, false},
		{"/s/sub/own", true, true},      {"/s/sup/own", true, false},
		{"/s/sup/x.md", false, true},    {"/s/own", true, false},
		{"/s/sub/x/own", true, true},    {"/s/#hash", false, true},
		{"/s/subway/x.md", false, true},
	};
	struct ignore *ignore = ignore_new();

	(void)state;
	ignore_add_file(ignore, "/s", root, sizeof root - 1);
	ignore_add_file(ignore, "/s/sub", nested, sizeof nested - 1);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		bool is_ignored = ignore_matches(ignore, 0, cases[i].path, cases[i].is_folder);

		if (is_ignored != cases[i].is_ignored)
			print_error("%s\n", cases[i].path);
		assert_int_equal(is_ignored, cases[i].is_ignored);
	}
	ignore_cut(ignore, 0);
	ignore_add_pattern(ignore, "/", "*.md");
	assert_true(ignore_matches(ignore, 0, "/a.md", false));
	assert_true(ignore_matches(ignore, 0, "/s/a.md", false));
	assert_false(ignore_matches(ignore, 1, "/s/a.md", false));
	ignore_free(ignore);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_globs),
		cmocka_unit_test(decides_by_the_last_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
