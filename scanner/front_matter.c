#include "front_matter.h"

#include <string.h>

#define RST_TITLE_MAX_LINES 5

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
	const char *closing = is_toml ? "+++" : format == FRONT_MATTER_MEMBERS ? ";;;" : "---";
	size_t first = line_end(text, length_bytes, start), line = first;

	result->mark_offset = start;
	while (line < length_bytes) {
		size_t next = line_end(text, length_bytes, line);

		if (is_mark(text, line, next, closing) ||
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

static bool begins_with(const char *text, size_t start, size_t end, const char *what)
{
	size_t n = strlen(what);

	return end - start >= n && !memcmp(text + start, what, n);
}

/* Up to the first line of hyphens or semicolons. */
static void find_unmarked(const char *text, size_t length_bytes, size_t start,
			  struct front_matter *result)
{
	size_t end = line_end(text, length_bytes, start), line = end;
	size_t key = start + (text[start] == '"');

	while (key > start && key < end && text[key] != '"')
		key++;
	if (key > start ? key + 1 >= end || text[key + 1] != ':'
			: !looks_like_pair(text, start, end, ':'))
		return;
	for (; line < length_bytes; line = end) {
		bool is_yaml = begins_with(text, line, length_bytes, "---");

		end = line_end(text, length_bytes, line);
		if (!is_yaml && !begins_with(text, line, length_bytes, ";;;"))
			continue;
		result->format = is_yaml ? FRONT_MATTER_YAML : FRONT_MATTER_MEMBERS;
		result->is_unmarked = true;
		result->mark_offset = result->start = start;
		result->end = line;
		result->body = end;
		return;
	}
}

static bool is_blank(const char *text, size_t start, size_t end)
{
	return is_mark(text, start, end, "");
}

/* What belongs to the field of the line before is indented by four. */
static bool goes_on(const char *text, size_t start, size_t end)
{
	return begins_with(text, start, end, "    ") || begins_with(text, start, end, "\t");
}

static void find_fields(const char *text, size_t length_bytes, size_t start,
			struct front_matter *result)
{
	size_t line = start, end = start;

	for (; line < length_bytes; line = end) {
		end = line_end(text, length_bytes, line);
		if (!looks_like_pair(text, line, end, ':') &&
		    (line == start || !goes_on(text, line, end)))
			break;
	}
	if (line == start)
		return;
	result->format = FRONT_MATTER_FIELDS;
	result->is_unmarked = true;
	result->mark_offset = result->start = start;
	result->end = line;
	result->body = line < length_bytes && is_blank(text, line, end) ? end : line;
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

static void find_rst_fields(const char *text, size_t length_bytes, struct front_matter *result)
{
	size_t start = 0, end;

	/* A title has two lines, or three where one is above it, too; empty ones follow. */
	for (int i = 0; i < RST_TITLE_MAX_LINES && start < length_bytes && text[start] != ':'; i++)
		start = line_end(text, length_bytes, start);
	for (end = start;
	     end < length_bytes && (text[end] == ':' || goes_on(text, end, length_bytes));)
		end = line_end(text, length_bytes, end);
	if (end == start || text[start] != ':')
		return;
	result->format = FRONT_MATTER_FIELDS;
	result->is_unmarked = true;
	result->start = start;
	result->end = end;
}

void front_matter_find(const char *text, size_t length_bytes, enum front_matter_style style,
		       struct front_matter *ret_front_matter)
{
	size_t start = length_bytes >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	size_t first;

	*ret_front_matter = (struct front_matter){.body = start};
	if (style == FRONT_MATTER_OF_PELICAN_RST) {
		find_rst_fields(text, length_bytes, ret_front_matter);
		return;
	}
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
	else if (is_mark(text, start, first, "---js") ||
		 is_mark(text, start, first, "---javascript"))
		find_marked(text, length_bytes, start, FRONT_MATTER_JS, ret_front_matter);
	else if (is_mark(text, start, first, "+++"))
		find_marked(text, length_bytes, start, FRONT_MATTER_TOML, ret_front_matter);
	else if (text[start] == '{')
		find_json(text, length_bytes, start, ret_front_matter);
	else if (style == FRONT_MATTER_OF_HEXO && is_mark(text, start, first, ";;;"))
		find_marked(text, length_bytes, start, FRONT_MATTER_MEMBERS, ret_front_matter);
	else if (style == FRONT_MATTER_OF_HEXO && !begins_with(text, start, first, "---"))
		find_unmarked(text, length_bytes, start, ret_front_matter);
	else if (style == FRONT_MATTER_OF_PELICAN)
		find_fields(text, length_bytes, start, ret_front_matter);
}
