/*
 * The standard's states are grouped into one function per construct. Each takes the place to read
 * on from and returns the place behind what it took, so no byte is left twice; the length of the
 * text stands for "end of file". The bytes are only looked at through the first few functions,
 * which count.
 */
#include "html_tokenizer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool ends_tag_name(char c)
{
	return is_space(c) || c == '/' || c == '>';
}

static bool ends_attribute_name(char c)
{
	return ends_tag_name(c) || c == '=';
}

static bool ends_unquoted_value(char c)
{
	return is_space(c) || c == '>';
}

static bool is_no_letter(char c)
{
	return !is_letter(c);
}

static bool is_no_space(char c)
{
	return !is_space(c);
}

static bool is_angle_bracket(char c)
{
	return c == '<' || c == '>';
}

/* The first place from p on where `stops` holds, or the end. */
static inline size_t until(struct html_tokenizer *t, size_t p, bool (*stops)(char))
{
	size_t start = p;

	while (p < t->text.length_bytes && !stops(t->text.data[p]))
		p++;
	t->looked_at += p - start + 1;
	return p;
}

static size_t skip_spaces(struct html_tokenizer *t, size_t p)
{
	return until(t, p, is_no_space);
}

static size_t find(struct html_tokenizer *t, size_t p, char c)
{
	size_t left = p < t->text.length_bytes ? t->text.length_bytes - p : 0;
	const char *found = left ? memchr(t->text.data + p, c, left) : NULL;
	size_t end = found ? (size_t)(found - t->text.data) : t->text.length_bytes;

	t->looked_at += end > p ? end - p + 1 : 1;
	return end;
}

/* '\0' at the end. */
static char at(struct html_tokenizer *t, size_t p)
{
	t->looked_at++;
	return p < t->text.length_bytes ? t->text.data[p] : '\0';
}

static bool is_at_end(const struct html_tokenizer *t, size_t p)
{
	return p >= t->text.length_bytes;
}

static bool starts_with_nocase(struct html_tokenizer *t, size_t p, struct slice word)
{
	t->looked_at += word.length_bytes;
	return p <= t->text.length_bytes && t->text.length_bytes - p >= word.length_bytes &&
	       !strncasecmp(t->text.data + p, word.data, word.length_bytes);
}

static struct slice slice_between(const struct html_tokenizer *t, size_t start, size_t end)
{
	return (struct slice){t->text.data + start, end - start};
}

void html_tokenizer_init(struct html_tokenizer *tokenizer, const char *text, size_t length_bytes)
{
	*tokenizer = (struct html_tokenizer){.text = {text, length_bytes}};
}

void html_tokenizer_release(struct html_tokenizer *tokenizer)
{
	free(tokenizer->attributes);
	*tokenizer = (struct html_tokenizer){0};
}

void html_tokenizer_set_content(struct html_tokenizer *tokenizer, enum html_content content)
{
	tokenizer->content = content;
}

const struct html_attribute *html_token_attribute(const struct html_token *token, const char *name)
{
	for (size_t i = 0; i < token->n_attributes; i++)
		if (slice_equals_nocase(token->attributes[i].name, name))
			return &token->attributes[i];
	return NULL;
}

/* Text: where does it end, that is, where is the next thing that is none? */

static bool is_markup(struct html_tokenizer *t, size_t p)
{
	char c = at(t, p + 1);

	return is_letter(c) || c == '!' || c == '?' || (c == '/' && !is_at_end(t, p + 2));
}

static size_t data_end(struct html_tokenizer *t, size_t p)
{
	for (;; p++) {
		p = find(t, p, '<');
		if (is_at_end(t, p) || is_markup(t, p))
			return p;
	}
}

/* Whether the end tag of the element that we are in stands at p ("appropriate end tag token"). */
static bool is_own_end_tag(struct html_tokenizer *t, size_t p)
{
	size_t name_end = p + 2 + t->last_start_tag.length_bytes;

	return at(t, p + 1) == '/' && t->last_start_tag.length_bytes &&
	       starts_with_nocase(t, p + 2, t->last_start_tag) && !is_at_end(t, name_end) &&
	       ends_tag_name(at(t, name_end));
}

static size_t raw_text_end(struct html_tokenizer *t, size_t p)
{
	for (;; p++) {
		p = find(t, p, '<');
		if (is_at_end(t, p) || is_own_end_tag(t, p))
			return p;
	}
}

/* In a script after "<!--": `dashes` is where the dashes begin that a '>' may follow. Inside of
 * <script> … </script> there (double escaped) not even an end tag ends the script. Returns the
 * place of the end tag, or behind "-->", or the end. */
static size_t script_escaped_end(struct html_tokenizer *t, size_t p, bool *ret_is_end_tag)
{
	const struct slice script = slice_of("script");
	size_t dashes = p - 2;
	bool is_double = false;

	for (;; p++) {
		size_t name, name_end;

		p = until(t, p, is_angle_bracket);
		if (is_at_end(t, p))
			return p;
		if (at(t, p) == '>') {
			if (p >= dashes + 2 && at(t, p - 1) == '-' && at(t, p - 2) == '-')
				return p + 1;
			continue;
		}
		if (!is_double && is_own_end_tag(t, p)) {
			*ret_is_end_tag = true;
			return p;
		}
		if ((at(t, p + 1) == '/') != is_double)
			continue;
		name = p + (is_double ? 2 : 1);
		name_end = until(t, name, is_no_letter);
		if (name_end - name == script.length_bytes && starts_with_nocase(t, name, script) &&
		    !is_at_end(t, name_end) && ends_tag_name(at(t, name_end)))
			is_double = !is_double;
		p = name_end > name ? name_end - 1 : p;
	}
}

static size_t script_end(struct html_tokenizer *t, size_t p)
{
	bool is_end_tag = false;

	for (;;) {
		p = find(t, p, '<');
		if (is_at_end(t, p) || is_own_end_tag(t, p))
			return p;
		if (!starts_with_nocase(t, p, slice_of("<!--"))) {
			p++;
			continue;
		}
		p = script_escaped_end(t, p + 4, &is_end_tag);
		if (is_end_tag)
			return p;
	}
}

static size_t cdata_end(struct html_tokenizer *t, size_t p)
{
	for (size_t end = p;; end++) {
		end = find(t, end, '>');
		if (is_at_end(t, end))
			return end;
		if (end >= p + 2 && at(t, end - 1) == ']' && at(t, end - 2) == ']')
			return end - 2;
	}
}

static size_t text_end(struct html_tokenizer *t, size_t p)
{
	switch (t->content) {
	case HTML_RCDATA:
	case HTML_RAWTEXT:
		return raw_text_end(t, p);
	case HTML_SCRIPT_DATA:
		return script_end(t, p);
	case HTML_PLAINTEXT:
		return t->text.length_bytes;
	case HTML_CDATA:
		return cdata_end(t, p);
	default:
		return data_end(t, p);
	}
}

/* Tags. */

/* Behind the brace that closes the one at p, or 0 when there is none. */
static size_t jsx_expression_end(struct html_tokenizer *t, size_t p)
{
	size_t depth = 0;
	char quote = '\0';

	for (size_t i = p; !t->has_unclosed_brace && !is_at_end(t, i); i++) {
		char c = at(t, i);

		if (quote && c == '\\')
			i++;
		else if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'' || c == '`')
			quote = c;
		else if (c == '{')
			depth++;
		else if (c == '}' && !--depth)
			return i + 1;
	}
	t->has_unclosed_brace = true;
	return 0;
}

static void add_attribute(struct html_tokenizer *t, const struct html_attribute *attribute)
{
	if (t->n_attributes == HTML_MAX_ATTRIBUTES)
		return;
	ALLOC_GROW(t->attributes, t->n_attributes, t->attributes_capacity);
	t->attributes[t->n_attributes++] = *attribute;
}

/* From behind the '='. */
static size_t read_value(struct html_tokenizer *t, size_t p, struct html_attribute *attribute)
{
	size_t end = 0;
	char c;

	p = skip_spaces(t, p);
	c = at(t, p);
	if (c == '"' || c == '\'') {
		attribute->quote = c;
		end = find(t, p + 1, c);
		attribute->value = slice_between(t, p + 1, is_at_end(t, end) ? p + 1 : end);
		return is_at_end(t, end) ? end : end + 1;
	}
	if (t->is_jsx && c == '{')
		end = jsx_expression_end(t, p);
	if (end)
		attribute->quote = '{';
	else
		end = until(t, p, ends_unquoted_value);
	attribute->value = slice_between(t, p, end);
	return end;
}

static size_t read_attribute(struct html_tokenizer *t, size_t p)
{
	/* A '=' in first place is part of the name. */
	size_t name_end = until(t, p + (at(t, p) == '=' ? 1 : 0), ends_attribute_name);
	size_t end = skip_spaces(t, name_end);
	struct html_attribute attribute = {
		.name = slice_between(t, p, name_end),
		.value = slice_between(t, name_end, name_end),
	};

	if (at(t, end) == '=')
		end = read_value(t, end + 1, &attribute);
	add_attribute(t, &attribute);
	return end;
}

/* At '<' or "</" and a letter; false when the text ends in the tag. */
static bool read_tag(struct html_tokenizer *t, struct html_token *token)
{
	bool is_end = at(t, t->position + 1) == '/';
	size_t name = t->position + (is_end ? 2 : 1);
	size_t p = until(t, name, ends_tag_name), expression_end;

	token->kind = is_end ? HTML_TOKEN_END_TAG : HTML_TOKEN_START_TAG;
	token->name = slice_between(t, name, p);
	t->n_attributes = 0;
	for (p = skip_spaces(t, p); !is_at_end(t, p) && at(t, p) != '>'; p = skip_spaces(t, p)) {
		if (at(t, p) == '/') {
			p++;
			token->self_closing = at(t, p) == '>';
		} else if (t->is_jsx && at(t, p) == '{' &&
			   (expression_end = jsx_expression_end(t, p)) != 0) {
			p = expression_end;
		} else {
			p = read_attribute(t, p);
		}
	}
	t->content = HTML_DATA;
	if (is_at_end(t, p)) {
		t->position = p;
		return false;
	}
	t->position = p + 1;
	token->attributes = t->attributes;
	token->n_attributes = t->n_attributes;
	if (!is_end)
		t->last_start_tag = token->name;
	return true;
}

/* Comments, DOCTYPE and what else begins with "<!", "<?" or "</". */

/* From behind "<!--". */
static void read_comment(struct html_tokenizer *t, size_t start, struct html_token *token)
{
	size_t p = start, cut = 0;

	token->kind = HTML_TOKEN_COMMENT;
	for (;; p++) {
		p = find(t, p, '>');
		if (is_at_end(t, p))
			break;
		if (p == start || (p == start + 1 && at(t, start) == '-')) { /* <!--> and <!---> */
			cut = p - start;
			break;
		}
		if (p >= start + 2 && at(t, p - 1) == '-' && at(t, p - 2) == '-') {
			cut = 2;
			break;
		}
		if (p >= start + 3 && at(t, p - 1) == '!' && at(t, p - 2) == '-' &&
		    at(t, p - 3) == '-') {
			cut = 3;
			break;
		}
	}
	t->position = is_at_end(t, p) ? p : p + 1;
	token->text = slice_between(t, start, p - cut);
	if (!is_at_end(t, p))
		return;
	/* What may have become an end is no part of it. */
	if (p >= start + 3 && !memcmp(t->text.data + p - 3, "--!", 3))
		token->text.length_bytes -= 3;
	else if (p >= start + 2 && !memcmp(t->text.data + p - 2, "--", 2))
		token->text.length_bytes -= 2;
	else if (p >= start + 1 && t->text.data[p - 1] == '-')
		token->text.length_bytes -= 1;
}

static void read_bogus_comment(struct html_tokenizer *t, size_t start, struct html_token *token)
{
	size_t end = find(t, start, '>');

	token->kind = HTML_TOKEN_COMMENT;
	token->text = slice_between(t, start, end);
	t->position = is_at_end(t, end) ? end : end + 1;
}

/* A quoted identifier at *p; false when there is none, or it is cut off by '>' or the end. */
static bool read_identifier(struct html_tokenizer *t, size_t *p, struct slice *ret_identifier)
{
	char quote = at(t, *p);
	size_t start = *p + 1, end = start;

	if (quote != '"' && quote != '\'')
		return false;
	while (!is_at_end(t, end) && at(t, end) != quote && at(t, end) != '>')
		end++;
	*ret_identifier = slice_between(t, start, end);
	*p = end;
	if (is_at_end(t, end) || at(t, end) == '>')
		return false;
	*p = end + 1;
	return true;
}

/* From the first character behind the name; returns the place of the '>', or the end. */
static size_t read_doctype_identifiers(struct html_tokenizer *t, size_t p, struct html_token *token)
{
	bool is_public = starts_with_nocase(t, p, slice_of("public"));

	token->force_quirks = true;
	if (!is_public && !starts_with_nocase(t, p, slice_of("system")))
		return find(t, p, '>');
	p = skip_spaces(t, p + strlen("public"));
	if (is_public) {
		if (!read_identifier(t, &p, &token->public_id))
			return find(t, p, '>');
		p = skip_spaces(t, p);
		token->force_quirks = is_at_end(t, p);
		if (is_at_end(t, p) || at(t, p) == '>')
			return p;
	}
	token->force_quirks = true;
	if (!read_identifier(t, &p, &token->system_id))
		return find(t, p, '>');
	p = skip_spaces(t, p);
	token->force_quirks = is_at_end(t, p); /* what else stands there is only skipped */
	return find(t, p, '>');
}

static bool ends_doctype_name(char c)
{
	return is_space(c) || c == '>';
}

/* From behind "<!DOCTYPE". */
static void read_doctype(struct html_tokenizer *t, size_t p, struct html_token *token)
{
	size_t start = skip_spaces(t, p);
	size_t end = until(t, start, ends_doctype_name);

	token->kind = HTML_TOKEN_DOCTYPE;
	if (end > start)
		token->name = slice_between(t, start, end);
	p = skip_spaces(t, end);
	token->force_quirks = end == start || is_at_end(t, p);
	if (!is_at_end(t, p) && at(t, p) != '>')
		p = read_doctype_identifiers(t, p, token);
	t->position = is_at_end(t, p) ? p : p + 1;
}

/* At "<!"; false when no token came of it. */
static bool read_declaration(struct html_tokenizer *t, struct html_token *token)
{
	size_t p = t->position + 2;

	if (starts_with_nocase(t, p, slice_of("--"))) {
		read_comment(t, p + 2, token);
		return true;
	}
	if (starts_with_nocase(t, p, slice_of("doctype"))) {
		read_doctype(t, p + strlen("doctype"), token);
		return true;
	}
	if (t->allows_cdata && at(t, p) == '[' && starts_with_nocase(t, p, slice_of("[CDATA[")) &&
	    !memcmp(t->text.data + p, "[CDATA[", strlen("[CDATA["))) {
		t->position = p + strlen("[CDATA[");
		t->content = HTML_CDATA;
		return false;
	}
	read_bogus_comment(t, p, token);
	return true;
}

/* At something that is no text; false when no token came of it. */
static bool read_markup(struct html_tokenizer *t, struct html_token *token)
{
	size_t p = t->position;
	char c = at(t, p + 1);

	if (t->content == HTML_CDATA) {
		t->position = p + strlen("]]>");
		t->content = HTML_DATA;
		return false;
	}
	if (is_letter(c) || (c == '/' && is_letter(at(t, p + 2))))
		return read_tag(t, token);
	if (c == '!')
		return read_declaration(t, token);
	if (c == '/' && at(t, p + 2) == '>') { /* </> is nothing */
		t->position = p + 3;
		return false;
	}
	read_bogus_comment(t, p + (c == '/' ? 2 : 1), token);
	return true;
}

bool html_tokenizer_next(struct html_tokenizer *tokenizer, struct html_token *ret_token)
{
	struct html_tokenizer *t = tokenizer;

	while (!is_at_end(t, t->position)) {
		size_t start = t->position, end = text_end(t, start);

		*ret_token = (struct html_token){.offset = start, .content = t->content};
		if (end > start) {
			ret_token->text = slice_between(t, start, end);
			ret_token->end = t->position = end;
			return true;
		}
		if (read_markup(t, ret_token)) {
			ret_token->end = t->position;
			return true;
		}
	}
	return false;
}
