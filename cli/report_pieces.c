#include "report_pieces.h"

#include <string.h>

static const char blanks[] = " \t\r\n";

static void skip(struct slice *text, size_t count)
{
	text->data += count;
	text->length_bytes -= count;
}

static void skip_blanks(struct slice *text)
{
	while (text->length_bytes && text->data[0] && strchr(blanks, text->data[0]))
		skip(text, 1);
}

static bool is_next(const struct slice *text, char c)
{
	return text->length_bytes && text->data[0] == c;
}

/* From the quote to behind its end. */
static bool skip_string(struct slice *text)
{
	skip(text, 1);
	while (text->length_bytes && text->data[0] != '"') {
		if (text->data[0] == '\\' && text->length_bytes > 1)
			skip(text, 1);
		skip(text, 1);
	}
	if (!text->length_bytes)
		return false;
	skip(text, 1);
	return true;
}

/* A value, with all that is in it; of a string, a number or a word, up to what cannot be in one. */
static bool skip_value(struct slice *text)
{
	size_t depth = 0;

	while (text->length_bytes) {
		char c = text->data[0];

		if (!depth && (strchr(",]}", c) || !c))
			return true;
		if (c == '"') {
			if (!skip_string(text))
				return false;
			continue;
		}
		skip(text, 1);
		if (c == '{' || c == '[')
			depth++;
		if ((c == '}' || c == ']') && !--depth)
			return true;
	}
	return false;
}

/* The key, and the value that `text` then stands behind. */
static bool next_member(struct slice *text, struct slice *ret_key, struct slice *ret_value)
{
	skip_blanks(text);
	*ret_key = *text;
	if (!is_next(text, '"') || !skip_string(text))
		return false;
	ret_key->length_bytes = (size_t)(text->data - ret_key->data);
	skip_blanks(text);
	if (!is_next(text, ':'))
		return false;
	skip(text, 1);
	skip_blanks(text);
	*ret_value = *text;
	if (!skip_value(text))
		return false;
	ret_value->length_bytes = (size_t)(text->data - ret_value->data);
	skip_blanks(text);
	return true;
}

bool report_pieces_cut(struct slice text, struct buf *ret_rest, struct slice *ret_images)
{
	struct slice left = text, key, value;
	const char *end;

	*ret_images = (struct slice){0};
	skip_blanks(&left);
	if (!is_next(&left, '{'))
		return false;
	do {
		skip(&left, 1);
		if (!next_member(&left, &key, &value))
			return false;
		if (!slice_equals(key, "\"images\""))
			continue;
		if (ret_images->data || value.data[0] != '[')
			return false;
		*ret_images = value;
	} while (is_next(&left, ','));
	if (!is_next(&left, '}') || !ret_images->data)
		return false;
	end = ret_images->data + ret_images->length_bytes;
	buf_append(ret_rest, text.data, (size_t)(ret_images->data - text.data));
	buf_append_string(ret_rest, "[]");
	buf_append(ret_rest, end, (size_t)(text.data + text.length_bytes - end));
	return !ret_rest->overflowed;
}

int report_pieces_next(struct slice *images, struct slice *ret_image)
{
	bool is_first = is_next(images, '[');

	if (!is_first && !is_next(images, ',') && !is_next(images, ']'))
		return -1;
	if (is_next(images, ']'))
		return 0;
	skip(images, 1);
	skip_blanks(images);
	if (is_first && is_next(images, ']'))
		return 0;
	*ret_image = *images;
	if (!skip_value(images))
		return -1;
	ret_image->length_bytes = (size_t)(images->data - ret_image->data);
	skip_blanks(images);
	return ret_image->length_bytes ? 1 : -1;
}
