#include "css_tokenizer.h"

#include <stdint.h>
#include <string.h>

#include "cleanup.h"
#include "utf8.h"

#define REPLACEMENT 0xfffd
#define REPLACEMENT_UTF8 "\xef\xbf\xbd"
#define ESCAPE_MAX_DIGITS 6

static bool is_newline(char c)
{
	return c == '\n' || c == '\r' || c == '\f';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || is_newline(c);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* NUL stands for U+FFFD, which may be part of a name. */
static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '\0' ||
	       (unsigned char)c >= 0x80;
}

static bool is_name(char c)
{
	return is_name_start(c) || is_digit(c) || c == '-';
}

static bool is_non_printable(char c)
{
	unsigned char byte = (unsigned char)c;

	return (byte >= 0x01 && byte <= 0x08) || byte == 0x0b || (byte >= 0x0e && byte <= 0x1f) ||
	       byte == 0x7f;
}

static bool is_at_end(const struct css_tokenizer *t, size_t p)
{
	return p >= t->text.length_bytes;
}

/* A line feed at the end: it is part of nothing. */
static char at(struct css_tokenizer *t, size_t p)
{
	t->looked_at++;
	return is_at_end(t, p) ? '\n' : t->text.data[p];
}

static bool is_escape(struct css_tokenizer *t, size_t p)
{
	return at(t, p) == '\\' && (is_at_end(t, p + 1) || !is_newline(at(t, p + 1)));
}

/* "Would start an ident sequence". */
static bool starts_name(struct css_tokenizer *t, size_t p)
{
	if (at(t, p) == '-')
		return at(t, p + 1) == '-' ||
		       (!is_at_end(t, p + 1) && is_name_start(at(t, p + 1))) || is_escape(t, p + 1);
	return (!is_at_end(t, p) && is_name_start(at(t, p))) || is_escape(t, p);
}

static bool starts_number(struct css_tokenizer *t, size_t p)
{
	if (at(t, p) == '+' || at(t, p) == '-')
		p++;
	return is_digit(at(t, p)) || (at(t, p) == '.' && is_digit(at(t, p + 1)));
}

/* Behind the escape whose '\' stands at i. */
static size_t escape_end(struct slice text, size_t i)
{
	size_t digits = 0;
	uint32_t code_point;

	i++;
	if (i >= text.length_bytes)
		return text.length_bytes;
	while (digits < ESCAPE_MAX_DIGITS && i + digits < text.length_bytes &&
	       hex_digit(text.data[i + digits]) >= 0)
		digits++;
	if (!digits) {
		size_t used = utf8_decode(text.data + i, text.length_bytes - i, &code_point);

		return i + (used ? used : 1);
	}
	i += digits;
	if (i + 1 < text.length_bytes && text.data[i] == '\r' && text.data[i + 1] == '\n')
		return i + 2;
	return i < text.length_bytes && is_space(text.data[i]) ? i + 1 : i;
}

static size_t skip_escape(struct css_tokenizer *t, size_t p)
{
	size_t end = escape_end(t->text, p);

	t->looked_at += end - p;
	return end;
}

static size_t skip_name(struct css_tokenizer *t, size_t p)
{
	while (!is_at_end(t, p))
		if (is_name(at(t, p)))
			p++;
		else if (is_escape(t, p))
			p = skip_escape(t, p);
		else
			break;
	return p;
}

static size_t skip_digits(struct css_tokenizer *t, size_t p)
{
	while (is_digit(at(t, p)))
		p++;
	return p;
}

static size_t skip_number(struct css_tokenizer *t, size_t p)
{
	if (at(t, p) == '+' || at(t, p) == '-')
		p++;
	p = skip_digits(t, p);
	if (at(t, p) == '.' && is_digit(at(t, p + 1)))
		p = skip_digits(t, p + 1);
	if (at(t, p) == 'e' || at(t, p) == 'E') {
		size_t sign = at(t, p + 1) == '+' || at(t, p + 1) == '-' ? 1 : 0;

		if (is_digit(at(t, p + 1 + sign)))
			p = skip_digits(t, p + 1 + sign);
	}
	if (starts_name(t, p))
		return skip_name(t, p);
	return at(t, p) == '%' ? p + 1 : p;
}

static size_t skip_spaces(struct css_tokenizer *t, size_t p)
{
	while (!is_at_end(t, p) && is_space(at(t, p)))
		p++;
	return p;
}

/* From behind the "/" and "*". */
static size_t skip_comment(struct css_tokenizer *t, size_t p)
{
	while (!is_at_end(t, p) && !(at(t, p) == '*' && at(t, p + 1) == '/'))
		p++;
	return is_at_end(t, p) ? p : p + 2;
}

static size_t skip_spaces_and_comments(struct css_tokenizer *t, size_t p)
{
	for (;;) {
		p = skip_spaces(t, p);
		if (at(t, p) != '/' || at(t, p + 1) != '*')
			return p;
		p = skip_comment(t, p + 2);
	}
}

static struct slice slice_between(const struct css_tokenizer *t, size_t start, size_t end)
{
	return (struct slice){t->text.data + start, end - start};
}

/* In a string, behind the '\' at p and what it goes with; a newline does not show. */
static size_t skip_string_escape(struct css_tokenizer *t, size_t p)
{
	if (is_at_end(t, p + 1) || !is_newline(at(t, p + 1)))
		return skip_escape(t, p);
	return at(t, p + 1) == '\r' && !is_at_end(t, p + 2) && at(t, p + 2) == '\n' ? p + 3 : p + 2;
}

/* At the quote. The end of the text ends a string, and a last '\' is none of it; a newline spoils
 * it and is not part of it. */
static void read_string(struct css_tokenizer *t, size_t p, struct css_token *token)
{
	size_t start = p + 1, end;
	char quote = at(t, p);

	token->kind = CSS_STRING;
	for (p = end = start; !is_at_end(t, p) && at(t, p) != quote; end = p) {
		if (is_newline(at(t, p))) {
			token->kind = CSS_BAD;
			break;
		}
		if (at(t, p) == '\\' && is_at_end(t, p + 1)) {
			p++;
			break;
		}
		p = at(t, p) == '\\' ? skip_string_escape(t, p) : p + 1;
	}
	token->value = slice_between(t, start, end);
	t->position = token->kind == CSS_BAD || is_at_end(t, p) ? p : p + 1;
}

/* "Consume the remnants of a bad url". */
static void skip_bad_url(struct css_tokenizer *t, size_t p, struct css_token *token)
{
	while (!is_at_end(t, p) && at(t, p) != ')')
		p = is_escape(t, p) ? skip_escape(t, p) : p + 1;
	token->kind = CSS_BAD;
	t->position = is_at_end(t, p) ? p : p + 1;
}

/* From the first character of an unquoted URL. */
static void read_url(struct css_tokenizer *t, size_t p, struct css_token *token)
{
	size_t start = p, end;

	while (!is_at_end(t, p) && at(t, p) != ')' && !is_space(at(t, p))) {
		char c = at(t, p);

		if (c == '"' || c == '\'' || c == '(' || is_non_printable(c) ||
		    (c == '\\' && !is_escape(t, p))) {
			skip_bad_url(t, p, token);
			return;
		}
		p = c == '\\' ? skip_escape(t, p) : p + 1;
	}
	end = p;
	p = skip_spaces(t, p);
	if (!is_at_end(t, p) && at(t, p) != ')') {
		skip_bad_url(t, p, token);
		return;
	}
	token->kind = CSS_URL;
	token->value = slice_between(t, start, end);
	t->position = is_at_end(t, p) ? p : p + 1;
}

static void read_ident_like(struct css_tokenizer *t, size_t p, struct css_token *token)
{
	size_t end = skip_name(t, p), inside;

	token->kind = CSS_IDENT;
	token->value = slice_between(t, p, end);
	t->position = end;
	if (at(t, end) != '(')
		return;
	token->kind = CSS_FUNCTION;
	t->position = end + 1;
	if (!css_name_is(token->value, "url"))
		return;
	inside = skip_spaces(t, end + 1);
	if (at(t, inside) != '"' && at(t, inside) != '\'')
		read_url(t, inside, token);
}

/* '#' and '@' take a name. */
static void read_prefixed(struct css_tokenizer *t, size_t p, struct css_token *token)
{
	bool is_hash = at(t, p) == '#';
	bool has_name =
		starts_name(t, p + 1) || (is_hash && !is_at_end(t, p + 1) && is_name(at(t, p + 1)));

	if (!has_name) {
		token->delimiter = at(t, p);
		t->position = p + 1;
		return;
	}
	token->kind = is_hash ? CSS_HASH : CSS_AT_KEYWORD;
	t->position = skip_name(t, p + 1);
	token->value = slice_between(t, p + 1, t->position);
}

/* "<!--" and "-->" around a style sheet mean nothing; a name would begin in them. */
static size_t html_comment_length(const struct css_tokenizer *t, size_t p)
{
	size_t left = t->text.length_bytes - p;

	if (left >= 4 && !memcmp(t->text.data + p, "<!--", 4))
		return 4;
	return left >= 3 && !memcmp(t->text.data + p, "-->", 3) ? 3 : 0;
}

void css_tokenizer_init(struct css_tokenizer *tokenizer, struct slice text)
{
	*tokenizer = (struct css_tokenizer){.text = text};
}

bool css_tokenizer_next(struct css_tokenizer *tokenizer, struct css_token *ret_token)
{
	struct css_tokenizer *t = tokenizer;
	size_t p = skip_spaces_and_comments(t, t->position), comment;
	char c = at(t, p);

	*ret_token = (struct css_token){.kind = CSS_DELIMITER, .delimiter = c};
	t->position = p;
	if (is_at_end(t, p))
		return false;
	comment = html_comment_length(t, p);
	if (comment)
		t->position = p + comment;
	else if (c == '"' || c == '\'')
		read_string(t, p, ret_token);
	else if (c == '#' || c == '@')
		read_prefixed(t, p, ret_token);
	else if (starts_number(t, p)) {
		ret_token->kind = CSS_NUMBER;
		t->position = skip_number(t, p);
	} else if (starts_name(t, p))
		read_ident_like(t, p, ret_token);
	else
		t->position = p + 1;
	return true;
}

static size_t decode_hex_escape(struct slice value, size_t i, struct buf *ret_text)
{
	size_t end = escape_end(value, i);
	uint32_t code_point = 0;
	char utf8[4];

	for (i++; i < end && hex_digit(value.data[i]) >= 0; i++)
		code_point = code_point * 16 + (uint32_t)hex_digit(value.data[i]);
	if (!code_point || code_point > 0x10ffff || (code_point >= 0xd800 && code_point < 0xe000))
		code_point = REPLACEMENT;
	buf_append(ret_text, utf8, utf8_encode(code_point, utf8));
	return end;
}

/* Appends the meaning of the escape at i (nothing for a newline); returns the place behind. */
static size_t decode_escape(struct slice value, size_t i, struct buf *ret_text)
{
	size_t end = escape_end(value, i);
	char c = i + 1 < value.length_bytes ? value.data[i + 1] : '\0';

	if (hex_digit(c) >= 0)
		return decode_hex_escape(value, i, ret_text);
	if (c == '\r' && i + 2 < value.length_bytes && value.data[i + 2] == '\n')
		return i + 3;
	if (c == '\0')
		buf_append_string(ret_text, REPLACEMENT_UTF8);
	else if (!is_newline(c))
		buf_append(ret_text, value.data + i + 1, end - i - 1);
	return end;
}

void css_decode(struct slice value, struct buf *ret_text)
{
	size_t start = 0;

	for (size_t i = 0; i < value.length_bytes;) {
		if (value.data[i] != '\\' && value.data[i] != '\0') {
			i++;
			continue;
		}
		buf_append(ret_text, value.data + start, i - start);
		if (value.data[i] == '\0') {
			buf_append_string(ret_text, REPLACEMENT_UTF8);
			i++;
		} else {
			i = decode_escape(value, i, ret_text);
		}
		start = i;
	}
	if (start < value.length_bytes)
		buf_append(ret_text, value.data + start, value.length_bytes - start);
}

bool css_name_is(struct slice value, const char *name)
{
	CLEANUP(buf_release) struct buf decoded = BUF_INIT(BUF_UNLIMITED);

	if (!memchr(value.data, '\\', value.length_bytes))
		return slice_equals_nocase(value, name);
	if (value.length_bytes > (ESCAPE_MAX_DIGITS + 3) * strlen(name))
		return false;
	css_decode(value, &decoded);
	return slice_equals_nocase((struct slice){buf_string(&decoded), decoded.length_bytes},
				   name);
}
