#include "../cmocka_all.h"

#include <stdio.h>

#include "alloc.h"
#include "shard.h"

static void parses(void **state)
{
	static const struct {
		const char *text;
		unsigned index, count; /* 0: it is none */
	} cases[] = {
		{"1/1", 1, 1},
		{"2/5", 2, 5},
		{"5/5", 5, 5},
		{"1000/1000", 1000, 1000},
		{"03/12", 3, 12},
		{"0/5", 0, 0},
		{"6/5", 0, 0},
		{"1/0", 0, 0},
		{"1/1001", 0, 0},
		{"1001/1001", 0, 0},
		{"1/99999999999999999999", 0, 0},
		{"4294967297/5", 0, 0},
		{"", 0, 0},
		{"1", 0, 0},
		{"/5", 0, 0},
		{"1/", 0, 0},
		{"1/5/", 0, 0},
		{"1/5x", 0, 0},
		{" 1/5", 0, 0},
		{"1/ 5", 0, 0},
		{"+1/5", 0, 0},
		{"1/-5", 0, 0},
		{"1:5", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct shard shard = {0};
		bool is_one = shard_parse(cases[i].text, &shard);

		if (is_one != (cases[i].count > 0) || shard.index != cases[i].index ||
		    shard.count != cases[i].count)
			fail_msg("%s: %u/%u", cases[i].text, shard.index, shard.count);
	}
}

static unsigned part_of(const char *url, unsigned count)
{
	unsigned part = 0;

	for (unsigned i = 1; i <= count; i++) {
		const struct shard shard = {.index = i, .count = count};

		if (!shard_has(&shard, url))
			continue;
		assert_int_equal(part, 0); /* in no other */
		part = i;
	}
	assert_int_not_equal(part, 0);
	return part;
}

/* The runs of one check may be of several machines, and of today's and tomorrow's picdesk. */
static void each_image_has_one_part_for_good(void **state)
{
	static const struct {
		const char *url;
		unsigned of_2, of_7, of_1000;
	} cases[] = {
		{"https://example.org/a.jpg", 2, 2, 596},
		{"https://example.org/b.jpg", 2, 4, 758},
		{"/assets/a.jpg", 2, 7, 848},
		{"https://", 2, 7, 942}, /* is no URL */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const char *url = cases[i].url;

		if (part_of(url, 2) != cases[i].of_2 || part_of(url, 7) != cases[i].of_7 ||
		    part_of(url, 1000) != cases[i].of_1000)
			fail_msg("%s: %u %u %u", url, part_of(url, 2), part_of(url, 7),
				 part_of(url, 1000));
	}
}

static void without_parts_all_is_in(void **state)
{
	const struct shard all = {0};

	(void)state;
	assert_true(shard_has(&all, "https://example.org/a.jpg"));
	assert_int_equal(part_of("https://example.org/a.jpg", 1), 1);
}

static void spellings_of_a_request_are_together(void **state)
{
	(void)state;
	assert_int_equal(part_of("HTTPS://Example.org:443/a b.jpg#x", 1000),
			 part_of("https://example.org/a%20b.jpg", 1000));
}

static void parts_are_about_equal(void **state)
{
	unsigned sizes[4] = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char url[64];

		snprintf(url, sizeof url, "https://example.org/%d.jpg", i);
		sizes[part_of(url, 4) - 1]++;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++)
		assert_in_range(sizes[i], 200, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(each_image_has_one_part_for_good),
		cmocka_unit_test(without_parts_all_is_in),
		cmocka_unit_test(spellings_of_a_request_are_together),
		cmocka_unit_test(parts_are_about_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
