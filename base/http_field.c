#include "http_field.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 9110 section 5.6.2: a bit for each character of a token. */
static bool is_token_char(char c)
{
	static const uint64_t bits[4] = {UINT64_C(0x03ff6cfa00000000), UINT64_C(0x57ffffffc7fffffe),
					 0, 0};
	unsigned char code = (unsigned char)c;

	return bits[code >> 6] >> (code & 63) & 1;
}

static bool is_token(const char *text, size_t length_bytes)
{
	for (size_t i = 0; i < length_bytes; i++)
		if (!is_token_char(text[i]))
			return false;
	return length_bytes > 0;
}

static struct slice without_blanks(struct slice slice)
{
	while (slice.length_bytes && is_blank(slice.data[0])) {
		slice.data++;
		slice.length_bytes--;
	}
	while (slice.length_bytes && is_blank(slice.data[slice.length_bytes - 1]))
		slice.length_bytes--;
	return slice;
}

void http_fields_release(struct http_fields *fields)
{
	if (!fields)
		return;
	http_fields_clear(fields);
	free(fields->items);
	*fields = (struct http_fields){0};
}

void http_fields_clear(struct http_fields *fields)
{
	arena_release(&fields->text);
	fields->count = 0;
}

static struct http_field *add_field(struct http_fields *fields)
{
	ALLOC_GROW_FROM(16, fields->items, fields->count, fields->capacity);
	return &fields->items[fields->count++];
}

/* Eight bytes of which one is below 0x10; perhaps one above such a byte, too. */
static bool has_control(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof word);
	return (word - UINT64_C(0x1010101010101010)) & ~word & UINT64_C(0x8080808080808080);
}

/* RFC 9110 section 5.5: CR, LF and NUL within a value are dangerous; a blank replaces them. Values
 * mostly have none. */
static void clean_value(char *value, size_t length_bytes)
{
	size_t i = 0;

	while (length_bytes - i >= 8 && !has_control(value + i))
		i += 8;
	for (; i < length_bytes; i++)
		if (value[i] == '\0' || value[i] == '\r' || value[i] == '\n')
			value[i] = ' ';
}

/* A value of the arena, where it stands: cleaned, then without blanks around it. One byte more is
 * its. */
static char *keep_value(char *value, size_t length_bytes)
{
	struct slice kept;
	char *start;

	clean_value(value, length_bytes);
	kept = without_blanks((struct slice){value, length_bytes});
	start = value + (kept.data - value);
	start[kept.length_bytes] = '\0';
	return start;
}

void http_fields_add(struct http_fields *fields, const char *name, size_t name_bytes,
		     const char *value, size_t value_bytes)
{
	struct http_field *field = add_field(fields);

	field->name = arena_string_n(&fields->text, name, name_bytes);
	field->value = keep_value(arena_string_n(&fields->text, value, value_bytes), value_bytes);
}

/* Of a line of the arena, which is cut into name and value where it stands; one byte more is its.
 * The CR of a CRLF is a blank behind the value. */
static bool take_line(struct http_fields *fields, char *line, size_t length_bytes)
{
	struct http_field *field;
	size_t name_bytes;
	char *colon;

	if (length_bytes && line[length_bytes - 1] == '\n')
		length_bytes--;
	colon = memchr(line, ':', length_bytes);
	if (!colon)
		return false;
	name_bytes = (size_t)(colon - line);
	if (!is_token(line, name_bytes))
		return false;
	field = add_field(fields);
	field->name = line;
	field->value = keep_value(colon + 1, length_bytes - name_bytes - 1);
	*colon = '\0';
	return true;
}

bool http_fields_add_line(struct http_fields *fields, const char *line, size_t length_bytes)
{
	return take_line(fields, arena_string_n(&fields->text, line, length_bytes), length_bytes);
}

/* Most names differ in their first letter, and many are compared. */
static bool is_name(const char *name, const char *wanted)
{
	return (name[0] | 0x20) == (wanted[0] | 0x20) && !strcasecmp(name, wanted);
}

void http_fields_remove(struct http_fields *fields, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < fields->count; i++)
		if (!is_name(fields->items[i].name, name))
			fields->items[kept++] = fields->items[i];
	fields->count = kept;
}

const char *http_fields_get(const struct http_fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->count; i++)
		if (is_name(fields->items[i].name, name))
			return fields->items[i].value;
	return NULL;
}

size_t http_fields_count(const struct http_fields *fields, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < fields->count; i++)
		if (is_name(fields->items[i].name, name))
			count++;
	return count;
}

bool http_fields_join(const struct http_fields *fields, const char *name, struct buf *ret_value)
{
	bool found = false;

	buf_clear(ret_value);
	for (size_t i = 0; i < fields->count; i++) {
		if (!is_name(fields->items[i].name, name))
			continue;
		if (found)
			buf_append_string(ret_value, ", ");
		buf_append_string(ret_value, fields->items[i].value);
		found = true;
	}
	return found;
}

bool http_fields_list(const struct http_fields *fields, const char *name, struct buf *joined,
		      struct slice *ret_value)
{
	const char *only = NULL;
	size_t count = 0;

	for (size_t i = 0; i < fields->count; i++)
		if (is_name(fields->items[i].name, name)) {
			only = fields->items[i].value;
			count++;
		}
	if (!count)
		return false;
	*ret_value = slice_of(only);
	if (count == 1 && ret_value->length_bytes <= joined->max_bytes)
		return true;
	http_fields_join(fields, name, joined);
	*ret_value = (struct slice){buf_string(joined), joined->length_bytes};
	return true;
}

void http_fields_format(const struct http_fields *fields, struct buf *ret_text)
{
	size_t bytes = 0;

	for (size_t i = 0; i < fields->count; i++)
		bytes += strlen(fields->items[i].name) + strlen(fields->items[i].value) + 3;
	buf_reserve(ret_text, bytes);
	for (size_t i = 0; i < fields->count; i++) {
		const struct http_field *field = &fields->items[i];
		size_t name_bytes = strlen(field->name), value_bytes = strlen(field->value);
		char *line = buf_grow(ret_text, name_bytes + value_bytes + 3);

		if (!line)
			return;
		memcpy(line, field->name, name_bytes);
		memcpy(line + name_bytes, ": ", 2);
		memcpy(line + name_bytes + 2, field->value, value_bytes);
		line[name_bytes + 2 + value_bytes] = '\n';
	}
}

void http_fields_parse(struct http_fields *fields, const char *text, size_t length_bytes)
{
	char *line;

	http_fields_clear(fields);
	arena_reserve(&fields->text, length_bytes + 1);
	line = arena_string_n(&fields->text, text, length_bytes);
	while (length_bytes) {
		const char *end = memchr(line, '\n', length_bytes);
		size_t line_bytes = end ? (size_t)(end - line) + 1 : length_bytes;

		take_line(fields, line, line_bytes);
		line += line_bytes;
		length_bytes -= line_bytes;
	}
}

/* Where the element that begins at `at` ends: a comma outside quotes, or the end. */
static size_t element_end(const char *value, size_t length_bytes, size_t at)
{
	bool quoted = false;

	for (; at < length_bytes; at++) {
		if (value[at] == '"')
			quoted = !quoted;
		else if (quoted && value[at] == '\\' && at + 1 < length_bytes)
			at++;
		else if (!quoted && value[at] == ',')
			break;
	}
	return at;
}

bool http_list_next(const char *value, size_t length_bytes, size_t *offset,
		    struct slice *ret_element)
{
	while (*offset < length_bytes) {
		size_t begin = *offset, end = element_end(value, length_bytes, begin);
		struct slice element = without_blanks((struct slice){value + begin, end - begin});

		*offset = end < length_bytes ? end + 1 : end;
		if (!element.length_bytes)
			continue;
		*ret_element = element;
		return true;
	}
	return false;
}
