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

/* A comma, a line break and 64 blanks: the deepest nesting. */
#define SEPARATOR_BYTES 66
/* Longer keys and texts are appended piece by piece. */
#define SHORT_BYTES 128
#define KEY_BYTES 64
/* A separator, a key or none, and a short text, with their quotes and what stands between them. */
#define TOKEN_BYTES (SEPARATOR_BYTES + KEY_BYTES + SHORT_BYTES + 8)

/* Written in the buffer where there is room, since an append for each piece costs more than writing
 * it; else put together here. */
struct token {
	char *at;
	char *start;
	char beside[TOKEN_BYTES];
};

static void add_char(struct token *token, char c)
{
	*token->at++ = c;
}

static void add_line_break(const struct json_out *out, struct token *token)
{
	if (!out->indented)
		return;
	add_char(token, '\n');
	memset(token->at, ' ', (size_t)out->depth * 2);
	token->at += (size_t)out->depth * 2;
}

static void begin_token(struct json_out *out, struct token *token)
{
	char *room = buf_reserve(out->buf, TOKEN_BYTES);

	token->at = token->start = room ? room : token->beside;
}

/* What stands before a value or a key: a comma after the first, and the line break. */
static void separate(struct json_out *out, struct token *token)
{
	begin_token(out, token);
	if (out->after_key) {
		out->after_key = false;
		return;
	}
	if (!out->first[out->depth])
		add_char(token, ',');
	if (out->depth)
		add_line_break(out, token);
	out->first[out->depth] = false;
}

static void write_token(struct json_out *out, const struct token *token)
{
	if (token->start == token->beside)
		buf_append(out->buf, token->start, (size_t)(token->at - token->start));
	else
		buf_commit(out->buf, (size_t)(token->at - token->start));
}

/* The beginning of a member. */
static void begin_member(struct json_out *out, struct token *token, const char *key,
			 size_t key_bytes)
{
	assert(key_bytes <= KEY_BYTES);
	separate(out, token);
	add_char(token, '"');
	memcpy(token->at, key, key_bytes);
	token->at += key_bytes;
	add_char(token, '"');
	add_char(token, ':');
	if (out->indented)
		add_char(token, ' ');
}

static void write_literal(struct json_out *out, const char *text)
{
	struct token token;

	separate(out, &token);
	write_token(out, &token);
	buf_append_string(out->buf, text);
}

static void open(struct json_out *out, struct token *token, char bracket)
{
	add_char(token, bracket);
	write_token(out, token);
	assert(out->depth + 1 < sizeof out->first / sizeof *out->first);
	out->first[++out->depth] = true;
}

static void begin(struct json_out *out, char bracket)
{
	struct token token;

	separate(out, &token);
	open(out, &token, bracket);
}

void json_put_begin(struct json_out *out, const char *key, size_t key_bytes, char bracket)
{
	struct token token;

	begin_member(out, &token, key, key_bytes);
	open(out, &token, bracket);
}

static void end(struct json_out *out, char bracket)
{
	bool empty = out->first[out->depth];
	struct token token;

	assert(out->depth > 0);
	out->depth--;
	begin_token(out, &token);
	if (!empty)
		add_line_break(out, &token);
	add_char(&token, bracket);
	write_token(out, &token);
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

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* The high bit of each byte that is zero, and perhaps of one above such a byte. */
static uint64_t zero_bytes(uint64_t word)
{
	return (word - EACH_BYTE(1)) & ~word & EACH_BYTE(0x80);
}

static uint64_t word_at(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof word);
	return word;
}

/* Eight bytes that all stand for themselves; false may be a mistake. */
static bool is_plain_word(uint64_t word)
{
	return !(((word | (word - EACH_BYTE(0x20)) | (word + EACH_BYTE(1))) & EACH_BYTE(0x80)) |
		 zero_bytes(word ^ EACH_BYTE('"')) | zero_bytes(word ^ EACH_BYTE('\\')) |
		 zero_bytes(word ^ EACH_BYTE('#')));
}

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '#';
}

/* How many bytes stand for themselves: most strings are one such run. */
static size_t plain_run(const char *text, size_t length_bytes)
{
	size_t i = 0;

	while (length_bytes - i >= 8 && is_plain_word(word_at(text + i)))
		i += 8;
	while (i < length_bytes && is_plain(text[i]))
		i++;
	return i;
}

static bool copy_plain_word(char *to, const char *text)
{
	memcpy(to, text, 8);
	return is_plain_word(word_at(text));
}

/* Four to seven bytes, as two halves that overlap. */
static bool copy_plain_halves(char *to, const char *text, size_t length_bytes)
{
	uint32_t first, last;

	memcpy(&first, text, 4);
	memcpy(&last, text + length_bytes - 4, 4);
	memcpy(to, &first, 4);
	memcpy(to + length_bytes - 4, &last, 4);
	return is_plain_word((uint64_t)last << 32 | first);
}

/* False: not all of it stands for itself, or perhaps not. */
static bool copy_plain(char *to, const char *text, size_t length_bytes)
{
	bool is_all_plain = true;

	if (length_bytes >= 8) {
		for (size_t i = 0; i + 8 < length_bytes && is_all_plain; i += 8)
			is_all_plain = copy_plain_word(to + i, text + i);
		return is_all_plain &&
		       copy_plain_word(to + length_bytes - 8, text + length_bytes - 8);
	}
	if (length_bytes >= 4)
		return copy_plain_halves(to, text, length_bytes);
	for (size_t i = 0; i < length_bytes; i++) {
		to[i] = text[i];
		is_all_plain = is_all_plain && is_plain(text[i]);
	}
	return is_all_plain;
}

static void quoted(struct json_out *out, const char *text, size_t length_bytes)
{
	static const char short_escapes[] = "\b\t\n\f\r\"\\", short_letters[] = "btnfr\"\\";
	size_t i = 0;

	buf_append_char(out->buf, '"');
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
		if (length_bytes - i >= 3 && !memcmp(text + i, "##[", 3)) {
			buf_append_string(out->buf, "##\\u005b");
			i += 3;
			continue;
		}
		known = used == 1 && text[i] ? strchr(short_escapes, text[i]) : NULL;
		if (known)
			buf_printf(out->buf, "\\%c", short_letters[known - short_escapes]);
		else if (utf8_is_hidden(code_point))
			buf_printf(out->buf, "\\u%04x", (unsigned)code_point);
		else
			buf_append(out->buf, text + i, used);
		i += used;
	}
	buf_append_char(out->buf, '"');
}

/* In one piece when it is short and needs no escapes, as nearly all do. */
static void write_text(struct json_out *out, struct token *token, const char *text,
		       size_t length_bytes)
{
	if (length_bytes > SHORT_BYTES || !copy_plain(token->at + 1, text, length_bytes)) {
		write_token(out, token);
		quoted(out, text, length_bytes);
		begin_token(out, token);
		return;
	}
	add_char(token, '"');
	token->at += length_bytes;
	add_char(token, '"');
}

void json_key(struct json_out *out, const char *key)
{
	struct token token;

	separate(out, &token);
	write_text(out, &token, key, strlen(key));
	add_char(&token, ':');
	if (out->indented)
		add_char(&token, ' ');
	write_token(out, &token);
	out->after_key = true;
}

void json_string_n(struct json_out *out, const char *text, size_t length_bytes)
{
	struct token token;

	separate(out, &token);
	write_text(out, &token, text, length_bytes);
	write_token(out, &token);
}

void json_string(struct json_out *out, const char *text)
{
	if (text)
		json_string_n(out, text, strlen(text));
	else
		json_null(out);
}

void json_put_string(struct json_out *out, const char *key, size_t key_bytes, const char *text)
{
	struct token token;

	begin_member(out, &token, key, key_bytes);
	if (text) {
		write_text(out, &token, text, strlen(text));
	} else {
		memcpy(token.at, "null", 4);
		token.at += 4;
	}
	write_token(out, &token);
}

static void add_int(struct token *token, int64_t value)
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[20];
	size_t n = sizeof digits;

	do
		digits[--n] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		add_char(token, '-');
	memcpy(token->at, digits + n, sizeof digits - n);
	token->at += sizeof digits - n;
}

void json_put_int(struct json_out *out, const char *key, size_t key_bytes, int64_t value)
{
	struct token token;

	begin_member(out, &token, key, key_bytes);
	add_int(&token, value);
	write_token(out, &token);
}

void json_int(struct json_out *out, int64_t value)
{
	struct token token;

	separate(out, &token);
	add_int(&token, value);
	write_token(out, &token);
}

void json_decimal(struct json_out *out, double value, int digits)
{
	if (!isfinite(value)) {
		json_null(out);
		return;
	}
	write_literal(out, "");
	buf_printf(out->buf, "%.*f", digits, value);
}

void json_bool(struct json_out *out, bool value)
{
	write_literal(out, value ? "true" : "false");
}

void json_null(struct json_out *out)
{
	write_literal(out, "null");
}

void json_numbers(struct json_out *out, const struct json_number *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_key(out, numbers[i].key);
		json_int(out, (int64_t)numbers[i].value);
	}
}
