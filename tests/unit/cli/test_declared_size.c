#include "../cmocka_all.h"

#include "declared_size.h"

static void compares(void **state)
{
	static const struct {
		int declared_width, declared_height;
		bool is_display_size;
		int width, height;
		bool differs;
	} cases[] = {
		/* Data describes the file. */
		{1200, 600, false, 1200, 600, false},
		{1200, 600, false, 1200, 630, true},
		{600, 300, false, 1200, 600, true},
		{1200, 0, false, 1200, 630, false},
		{1199, 0, false, 1200, 630, true},
		{0, 630, false, 1200, 630, false},
		{0, 600, false, 1200, 630, true},
		{0, 0, false, 1200, 630, false},
		/* Markup scales it: only the ratio counts. */
		{600, 315, true, 1200, 630, false},
		{600, 300, true, 1200, 630, true},
		{2400, 1260, true, 1200, 630, false},
		{300, 158, true, 1200, 630, false}, /* 157.5 rounded up */
		{300, 157, true, 1200, 630, false}, /* and down */
		{300, 159, true, 1200, 630, false}, /* 0.95 % */
		{300, 161, true, 1200, 630, true},  /* 2.2 % */
		{50, 50, true, 100, 200, true},
		{500, 505, true, 1000, 1000, false}, /* 1 % */
		{500, 506, true, 1000, 1000, true},  /* 1.2 % */
		{505, 500, true, 1000, 1000, false}, /* 1 % to the pixel */
		{506, 500, true, 1000, 1000, true},
		{10, 11, true, 1000, 1000, false}, /* a pixel in one of the two */
		{10, 12, true, 1000, 1000, true},
		{300, 9, true, 3000, 100, false}, /* the height that belongs to 300 is 10 */
		{300, 8, true, 3000, 100, true},
		{9, 300, true, 100, 3000, false},
		{8, 300, true, 100, 3000, true},
		{3, 100, true, 30, 1500, false}, /* 2 px of width stand for 100 of height */
		{100, 0, true, 1200, 630, false},
		{2147483647, 1, true, 1000000000, 1000000000, true},
		{1, 1, true, 1200, 630, false}, /* a pixel is a pixel */
		{100, 100, true, 0, 0, false},  /* the real size is not known */
		{100, 100, false, 0, 100, false},
		{100, 100, false, 100, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (declared_size_differs(cases[i].declared_width, cases[i].declared_height,
					  cases[i].is_display_size, cases[i].width,
					  cases[i].height) != cases[i].differs)
			fail_msg("case %zu", i);
}

static void says_what_was_declared(void **state)
{
	(void)state;
	assert_string_equal(declared_size_text(1200, 630).text, "1200x630");
	assert_string_equal(declared_size_text(1200, 0).text, "width 1200");
	assert_string_equal(declared_size_text(0, 630).text, "height 630");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares),
		cmocka_unit_test(says_what_was_declared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
