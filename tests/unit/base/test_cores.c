#include "../cmocka_all.h"

#include "alloc.h"
#include "cores.h"

static void reads_a_quota(void **state)
{
	static const struct {
		const char *cpu_max;
		unsigned cores;
	} rows[] = {
		{"max 100000\n", 0},      {"100000 100000\n", 1},         {"100001 100000\n", 2},
		{"150000 100000\n", 2},   {"10000 100000\n", 1},          {"800000 50000\n", 16},
		{"200000\n 100000\n", 2}, {"-1\n 100000\n", 0},           {"100000 0\n", 0},
		{"100000\n", 0},          {"9223372036854775807 1\n", 0}, {"", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		assert_int_equal(cores_of_quota(rows[i].cpu_max), rows[i].cores);
}

static void there_is_one(void **state)
{
	(void)state;
	assert_true(cores_usable() >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_quota),
		cmocka_unit_test(there_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
