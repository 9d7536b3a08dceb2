#include "front_matter.h"

#include <string.h>

static size_t line_end(const char *text, size_t length_bytes, size_t offset)
{
	const char *end = memchr(text + offset, '\n', length_bytes - offset);

	return end ? (size_t)(end - text) + 1 : length_bytes;
}

/* The line is the mark and blanks. */
static bool is_mark(const char *text, size_t start, size_t end, const char *mark)
{
	size_t n = strlen(mark);

	if (end - start < n || memcmp(text + start, mark, n) != 0)
		return false;
	for (size_t i = start + n; i < end; i++)
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return false;
	return true;
}

/* `key:` or `key :`, so that a thematic break at the top of a text is no unclosed front matter. */
static bool looks_like_pair(const char *text, size_t start, size_t end, char separator)
{
	size_t i = start;

	while (i < end && ((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z'))
		i++;
	if (i == start)
		return false;
	while (i < end && (((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z') || text[i] == '-' ||
			   text[i] == '_' || (text[i] >= '0' && text[i] <= '9')))
		i++;
	while (i < end && text[i] == ' ' && separator == '=')
		i++;
	return i < end && text[i] == separator;
}

static void find_marked(const char *text, size_t length_bytes, size_t start,
			enum front_matter_format format, struct front_matter *result)
{
	bool is_toml = format == FRONT_MATTER_TOML;
	size_t first = line_end(text, length_bytes, start), line = first;

	result->mark_offset = start;
	while (line < length_bytes) {
		size_t next = line_end(text, length_bytes, line);

		if (is_mark(text, line, next, is_toml ? "+++" : "---") ||
		    (format == FRONT_MATTER_YAML && is_mark(text, line, next, "..."))) {
			result->format = format;
			result->start = first;
			result->end = line;
			result->body = next;
			return;
		}
		line = next;
	}
	if (first < length_bytes &&
	    looks_like_pair(text, first, line_end(text, length_bytes, first),
			    is_toml ? '=' : ':')) {
		result->is_unclosed = true;
		result->body = first;
	}
}

/* The offset behind the object's '}', or 0. */
static size_t json_object_end(const char *text, size_t length_bytes, size_t start)
{
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = start; i < length_bytes; i++) {
		char c = text[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{') {
			depth++;
		} else if (c == '}' && --depth == 0) {
			return i + 1;
		}
	}
	return 0;
}

static void find_json(const char *text, size_t length_bytes, size_t start,
		      struct front_matter *result)
{
	size_t next = start + 1, end;

	while (next < length_bytes && strchr(" \t\r\n", text[next]) && text[next])
		next++;
	/* `{{< x >}}`, `{% x %}`, `{: .x}` begin no object. */
	if (next == length_bytes || text[next] != '"')
		return;
	end = json_object_end(text, length_bytes, start);
	if (!end)
		return;
	result->format = FRONT_MATTER_JSON;
	result->mark_offset = result->start = start;
	result->end = result->body = end;
}

/* The first line with something in it. */
static size_t skip_blank_lines(const char *text, size_t length_bytes, size_t start)
{
	size_t line = start;

	for (size_t i = start; i < length_bytes && text[i] && strchr(" \t\r\n", text[i]); i++)
		if (text[i] == '\n')
			line = i + 1;
	return line;
}

void front_matter_find(const char *text, size_t length_bytes, struct front_matter *ret_front_matter)
{
	size_t start = length_bytes >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	size_t first;

	*ret_front_matter = (struct front_matter){.body = start};
	first = skip_blank_lines(text, length_bytes, start);
	ret_front_matter->is_below_blank_lines = first > start;
	start = first;
	if (start == length_bytes)
		return;
	first = line_end(text, length_bytes, start);
	if (is_mark(text, start, first, "---"))
		find_marked(text, length_bytes, start, FRONT_MATTER_YAML, ret_front_matter);
	else if (is_mark(text, start, first, "---json"))
		find_marked(text, length_bytes, start, FRONT_MATTER_JSON, ret_front_matter);
	else if (is_mark(text, start, first, "+++"))
		find_marked(text, length_bytes, start, FRONT_MATTER_TOML, ret_front_matter);
	else if (text[start] == '{')
		find_json(text, length_bytes, start, ret_front_matter);
}
