#include "human.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "utf8.h"

/* What rounds to the next unit, or to two digits, is written as that: no "1024 KiB", no "10.0". */
void human_bytes(struct buf *ret_text, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	double amount = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		buf_printf(ret_text, "%llu B", (unsigned long long)bytes);
		return;
	}
	while (amount >= 1023.5 && unit < 3) {
		amount /= 1024;
		unit++;
	}
	buf_printf(ret_text, amount < 9.95 ? "%.1f %s" : "%.0f %s", amount, units[unit]);
}

static void append_two_units(struct buf *text, long long large, const char *large_unit,
			     long long small, const char *small_unit)
{
	buf_printf(text, "%lld %s", large, large_unit);
	if (small)
		buf_printf(text, " %lld %s", small, small_unit);
}

void human_seconds(struct buf *ret_text, double seconds)
{
	long long whole = (long long)(seconds + 0.5);

	if (seconds < 9.95)
		buf_printf(ret_text, "%.1f s", seconds);
	else if (whole < 60)
		buf_printf(ret_text, "%lld s", whole);
	else if (whole < 3600)
		append_two_units(ret_text, whole / 60, "min", whole % 60, "s");
	else
		append_two_units(ret_text, whole / 3600, "h", whole % 3600 / 60, "min");
}

void human_age(struct buf *ret_text, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *singular, *plural;
	} units[] = {
		{86400, "day", "days"},
		{3600, "hour", "hours"},
		{60, "minute", "minutes"},
	};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (seconds >= units[i].seconds) {
			human_count(ret_text, (uint64_t)(seconds / units[i].seconds),
				    units[i].singular, units[i].plural);
			return;
		}
	buf_append_string(ret_text, "less than a minute");
}

char *human_number(uint64_t number, char ret_text[HUMAN_NUMBER_BYTES])
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
	char *end = ret_text;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*end++ = ',';
		*end++ = digits[i];
	}
	*end = '\0';
	return ret_text;
}

void human_count(struct buf *ret_text, uint64_t count, const char *singular, const char *plural)
{
	buf_printf(ret_text, "%s %s", HUMAN_NUMBER(count), count == 1 ? singular : plural);
}

struct code_points {
	uint32_t first, last;
};

/* Of East Asian width W and F (UAX #11), the blocks that have letters or emoji. */
static const struct code_points wide[] = {
	{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
	{0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},   {0xffe0, 0xffe6},
	{0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* Combining marks, joiners and variation selectors. */
static const struct code_points without_width[] = {
	{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},   {0x64b, 0x65f},
	{0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
};

/* What word processors and chats put into a copied URL: nobody sees that it is there. Soft hyphens
 * and joiners are not among them: words, scripts and emoji need them. */
static bool is_unseen(uint32_t code_point)
{
	return code_point == 0x200b || (code_point >= 0x2060 && code_point <= 0x2064);
}

static bool is_command(const char *text, size_t at, bool is_first)
{
	return (text[at] == '[' && at >= 2 && !memcmp(text + at - 2, "##", 2)) ||
	       (text[at] == ':' && text[at + 1] == ':' && is_first);
}

void human_text(struct buf *ret_text, const char *text)
{
	size_t length = strlen(text);
	bool is_first = true; /* nothing but blanks was there yet; .NET's are not ASCII's alone */

	for (size_t i = 0; i < length;) {
		uint32_t code_point;
		size_t used = utf8_decode(text + i, length - i, &code_point);

		if (!used) {
			buf_printf(ret_text, "\\x%02x", (unsigned char)text[i++]);
			continue;
		}
		if (is_command(text, i, is_first))
			buf_printf(ret_text, "\\x%02x", (unsigned char)text[i]);
		else if (!utf8_is_hidden(code_point) && !is_unseen(code_point))
			buf_append(ret_text, text + i, used);
		else if (code_point < 0x100)
			buf_printf(ret_text, "\\x%02x", (unsigned)code_point);
		else
			buf_printf(ret_text, "\\u{%04x}", (unsigned)code_point);
		is_first = is_first && (code_point == ' ' || code_point >= 0x80);
		i += used;
	}
}

void human_lines(struct buf *ret_text, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\t\n"), end = n + (text[n] != '\0');
		size_t n_shown = n && text[n] == '\n' && text[n - 1] == '\r' ? n - 1 : n;
		CLEANUP(cleanup_free) char *part = alloc_string_n(text, n_shown);

		human_text(ret_text, part);
		buf_append(ret_text, text + n_shown, end - n_shown);
		text += end;
	}
}

static bool is_in(const struct code_points *ranges, size_t count, uint32_t code_point)
{
	for (size_t i = 0; i < count; i++)
		if (code_point >= ranges[i].first && code_point <= ranges[i].last)
			return true;
	return false;
}

static size_t columns_of(uint32_t code_point)
{
	if (code_point < 0x300)
		return 1;
	if (is_in(without_width, ARRAY_LENGTH(without_width), code_point))
		return 0;
	return is_in(wide, ARRAY_LENGTH(wide), code_point) ? 2 : 1;
}

/* One code point of valid UTF-8; *ret_columns is what it takes. */
static const char *step(const char *text, size_t *ret_columns)
{
	uint32_t code_point = ' ';
	size_t used = utf8_decode(text, strnlen(text, 4), &code_point);

	*ret_columns = columns_of(code_point);
	return text + (used ? used : 1);
}

size_t human_columns(const char *text)
{
	size_t sum = 0, columns;

	while (*text) {
		text = step(text, &columns);
		sum += columns;
	}
	return sum;
}

/* Steps over as much of valid UTF-8 as `columns` hold. */
static const char *skip_columns(const char *text, size_t columns)
{
	size_t taken = 0, next;

	while (*text) {
		const char *after = step(text, &next);

		if (taken + next > columns)
			break;
		taken += next;
		text = after;
	}
	return text;
}

static void append_shortened(struct buf *ret_text, const char *raw, size_t most_columns)
{
	CLEANUP(buf_release) struct buf safe = BUF_INIT(BUF_UNLIMITED);
	const char *text;
	size_t width, head;

	human_text(&safe, raw);
	text = buf_string(&safe);
	width = human_columns(text);
	if (width <= most_columns || most_columns < 16) {
		buf_append_string(ret_text, text);
		return;
	}
	/* The host stands in front, the file's name at the end. */
	head = most_columns / 2;
	buf_append(ret_text, text, (size_t)(skip_columns(text, head) - text));
	buf_append_string(ret_text, "...");
	buf_append_string(ret_text, skip_columns(text, width - (most_columns - head - 3)));
}

void human_folded(struct buf *ret_text, const char *text, size_t first, size_t indent,
		  size_t columns)
{
	size_t column = first;

	if (!columns) {
		buf_append_string(ret_text, text);
		return;
	}
	for (bool is_first = true; *text; is_first = false) {
		size_t length = strcspn(text, " ");
		CLEANUP(buf_release) struct buf copy = BUF_INIT(BUF_UNLIMITED);
		size_t width;

		buf_append(&copy, text, length);
		width = human_columns(buf_string(&copy));
		if (!is_first && column + 1 + width > columns && column > indent) {
			buf_printf(ret_text, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!is_first) {
			buf_append_char(ret_text, ' ');
			column++;
		}
		buf_append(ret_text, text, length);
		column += width;
		text += length + (text[length] == ' ');
	}
}

void human_shortened(struct buf *ret_text, const char *text)
{
	append_shortened(ret_text, text, HUMAN_MOST_COLUMNS);
}

void human_link(struct buf *ret_text, const char *url, unsigned most_columns)
{
	buf_append_string(ret_text, "\033]8;;");
	for (const char *c = url; *c; c++)
		if (*c > 0x20 && *c < 0x7f)
			buf_append_char(ret_text, *c);
		else
			buf_printf(ret_text, "%%%02X", (unsigned char)*c);
	buf_append_string(ret_text, "\033\\");
	append_shortened(ret_text, url, most_columns);
	buf_append_string(ret_text, "\033]8;;\033\\");
}
