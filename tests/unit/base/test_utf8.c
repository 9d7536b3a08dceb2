#include "../cmocka_all.h"

#include "alloc.h"
#include "utf8.h"

static void decodes_strictly(void **state)
{
	static const struct {
		const char *text;
		size_t used;
		uint32_t code_point;
	} rows[] = {
		{"a", 1, 'a'},
		{"\xc2\x80", 2, 0x80},
		{"\xdf\xbf", 2, 0x7ff},
		{"\xe0\xa0\x80", 3, 0x800},
		{"\xed\x9f\xbf", 3, 0xd7ff},
		{"\xee\x80\x80", 3, 0xe000},
		{"\xef\xbf\xbf", 3, 0xffff},
		{"\xf0\x90\x80\x80", 4, 0x10000},
		{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
		{"", 0, 0},
		{"\x80", 0, 0},
		{"\xc0\x80", 0, 0}, /* overlong */
		{"\xc1\xbf", 0, 0},
		{"\xe0\x9f\xbf", 0, 0},
		{"\xf0\x8f\xbf\xbf", 0, 0},
		{"\xed\xa0\x80", 0, 0},     /* a surrogate */
		{"\xf4\x90\x80\x80", 0, 0}, /* behind U+10FFFF */
		{"\xf5\x80\x80\x80", 0, 0},
		{"\xc3", 0, 0}, /* cut */
		{"\xe2\x82", 0, 0},
		{"\xf0\x9f\x98", 0, 0},
		{"\xc3(", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		uint32_t code_point = 0;
		char encoded[4];
		size_t length = strlen(rows[i].text);

		assert_int_equal(utf8_decode(rows[i].text, length, &code_point), rows[i].used);
		assert_int_equal(utf8_is_valid(rows[i].text, length), rows[i].used || !length);
		if (!rows[i].used)
			continue;
		assert_int_equal(code_point, rows[i].code_point);
		assert_int_equal(utf8_encode(code_point, encoded), rows[i].used);
		assert_memory_equal(encoded, rows[i].text, rows[i].used);
	}
}

static void counts_code_points(void **state)
{
	(void)state;
	assert_int_equal(utf8_count("", 0), 0);
	assert_int_equal(utf8_count("a\xc3\xa4\xf0\x9f\x98\x80", 7), 3);
	assert_int_equal(utf8_count("\xff\xc3\xe2\x82", 4), 4);
}

static void knows_what_is_hidden(void **state)
{
	static const uint32_t hidden[] = {0,      0x1f,   0x7f,   0x9f,   0x61c,  0x200e,
					  0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066,
					  0x2069, 0xfeff, 0xfffe, 0xffff};
	static const uint32_t seen[] = {' ',    '~',    0xa0,   0x61b,  0x61d,  0x200d, 0x2010,
					0x2027, 0x202f, 0x2065, 0x206a, 0xfefe, 0xfffd};

	(void)state;
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		assert_true(utf8_is_hidden(hidden[i]));
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
		assert_false(utf8_is_hidden(seen[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_is_hidden),
		cmocka_unit_test(decodes_strictly),
		cmocka_unit_test(counts_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
