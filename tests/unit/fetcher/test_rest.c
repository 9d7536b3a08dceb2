#include "../cmocka_all.h"

#include "rest.h"

static void is_as_long_as_it_takes(void **state)
{
	/* r: refused after the rest, s: and others were not, g: a good answer; and how long the next one is. */
	static const struct {
		const char *ends;
		int64_t next_ms;
	} cases[] = {
		{"", 1000},          {"r", 2000},       {"rr", 4000},   {"rrr", 8000},
		{"rrrr", 16000},     {"rrrrr", 30000},  {"rrrrrr", 0},  {"rrrrrrg", 0},
		{"g", 1000},         {"rg", 2000},      {"rggg", 2000}, {"rgggg", 1000},
		{"rggrg", 4000},     {"rrrrrg", 30000}, {"gggg", 1000}, {"rrrrrgr", 30000},
		{"rrrrrgrrrrrr", 0}, {"rrgggrg", 8000}, {"s", 2000},    {"ss", 4000},
		{"sss", 0},          {"rrss", 0},       {"rrrss", 0},   {"ssr", 8000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rest rest = {0};

		for (const char *end = cases[i].ends; *end; end++)
			rest_end(&rest, *end != 'g', *end == 's');
		if (rest_length_ms(&rest, 1000) != cases[i].next_ms)
			fail_msg("%s", cases[i].ends);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_as_long_as_it_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
