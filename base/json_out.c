#include "json_out.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "utf8.h"

void json_out_init(struct json_out *out, struct buf *buf, bool indented)
{
	*out = (struct json_out){.buf = buf, .indented = indented};
	out->first[0] = true;
}

static void break_line(struct json_out *out)
{
	if (!out->indented)
		return;
	buf_append_char(out->buf, '\n');
	/* 64 blanks: the deepest nesting. */
	buf_append(out->buf, "                                                                ",
		   (size_t)out->depth * 2);
}

/* What stands before a value or a key: a comma after the first, and the line break. */
static void separate(struct json_out *out)
{
	if (out->after_key) {
		out->after_key = false;
		return;
	}
	if (!out->first[out->depth])
		buf_append_char(out->buf, ',');
	if (out->depth)
		break_line(out);
	out->first[out->depth] = false;
}

static void begin(struct json_out *out, char bracket)
{
	separate(out);
	buf_append_char(out->buf, bracket);
	assert(out->depth + 1 < sizeof out->first / sizeof *out->first);
	out->first[++out->depth] = true;
}

static void end(struct json_out *out, char bracket)
{
	bool empty = out->first[out->depth];

	assert(out->depth > 0);
	out->depth--;
	if (!empty)
		break_line(out);
	buf_append_char(out->buf, bracket);
}

void json_object_begin(struct json_out *out)
{
	begin(out, '{');
}

void json_object_end(struct json_out *out)
{
	end(out, '}');
}

void json_array_begin(struct json_out *out)
{
	begin(out, '[');
}

void json_array_end(struct json_out *out)
{
	end(out, ']');
}

/* Of each of eight bytes the highest bit: is it a control, no ASCII, '"', '\\' or DEL? A byte above
 * such a one may be said to be one, too. */
static uint64_t special_bytes(uint64_t bytes)
{
	const uint64_t ones = 0x0101010101010101, highest = 0x8080808080808080;
	uint64_t quote = bytes ^ ones * '"', backslash = bytes ^ ones * '\\';
	uint64_t del = bytes ^ ones * 0x7f;

	return (bytes | (bytes - ones * 0x20) | (quote - ones) | (backslash - ones) |
		(del - ones)) &
	       highest;
}

/* How many bytes stand for themselves: most strings are one such run. */
static size_t plain_run(const char *text, size_t length_bytes)
{
	uint64_t bytes;
	size_t i = 0;

	for (; i + sizeof bytes <= length_bytes; i += sizeof bytes) {
		memcpy(&bytes, text + i, sizeof bytes);
		if (special_bytes(bytes))
			break;
	}
	while (i < length_bytes && text[i] >= 0x20 && text[i] < 0x7f && text[i] != '"' &&
	       text[i] != '\\')
		i++;
	return i;
}

static void quoted_plain(struct json_out *out, const char *text, size_t length_bytes)
{
	char *at = buf_grow(out->buf, length_bytes + 2);

	if (!at)
		return;
	at[0] = '"';
	memcpy(at + 1, text, length_bytes);
	at[length_bytes + 1] = '"';
}

static void quoted(struct json_out *out, const char *text, size_t length_bytes)
{
	static const char short_escapes[] = "\b\t\n\f\r\"\\", short_letters[] = "btnfr\"\\";
	size_t i = plain_run(text, length_bytes);

	if (i == length_bytes) {
		quoted_plain(out, text, length_bytes);
		return;
	}
	buf_append_char(out->buf, '"');
	buf_append(out->buf, text, i);
	while (i < length_bytes) {
		const char *known;
		uint32_t code_point;
		size_t used = plain_run(text + i, length_bytes - i);

		if (used) {
			buf_append(out->buf, text + i, used);
			i += used;
			continue;
		}
		used = utf8_decode(text + i, length_bytes - i, &code_point);
		if (!used) {
			buf_printf(out->buf, "\\udc%02x", (unsigned char)text[i]);
			i++;
			continue;
		}
		known = used == 1 && text[i] ? strchr(short_escapes, text[i]) : NULL;
		if (known)
			buf_printf(out->buf, "\\%c", short_letters[known - short_escapes]);
		else if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0) ||
			 code_point == 0x2028 || code_point == 0x2029)
			buf_printf(out->buf, "\\u%04x", (unsigned)code_point);
		else
			buf_append(out->buf, text + i, used);
		i += used;
	}
	buf_append_char(out->buf, '"');
}

void json_key(struct json_out *out, const char *key)
{
	separate(out);
	quoted(out, key, strlen(key));
	buf_append_string(out->buf, out->indented ? ": " : ":");
	out->after_key = true;
}

void json_string_n(struct json_out *out, const char *text, size_t length_bytes)
{
	separate(out);
	quoted(out, text, length_bytes);
}

void json_string(struct json_out *out, const char *text)
{
	if (text)
		json_string_n(out, text, strlen(text));
	else
		json_null(out);
}

void json_int(struct json_out *out, int64_t value)
{
	separate(out);
	/* Of the lowest number no positive counterpart exists: the digits are taken unsigned. */
	if (value < 0)
		buf_append_char(out->buf, '-');
	buf_append_unsigned(out->buf, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void json_decimal(struct json_out *out, double value, int digits)
{
	if (!isfinite(value)) {
		json_null(out);
		return;
	}
	separate(out);
	buf_printf(out->buf, "%.*f", digits, value);
}

void json_bool(struct json_out *out, bool value)
{
	separate(out);
	buf_append_string(out->buf, value ? "true" : "false");
}

void json_null(struct json_out *out)
{
	separate(out);
	buf_append_string(out->buf, "null");
}

void json_numbers(struct json_out *out, const struct json_number *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_key(out, numbers[i].key);
		json_int(out, (int64_t)numbers[i].value);
	}
}
