#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "http_date.h"

#define NOW_S 1795548120 /* 2026-11-24T19:22:00Z */
#define BYTES(text) text, sizeof(text) - 1
#define DATE_BYTES sizeof "Sun, 06 Nov 1994 08:49:37 GMT"

static void reads_the_three_forms(void **state)
{
	static const struct {
		const char *text;
		int64_t wall_s;
	} rows[] = {
		{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
		{"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
		{"Sun Nov  6 08:49:37 1994", 784111777},
		{"Wed Nov 16 08:49:37 1994", 784975777},
		{" \tSun, 06 Nov 1994 08:49:37 GMT \r\n", 784111777},
		{"sun, 06 nov 1994 08:49:37 gmt", 784111777},
		{"Mon, 06 Nov 1994 08:49:37 GMT", 784111777}, /* the day's name says nothing new */
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Wed, 31 Dec 1969 23:59:59 GMT", -1},
		{"Tue, 19 Jan 2038 03:14:08 GMT", 2147483648},
		{"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
		{"Sat, 01 Jan 0000 00:00:00 GMT", -62167219200},
		{"Tue, 29 Feb 2000 12:00:00 GMT", 951825600},
		{"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
		{"Tuesday, 24-Nov-76 19:22:00 GMT", 3373471320}, /* 50 years ahead: 2076 */
		{"Tuesday, 24-Nov-76 19:22:01 GMT", 217711321},  /* a second more: 1976 */
		{"Tuesday, 01-Jan-00 00:00:00 GMT", 946684800},  /* 2000 */
		{"Tuesday, 29-Feb-28 00:00:00 GMT", 1835395200}, /* 2028 */
		{"Thursday, 31-Dec-99 00:00:00 GMT", 946598400}, /* 1999 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		int64_t wall_s = 0;

		assert_true(http_date_parse(rows[i].text, strlen(rows[i].text), NOW_S, &wall_s));
		assert_int_equal(wall_s, rows[i].wall_s);
	}
}

static void refuses_what_is_no_date(void **state)
{
	static const char *const rows[] = {
		"",
		"0",
		"-1",
		"120",
		"Sun",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT+1",
		"Sun, 06 Nov 1994 08:49:37 GMTx",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 94 08:49:37 GMT",
		"Sun,06 Nov 1994 08:49:37 GMT",
		"Son, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Now 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 29 Feb 1900 08:49:37 GMT",
		"Fri, 30 Feb 2024 08:49:37 GMT",
		"Sun, 32 Jan 1994 08:49:37 GMT",
		"Sun, 31 Apr 1994 08:49:37 GMT",
		"Sun, 32 May 1994 08:49:37 GMT",
		"Sun, 31 Jun 1994 08:49:37 GMT",
		"Sun, 32 Aug 1994 08:49:37 GMT",
		"Sun, 31 Sep 1994 08:49:37 GMT",
		"Sun, 32 Oct 1994 08:49:37 GMT",
		"Sun, 32 Dec 1994 08:49:37 GMT",
		"Sun, 0x Nov 1994 08:49:37 GMT",
		"Sun, :6 Nov 1994 08:49:37 GMT",
		"Son Nov  6 08:49:37 1994",
		"SunNov  6 08:49:37 1994",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:00 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, 06 Nov 1994 8:49:37 GMT",
		"Sun, 06-Nov-94 08:49:37 GMT",
		"Sunday, 06-Nov-1994 08:49:37 GMT",
		"Sunday, 29-Feb-27 08:49:37 GMT",
		"Sun Nov 6 08:49:37 1994",
		"Sun Nov   6 08:49:37 1994",
		"Sun Nov  6 08:49:37 1994 GMT",
		"1994-11-06T08:49:37Z",
		"Sun, 06 Nov 1994 /9:49:37 GMT",
		"Sun, 06 Nov 1994 08:/9:37 GMT",
		"Sun, 06 Nov 1994 08:49:4: GMT",
		"Sunday, 06-Nov-94 08:49:37 GMTx",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		int64_t wall_s = 77;

		assert_false(http_date_parse(rows[i], strlen(rows[i]), NOW_S, &wall_s));
		assert_int_equal(wall_s, 77);
	}
}

static void settles_centuries_near_their_turn(void **state)
{
	static const char text[] = "Sunday, 01-Jan-05 00:00:00 GMT";
	int64_t wall_s;

	(void)state;
	assert_true(http_date_parse(text, strlen(text), 2840140800, &wall_s)); /* now: 2060 */
	assert_int_equal(wall_s, 4260211200);                                  /* 2105 */
	assert_true(http_date_parse(text, strlen(text), 915148800, &wall_s));  /* now: 1999 */
	assert_int_equal(wall_s, 1104537600);                                  /* 2005 */
	/* 50 years ahead to the second, with 13 leap days among them */
	assert_true(http_date_parse(BYTES("Friday, 01-Jan-77 00:00:00 GMT"), 1798761600, &wall_s));
	assert_int_equal(wall_s, 3376684800); /* now: 2027 */
	assert_true(http_date_parse(BYTES("Friday, 01-Jan-77 00:00:01 GMT"), 1798761600, &wall_s));
	assert_int_equal(wall_s, 220924801);
	assert_true(http_date_parse(BYTES("Friday, 01-Jan-76 00:00:01 GMT"), 1767225600, &wall_s));
	assert_int_equal(wall_s, 189302401); /* now: 2026 */
	assert_true(http_date_parse(text, strlen(text), INT64_MAX, &wall_s));
	assert_true(http_date_parse(text, strlen(text), INT64_MIN, &wall_s));
}

/* IMF-fixdate, by the C library. */
static void format(int64_t wall_s, char *ret_text)
{
	time_t time = (time_t)wall_s;
	char year[8];
	struct tm utc;

	assert_non_null(gmtime_r(&time, &utc));
	snprintf(year, sizeof year, "%04d", (utc.tm_year + 1900) % 10000);
	strftime(ret_text, DATE_BYTES, "%a, %d %b YYYY %H:%M:%S GMT", &utc);
	memcpy(strstr(ret_text, "YYYY"), year, 4);
}

static void reads_the_edges_of_the_calendar(void **state)
{
	static const int64_t times[] = {0,          -1,           784111777,   951825600,
					4107542399, 253402300799, -62167219200};
	char text[DATE_BYTES];

	(void)state;
	format(784111777, text);
	assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
	for (size_t i = 0; i < ARRAY_LENGTH(times); i++) {
		int64_t back = 1;

		format(times[i], text);
		assert_int_equal(strlen(text), DATE_BYTES - 1);
		assert_true(http_date_parse(text, strlen(text), NOW_S, &back));
		assert_int_equal(back, times[i]);
	}
}

static void knows_how_long_months_are(void **state)
{
	static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	(void)state;
	for (size_t month = 0; month < ARRAY_LENGTH(names); month++)
		for (int day = 0; day <= 40; day++) {
			char text[64];
			int64_t wall_s;

			snprintf(text, sizeof text, "Sun, %02d %s 2023 00:00:00 GMT", day,
				 names[month]);
			if (http_date_parse(text, strlen(text), NOW_S, &wall_s) !=
			    (day >= 1 && day <= days[month]))
				fail_msg("%s", text);
		}
}

/* The C library's calendar and ours, on days of all months and of leap years. */
static void knows_the_calendar(void **state)
{
	const int64_t day_s = 86400, first_s = INT64_C(-5364662400), last_s = INT64_C(16725225600);

	(void)state;
	for (int64_t wall_s = first_s; wall_s < last_s; wall_s += 13 * day_s + 3661) {
		char text[DATE_BYTES];
		int64_t back = 1;

		format(wall_s, text);
		assert_true(http_date_parse(text, strlen(text), NOW_S, &back));
		if (back != wall_s)
			fail_msg("%s", text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_three_forms),
		cmocka_unit_test(refuses_what_is_no_date),
		cmocka_unit_test(settles_centuries_near_their_turn),
		cmocka_unit_test(reads_the_edges_of_the_calendar),
		cmocka_unit_test(knows_how_long_months_are),
		cmocka_unit_test(knows_the_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
