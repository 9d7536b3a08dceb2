#include "js_literal.h"

#include <string.h>

#include "alloc.h"

/* Bundlers' require() and import(), and the site generators' ways to put the base of the site in
 * front. */
static const char *const calls[] = {"require(", "import(", "useBaseUrl(", "withBase(",
				    "$withBase("};

static bool cut_start(struct slice *text, const char *start)
{
	size_t n = strlen(start);

	if (text->length_bytes < n || memcmp(text->data, start, n) != 0)
		return false;
	*text = (struct slice){text->data + n, text->length_bytes - n};
	return true;
}

static bool cut_end(struct slice *text, const char *end)
{
	size_t n = strlen(end);

	if (text->length_bytes < n || memcmp(text->data + text->length_bytes - n, end, n) != 0)
		return false;
	text->length_bytes -= n;
	return true;
}

/* `text` becomes the argument. */
static bool cut_call(struct slice *text)
{
	for (size_t i = 0; i < ARRAY_LENGTH(calls); i++) {
		if (!cut_start(text, calls[i]))
			continue;
		if (!cut_end(text, ")"))
			return false;
		*text = slice_trim(*text);
		break;
	}
	return true;
}

bool js_literal(struct slice expression, struct slice *ret_literal)
{
	struct slice text = slice_trim(expression);
	char quote;

	cut_end(&text, ".default");
	if (!cut_call(&text) || text.length_bytes < 2)
		return false;
	quote = text.data[0];
	if (!strchr("\"'`", quote) || text.data[text.length_bytes - 1] != quote)
		return false;
	for (size_t i = 1; i + 1 < text.length_bytes; i++) {
		char c = text.data[i];

		if (c == quote || c == '\\' || c == '\n' ||
		    (quote == '`' && c == '$' && text.data[i + 1] == '{'))
			return false;
	}
	*ret_literal = (struct slice){text.data + 1, text.length_bytes - 2};
	return true;
}

bool js_next_string(struct slice expression, size_t *offset, struct slice *ret_string)
{
	const char *text = expression.data;
	size_t start = *offset, end;
	char quote;

	while (start < expression.length_bytes && text[start] != '"' && text[start] != '\'' &&
	       text[start] != '`')
		start++;
	if (start >= expression.length_bytes)
		return false;
	quote = text[start++];
	for (end = start; end < expression.length_bytes && text[end] != quote;)
		end += text[end] == '\\' ? 2 : 1;
	if (end >= expression.length_bytes)
		return false;
	*ret_string = (struct slice){text + start, end - start};
	*offset = end + 1;
	return true;
}
