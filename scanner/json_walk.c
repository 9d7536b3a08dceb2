/*
 * JSON (RFC 8259) through yajl, in one piece, so that yajl_get_bytes_consumed() is the end of the
 * token that a callback reports.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "data_builder.h"
#include "utf8.h"

struct json_walk {
	const char *text;
	size_t length_bytes, base_offset;
	yajl_handle handle;
	struct data_builder builder;
	size_t last_end; /* of the token before */
	char separator;  /* that may stand behind it: ',' or ':'; NUL: none may */
	bool is_at_end;  /* yajl saw the whole text, and counts from there */
};

static void json_walk_release(struct json_walk *walk)
{
	if (walk->handle)
		yajl_free(walk->handle);
	data_builder_release(&walk->builder);
}

static size_t skip_blanks(const struct json_walk *walk, size_t offset)
{
	while (offset < walk->length_bytes && walk->text[offset] &&
	       strchr(" \t\r\n", walk->text[offset]))
		offset++;
	return offset;
}

/* Finds the token that ends where yajl stands now: after the last one come only blanks, ',' and
 * ':'. */
static size_t token_start(struct json_walk *walk, size_t *ret_end)
{
	size_t end = yajl_get_bytes_consumed(walk->handle);
	size_t start = walk->last_end;

	if (walk->is_at_end || end > walk->length_bytes || end < start)
		end = walk->length_bytes;
	while (start < end && strchr(" \t\r\n,:", walk->text[start]) && walk->text[start])
		start++;
	walk->last_end = end;
	*ret_end = end;
	return start;
}

static int take_scalar(struct json_walk *walk, const char *value, size_t length_bytes,
		       bool is_string)
{
	size_t end, start = token_start(walk, &end);
	struct data_node *node;

	if (is_string && end >= start + 2) {
		start++;
		end--;
	}
	node = data_tree_scalar(walk->builder.tree, value, length_bytes, walk->base_offset + start,
				walk->base_offset + end, !is_string);
	if (!node)
		return 0;
	node->quoting = is_string ? DATA_ESCAPED : DATA_VERBATIM;
	data_builder_push(&walk->builder, node);
	walk->separator = walk->builder.depth ? ',' : '\0';
	return 1;
}

static int on_null(void *context)
{
	return take_scalar(context, "null", 4, false);
}

static int on_boolean(void *context, int value)
{
	return take_scalar(context, value ? "true" : "false", value ? 4 : 5, false);
}

static int on_number(void *context, const char *value, size_t length_bytes)
{
	return take_scalar(context, value, length_bytes, false);
}

/* Bytes that are no UTF-8, as json_out.h escapes them: U+DC80..U+DCFF, of which yajl makes ED B2 80
 * to ED B3 BF. An article's own such escapes stay what they are. */
static int take_escaped(struct json_walk *walk, const char *value, size_t length_bytes)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

	for (size_t i = 0; i < length_bytes; i++) {
		const unsigned char *c = (const unsigned char *)value + i;
		bool is_escape = length_bytes - i >= 3 && c[0] == 0xed &&
				 (c[1] == 0xb2 || c[1] == 0xb3) && (c[2] & 0xc0) == 0x80;

		if (!is_escape) {
			buf_append_char(&text, (char)*c);
			continue;
		}
		buf_append_char(&text, (char)((c[1] & 1) << 6 | 0x80 | (c[2] & 0x3f)));
		i += 2;
	}
	return take_scalar(walk, buf_string(&text), text.length_bytes, true);
}

static bool is_high_surrogate(uint32_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low_surrogate(uint32_t unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

/* The code unit of the "\u" escape at `escape`; yajl has seen its four digits. */
static uint32_t escaped_unit(const char *escape)
{
	uint32_t unit = 0;

	for (int i = 2; i < 6; i++)
		unit = unit << 4 | (uint32_t)hex_digit(escape[i]);
	return unit;
}

/* Decodes the escape at `escape`; returns its bytes. A lone surrogate is written like any other
 * code point. */
static size_t decode_escape(const char *escape, size_t left_bytes, struct buf *out)
{
	static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
	const char *name = strchr(names, escape[1]);
	uint32_t unit, second;
	size_t used = 6;
	char encoded[4];

	if (escape[1] != 'u') {
		buf_append_char(out, name ? values[name - names] : escape[1]);
		return 2;
	}
	unit = escaped_unit(escape);
	if (is_high_surrogate(unit) && left_bytes >= 12 && !memcmp(escape + 6, "\\u", 2)) {
		second = escaped_unit(escape + 6);
		if (is_low_surrogate(second)) {
			unit = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
			used = 12;
		}
	}
	buf_append(out, encoded, utf8_encode(unit, encoded));
	return used;
}

static bool has_high_surrogate(struct slice raw)
{
	const char *at = raw.data, *end = raw.data + raw.length_bytes;

	for (; (at = memmem(at, (size_t)(end - at), "\\u", 2)) && end - at >= 6; at += 2)
		if (is_high_surrogate(escaped_unit(at)))
			return true;
	return false;
}

/* yajl makes '?' of a high surrogate that is alone and loses the character behind it. */
static int take_surrogates(struct json_walk *walk, struct slice raw)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

	for (size_t i = 0; i < raw.length_bytes;) {
		if (raw.data[i] == '\\') {
			i += decode_escape(raw.data + i, raw.length_bytes - i, &text);
			continue;
		}
		buf_append_char(&text, raw.data[i]);
		i++;
	}
	return take_scalar(walk, buf_string(&text), text.length_bytes, true);
}

/* What stands between the quotes of the string that ends where yajl stands now. */
static struct slice raw_string(const struct json_walk *walk)
{
	size_t end = yajl_get_bytes_consumed(walk->handle);
	const char *quote = memchr(walk->text + walk->last_end, '"', end - walk->last_end);
	size_t start = (size_t)(quote - walk->text) + 1;

	return (struct slice){walk->text + start, end - 1 - start};
}

static int on_string(void *context, const unsigned char *value, size_t length_bytes)
{
	struct json_walk *walk = context;
	struct slice raw = raw_string(walk);

	if (has_high_surrogate(raw))
		return take_surrogates(walk, raw);
	if (walk->builder.tree->is_ours && memchr(value, 0xed, length_bytes))
		return take_escaped(walk, (const char *)value, length_bytes);
	return take_scalar(walk, (const char *)value, length_bytes, true);
}

static int on_key(void *context, const unsigned char *value, size_t length_bytes)
{
	struct json_walk *walk = context;
	int is_taken = on_string(walk, value, length_bytes);

	walk->separator = ':';
	return is_taken;
}

static int take_begin(struct json_walk *walk, enum data_kind kind)
{
	size_t end, start = token_start(walk, &end);

	walk->separator = '\0';
	return data_builder_begin(&walk->builder, kind, walk->base_offset + start) != NULL;
}

static int on_start_map(void *context)
{
	return take_begin(context, DATA_MAPPING);
}

static int on_start_array(void *context)
{
	return take_begin(context, DATA_SEQUENCE);
}

static int on_end(void *context)
{
	struct json_walk *walk = context;
	size_t end;

	token_start(walk, &end);
	if (!data_builder_end(&walk->builder, walk->base_offset + end, false))
		return 0;
	walk->separator = walk->builder.depth ? ',' : '\0';
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end,
};

/* The token that is not allowed there; yajl stands somewhere in it, or behind it. */
static size_t wrong_token(const struct json_walk *walk)
{
	size_t offset = skip_blanks(walk, walk->last_end);

	if (walk->separator && offset < walk->length_bytes && walk->text[offset] == walk->separator)
		offset = skip_blanks(walk, offset + 1);
	return offset;
}

/* Before a wrong character yajl's lexer stands, but behind one that begins no token. */
static size_t wrong_place(const struct json_walk *walk, const char *message)
{
	size_t consumed = yajl_get_bytes_consumed(walk->handle);
	bool is_lexical = !strncmp(message, "lexical", 7);

	if (!is_lexical && !strstr(message, "premature EOF"))
		return wrong_token(walk);
	if (walk->is_at_end || !is_lexical)
		return walk->length_bytes;
	return strstr(message, "invalid char in json text") && consumed ? consumed - 1 : consumed;
}

/* "lexical error: invalid char in json text.\n" without its line end. */
static void describe(struct json_walk *walk, yajl_status status)
{
	struct data_error *error = &walk->builder.tree->error;
	unsigned char *text;
	size_t offset;

	if (status == yajl_status_client_canceled)
		return;
	text = yajl_get_error(walk->handle, 0, NULL, 0);
	offset = wrong_place(walk, (const char *)text);
	error->offset =
		walk->base_offset + (offset < walk->length_bytes ? offset : walk->length_bytes);
	snprintf(error->message, sizeof error->message, "%.*s",
		 (int)strcspn((const char *)text, "\n"), (const char *)text);
	yajl_free_error(walk->handle, text);
}

static bool walk_text(struct json_walk *walk)
{
	yajl_status status =
		yajl_parse(walk->handle, (const unsigned char *)walk->text, walk->length_bytes);
	size_t end;

	if (status != yajl_status_ok) {
		describe(walk, status);
		return false;
	}
	walk->is_at_end = true;
	status = yajl_complete_parse(walk->handle);
	if (status != yajl_status_ok) {
		describe(walk, status);
		return false;
	}
	/* What yajl waits for the end of: `{} "a` */
	end = skip_blanks(walk, walk->last_end);
	return end == walk->length_bytes ||
	       data_tree_fail(walk->builder.tree, walk->base_offset + end,
			      "parse error: trailing garbage");
}

static int parse(const char *text, size_t length_bytes, size_t base_offset, bool is_ours,
		 struct data_tree **ret_tree, struct data_error *ret_error)
{
	CLEANUP(json_walk_release) struct json_walk walk = {text, length_bytes, base_offset};
	struct data_tree *tree = data_tree_new();

	tree->is_ours = is_ours;
	walk.builder.tree = tree;
	walk.handle = yajl_alloc(&callbacks, NULL, &walk);
	yajl_config(walk.handle, yajl_dont_validate_strings, 1);
	if (!walk_text(&walk)) {
		*ret_error = tree->error;
		data_tree_free(tree);
		return -1;
	}
	*ret_tree = tree;
	return 0;
}

int json_walk_parse(const char *text, size_t length_bytes, size_t base_offset,
		    struct data_tree **ret_tree, struct data_error *ret_error)
{
	return parse(text, length_bytes, base_offset, false, ret_tree, ret_error);
}

int json_walk_parse_members(const char *text, size_t length_bytes, size_t base_offset,
			    struct data_tree **ret_tree, struct data_error *ret_error)
{
	CLEANUP(cleanup_free) char *object = alloc_printf("{%.*s}", (int)length_bytes, text);

	return parse(object, length_bytes + 2, base_offset - 1, false, ret_tree, ret_error);
}

int json_walk_parse_ours(const char *text, size_t length_bytes, struct data_tree **ret_tree,
			 struct data_error *ret_error)
{
	return parse(text, length_bytes, 0, true, ret_tree, ret_error);
}
