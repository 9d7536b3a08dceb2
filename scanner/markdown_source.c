#include "markdown_source.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "html_images.h"
#include "lower_case.h"
#include "map.h"

/* CommonMark bounds the parentheses that need no escape. */
#define MAX_PARENTHESES 32
#define ATTRIBUTES_MAX_BYTES 512
/* CommonMark's 999 characters, each of up to four bytes. */
#define LABEL_MAX_BYTES 4000

static size_t skip_blanks(struct slice text, size_t offset)
{
	while (offset < text.length_bytes && strchr(" \t\r\n", text.data[offset]) &&
	       text.data[offset])
		offset++;
	return offset;
}

static bool is_escape(struct slice text, size_t offset)
{
	return text.data[offset] == '\\' && offset + 1 < text.length_bytes &&
	       ispunct((unsigned char)text.data[offset + 1]);
}

static bool pointed_destination(struct slice text, size_t offset, size_t *ret_start,
				size_t *ret_end)
{
	for (size_t i = offset + 1; i < text.length_bytes && text.data[i] != '\n'; i++) {
		if (is_escape(text, i)) {
			i++;
		} else if (text.data[i] == '>') {
			*ret_start = offset + 1;
			*ret_end = i;
			return true;
		}
	}
	return false;
}

bool markdown_source_destination(struct slice text, size_t offset, size_t *ret_start,
				 size_t *ret_end)
{
	unsigned depth = 0;
	size_t i;

	offset = skip_blanks(text, offset);
	if (offset < text.length_bytes && text.data[offset] == '<')
		return pointed_destination(text, offset, ret_start, ret_end);
	for (i = offset; i < text.length_bytes; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c <= ' ' || c == 0x7f)
			break;
		if (is_escape(text, i))
			i++;
		else if (c == '(' && ++depth > MAX_PARENTHESES)
			return false;
		else if (c == ')' && depth-- == 0)
			break;
	}
	*ret_start = offset;
	*ret_end = i < text.length_bytes ? i : text.length_bytes;
	return *ret_end > *ret_start;
}

void markdown_source_decode(struct slice raw, struct buf *ret_text)
{
	CLEANUP(buf_release) struct buf piece = BUF_INIT(BUF_UNLIMITED);

	/* An escaped '&' begins no reference: decode what lies between the escapes. */
	for (size_t i = 0; i <= raw.length_bytes; i++) {
		bool is_end = i == raw.length_bytes;

		if (!is_end && !is_escape(raw, i)) {
			buf_append_char(&piece, raw.data[i]);
			continue;
		}
		html_decode_attribute(buf_string(&piece), piece.length_bytes, ret_text);
		buf_clear(&piece);
		if (!is_end)
			buf_append_char(ret_text, raw.data[++i]);
	}
}

bool markdown_source_is_inline(struct slice text, size_t offset)
{
	if (offset > 0 && text.data[offset - 1] == '<')
		offset--;
	/* The destination may stand on the next line, in a quotation too. */
	while (offset > 0 && strchr(" \t\r\n>", text.data[offset - 1]) && text.data[offset - 1])
		offset--;
	return offset > 0 && text.data[offset - 1] == '(';
}

/* Over a title in quotes or parentheses. */
static size_t skip_title(struct slice text, size_t offset)
{
	char close;

	if (offset >= text.length_bytes || !strchr("\"'(", text.data[offset]) || !text.data[offset])
		return offset;
	close = text.data[offset] == '(' ? ')' : text.data[offset];
	for (size_t i = offset + 1; i < text.length_bytes; i++) {
		if (is_escape(text, i))
			i++;
		else if (text.data[i] == close)
			return i + 1;
	}
	return offset;
}

/* width="640", width=640, width='640px' */
static int declared_px(struct slice attributes, const char *name)
{
	size_t n = strlen(name);
	const char *end = attributes.data + attributes.length_bytes;
	const char *at = attributes.data;
	long value = 0;

	while ((at = memmem(at, (size_t)(end - at), name, n)) && at > attributes.data &&
	       !strchr(" \t{:", at[-1]))
		at += n;
	if (!at || end - at <= (ptrdiff_t)n || at[n] != '=')
		return 0;
	at += n + 1;
	if (at < end && (*at == '"' || *at == '\''))
		at++;
	for (; at < end && isdigit((unsigned char)*at); at++) {
		value = value * 10 + (*at - '0');
		if (value > INT_MAX)
			return 0;
	}
	return at < end && *at == '%' ? 0 : (int)value;
}

void markdown_source_size(struct slice text, size_t offset, int *ret_width_px, int *ret_height_px)
{
	struct slice attributes;
	size_t left;
	const char *end;

	*ret_width_px = *ret_height_px = 0;
	if (offset < text.length_bytes && text.data[offset] == '>')
		offset++;
	offset = skip_blanks(text, skip_title(text, skip_blanks(text, offset)));
	if (offset >= text.length_bytes || text.data[offset] != ')')
		return;
	offset++;
	if (offset >= text.length_bytes || text.data[offset] != '{')
		return;
	left = text.length_bytes - offset;
	attributes = (struct slice){text.data + offset,
				    left < ATTRIBUTES_MAX_BYTES ? left : ATTRIBUTES_MAX_BYTES};
	end = memchr(attributes.data, '}', attributes.length_bytes);
	if (!end || memchr(attributes.data, '\n', (size_t)(end - attributes.data)))
		return;
	attributes.length_bytes = (size_t)(end - attributes.data);
	*ret_width_px = declared_px(attributes, "width");
	*ret_height_px = declared_px(attributes, "height");
}

/* Behind the ']' of the '[' at `offset`; 0 when it is too far off. */
static size_t bracket_end(struct slice text, size_t offset)
{
	size_t limit = offset + LABEL_MAX_BYTES, depth = 0;

	for (size_t i = offset; i < text.length_bytes && i < limit; i++) {
		if (is_escape(text, i))
			i++;
		else if (text.data[i] == '[')
			depth++;
		else if (text.data[i] == ']' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* The same of a label, which has no bracket in it: looking stays linear. */
static size_t label_end(struct slice text, size_t offset)
{
	for (size_t i = offset + 1; i < text.length_bytes && text.data[i] != '['; i++) {
		if (is_escape(text, i))
			i++;
		else if (text.data[i] == ']')
			return i + 1;
	}
	return 0;
}

struct slice markdown_source_label(struct slice text, size_t mark)
{
	size_t start = mark + 1, end, full_end;

	if (start >= text.length_bytes || text.data[start] != '[')
		return (struct slice){0};
	end = bracket_end(text, start);
	if (!end)
		return (struct slice){0};
	full_end = end < text.length_bytes && text.data[end] == '[' ? label_end(text, end) : 0;
	if (full_end > end + 2) {
		start = end;
		end = full_end;
	}
	return (struct slice){text.data + start + 1, end - start - 2};
}

/* What a definition is known by: labels compare without case and runs of blanks. */
static void set_key(struct buf *key, const char *url, struct slice label)
{
	CLEANUP(cleanup_free) char *lower = NULL;
	bool is_after_blank = false;

	label = slice_trim(label);
	lower = lower_case(label.data, label.length_bytes);
	buf_clear(key);
	buf_append(key, url, strlen(url) + 1);
	for (const char *at = lower; *at; at++) {
		bool is_blank = isspace((unsigned char)*at);

		if (!is_blank || !is_after_blank)
			buf_append_char(key, is_blank ? ' ' : *at);
		is_after_blank = is_blank;
	}
}

/* The label of the definition whose "]:" stands at `offset`. */
static struct slice label_before(struct slice text, size_t offset)
{
	size_t n = offset < LABEL_MAX_BYTES ? offset : LABEL_MAX_BYTES;
	const char *end = text.data + offset, *start = end - n, *open;
	const char *before = memrchr(start, ']', n);

	if (before)
		start = before;
	open = memrchr(start, '[', (size_t)(end - start));
	return open ? (struct slice){open + 1, (size_t)(end - open) - 1} : (struct slice){0};
}

static void add(struct markdown_definitions *definitions, const struct buf *key)
{
	if (!map_get(definitions->by_url, buf_string(key), key->length_bytes))
		map_put(definitions->by_url, buf_string(key), key->length_bytes,
			(void *)(uintptr_t)definitions->count);
}

void markdown_definitions_release(struct markdown_definitions *definitions)
{
	map_free(definitions->by_url);
	free(definitions->places);
}

static void collect(struct markdown_definitions *definitions, struct slice text)
{
	CLEANUP(buf_release) struct buf url = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf key = BUF_INIT(BUF_UNLIMITED);
	const char *at = text.data, *end = text.data + text.length_bytes;
	size_t start, stop;

	while ((at = memmem(at, (size_t)(end - at), "]:", 2))) {
		struct slice label = label_before(text, (size_t)(at - text.data));

		at += 2;
		if (!markdown_source_destination(text, (size_t)(at - text.data), &start, &stop))
			continue;
		buf_clear(&url);
		markdown_source_decode((struct slice){text.data + start, stop - start}, &url);
		at = text.data + stop;
		ALLOC_GROW(definitions->places, definitions->count, definitions->capacity);
		definitions->places[definitions->count++] =
			(struct slice){text.data + start, stop - start};
		set_key(&key, buf_string(&url), label);
		add(definitions, &url);
		add(definitions, &key);
	}
}

bool markdown_definitions_find(struct markdown_definitions *definitions, struct slice text,
			       const char *url, struct slice label, struct slice *ret_place)
{
	CLEANUP(buf_release) struct buf key = BUF_INIT(BUF_UNLIMITED);
	void *index;

	if (!definitions->by_url) {
		definitions->by_url = map_new();
		collect(definitions, text);
	}
	set_key(&key, url, label);
	index = map_get(definitions->by_url, buf_string(&key), key.length_bytes);
	if (!index)
		index = map_get_string(definitions->by_url, url);
	if (!index)
		return false;
	*ret_place = definitions->places[(uintptr_t)index - 1];
	return true;
}
