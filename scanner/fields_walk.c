/*
 * Fields, one a line: `Key: value` of Python-Markdown's meta-data, `:key: value` of
 * reStructuredText. What a field has in further, indented lines makes it a list.
 */
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_builder.h"

struct fields_walk {
	const char *text;
	size_t base_offset;
	struct data_builder builder;
};

static void fields_walk_release(struct fields_walk *walk)
{
	data_builder_release(&walk->builder);
}

static bool push(struct fields_walk *walk, struct slice text)
{
	size_t offset = walk->base_offset + (size_t)(text.data - walk->text);
	struct data_node *node = data_tree_scalar(walk->builder.tree, text.data, text.length_bytes,
						  offset, offset + text.length_bytes, true);

	if (node)
		data_builder_push(&walk->builder, node);
	return node != NULL;
}

static bool is_continued(struct slice line)
{
	return line.length_bytes && (line.data[0] == ' ' || line.data[0] == '\t');
}

static struct slice line_at(const char *text, size_t length_bytes, size_t start)
{
	const char *newline = memchr(text + start, '\n', length_bytes - start);
	size_t end = newline ? (size_t)(newline - text) : length_bytes;

	return (struct slice){text + start, end - start};
}

/* The key of the line, and the value, a list when the next lines go on with it. Returns where the
 * line behind them starts; 0 at a limit. */
static size_t take_field(struct fields_walk *walk, size_t length_bytes, size_t start)
{
	struct slice line = line_at(walk->text, length_bytes, start);
	struct slice rest = slice_from(line, slice_starts_with(line, ":"));
	const char *colon = memchr(rest.data, ':', rest.length_bytes);
	size_t next = start + line.length_bytes + 1, n;
	bool is_list;

	if (!colon)
		return next;
	n = (size_t)(colon - rest.data);
	is_list = next < length_bytes && is_continued(line_at(walk->text, length_bytes, next));
	if (!push(walk, slice_trim((struct slice){rest.data, n})))
		return 0;
	if (is_list &&
	    !data_builder_begin(&walk->builder, DATA_SEQUENCE, walk->base_offset + start))
		return 0;
	if (!push(walk, slice_trim(slice_from(rest, n + 1))))
		return 0;
	while (is_list && next < length_bytes) {
		line = line_at(walk->text, length_bytes, next);
		if (!is_continued(line))
			break;
		if (!push(walk, slice_trim(line)))
			return 0;
		next += line.length_bytes + 1;
	}
	if (is_list && !data_builder_end(&walk->builder, walk->base_offset + next - 1, false))
		return 0;
	return next;
}

static bool walk_fields(struct fields_walk *walk, size_t length_bytes)
{
	size_t at = 0;

	if (!data_builder_begin(&walk->builder, DATA_MAPPING, walk->base_offset))
		return false;
	while (at < length_bytes) {
		at = take_field(walk, length_bytes, at);
		if (at == 0)
			return false;
	}
	return data_builder_end(&walk->builder, walk->base_offset + length_bytes, false);
}

int fields_walk_parse(const char *text, size_t length_bytes, size_t base_offset,
		      struct data_tree **ret_tree, struct data_error *ret_error)
{
	CLEANUP(fields_walk_release)
	struct fields_walk walk = {.text = text, .base_offset = base_offset};
	struct data_tree *tree = data_tree_new();

	walk.builder.tree = tree;
	if (!walk_fields(&walk, length_bytes)) {
		*ret_error = tree->error;
		data_tree_free(tree);
		return -1;
	}
	*ret_tree = tree;
	return 0;
}
