#include "../cmocka_all.h"

#include "alloc.h"
#include "clock.h"

static void formats_rfc3339(void **state)
{
	static const struct {
		int64_t wall_s;
		const char *text;
	} rows[] = {
		{0, "1970-01-01T00:00:00Z"},
		{-1, "1969-12-31T23:59:59Z"},
		{1795548120, "2026-11-24T19:22:00Z"},
		{951825600, "2000-02-29T12:00:00Z"},
		{-30641760000, "0999-01-01T00:00:00Z"},
		{-62167219200, "0000-01-01T00:00:00Z"},
		{INT64_MIN, "0000-01-01T00:00:00Z"},
		{INT64_MAX, "9999-12-31T23:59:59Z"},
	};
	char text[CLOCK_RFC3339_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		clock_format(rows[i].wall_s, text);
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_rfc3339),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
