#include "http_date.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "alloc.h"
#include "buf.h"

static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const long_day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
					     "Thursday", "Friday", "Saturday"};

struct date {
	int year, month, day; /* month and day from 1 */
	int hour, minute, second;
};

/* What is left to read. Each step below takes its piece off the front, or fails. */
struct rest {
	const char *data;
	size_t length_bytes;
};

static bool take_text(struct rest *rest, const char *text)
{
	size_t length = strlen(text);

	if (rest->length_bytes < length)
		return false;
	/* Most names that are tried begin with another letter. */
	if (length == 1 ? rest->data[0] != text[0]
			: (rest->data[0] | 0x20) != (text[0] | 0x20) ||
				  strncasecmp(rest->data, text, length))
		return false;
	rest->data += length;
	rest->length_bytes -= length;
	return true;
}

/* The index of the name, or -1. Caches match names without case (RFC 9111 section 4.2). */
static int take_name(struct rest *rest, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (take_text(rest, names[i]))
			return (int)i;
	return -1;
}

static bool take_digits(struct rest *rest, size_t digits, int *ret_number)
{
	int number = 0;

	if (rest->length_bytes < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (rest->data[i] < '0' || rest->data[i] > '9')
			return false;
		number = number * 10 + (rest->data[i] - '0');
	}
	rest->data += digits;
	rest->length_bytes -= digits;
	*ret_number = number;
	return true;
}

static bool take_month(struct rest *rest, struct date *date)
{
	date->month = take_name(rest, month_names, ARRAY_LENGTH(month_names)) + 1;
	return date->month > 0;
}

static bool take_time(struct rest *rest, struct date *date)
{
	return take_digits(rest, 2, &date->hour) && take_text(rest, ":") &&
	       take_digits(rest, 2, &date->minute) && take_text(rest, ":") &&
	       take_digits(rest, 2, &date->second);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool take_imf_fixdate(struct rest rest, struct date *date)
{
	return take_name(&rest, day_names, ARRAY_LENGTH(day_names)) >= 0 &&
	       take_text(&rest, ", ") && take_digits(&rest, 2, &date->day) &&
	       take_text(&rest, " ") && take_month(&rest, date) && take_text(&rest, " ") &&
	       take_digits(&rest, 4, &date->year) && take_text(&rest, " ") &&
	       take_time(&rest, date) && take_text(&rest, " GMT") && !rest.length_bytes;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" */
static bool take_rfc850(struct rest rest, struct date *date)
{
	return take_name(&rest, long_day_names, ARRAY_LENGTH(long_day_names)) >= 0 &&
	       take_text(&rest, ", ") && take_digits(&rest, 2, &date->day) &&
	       take_text(&rest, "-") && take_month(&rest, date) && take_text(&rest, "-") &&
	       take_digits(&rest, 2, &date->year) && take_text(&rest, " ") &&
	       take_time(&rest, date) && take_text(&rest, " GMT") && !rest.length_bytes;
}

/* "Sun Nov  6 08:49:37 1994" */
static bool take_asctime(struct rest rest, struct date *date)
{
	if (take_name(&rest, day_names, ARRAY_LENGTH(day_names)) < 0 || !take_text(&rest, " ") ||
	    !take_month(&rest, date) || !take_text(&rest, " "))
		return false;
	return take_digits(&rest, take_text(&rest, " ") ? 1 : 2, &date->day) &&
	       take_text(&rest, " ") && take_time(&rest, date) && take_text(&rest, " ") &&
	       take_digits(&rest, 4, &date->year) && !rest.length_bytes;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; years count from March, so the leap
 * day is a year's last. */
static int64_t days_since_epoch(int64_t year, int month, int day)
{
	int64_t shifted = month > 2 ? year : year - 1;
	int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
	int64_t year_of_era = shifted - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && is_leap ? 29 : days[month - 1];
}

static int64_t seconds_since_epoch(const struct date *date)
{
	return days_since_epoch(date->year, date->month, date->day) * 86400 + date->hour * 3600 +
	       date->minute * 60 + date->second;
}

/* RFC 9110 section 5.6.7: a date that looks more than 50 years ahead is in the past. */
static void settle_century(struct date *date, int64_t now_s)
{
	time_t now = (time_t)now_s;
	int64_t now_year, latest_s;
	struct tm utc;

	if (!gmtime_r(&now, &utc))
		return;
	now_year = (int64_t)utc.tm_year + 1900;
	if (now_year < 0 || now_year > 9800)
		return;
	latest_s = now_s + 86400 * (days_since_epoch(now_year + 50, utc.tm_mon + 1, utc.tm_mday) -
				    days_since_epoch(now_year, utc.tm_mon + 1, utc.tm_mday));
	date->year += (int)(now_year / 100 + 1) * 100;
	while (date->year >= 100 && seconds_since_epoch(date) > latest_s)
		date->year -= 100;
}

/* A second of 60 is a leap second (RFC 9110's grammar allows it). */
static bool is_valid(const struct date *date)
{
	return date->day >= 1 && date->day <= days_in_month(date->year, date->month) &&
	       date->hour <= 23 && date->minute <= 59 && date->second <= 60;
}

bool http_date_parse(const char *text, size_t length_bytes, int64_t now_s, int64_t *ret_wall_s)
{
	struct slice trimmed = slice_trim((struct slice){text, length_bytes});
	struct rest rest = {trimmed.data, trimmed.length_bytes};
	struct date date = {0};

	/* The first is what nearly all servers send. */
	if (!take_imf_fixdate(rest, &date) && !take_asctime(rest, &date)) {
		if (!take_rfc850(rest, &date))
			return false;
		settle_century(&date, now_s);
	}
	if (!is_valid(&date))
		return false;
	*ret_wall_s = seconds_since_epoch(&date);
	return true;
}
