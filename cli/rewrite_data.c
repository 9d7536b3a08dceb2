#include "rewrite_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_tree.h"
#include "data_written.h"
#include "file_kind.h"
#include "front_matter.h"
#include "html_tokenizer.h"
#include "rewrite_attributes.h"

DEFINE_CLEANUP_POINTER(struct data_tree, data_tree_free)

/* Offsets of a tag's start are looked for no further back than this: a tag is no book. */
#define MOST_TAG_BYTES 65536
/* A '<' may stand in an attribute before: alt="a < b". */
#define MOST_TAG_STARTS 8

/* --- the tree -----------------------------------------------------------------------------------
 */

static int parse_front_matter(const char *text, size_t length_bytes, struct data_tree **ret_tree)
{
	struct front_matter found;
	struct data_error error;
	const char *data;
	size_t n;

	front_matter_find(text, length_bytes, FRONT_MATTER_MARKED, &found);
	data = text + found.start;
	n = found.end - found.start;
	switch (found.format) {
	case FRONT_MATTER_YAML:
		return yaml_walk_parse(data, n, found.start, ret_tree, &error);
	case FRONT_MATTER_TOML:
		return toml_walk_parse(data, n, found.start, ret_tree, &error);
	case FRONT_MATTER_JSON:
		return json_walk_parse(data, n, found.start, ret_tree, &error);
	default:
		return -1;
	}
}

/* 0 and a tree, or -1 when the file has no data that parses. */
static int parse(const char *file, const struct buf *buf, struct data_tree **ret_tree)
{
	const char *text = buf_string(buf);
	size_t n = buf->length_bytes, bom = n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	struct data_error error;

	switch (file_kind_of(file)) {
	case FILE_YAML:
		return yaml_walk_parse(text + bom, n - bom, bom, ret_tree, &error);
	case FILE_JSON:
		return json_walk_parse(text + bom, n - bom, bom, ret_tree, &error);
	case FILE_TOML:
		return toml_walk_parse(text + bom, n - bom, bom, ret_tree, &error);
	case FILE_CSV:
		return csv_walk_parse(text + bom, n - bom, bom, ',', ret_tree, &error);
	case FILE_TSV:
		return csv_walk_parse(text + bom, n - bom, bom, '\t', ret_tree, &error);
	default:
		return parse_front_matter(text, n, ret_tree);
	}
}

/* --- nothing else changed -----------------------------------------------------------------------
 */

/* The edits are sorted by now. */
static const struct rewrite_edit *edit_in(const struct rewrite *rewrite,
					  const struct data_node *node)
{
	size_t low = 0, high = rewrite->n_edits;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rewrite->edits[middle].offset < node->offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < rewrite->n_edits && rewrite->edits[low].means &&
			       rewrite->edits[low].offset < node->end
		       ? &rewrite->edits[low]
		       : NULL;
}

static bool starts_with(struct slice text, const char *word)
{
	size_t n = strlen(word);

	return n <= text.length_bytes && !memcmp(text.data, word, n);
}

/* Takes off both texts what is equal, and then what the edit made of the one in the other. The same
 * words may stand before the place: it is the first where they have become the new ones. */
static bool take_edit(const struct rewrite_edit *edit, struct slice *old, struct slice *new)
{
	size_t n_was = strlen(edit->was), n_means = strlen(edit->means);

	for (;;) {
		const char *at = memmem(old->data, old->length_bytes, edit->was, n_was);
		size_t kept = at ? (size_t)(at - old->data) : 0;

		if (!at || kept > new->length_bytes || memcmp(old->data, new->data, kept) != 0)
			return false;
		*old = slice_from(*old, kept);
		*new = slice_from(*new, kept);
		if (starts_with(*new, edit->means)) {
			*old = slice_from(*old, n_was);
			*new = slice_from(*new, n_means);
			return true;
		}
		if (!new->length_bytes || old->data[0] != new->data[0])
			return false;
		*old = slice_from(*old, 1);
		*new = slice_from(*new, 1);
	}
}

/* What stands between the edits of a value, before and behind them is as it was. */
static bool same_but_for_edits(const struct rewrite *rewrite, const struct rewrite_edit *edit,
			       const struct data_node *node, struct slice new)
{
	const struct rewrite_edit *end = rewrite->edits + rewrite->n_edits;
	struct slice old = node->text;

	for (; edit < end && edit->offset < node->end; edit++)
		if (!edit->was || !take_edit(edit, &old, &new))
			return false;
	return old.length_bytes == new.length_bytes &&
	       !memcmp(old.data, new.data, old.length_bytes);
}

static bool same_scalar(const struct rewrite *rewrite, const struct data_node *old,
			const struct data_node *new)
{
	const struct rewrite_edit *edit = edit_in(rewrite, old);

	if (edit && edit->was)
		return same_but_for_edits(rewrite, edit, old, new->text);
	if (edit)
		return slice_equals(slice_trim(new->text), edit->means);
	return old->is_plain == new->is_plain && old->text.length_bytes == new->text.length_bytes &&
	       !memcmp(old->text.data, new->text.data, old->text.length_bytes);
}

/* `seen`: nodes that an alias has led to before. */
static bool same(const struct rewrite *rewrite, const struct data_node *old,
		 const struct data_node *new, bool *seen)
{
	if (old->kind != new->kind || old->count != new->count || old->id != new->id)
		return false;
	if (seen[old->id])
		return true;
	seen[old->id] = true;
	if (old->kind == DATA_SCALAR)
		return same_scalar(rewrite, old, new);
	for (size_t i = 0; i < old->count; i++) {
		if (old->kind == DATA_MAPPING && !same_scalar(rewrite, old->keys[i], new->keys[i]))
			return false;
		if (!same(rewrite, old->items[i], new->items[i], seen))
			return false;
	}
	return true;
}

static bool same_trees(const struct rewrite *rewrite, const struct data_tree *old,
		       const struct data_tree *new)
{
	CLEANUP(cleanup_free) bool *seen = alloc_zeroed(data_tree_nodes(old), sizeof *seen);

	if (data_tree_documents(old) != data_tree_documents(new) ||
	    data_tree_nodes(old) != data_tree_nodes(new))
		return false;
	for (size_t i = 0; i < data_tree_documents(old); i++) {
		const struct data_node *a = data_tree_root(old, i), *b = data_tree_root(new, i);

		if (!a != !b || (a && !same(rewrite, a, b, seen)))
			return false;
	}
	return true;
}

bool rewrite_data_is_kept(const struct rewrite *rewrite)
{
	CLEANUP(data_tree_free_pointer) struct data_tree *old = NULL;
	CLEANUP(data_tree_free_pointer) struct data_tree *new = NULL;

	if (parse(rewrite->file, &rewrite->before, &old) < 0)
		return true;
	return parse(rewrite->file, &rewrite->after, &new) == 0 && same_trees(rewrite, old, new);
}

/* --- declared sizes -----------------------------------------------------------------------------
 */

/* Which mapping holds the scalar at an offset; made once a file. By aliases and merges (`<<: *x`)
 * several mappings hold one scalar. */
struct owner {
	size_t offset, order;
	const struct data_node *mapping;
};

struct rewrite_values {
	struct data_tree *tree; /* NULL: there is no data */
	struct slice source;
	struct owner *owners; /* by offset, then in the order in which a reader comes to them */
	size_t count, capacity;
};

void rewrite_data_release(struct rewrite *rewrite)
{
	if (!rewrite->values)
		return;
	data_tree_free(rewrite->values->tree);
	free(rewrite->values->owners);
	free(rewrite->values);
	rewrite->values = NULL;
}

/* As the scanner places it: behind blanks. */
static size_t place_of(const struct rewrite_values *values, const struct data_node *scalar)
{
	return data_written_start(scalar, values->source);
}

static void find_owners(struct rewrite_values *values, const struct data_node *node, bool *seen)
{
	if (!node || seen[node->id])
		return;
	seen[node->id] = true;
	for (size_t i = 0; i < node->count; i++) {
		if (node->kind == DATA_MAPPING && node->items[i]->kind == DATA_SCALAR) {
			ALLOC_GROW(values->owners, values->count, values->capacity);
			values->owners[values->count] = (struct owner){
				place_of(values, node->items[i]), values->count, node};
			values->count++;
		}
		find_owners(values, node->items[i], seen);
	}
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner *left = a, *right = b;

	if (left->offset != right->offset)
		return left->offset < right->offset ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

static void index_owners(struct rewrite_values *values)
{
	CLEANUP(cleanup_free)
	bool *seen = alloc_zeroed(data_tree_nodes(values->tree), sizeof *seen);

	for (size_t i = 0; i < data_tree_documents(values->tree); i++)
		find_owners(values, data_tree_root(values->tree, i), seen);
	if (values->count)
		qsort(values->owners, values->count, sizeof *values->owners, compare_owners);
}

static const struct rewrite_values *values_of(struct rewrite *rewrite)
{
	struct rewrite_values *values = rewrite->values;

	if (values)
		return values;
	values = rewrite->values = alloc_zeroed(1, sizeof *values);
	values->source = (struct slice){buf_string(&rewrite->before), rewrite->before.length_bytes};
	if (parse(rewrite->file, &rewrite->before, &values->tree) == 0)
		index_owners(values);
	return values;
}

/* Only "1200" and "1200px" are replaced; "100%" or an expression is somebody's intention. */
static bool set_number(struct rewrite *rewrite, size_t offset, size_t length_bytes, int value,
		       bool is_data)
{
	const char *text = buf_string(&rewrite->before) + offset;
	CLEANUP(cleanup_free) char *old = NULL;
	char number[32];
	size_t digits = 0;
	bool has_unit;

	while (digits < length_bytes && text[digits] >= '0' && text[digits] <= '9')
		digits++;
	has_unit = length_bytes == digits + 2 && !memcmp(text + digits, "px", 2);
	if (!digits || (!has_unit && digits != length_bytes))
		return false;
	snprintf(number, sizeof number, has_unit ? "%dpx" : "%d", value);
	if (length_bytes == strlen(number) && !memcmp(text, number, length_bytes))
		return true;
	old = alloc_string_n(text, length_bytes);
	return rewrite_add_within(rewrite, offset, length_bytes, number, is_data ? old : NULL,
				  is_data ? number : NULL);
}

/* The first owner of the scalar at `offset`; the others follow. The end when there is none. */
static const struct owner *first_owner(const struct rewrite_values *values, size_t offset)
{
	size_t low = 0, high = values->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (values->owners[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return values->owners + low;
}

/* Of the mappings that hold the URL, the first that declares a size: it is the one reported. */
static const struct data_node *declaring_mapping(const struct rewrite_values *values, size_t offset)
{
	const struct owner *end = values->owners + values->count;

	for (const struct owner *owner = first_owner(values, offset);
	     owner < end && owner->offset == offset; owner++)
		if (data_node_get(owner->mapping, "width") ||
		    data_node_get(owner->mapping, "height"))
			return owner->mapping;
	return NULL;
}

static bool holds(const struct rewrite_values *values, const struct data_node *mapping,
		  size_t offset)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (mapping->items[i]->kind == DATA_SCALAR &&
		    place_of(values, mapping->items[i]) == offset)
			return true;
	return false;
}

/* Another mapping has the same number by an alias or a merge, but not the URL at `offset`. */
static bool is_shared(const struct rewrite_values *values, const struct data_node *number,
		      size_t offset)
{
	const struct owner *end = values->owners + values->count;
	size_t place = place_of(values, number);

	for (const struct owner *owner = first_owner(values, place);
	     owner < end && owner->offset == place; owner++)
		if (!holds(values, owner->mapping, offset))
			return true;
	return false;
}

/* The tag that holds the byte at `offset`. */
static bool tag_around(const struct rewrite *rewrite, size_t offset,
		       struct html_tokenizer *tokenizer, struct html_token *ret_token)
{
	const char *text = buf_string(&rewrite->before);
	size_t floor = offset > MOST_TAG_BYTES ? offset - MOST_TAG_BYTES : 0;

	for (size_t start = offset, n_tried = 0; start > floor && n_tried < MOST_TAG_STARTS;) {
		if (text[--start] != '<')
			continue;
		n_tried++;
		html_tokenizer_release(tokenizer);
		html_tokenizer_init(tokenizer, text + start, rewrite->before.length_bytes - start);
		if (html_tokenizer_next(tokenizer, ret_token) &&
		    ret_token->kind == HTML_TOKEN_START_TAG && start + ret_token->end > offset)
			return true;
	}
	return false;
}

bool rewrite_is_in_tag(const struct rewrite *rewrite, size_t offset, const char *name)
{
	CLEANUP(html_tokenizer_release) struct html_tokenizer tokenizer = {0};
	struct html_token token;

	return tag_around(rewrite, offset, &tokenizer, &token) &&
	       slice_equals_nocase(token.name, name);
}

static bool set_attribute(struct rewrite *rewrite, const struct html_token *token, const char *name,
			  int value, bool is_data)
{
	const struct html_attribute *attribute = html_token_attribute(token, name);
	struct slice text;

	if (!attribute)
		return false;
	text = attribute->value;
	if (text.length_bytes > 2 && text.data[0] == '{' && text.data[text.length_bytes - 1] == '}')
		text = (struct slice){text.data + 1, text.length_bytes - 2}; /* JSX: {640} */
	return set_number(rewrite, (size_t)(text.data - buf_string(&rewrite->before)),
			  text.length_bytes, value, is_data);
}

static bool set_in_html(struct rewrite *rewrite, size_t offset, bool is_data, int width_px,
			int height_px, const char **ret_why)
{
	CLEANUP(html_tokenizer_release) struct html_tokenizer tokenizer = {0};
	struct html_token token;

	if (!tag_around(rewrite, offset, &tokenizer, &token))
		return false;
	if (slice_equals_nocase(token.name, "meta"))
		*ret_why = "the declared size stands in tags of its own";
	return set_attribute(rewrite, &token, "width", width_px, is_data) &&
	       set_attribute(rewrite, &token, "height", height_px, is_data);
}

static bool set_in_data(struct rewrite *rewrite, size_t offset, int width_px, int height_px,
			const char **ret_why)
{
	const struct rewrite_values *values = values_of(rewrite);
	const struct data_node *mapping = declaring_mapping(values, offset);
	const struct {
		const struct data_node *node;
		int value;
	} sides[] = {{data_node_get(mapping, "width"), width_px},
		     {data_node_get(mapping, "height"), height_px}};

	if (!mapping) /* the value is HTML, or one of a list */
		return set_in_html(rewrite, offset, true, width_px, height_px, ret_why);
	for (size_t i = 0; i < ARRAY_LENGTH(sides); i++) {
		const struct data_node *node = sides[i].node;

		if (!node)
			continue;
		if (is_shared(values, node, offset)) {
			*ret_why = "the declared size is shared with other images, by an alias";
			return false;
		}
		if (node->kind != DATA_SCALAR ||
		    !set_number(rewrite, node->offset, node->end - node->offset, sides[i].value,
				true))
			return false;
	}
	return true;
}

static bool set_in_list(struct rewrite *rewrite, size_t offset, int width_px, int height_px)
{
	const struct {
		const char *name;
		int value;
	} sides[] = {{"width", width_px}, {"height", height_px}};

	for (size_t i = 0; i < ARRAY_LENGTH(sides); i++) {
		size_t at, length;

		if (!rewrite_attribute_of(rewrite, offset, sides[i].name, &at, &length) ||
		    !set_number(rewrite, at, length, sides[i].value, false))
			return false;
	}
	return true;
}

/* srcset, imagesrcset, data-srcset. */
static bool is_srcset(struct slice name)
{
	static const char suffix[] = "srcset";
	size_t length = sizeof suffix - 1;

	return name.length_bytes >= length &&
	       !strncasecmp(name.data + name.length_bytes - length, suffix, length);
}

bool rewrite_width_descriptor(struct rewrite *rewrite, size_t end, int width_px)
{
	CLEANUP(html_tokenizer_release) struct html_tokenizer tokenizer = {0};
	const char *text = buf_string(&rewrite->before);
	size_t n_before = rewrite->n_edits, at, length;
	struct html_token token;

	if (!tag_around(rewrite, end, &tokenizer, &token))
		return false;
	for (size_t i = 0; i < token.n_attributes; i++) {
		struct slice name = token.attributes[i].name, value = token.attributes[i].value;
		size_t first = (size_t)(value.data - text), last = first + value.length_bytes;

		if (first > end || end >= last || !is_srcset(name))
			continue;
		return rewrite_descriptor_after(rewrite, end, first, last, width_px, &at,
						&length) &&
		       set_number(rewrite, at, length, width_px, false) &&
		       rewrite->n_edits > n_before;
	}
	return false;
}

bool rewrite_declared_size(struct rewrite *rewrite, size_t offset, bool is_data, int width_px,
			   int height_px, const char **ret_why)
{
	const char *why = "the declared size is not written as plain numbers";
	size_t n_before = rewrite->n_edits;
	bool is_set = is_data ? set_in_data(rewrite, offset, width_px, height_px, &why)
			      : set_in_html(rewrite, offset, false, width_px, height_px, &why) ||
					set_in_list(rewrite, offset, width_px, height_px);

	if (!is_set)
		rewrite_drop(rewrite, n_before);
	is_set = is_set && rewrite->n_edits > n_before;
	if (!is_set)
		*ret_why = why;
	return is_set;
}
