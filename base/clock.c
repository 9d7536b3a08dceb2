#include "clock.h"

#include <string.h>
#include <time.h>

int64_t clock_monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_s(void)
{
	return (int64_t)time(NULL);
}

static void put_digits(char *text, int count, int value)
{
	while (count--) {
		text[count] = (char)('0' + value % 10);
		value /= 10;
	}
}

void clock_format(int64_t wall_s, char *ret_text)
{
	const int64_t first_s = -62167219200, last_s = 253402300799;
	time_t clamped = (time_t)(wall_s < first_s ? first_s : wall_s > last_s ? last_s : wall_s);
	struct tm utc;

	gmtime_r(&clamped, &utc);
	memcpy(ret_text, "0000-00-00T00:00:00Z", CLOCK_RFC3339_BYTES);
	put_digits(ret_text, 4, utc.tm_year + 1900);
	put_digits(ret_text + 5, 2, utc.tm_mon + 1);
	put_digits(ret_text + 8, 2, utc.tm_mday);
	put_digits(ret_text + 11, 2, utc.tm_hour);
	put_digits(ret_text + 14, 2, utc.tm_min);
	put_digits(ret_text + 17, 2, utc.tm_sec);
}
