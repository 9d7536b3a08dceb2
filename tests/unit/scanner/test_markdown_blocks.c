#include "../cmocka_all.h"

#include <string.h>

#include "alloc.h"
#include "markdown_blocks.h"

/* A letter a line: b(lank), t(ext), + (goes on with a paragraph), f(ence), c(ode), h(tml). */
static void read_kinds(const char *text, bool is_mdx, char *ret_kinds)
{
	static const char letters[] = {
		[MARKDOWN_LINE_BLANK] = 'b',        [MARKDOWN_LINE_TEXT] = 't',
		[MARKDOWN_LINE_CONTINUATION] = '+', [MARKDOWN_LINE_FENCE] = 'f',
		[MARKDOWN_LINE_CODE] = 'c',         [MARKDOWN_LINE_HTML] = 'h',
	};
	struct markdown_blocks blocks = {.is_mdx = is_mdx};
	struct markdown_place place;

	while (*text) {
		size_t n = strcspn(text, "\n");

		*ret_kinds++ = letters[markdown_blocks_next(&blocks, text, 0, n, &place)];
		text += n + 1;
	}
	*ret_kinds = '\0';
}

struct kinds_case {
	const char *text, *kinds;
};

static void check(const struct kinds_case *cases, size_t count, bool is_mdx)
{
	for (size_t i = 0; i < count; i++) {
		char kinds[64];

		read_kinds(cases[i].text, is_mdx, kinds);
		if (strcmp(kinds, cases[i].kinds) != 0)
			print_error("text:\n%s", cases[i].text);
		assert_string_equal(kinds, cases[i].kinds);
	}
}

static void reads_leaves(void **state)
{
	static const struct kinds_case cases[] = {
		{"a\nb\n\n# c\nd\n---\ne\n===\n***\nf\n", "t+bttttttt"},
		{"a\n    b\n\n    c\n      d\n\n    e\nf\n", "t+bccbct"},
		{"a\n\tb\n\n\tc\n", "t+bc"},
		{"```js\na\n~~~\n    ```\n``\n````\nb\n", "fccccft"},
		{"~~~ `a`\n```\n~~~ x\n~~~\r\n``` `\n", "fccft"},
		{"a\n    ```\nb\n```\nc\n```\n", "t++fcf"},
		{"<div>\n*a*\n\nb\n<br>\nc\n", "hhbt++"},
		{"<br>\nc\n\n<b>a\n\n<b x='>'>\n\n</b >\n<x/>\n", "hhbtbhbhh"},
		{"<!-- a\n\n--> b\nc\n<!-- --> d\ne\n", "hhhtht"},
		{"<pre>\n\n</script> a\nb\n<?\n\n?>\n<!D\n>\n<![CDATA[\n\n]]>\nc\n",
		 "hhhthhhhhhhht"},
		{"<divx>a\n<scripts>a\n", "t+"},
		{"</a href='x'>\n\n<a h*='x'>\n\n<a b='x'c>\n\n<a b=`>\n\n<a /b>\n", "tbtbtbtbt"},
		{"<a _b:c.d-e = 'x' f=y/z g />\n\n<a b=c/>\n\n</a-1\t>\n", "hbhbh"},
		{"<script/>a\n\n<div/>a\n\n<![cdata[\na\n", "tbhbt+"},
	};

	(void)state;
	check(cases, ARRAY_LENGTH(cases), false);
}

static void follows_containers(void **state)
{
	static const struct kinds_case cases[] = {
		{"> a\nb\n    c\n>     d\n\n    e\n", "t+++bc"},
		{"> ```\nb\n> ```\n> c\n", "ftfc"},
		{">     a\n>\tb\n>\t\tc\n", "ct+"},
		{"- a\n\n  b\n\n      c\n\n    d\n e\n", "tbtbcbt+"},
		{"- a\n      ```\n      ```\n\n      b\n", "t++bc"},
		{"1. a\n    ```\n    b\n    ```\n    c\n", "tfcft"},
		{"10. a\n\n    b\n\n        c\n\n   d\n", "tbtbcbt"},
		{"-     a\n\n  b\n", "cbt"},
		{"-\n  a\n-\n\n  b\n", "btbbt"},
		{"a\n-\n\na\n2. b\n1. c\n\na\n- b\n", "ttbt+tbtt"},
		{"- > a\n  > b\n  c\n- d\n", "t++t"},
		{"-\ta\n\n\tb\n\n\t\tc\n", "tbtbc"},
		{"- - -\n* * *\na\n- - -\n", "tttt"},
		{"- <div>\n  a\n\n  b\n  <p>\n c\n", "hhbtht"},
		{"1234567890. a\n\n   b\n1.a\n", "tbt+"},
	};

	(void)state;
	check(cases, ARRAY_LENGTH(cases), false);
}

static void reads_mdx(void **state)
{
	static const struct kinds_case cases[] = {
		{"<div>\n\n      a\n\n      ```\n      b\n          ```\nc\n", "tbtbfcft"},
		{"- a\n        - b\n", "tt"},
	};

	(void)state;
	check(cases, ARRAY_LENGTH(cases), true);
}

static void bounds_nesting(void **state)
{
	struct markdown_blocks blocks = {0};
	struct markdown_place place;
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = "> - 1. "[i % 7];
	for (int i = 0; i < 3; i++)
		markdown_blocks_next(&blocks, text, 0, sizeof text, &place);
	assert_int_equal(blocks.n_containers, MARKDOWN_MAX_CONTAINERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_leaves),
		cmocka_unit_test(follows_containers),
		cmocka_unit_test(reads_mdx),
		cmocka_unit_test(bounds_nesting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
