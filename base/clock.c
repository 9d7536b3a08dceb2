#include "clock.h"

#include <stdio.h>
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

void clock_format(int64_t wall_s, char *ret_text)
{
	const int64_t first_s = -62167219200, last_s = 253402300799;
	time_t clamped = (time_t)(wall_s < first_s ? first_s : wall_s > last_s ? last_s : wall_s);
	struct tm utc;

	gmtime_r(&clamped, &utc);
	/* strftime's %Y has no leading zeros. */
	snprintf(ret_text, CLOCK_RFC3339_BYTES, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		 (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)(utc.tm_mon + 1) % 100,
		 (unsigned)utc.tm_mday % 100, (unsigned)utc.tm_hour % 100,
		 (unsigned)utc.tm_min % 100, (unsigned)utc.tm_sec % 100);
}
