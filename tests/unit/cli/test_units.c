#include "../cmocka_all.h"

#include "alloc.h"
#include "units.h"

#define UNTOUCHED (-7)

struct parse_row {
	const char *text;
	enum units_error error;
	int64_t value;
};

static void check_rows(enum units_error (*parse)(const char *, int64_t *),
		       const struct parse_row *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++) {
		int64_t value = UNTOUCHED;
		enum units_error error = parse(rows[i].text, &value);

		if (error != rows[i].error || value != (error ? UNTOUCHED : rows[i].value))
			fail_msg("'%s': error %d, value %lld", rows[i].text, (int)error,
				 (long long)value);
	}
}

static void parses_durations(void **state)
{
	static const struct parse_row rows[] = {
		{"500ms", UNITS_OK, 500},
		{"43s", UNITS_OK, 43000},
		{"2m", UNITS_OK, 120000},
		{"99h", UNITS_OK, 99 * 3600000LL},
		{"1d", UNITS_OK, 86400000},
		{"2w", UNITS_OK, 14 * 86400000LL},
		{"*", UNITS_OK, UNITS_FOR_EVER},
		{"0", UNITS_OK, 0},
		{"00", UNITS_OK, 0},
		{"0ms", UNITS_OK, 0},
		{"30", UNITS_NO_UNIT, 0},
		{"", UNITS_NOT_A_NUMBER, 0},
		{"s", UNITS_NOT_A_NUMBER, 0},
		{"-1s", UNITS_NOT_A_NUMBER, 0},
		{"+1s", UNITS_NOT_A_NUMBER, 0},
		{" 1s", UNITS_NOT_A_NUMBER, 0},
		{"1 s", UNITS_UNKNOWN_UNIT, 0},
		{"1.5s", UNITS_UNKNOWN_UNIT, 0},
		{"1S", UNITS_UNKNOWN_UNIT, 0},
		{"1h30m", UNITS_UNKNOWN_UNIT, 0},
		{"1y", UNITS_UNKNOWN_UNIT, 0},
		{"**", UNITS_NOT_A_NUMBER, 0},
		{"9223372036854775807ms", UNITS_OK, INT64_MAX},
		{"9223372036854775808ms", UNITS_TOO_LARGE, 0},
		{"9223372036854775807s", UNITS_TOO_LARGE, 0},
		{"99999999999999999999999999999", UNITS_TOO_LARGE, 0},
	};

	(void)state;
	check_rows(units_parse_duration, rows, ARRAY_LENGTH(rows));
}

static void parses_sizes(void **state)
{
	static const struct parse_row rows[] = {
		{"500k", UNITS_OK, 500000},
		{"500kB", UNITS_OK, 500000},
		{"20MiB", UNITS_OK, 20 << 20},
		{"5GiB", UNITS_OK, 5LL << 30},
		{"1KiB", UNITS_OK, 1024},
		{"3M", UNITS_OK, 3000000},
		{"2G", UNITS_OK, 2000000000},
		{"1234", UNITS_OK, 1234},
		{"1234B", UNITS_OK, 1234},
		{"0", UNITS_OK, 0},
		{"20mib", UNITS_UNKNOWN_UNIT, 0},
		{"20K", UNITS_UNKNOWN_UNIT, 0},
		{"20Mi", UNITS_UNKNOWN_UNIT, 0},
		{"1TB", UNITS_UNKNOWN_UNIT, 0},
		{"*", UNITS_NOT_A_NUMBER, 0},
		{"-5k", UNITS_NOT_A_NUMBER, 0},
		{"0x10", UNITS_UNKNOWN_UNIT, 0},
		{"8589934592GiB", UNITS_TOO_LARGE, 0},
		{"8589934591GiB", UNITS_OK, 8589934591LL << 30},
	};

	(void)state;
	check_rows(units_parse_size, rows, ARRAY_LENGTH(rows));
}

static void parses_numbers(void **state)
{
	static const struct parse_row numbers[] = {
		{"64", UNITS_OK, 64},
		{"0", UNITS_OK, 0},
		{"4k", UNITS_UNKNOWN_UNIT, 0},
		{"4.0", UNITS_UNKNOWN_UNIT, 0},
		{"four", UNITS_NOT_A_NUMBER, 0},
	};
	static const struct parse_row multiples[] = {
		{"100M", UNITS_OK, 100000000},  {"2G", UNITS_OK, 2000000000},
		{"640k", UNITS_OK, 640000},     {"5", UNITS_OK, 5},
		{"5MB", UNITS_UNKNOWN_UNIT, 0}, {"9223372036854775807k", UNITS_TOO_LARGE, 0},
	};

	(void)state;
	check_rows(units_parse_number, numbers, ARRAY_LENGTH(numbers));
	check_rows(units_parse_multiple, multiples, ARRAY_LENGTH(multiples));
}

struct format_row {
	int64_t value;
	const char *text;
};

static void check_formats(const char *(*format)(int64_t, char *),
			  enum units_error (*parse)(const char *, int64_t *),
			  const struct format_row *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++) {
		char text[UNITS_TEXT_BYTES];
		int64_t back = UNTOUCHED;

		assert_string_equal(format(rows[i].value, text), rows[i].text);
		assert_int_equal(parse(text, &back), UNITS_OK);
		assert_true(back == rows[i].value);
	}
}

static void formats_what_parses_to_the_same(void **state)
{
	static const struct format_row durations[] = {
		{0, "0s"},
		{50, "50ms"},
		{1500, "1500ms"},
		{30000, "30s"},
		{90000, "90s"},
		{120000, "2m"},
		{3600000, "1h"},
		{86400000, "1d"},
		{7 * 86400000LL, "1w"},
		{30 * 86400000LL, "30d"},
		{UNITS_FOR_EVER, "*"},
	};
	static const struct format_row sizes[] = {
		{0, "0"},
		{999, "999"},
		{1000, "1k"},
		{1024, "1KiB"},
		{20480, "20KiB"},
		{20 << 20, "20MiB"},
		{5LL << 30, "5GiB"},
		{5000000000, "5G"},
		{123456789, "123456789"},
		{INT64_MAX, "9223372036854775807"},
	};
	static const struct format_row multiples[] = {
		{100000000, "100M"}, {1, "1"}, {1500, "1500"}, {0, "0"}, {2000000000, "2G"},
	};

	(void)state;
	check_formats(units_format_duration, units_parse_duration, durations,
		      ARRAY_LENGTH(durations));
	check_formats(units_format_size, units_parse_size, sizes, ARRAY_LENGTH(sizes));
	check_formats(units_format_multiple, units_parse_multiple, multiples,
		      ARRAY_LENGTH(multiples));
}

static void rounds_for_people(void **state)
{
	static const struct format_row durations[] = {
		{0, "0 ms"},
		{949, "949 ms"},
		{950, "0.9 s"},
		{1940, "1.9 s"},
		{9949, "9.9 s"},
		{9950, "10 s"},
		{99499, "99 s"},
		{99500, "1 min 40 s"},
		{120000, "2 min"},
		{99499, "99 s"},
		{599499, "9 min 59 s"},
		{599500, "10 min"},
		{601000, "10 min"},
		{629499, "10 min"},
		{629500, "11 min"},
		{5969499, "99 min"},
		{5969500, "1 h 40 min"},
		{7200000, "2 h"},
		{48 * 3600000LL - 30501, "47 h 59 min"},
		{48 * 3600000LL, "2 days"},
		{60 * 3600000LL - 60000, "2 days"},
		{60 * 3600000LL, "3 days"},
		{900000, "15 min"},
		{7500000, "2 h 5 min"},
		{7200000, "2 h"},
		{4 * 86400000LL, "4 days"},
	};
	static const struct format_row counts[] = {
		{0, "0"}, {999, "999"}, {1000, "1,000"}, {18000, "18,000"}, {1234567, "1,234,567"},
	};
	char text[UNITS_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(durations); i++)
		assert_string_equal(units_human_duration(durations[i].value, text),
				    durations[i].text);
	for (size_t i = 0; i < ARRAY_LENGTH(counts); i++)
		assert_string_equal(units_human_count((uint64_t)counts[i].value, text),
				    counts[i].text);
	assert_string_equal(units_human_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_durations),
		cmocka_unit_test(parses_sizes),
		cmocka_unit_test(parses_numbers),
		cmocka_unit_test(formats_what_parses_to_the_same),
		cmocka_unit_test(rounds_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
