#include "toml_value.h"

#include <stdint.h>
#include <string.h>

#include "utf8.h"

bool toml_fail(struct toml_reader *reader, const char *message)
{
	return data_tree_fail(reader->tree, toml_offset(reader), message);
}

size_t toml_offset(const struct toml_reader *reader)
{
	return reader->base_offset + reader->offset;
}

bool toml_is_at_end(const struct toml_reader *reader)
{
	return reader->offset == reader->length_bytes;
}

static int peek_at(const struct toml_reader *reader, size_t ahead)
{
	if (ahead >= reader->length_bytes - reader->offset)
		return -1;
	return (unsigned char)reader->text[reader->offset + ahead];
}

int toml_peek(const struct toml_reader *reader)
{
	return peek_at(reader, 0);
}

bool toml_take(struct toml_reader *reader, char c)
{
	if (toml_peek(reader) != (unsigned char)c)
		return false;
	reader->offset++;
	return true;
}

void toml_skip_blanks(struct toml_reader *reader)
{
	while (toml_take(reader, ' ') || toml_take(reader, '\t'))
		;
}

static bool is_control(int c)
{
	return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f;
}

static bool take_newline(struct toml_reader *reader)
{
	if (toml_peek(reader) == '\r' && peek_at(reader, 1) == '\n')
		reader->offset++;
	return toml_take(reader, '\n');
}

static bool skip_comment(struct toml_reader *reader)
{
	if (toml_peek(reader) != '#')
		return true;
	for (int c = toml_peek(reader); c >= 0 && c != '\n'; c = toml_peek(reader)) {
		if (is_control(c) && !(c == '\r' && peek_at(reader, 1) == '\n'))
			return toml_fail(reader, "a control character in a comment");
		reader->offset++;
	}
	return true;
}

bool toml_skip_lines(struct toml_reader *reader)
{
	do {
		toml_skip_blanks(reader);
		if (!skip_comment(reader))
			return false;
	} while (take_newline(reader));
	return true;
}

bool toml_end_line(struct toml_reader *reader)
{
	toml_skip_blanks(reader);
	if (!skip_comment(reader))
		return false;
	if (toml_is_at_end(reader) || take_newline(reader))
		return true;
	return toml_fail(reader, "expected the end of the line");
}

static bool is_bare_key(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static bool read_escape_code(struct toml_reader *reader, int n_digits)
{
	uint32_t code_point = 0;
	char encoded[4];

	for (int i = 0; i < n_digits; i++) {
		int c = toml_peek(reader);
		uint32_t digit;

		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return toml_fail(reader, "a hexadecimal digit is missing in the escape");
		code_point = code_point << 4 | digit;
		reader->offset++;
	}
	if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff))
		return toml_fail(reader, "the escape is no Unicode character");
	buf_append(&reader->decoded, encoded, utf8_encode(code_point, encoded));
	return true;
}

/* A backslash at the line's end drops the break and the blanks after it. */
static bool skip_line_continuation(struct toml_reader *reader)
{
	size_t start = reader->offset;

	toml_skip_blanks(reader);
	if (!take_newline(reader)) {
		reader->offset = start;
		return toml_fail(reader, "an unknown escape");
	}
	do
		toml_skip_blanks(reader);
	while (take_newline(reader));
	return true;
}

/* Stands behind the backslash. */
static bool read_escape(struct toml_reader *reader, bool is_multi_line)
{
	static const char names[] = "btnfr\"\\", values[] = "\b\t\n\f\r\"\\";
	int c = toml_peek(reader);
	const char *name = c > 0 ? strchr(names, c) : NULL;

	if (name) {
		buf_append_char(&reader->decoded, values[name - names]);
		reader->offset++;
		return true;
	}
	if (c == 'u' || c == 'U') {
		reader->offset++;
		return read_escape_code(reader, c == 'u' ? 4 : 8);
	}
	if (is_multi_line)
		return skip_line_continuation(reader);
	return toml_fail(reader, "an unknown escape");
}

static bool starts_with_three(const struct toml_reader *reader, int quote)
{
	return toml_peek(reader) == quote && peek_at(reader, 1) == quote &&
	       peek_at(reader, 2) == quote;
}

/* Stands behind the opening quote or quotes; ends before the closing ones. */
static bool read_string_text(struct toml_reader *reader, int quote, bool is_multi_line)
{
	for (;;) {
		int c = toml_peek(reader);

		if (c < 0)
			return toml_fail(reader, "the string is never closed");
		if (c == quote && (!is_multi_line || starts_with_three(reader, quote)))
			break;
		if (c == '\\' && quote == '"') {
			reader->offset++;
			if (!read_escape(reader, is_multi_line))
				return false;
			continue;
		}
		if ((c == '\n' || c == '\r') && !is_multi_line)
			return toml_fail(reader, "the string is not closed on its line");
		if (is_control(c) && c != '\n' && !(c == '\r' && peek_at(reader, 1) == '\n'))
			return toml_fail(reader, "a control character in a string");
		buf_append_char(&reader->decoded, (char)c);
		reader->offset++;
	}
	/* """"text""""" may end in two quotes of its own. */
	for (int i = 0; is_multi_line && i < 2 && peek_at(reader, 3) == quote; i++) {
		buf_append_char(&reader->decoded, (char)quote);
		reader->offset++;
	}
	return true;
}

static struct data_node *read_string(struct toml_reader *reader, bool may_be_multi_line)
{
	int quote = toml_peek(reader);
	bool is_multi_line = may_be_multi_line && starts_with_three(reader, quote);
	size_t start;
	struct data_node *node;

	buf_clear(&reader->decoded);
	reader->offset += is_multi_line ? 3 : 1;
	if (is_multi_line)
		take_newline(reader);
	start = toml_offset(reader);
	if (!read_string_text(reader, quote, is_multi_line))
		return NULL;
	node = data_tree_scalar(reader->tree, buf_string(&reader->decoded),
				reader->decoded.length_bytes, start, toml_offset(reader), false);
	if (node && quote == '"')
		node->quoting = DATA_ESCAPED;
	reader->offset += is_multi_line ? 3 : 1;
	return node;
}

struct data_node *toml_read_key_part(struct toml_reader *reader)
{
	int c = toml_peek(reader);
	size_t start = reader->offset;

	if (c == '"' || c == '\'')
		return read_string(reader, false);
	while (is_bare_key(toml_peek(reader)))
		reader->offset++;
	if (reader->offset == start) {
		toml_fail(reader, "expected a key");
		return NULL;
	}
	return data_tree_scalar(reader->tree, reader->text + start, reader->offset - start,
				reader->base_offset + start, toml_offset(reader), true);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits of a base, single underscores between them. */
static size_t count_digits(const char *text, size_t length_bytes, int base)
{
	size_t n = 0;

	while (n < length_bytes) {
		char c = text[n], lower = (char)(c | 0x20);
		bool is_one =
			is_digit(c) ? c < '0' + base : base == 16 && lower >= 'a' && lower <= 'f';

		if (!is_one && !(c == '_' && n > 0 && text[n - 1] != '_' && n + 1 < length_bytes))
			break;
		n++;
	}
	return n > 0 && text[n - 1] == '_' ? n - 1 : n;
}

static bool is_number(const char *text, size_t length_bytes)
{
	size_t at = 0, n;
	bool has_sign = length_bytes > 0 && (text[0] == '+' || text[0] == '-');

	if (!has_sign && length_bytes > 2 && text[0] == '0') {
		int base = text[1] == 'x' ? 16 : text[1] == 'o' ? 8 : text[1] == 'b' ? 2 : 0;

		if (base)
			return count_digits(text + 2, length_bytes - 2, base) == length_bytes - 2;
	}
	at += has_sign;
	if (length_bytes - at == 3 &&
	    (!memcmp(text + at, "inf", 3) || !memcmp(text + at, "nan", 3)))
		return true;
	n = count_digits(text + at, length_bytes - at, 10);
	if (n == 0 || (n > 1 && text[at] == '0'))
		return false;
	at += n;
	if (at < length_bytes && text[at] == '.') {
		n = count_digits(text + at + 1, length_bytes - at - 1, 10);
		if (n == 0)
			return false;
		at += 1 + n;
	}
	if (at < length_bytes && (text[at] | 0x20) == 'e') {
		at++;
		at += at < length_bytes && (text[at] == '+' || text[at] == '-');
		n = count_digits(text + at, length_bytes - at, 10);
		if (n == 0)
			return false;
		at += n;
	}
	return at == length_bytes;
}

/* Matches '0' as any digit, other characters as themselves; the bytes matched, or 0. */
static size_t match(const char *text, size_t length_bytes, const char *pattern)
{
	size_t n = strlen(pattern);

	if (length_bytes < n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		char c = text[i] == 't' || text[i] == ' ' ? 'T' : text[i];

		if (pattern[i] == '0' ? !is_digit(c) : c != pattern[i])
			return 0;
	}
	return n;
}

/* RFC 3339: a date, a time, both, with or without an offset. */
static bool is_date_or_time(const char *text, size_t length_bytes)
{
	size_t at = match(text, length_bytes, "0000-00-00"), n;
	bool has_date = at > 0;

	if (has_date && at == length_bytes)
		return true;
	n = match(text + at, length_bytes - at, has_date ? "T00:00:00" : "00:00:00");
	if (n == 0)
		return false;
	at += n;
	if (at < length_bytes && text[at] == '.') {
		size_t start = ++at;

		while (at < length_bytes && is_digit(text[at]))
			at++;
		if (at == start)
			return false;
	}
	if (at == length_bytes || !has_date)
		return at == length_bytes;
	if ((text[at] | 0x20) == 'z')
		return at + 1 == length_bytes;
	return (text[at] == '+' || text[at] == '-') &&
	       match(text + at + 1, length_bytes - at - 1, "00:00") == length_bytes - at - 1;
}

static bool is_word_end(int c)
{
	return c < 0 || (c <= ' ') || c == ',' || c == ']' || c == '}' || c == '#';
}

struct data_node *toml_read_scalar(struct toml_reader *reader)
{
	int c = toml_peek(reader);
	size_t start = reader->offset, length;
	const char *word = reader->text + start;

	if (c == '"' || c == '\'')
		return read_string(reader, true);
	while (!is_word_end(toml_peek(reader)))
		reader->offset++;
	/* "1979-05-27 07:32:00" */
	if (reader->offset - start == 10 && match(word, 10, "0000-00-00") &&
	    toml_peek(reader) == ' ' &&
	    match(reader->text + reader->offset, reader->length_bytes - reader->offset,
		  "T00:00:00")) {
		reader->offset++;
		while (!is_word_end(toml_peek(reader)))
			reader->offset++;
	}
	length = reader->offset - start;
	if (!(length == 4 && !memcmp(word, "true", 4)) &&
	    !(length == 5 && !memcmp(word, "false", 5)) && !is_number(word, length) &&
	    !is_date_or_time(word, length)) {
		reader->offset = start;
		toml_fail(reader, length ? "expected a value: is a string without its quotes?"
					 : "expected a value");
		return NULL;
	}
	return data_tree_scalar(reader->tree, word, length, reader->base_offset + start,
				toml_offset(reader), true);
}
