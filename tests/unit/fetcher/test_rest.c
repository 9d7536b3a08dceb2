#include "../cmocka_all.h"

#include "rest.h"

static void is_as_long_as_it_takes(void **state)
{
	/* r: refused after the rest, s: and others were not, g: a good answer; t, p: what went
	 * before it was refused, or was not; and how long the next one is. */
	static const struct {
		const char *ends;
		int64_t next_ms;
	} cases[] = {
		{"", 1125},
		{"r", 2250},
		{"rr", 4500},
		{"rrr", 9000},
		{"rrrr", 18000},
		{"rrrrr", 30000},
		{"rrrrrr", 0},
		{"rrrrrrg", 0},
		{"g", 1125},
		{"rg", 2250},
		{"rggg", 2250},
		{"rgggg", 1125},
		{"rggrg", 4500},
		{"rrrrrg", 30000},
		{"gggg", 1125},
		{"rrrrrgr", 30000},
		{"rrrrrgrrrrrr", 0},
		{"rrgggrg", 9000},
		{"s", 2250},
		{"ss", 4500},
		{"sss", 0},
		{"rrss", 0},
		{"rrrss", 0},
		{"ssr", 9000},
		{"t", 2250},
		{"tttttt", 0},
		{"ttrrtt", 0},
		{"tpgpg", 1125},
		{"pspsps", 0},
		{"rrrrpppp", 18000},
		{"ttttttp", 0},
		{"rrrpg", 4500},
		{"rrrpgpg", 2250},
		{"rrrpgggg", 4500},
		{"rrrpggggg", 2250},
		{"ssgs", 4500},
		{"rrrrrgrgggg", 18000},
		{"rrrrrgrrrrr", 30000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rest rest = {0};

		for (const char *end = cases[i].ends; *end; end++)
			if (*end == 't' || *end == 'p')
				rest_end_test(&rest, *end == 't');
			else
				rest_end(&rest, *end != 'g', *end == 's');
		if (rest_length_ms(&rest, 1000) != cases[i].next_ms)
			fail_msg("%s", cases[i].ends);
	}
}

static void a_few_broken_urls_are_no_refusing_host(void **state)
{
	/* g: a good answer to a first attempt, r: a refusal. */
	static const struct {
		const char *answers;
		bool is_refusing;
	} cases[] = {
		{"", false},
		{"g", false},
		{"r", true},
		{"gr", true},
		{"gggr", false},
		{"ggrgr", true},
		{"ggggggrr", false},
		{"gggggrrr", true},
		{"ggggggggggggrrrr", false},
		{"gggggggggggggggggggggggrrrr", false},
		{"gggggggggggggggggggggggrrrrr", true},
		{"rrrrrggggggggggg", true},
		{"rrrrrgggggggggggg", false},
		{"rrrrrrrrrrrrrrrrrrrgggggggggggg", false},
		{"ggggrggggggggggggggrgggggrrg", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rest rest = {0};

		for (const char *answer = cases[i].answers; *answer; answer++)
			rest_note_answer(&rest, *answer == 'r');
		if (rest_is_host_refusing(&rest) != cases[i].is_refusing)
			fail_msg("%s", cases[i].answers);
	}
}

static void repetitions_are_in_vain_where_all_is(void **state)
{
	/* t: a rest in vain, as above; then answers to first attempts. */
	static const struct {
		const char *signs;
		bool is_in_vain;
	} cases[] = {
		{"", false},
		{"rrrrrrrrrrrrrrrr", false},
		{"tttttrrrrrrrrrrrrrrrr", false},
		{"ttttttrrrrrrrrrrrrrrr", false},
		{"ttttttrrrrrrrrrrrrrrrr", true},
		{"rrrrrrrrttttttrrrrrrrr", true},
		{"ttttttrrrrrrrrrrrrrrrrg", false},
		{"ttttttrrrrrrrrrrrrrrrrgrrrrrrrrrrrrrrr", false},
		{"ttttttrrrrrrrrrrrrrrrrgrrrrrrrrrrrrrrrr", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rest rest = {0};

		for (const char *sign = cases[i].signs; *sign; sign++)
			if (*sign == 't')
				rest_end_test(&rest, true);
			else
				rest_note_answer(&rest, *sign == 'r');
		if (rest_is_all_in_vain(&rest) != cases[i].is_in_vain)
			fail_msg("%s", cases[i].signs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_as_long_as_it_takes),
		cmocka_unit_test(a_few_broken_urls_are_no_refusing_host),
		cmocka_unit_test(repetitions_are_in_vain_where_all_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
