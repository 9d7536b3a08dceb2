#include "../cmocka_all.h"

#include <string.h>

#include "short_memory.h"

static void calm(struct crowd *crowd, int images)
{
	for (int i = 0; i < images; i++)
		crowd_calm(crowd);
}

static void fewer_at_once_where_memory_is_short(void **state)
{
	struct crowd crowd;

	(void)state;
	crowd_begin(&crowd, 5);
	assert_int_equal(crowd.allowed, 5);
	calm(&crowd, 1000);
	assert_int_equal(crowd.allowed, 5);
	crowd_shrink(&crowd);
	assert_int_equal(crowd.allowed, 2);
	calm(&crowd, SHORT_MEMORY_QUIET - 1);
	assert_int_equal(crowd.allowed, 2);
	calm(&crowd, 1);
	assert_int_equal(crowd.allowed, 3);
	/* quiet again from the start */
	calm(&crowd, SHORT_MEMORY_QUIET - 1);
	crowd_shrink(&crowd);
	assert_int_equal(crowd.allowed, 1);
	crowd_shrink(&crowd);
	assert_int_equal(crowd.allowed, 1);
	calm(&crowd, SHORT_MEMORY_QUIET - 1);
	assert_int_equal(crowd.allowed, 1);
	calm(&crowd, 1 + 10 * SHORT_MEMORY_QUIET);
	assert_int_equal(crowd.allowed, 5);
}

static void only_what_memory_decides_is_excused(void **state)
{
	struct thumb_result result = {.verdict = THUMB_UNDECODABLE};

	(void)state;
	strcpy(result.message, "not a JPEG");
	short_memory_excuse(&result);
	assert_int_equal(result.verdict, THUMB_UNDECODABLE);
	assert_string_equal(result.message, "not a JPEG");
	result.verdict = THUMB_TRUNCATED;
	strcpy(result.message, "color conversion (4.3003)");
	short_memory_excuse(&result);
	assert_int_equal(result.verdict, THUMB_TRUNCATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fewer_at_once_where_memory_is_short),
		cmocka_unit_test(only_what_memory_decides_is_excused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
