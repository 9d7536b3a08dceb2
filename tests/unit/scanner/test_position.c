#include "../cmocka_all.h"

#include "alloc.h"
#include "position.h"

static void counts_code_points(void **state)
{
	static const char text[] = "\xef\xbb\xbf"
				   "aé😀x\r\n\xff\xfe"
				   "b\n\nc";
	struct position positions[] = {{.offset = 17}, {.offset = 3},  {.offset = 6},
				       {.offset = 10}, {.offset = 13}, {.offset = 15},
				       {.offset = 0},  {.offset = 99}};
	static const unsigned expected[][2] = {{3, 1}, {1, 1}, {1, 3}, {1, 4},
					       {2, 1}, {2, 3}, {1, 1}, {4, 2}};

	(void)state;
	position_resolve(text, sizeof text - 1, positions, ARRAY_LENGTH(positions));
	for (size_t i = 0; i < ARRAY_LENGTH(positions); i++) {
		if (positions[i].line != expected[i][0] || positions[i].column != expected[i][1])
			print_error("offset %zu: %u:%u\n", positions[i].offset, positions[i].line,
				    positions[i].column);
		assert_int_equal(positions[i].line, expected[i][0]);
		assert_int_equal(positions[i].column, expected[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(counts_code_points)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
