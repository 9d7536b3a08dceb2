/*
 * CSV and TSV (RFC 4180): the first row names the columns. A quoted field may hold separators, line
 * breaks and doubled quotes. A row longer than the first has its rest left out.
 */
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_builder.h"

struct csv_walk {
	const char *text;
	size_t length_bytes, base_offset, offset;
	char separator;
	struct data_tree *tree;
	struct data_node **names, **fields, **rows;
	size_t n_names, n_fields, n_rows;
	size_t names_capacity, fields_capacity, rows_capacity;
	struct buf unquoted;
};

static void csv_walk_release(struct csv_walk *walk)
{
	free(walk->names);
	free(walk->fields);
	free(walk->rows);
	buf_release(&walk->unquoted);
}

/* Stands behind the opening quote. */
static struct data_node *quoted_field(struct csv_walk *walk)
{
	size_t start = walk->offset;
	struct data_node *node;

	buf_clear(&walk->unquoted);
	while (walk->offset < walk->length_bytes) {
		char c = walk->text[walk->offset++];

		if (c != '"') {
			buf_append_char(&walk->unquoted, c);
			continue;
		}
		if (walk->offset < walk->length_bytes && walk->text[walk->offset] == '"') {
			buf_append_char(&walk->unquoted, c);
			walk->offset++;
			continue;
		}
		node = data_tree_scalar(walk->tree, buf_string(&walk->unquoted),
					walk->unquoted.length_bytes, walk->base_offset + start,
					walk->base_offset + walk->offset - 1, false);
		if (node)
			node->quoting = DATA_DOUBLED;
		return node;
	}
	data_tree_fail(walk->tree, walk->base_offset + start - 1, "the quote is never closed");
	return NULL;
}

static bool is_field_end(const struct csv_walk *walk)
{
	char c;

	if (walk->offset == walk->length_bytes)
		return true;
	c = walk->text[walk->offset];
	return c == walk->separator || c == '\n' || c == '\r';
}

static struct data_node *field(struct csv_walk *walk)
{
	struct data_node *node;
	size_t start = walk->offset;

	if (walk->offset < walk->length_bytes && walk->text[walk->offset] == '"') {
		walk->offset++;
		node = quoted_field(walk);
		while (node && !is_field_end(walk))
			walk->offset++;
		return node;
	}
	while (!is_field_end(walk))
		walk->offset++;
	return data_tree_scalar(walk->tree, walk->text + start, walk->offset - start,
				walk->base_offset + start, walk->base_offset + walk->offset, true);
}

static bool row(struct csv_walk *walk)
{
	walk->n_fields = 0;
	for (;;) {
		struct data_node *node = field(walk);

		if (!node)
			return false;
		ALLOC_GROW(walk->fields, walk->n_fields, walk->fields_capacity);
		walk->fields[walk->n_fields++] = node;
		if (walk->offset < walk->length_bytes &&
		    walk->text[walk->offset] == walk->separator)
			walk->offset++;
		else
			break;
	}
	if (walk->offset < walk->length_bytes && walk->text[walk->offset] == '\r')
		walk->offset++;
	if (walk->offset < walk->length_bytes && walk->text[walk->offset] == '\n')
		walk->offset++;
	return true;
}

static void take_names(struct csv_walk *walk)
{
	for (size_t i = 0; i < walk->n_fields; i++) {
		ALLOC_GROW(walk->names, walk->n_names, walk->names_capacity);
		walk->names[walk->n_names++] = walk->fields[i];
	}
}

static bool take_row(struct csv_walk *walk, size_t start)
{
	size_t count = walk->n_fields < walk->n_names ? walk->n_fields : walk->n_names;
	struct data_node *node = data_tree_collection(
		walk->tree, DATA_MAPPING, walk->base_offset + start,
		walk->base_offset + walk->offset, walk->names, walk->fields, count);

	if (!node)
		return false;
	ALLOC_GROW(walk->rows, walk->n_rows, walk->rows_capacity);
	walk->rows[walk->n_rows++] = node;
	return true;
}

static bool walk_rows(struct csv_walk *walk)
{
	struct data_node *root;

	while (walk->offset < walk->length_bytes) {
		size_t start = walk->offset;

		if (!row(walk))
			return false;
		if (walk->n_fields == 1 && walk->fields[0]->text.length_bytes == 0)
			continue;
		if (walk->n_names == 0)
			take_names(walk);
		else if (!take_row(walk, start))
			return false;
	}
	root = data_tree_collection(walk->tree, DATA_SEQUENCE, walk->base_offset,
				    walk->base_offset + walk->length_bytes, NULL, walk->rows,
				    walk->n_rows);
	if (!root)
		return false;
	data_tree_add_document(walk->tree, root);
	return true;
}

int csv_walk_parse(const char *text, size_t length_bytes, size_t base_offset, char separator,
		   struct data_tree **ret_tree, struct data_error *ret_error)
{
	struct data_tree *tree = data_tree_new();
	CLEANUP(csv_walk_release)
	struct csv_walk walk = {
		.text = text,
		.length_bytes = length_bytes,
		.base_offset = base_offset,
		.separator = separator,
		.tree = tree,
		.unquoted = BUF_INIT(BUF_UNLIMITED),
	};

	if (!walk_rows(&walk)) {
		*ret_error = tree->error;
		data_tree_free(tree);
		return -1;
	}
	*ret_tree = tree;
	return 0;
}
