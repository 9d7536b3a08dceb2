/*
 * units.h: durations, sizes and numbers, from the text that people write and back to it.
 *
 *	units_parse_duration("30s", &ms)    "500ms 43s 2m 99h 1d 2w", "0"; "*" is for ever
 *	units_parse_size("20MiB", &bytes)   "500k 5M 2G" (powers of 1000), "20KiB 5MiB" (of 1024)
 *	units_parse_number("100M", &n)      digits, with k, M, G (powers of 1000) when asked for
 *
 * A parser returns UNITS_OK, or what is wrong with the text; the value stays untouched then. No
 * sign, no fraction, no blanks. units_format_...() give the shortest text that parses to the same
 * value; the _human forms are rounded and only for people to read.
 */
#ifndef UNITS_H
#define UNITS_H

#include <stddef.h>
#include <stdint.h>

#define UNITS_FOR_EVER INT64_MAX
#define UNITS_TEXT_BYTES 32 /* room for every text that is written here */

enum units_error {
	UNITS_OK,
	UNITS_NOT_A_NUMBER,
	UNITS_NO_UNIT, /* a duration that is a bare number */
	UNITS_UNKNOWN_UNIT,
	UNITS_TOO_LARGE, /* beyond 63 bits */
};

enum units_error units_parse_duration(const char *text, int64_t *ret_ms);
enum units_error units_parse_size(const char *text, int64_t *ret_bytes);
enum units_error units_parse_number(const char *text, int64_t *ret_number);
enum units_error units_parse_multiple(const char *text, int64_t *ret_number); /* with k, M, G */

/* `ret_text` holds UNITS_TEXT_BYTES; returned. Values are not negative. */
const char *units_format_duration(int64_t ms, char *ret_text);
const char *units_format_size(int64_t bytes, char *ret_text);
const char *units_format_number(int64_t number, char *ret_text);
const char *units_format_multiple(int64_t number, char *ret_text);

const char *units_human_duration(int64_t ms, char *ret_text);  /* "1.9 s", "15 min", "2 h 5 min" */
const char *units_human_count(uint64_t count, char *ret_text); /* "18,000" */

#endif
