#include "xml_prolog.h"

#include <string.h>
#include <strings.h>

bool xml_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* 1: the text stands at data[0]; 0: the data ends within it; -1: something else stands there. */
static int match(const char *data, size_t length_bytes, const char *text)
{
	size_t wanted = strlen(text);

	if (strncasecmp(data, text, length_bytes < wanted ? length_bytes : wanted))
		return -1;
	return length_bytes >= wanted;
}

/* The offset behind the next `text` at or after `at`, or 0 when there is none. */
static size_t behind(const char *data, size_t length_bytes, size_t at, const char *text)
{
	const char *found;

	if (at >= length_bytes)
		return 0;
	found = memmem(data + at, length_bytes - at, text, strlen(text));
	return found ? (size_t)(found - data) + strlen(text) : 0;
}

/* The offset behind the comment or processing instruction that stands at `at`, or 0; `at` when
 * neither does. */
static size_t behind_inert(const char *data, size_t length_bytes, size_t at)
{
	if (match(data + at, length_bytes - at, "<!--") == 1)
		return behind(data, length_bytes, at + 4, "-->");
	if (match(data + at, length_bytes - at, "<?") == 1)
		return behind(data, length_bytes, at + 2, "?>");
	return at;
}

/* The offset behind the '>' that closes the doctype, or 0. Within it a '>' may stand in quotes, in
 * the brackets of the internal subset, and there in comments and processing instructions. */
static size_t behind_doctype(const char *data, size_t length_bytes, size_t at)
{
	bool in_subset = false;

	while (at < length_bytes) {
		char c = data[at];
		const char *quote;

		if (c == '"' || c == '\'') {
			quote = memchr(data + at + 1, c, length_bytes - at - 1);
			if (!quote)
				return 0;
			at = (size_t)(quote - data) + 1;
			continue;
		}
		if (in_subset && c == '<') {
			size_t end = behind_inert(data, length_bytes, at);

			if (!end)
				return 0;
			at = end > at ? end : at + 1;
			continue;
		}
		if (c == '[' || c == ']')
			in_subset = c == '[';
		else if (c == '>' && !in_subset)
			return at + 1;
		at++;
	}
	return 0;
}

static struct slice name_at(const char *data, size_t length_bytes, size_t at)
{
	size_t begin = at;

	while (at < length_bytes && !xml_is_blank(data[at]) && !strchr("<>/='\"[]&", data[at]))
		at++;
	return (struct slice){data + begin, at - begin};
}

static size_t read_doctype(const char *data, size_t length_bytes, size_t at,
			   struct xml_prolog *prolog)
{
	size_t end = behind_doctype(data, length_bytes, at);

	prolog->has_doctype = true;
	at += strlen("<!DOCTYPE");
	while (at < length_bytes && xml_is_blank(data[at]))
		at++;
	prolog->doctype = name_at(data, length_bytes, at);
	return end;
}

static enum xml_prolog_end skip_byte_order_mark(const char *data, size_t length_bytes, size_t *at)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t compared = length_bytes < 3 ? length_bytes : 3;

	if (!length_bytes || memcmp(data, mark, compared))
		return XML_PROLOG_ROOT;
	if (compared < 3)
		return XML_PROLOG_NEEDS_MORE;
	*at = 3;
	return XML_PROLOG_ROOT;
}

/* Skips one piece that begins with "<?" or "<!"; *at is 0 when its end is not there. */
static enum xml_prolog_end skip_markup(const char *data, size_t length_bytes, size_t *at,
				       struct xml_prolog *prolog)
{
	size_t left = length_bytes - *at;
	int is_comment = match(data + *at, left, "<!--");
	int is_doctype = match(data + *at, left, "<!DOCTYPE");

	if (data[*at + 1] == '?')
		*at = behind(data, length_bytes, *at + 2, "?>");
	else if (is_comment == 1)
		*at = behind(data, length_bytes, *at + 4, "-->");
	else if (is_doctype == 1 && !prolog->has_doctype)
		*at = read_doctype(data, length_bytes, *at, prolog);
	else if (is_comment == 0 || is_doctype == 0)
		*at = 0;
	else
		return XML_PROLOG_NOT_XML;
	return *at ? XML_PROLOG_ROOT : XML_PROLOG_NEEDS_MORE;
}

enum xml_prolog_end xml_prolog_read(const char *data, size_t length_bytes,
				    struct xml_prolog *ret_prolog)
{
	size_t at = 0;
	enum xml_prolog_end end;

	*ret_prolog = (struct xml_prolog){0};
	end = skip_byte_order_mark(data, length_bytes, &at);
	while (end == XML_PROLOG_ROOT) {
		while (at < length_bytes && xml_is_blank(data[at]))
			at++;
		if (at < length_bytes && data[at] != '<')
			return XML_PROLOG_NOT_XML;
		if (at + 1 >= length_bytes)
			return XML_PROLOG_NEEDS_MORE;
		if (data[at + 1] != '?' && data[at + 1] != '!') {
			ret_prolog->root_offset = at;
			return XML_PROLOG_ROOT;
		}
		end = skip_markup(data, length_bytes, &at, ret_prolog);
	}
	return end;
}

struct slice xml_element_name(const char *data, size_t length_bytes)
{
	if (!length_bytes || data[0] != '<')
		return (struct slice){data, 0};
	return name_at(data, length_bytes, 1);
}

bool xml_name_has_local_part(struct slice name, const char *local_part)
{
	const char *colon = name.length_bytes ? memchr(name.data, ':', name.length_bytes) : NULL;
	size_t prefix_bytes = colon ? (size_t)(colon - name.data) + 1 : 0;

	if (prefix_bytes == 1)
		return false;
	return slice_equals(
		(struct slice){name.data + prefix_bytes, name.length_bytes - prefix_bytes},
		local_part);
}
