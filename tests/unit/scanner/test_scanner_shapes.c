/* Shapes of text that real sites have and that scanners read wrong. */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "scan_site.h"

#define MAX_FILES 12
#define X "https://x.org/"

struct scan_case {
	const char *name;
	struct site_file files[MAX_FILES];
	const char *expected;
};

static void check_all(const struct scan_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *found = scan_site(cases[i].files, NULL, NULL);

		if (strcmp(found, cases[i].expected) != 0)
			print_error("case: %s\n", cases[i].name);
		assert_string_equal(found, cases[i].expected);
		free(found);
	}
}

static void reads_code_by_its_container(void **state)
{
	static const struct scan_case cases[] = {
		{"indented code whose later lines begin with a tag or a fence",
		 {{"a.md", "text\n\n    foo\n    <img src=no.png>\n    ```\n    ![](no.png)\n\n"
			   "![a](" X "1.png)\n"}},
		 "a.md:8:6 markdown remote " X "1.png 'a'\n"},
		{"a fence indented by 4 behind a paragraph's line opens nothing",
		 {{"a.md", "text\n    ```\n    `no`\n\n![a](" X "1.png)\n"},
		  {"b.md", "- item\n      ```\n  ![b](" X "2.png)\n"}},
		 "a.md:5:6 markdown remote " X "1.png 'a'\n"
		 "b.md:3:8 markdown remote " X "2.png 'b'\n"},
		{"in a list the same indent opens code, or HTML",
		 {{"a.md", "1. item\n    ```\n    ![](no.png)\n    ```\n    ![a](" X "1.png)\n"},
		  {"b.md",
		   "- ![b](" X "2.png)\n    <div>\n    ![](no.png)\n\n  ![c](" X "3.png)\n"}},
		 "a.md:5:10 markdown remote " X "1.png 'a'\n"
		 "b.md:1:8 markdown remote " X "2.png 'b'\n"
		 "b.md:5:8 markdown remote " X "3.png 'c'\n"},
		{"a quotation's HTML ends with the quotation, its lazy text goes on",
		 {{"a.md", "> <div>\n\n![a](" X "1.png)\n\n> text\n    <img src=" X "2.png> ![b](" X
			   "3.png)\n\n> ```\n![c](" X "4.png)\n"}},
		 "a.md:3:6 markdown remote " X "1.png 'a'\n"
		 "a.md:6:14 html remote " X "2.png\n"
		 "a.md:6:40 markdown remote " X "3.png 'b'\n"
		 "a.md:9:6 markdown remote " X "4.png 'c'\n"},
		{"CDATA, declarations and comments of HTML blocks",
		 {{"a.md", "<![CDATA[\n![](no.png)\n]]>\n\n<!--\n\n![](no.png)\n-->\n"
			   "![a](" X "1.png)\n"}},
		 "a.md:9:6 markdown remote " X "1.png 'a'\n"},
	};

	(void)state;
	check_all(cases, ARRAY_LENGTH(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_code_by_its_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
