#include "../cmocka_all.h"

#include "alloc.h"
#include "image_hint.h"

static const struct {
	const char *body;
	bool is_in;
} cases[] = {
	{"", false},
	{"Text [link](x.png) ! [a](b)", false},
	{"a ![b](c)", true},
	{"![a]", true},
	{"!", false},
	{"a < b && c > d", false},
	{"<https://x.org/src>", true},
	{"<p>srcset style</p>", false},
	{"<a href='/x.png' title=\"a > b\">a</a><br/>",
	 true}, /* the quote is open at the first '>' */
	{"<a href='/x.png' title=\"a\">a</a><br/>", false},
	{"<a href = '/x.png'title=\"a\">a</a><p a='b' c=\"d\"/>",
	 true}, /* no blank behind a quote */
	{"<a href = '/x.png' title=\"a\">a</a><p a='b' c=\"d\"/>", false},
	{"<a x\" alt=b c=\"d>e\" src=\"f\">", true}, /* the first quote is the name's */
	{"<p id=resrc>", false},
	{"<IMG SRC=a>", true},
	{"<a title=x\nStyle='a'>", true},
	{"<i data-original=a>", true},
	{"<i/src=a", true},
	{"> <p\n> <img\n>  > src=a>", true}, /* a quotation's marks end no tag */
	{"<p\n  >src", true},                /* it may be one */
	{"<meta>", true},
	{"<", false},
};

static void test_hints(void **state)
{
	static const char *const lazy_attributes[] = {"data-src", "data-original", NULL};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		if (image_hint_is_in(slice_of(cases[i].body), lazy_attributes) != cases[i].is_in)
			print_error("case: %s\n", cases[i].body);
		assert_int_equal(image_hint_is_in(slice_of(cases[i].body), lazy_attributes),
				 cases[i].is_in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_hints)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
