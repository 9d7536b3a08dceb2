#include "units.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "human.h"

struct unit {
	const char *name;
	int64_t factor;
};

/* Largest first: formatting takes the first that divides without a rest. */
static const struct unit duration_units[] = {
	{"w", 7 * 24 * 3600 * 1000LL},
	{"d", 24 * 3600 * 1000LL},
	{"h", 3600 * 1000LL},
	{"m", 60 * 1000LL},
	{"s", 1000},
	{"ms", 1},
	{NULL, 0},
};

static const struct unit size_units[] = {
	{"GiB", 1LL << 30},
	{"GB", 1000000000},
	{"G", 1000000000},
	{"MiB", 1LL << 20},
	{"MB", 1000000},
	{"M", 1000000},
	{"KiB", 1LL << 10},
	{"kB", 1000},
	{"k", 1000},
	{"B", 1},
	{"", 1},
	{NULL, 0},
};

static const struct unit multiple_units[] = {
	{"G", 1000000000}, {"M", 1000000}, {"k", 1000}, {"", 1}, {NULL, 0},
};

static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

/* Digits to *ret_value; *text is moved behind them. */
static enum units_error parse_digits(const char **text, int64_t *ret_value)
{
	int64_t value = 0;

	if (**text < '0' || **text > '9')
		return UNITS_NOT_A_NUMBER;
	for (; **text >= '0' && **text <= '9'; (*text)++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, **text - '0', &value))
			return UNITS_TOO_LARGE;
	*ret_value = value;
	return UNITS_OK;
}

static enum units_error parse(const char *text, const struct unit *units, int64_t *ret_value)
{
	int64_t value;
	enum units_error error = parse_digits(&text, &value);

	if (error)
		return error;
	for (; units->name; units++) {
		if (strcmp(text, units->name))
			continue;
		if (__builtin_mul_overflow(value, units->factor, &value))
			return UNITS_TOO_LARGE;
		*ret_value = value;
		return UNITS_OK;
	}
	return UNITS_UNKNOWN_UNIT;
}

enum units_error units_parse_duration(const char *text, int64_t *ret_ms)
{
	int64_t bare;

	if (!strcmp(text, "*")) {
		*ret_ms = UNITS_FOR_EVER;
		return UNITS_OK;
	}
	if (parse(text, no_units, &bare) == UNITS_OK) {
		if (bare)
			return UNITS_NO_UNIT;
		*ret_ms = 0;
		return UNITS_OK;
	}
	return parse(text, duration_units, ret_ms);
}

enum units_error units_parse_size(const char *text, int64_t *ret_bytes)
{
	return parse(text, size_units, ret_bytes);
}

enum units_error units_parse_number(const char *text, int64_t *ret_number)
{
	return parse(text, no_units, ret_number);
}

enum units_error units_parse_multiple(const char *text, int64_t *ret_number)
{
	return parse(text, multiple_units, ret_number);
}

static const char *format(int64_t value, const struct unit *units, char *ret_text)
{
	while (units[1].name && (value < units->factor || value % units->factor))
		units++;
	snprintf(ret_text, UNITS_TEXT_BYTES, "%" PRId64 "%s", value / units->factor, units->name);
	return ret_text;
}

const char *units_format_duration(int64_t ms, char *ret_text)
{
	if (ms == UNITS_FOR_EVER)
		return strcpy(ret_text, "*");
	if (ms == 0)
		return strcpy(ret_text, "0s");
	return format(ms, duration_units, ret_text);
}

/* 1024 is a whole KiB and no whole k, 5000 the other way round: the shortest text wins, with a unit
 * rather than without. */
const char *units_format_size(int64_t bytes, char *ret_text)
{
	char text[UNITS_TEXT_BYTES];

	format(bytes, no_units, ret_text);
	for (const struct unit *unit = size_units; unit->factor > 1; unit++) {
		if (bytes < unit->factor || bytes % unit->factor)
			continue;
		snprintf(text, sizeof text, "%" PRId64 "%s", bytes / unit->factor, unit->name);
		if (strlen(text) <= strlen(ret_text))
			strcpy(ret_text, text);
	}
	return ret_text;
}

const char *units_format_number(int64_t number, char *ret_text)
{
	return format(number, no_units, ret_text);
}

const char *units_format_multiple(int64_t number, char *ret_text)
{
	return format(number, multiple_units, ret_text);
}

const char *units_human_duration(int64_t ms, char *ret_text)
{
	int64_t s = (ms + 500) / 1000, minutes = (s + 30) / 60;

	if (ms < 950)
		snprintf(ret_text, UNITS_TEXT_BYTES, "%" PRId64 " ms", ms);
	else if (ms < 9950)
		snprintf(ret_text, UNITS_TEXT_BYTES, "%.1f s", (double)ms / 1000);
	else if (s < 100)
		snprintf(ret_text, UNITS_TEXT_BYTES, "%" PRId64 " s", s);
	else if (s < 600 && s % 60)
		snprintf(ret_text, UNITS_TEXT_BYTES, "%" PRId64 " min %" PRId64 " s", s / 60,
			 s % 60);
	else if (minutes < 100)
		snprintf(ret_text, UNITS_TEXT_BYTES, "%" PRId64 " min", minutes);
	else if (minutes < 48 * 60 && minutes % 60)
		snprintf(ret_text, UNITS_TEXT_BYTES, "%" PRId64 " h %" PRId64 " min", minutes / 60,
			 minutes % 60);
	else if (minutes < 48 * 60)
		snprintf(ret_text, UNITS_TEXT_BYTES, "%" PRId64 " h", minutes / 60);
	else
		snprintf(ret_text, UNITS_TEXT_BYTES, "%" PRId64 " days", (minutes + 720) / 1440);
	return ret_text;
}

const char *units_human_count(uint64_t count, char *ret_text)
{
	return human_number(count, ret_text);
}
