#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_builder.h"
#include "map.h"

struct data_tree *data_tree_new(void)
{
	return alloc_zeroed(1, sizeof(struct data_tree));
}

void data_tree_free(struct data_tree *tree)
{
	if (!tree)
		return;
	arena_release(&tree->arena);
	free(tree->documents);
	free(tree);
}

bool data_tree_fail(struct data_tree *tree, size_t offset, const char *message)
{
	tree->error.offset = offset;
	snprintf(tree->error.message, sizeof tree->error.message, "%s", message);
	return false;
}

bool data_tree_fail_too_deep(struct data_tree *tree, size_t offset)
{
	tree->error.is_limit = true;
	return data_tree_fail(tree, offset, "nested more than 64 levels deep");
}

bool data_tree_fail_too_many(struct data_tree *tree, size_t offset)
{
	tree->error.is_limit = true;
	return data_tree_fail(tree, offset, "more than 1,000,000 values");
}

void data_tree_add_document(struct data_tree *tree, struct data_node *root)
{
	ALLOC_GROW(tree->documents, tree->n_documents, tree->capacity);
	tree->documents[tree->n_documents++] = root;
}

const struct data_node *data_tree_root(const struct data_tree *tree, size_t i)
{
	return tree && i < tree->n_documents ? tree->documents[i] : NULL;
}

size_t data_tree_documents(const struct data_tree *tree)
{
	return tree ? tree->n_documents : 0;
}

size_t data_tree_nodes(const struct data_tree *tree)
{
	return tree ? tree->n_nodes : 0;
}

const struct data_node *data_node_get(const struct data_node *node, const char *key)
{
	if (!node || node->kind != DATA_MAPPING)
		return NULL;
	for (size_t i = node->count; i > 0; i--)
		if (slice_equals(node->keys[i - 1]->text, key))
			return node->items[i - 1];
	return NULL;
}

static struct data_node *new_node(struct data_tree *tree, enum data_kind kind, size_t offset)
{
	struct data_node *node;

	if (tree->n_nodes >= DATA_TREE_MAX_NODES && !tree->is_ours) {
		data_tree_fail_too_many(tree, offset);
		return NULL;
	}
	node = arena_take(&tree->arena, sizeof *node);
	*node = (struct data_node){.kind = kind, .id = (unsigned)tree->n_nodes++, .offset = offset};
	return node;
}

struct data_node *data_tree_scalar(struct data_tree *tree, const char *text, size_t length_bytes,
				   size_t offset, size_t end, bool is_plain)
{
	struct data_node *node = new_node(tree, DATA_SCALAR, offset);

	if (!node)
		return NULL;
	node->end = end;
	node->text = (struct slice){arena_string_n(&tree->arena, text, length_bytes), length_bytes};
	node->is_plain = is_plain;
	return node;
}

static struct data_node **copy_pointers(struct data_tree *tree, struct data_node *const *from,
					size_t count)
{
	struct data_node **to = arena_take(&tree->arena, count * sizeof *to);

	if (count)
		memcpy(to, from, count * sizeof *to);
	return to;
}

struct data_node *data_tree_collection(struct data_tree *tree, enum data_kind kind, size_t offset,
				       size_t end, struct data_node *const *keys,
				       struct data_node *const *items, size_t count)
{
	struct data_node *node = new_node(tree, kind, offset);

	if (!node)
		return NULL;
	node->end = end;
	node->count = count;
	node->items = copy_pointers(tree, items, count);
	if (kind == DATA_MAPPING)
		node->keys = copy_pointers(tree, keys, count);
	return node;
}

void data_builder_release(struct data_builder *builder)
{
	free(builder->stack);
	*builder = (struct data_builder){0};
}

void data_builder_push(struct data_builder *builder, struct data_node *node)
{
	if (builder->depth == 0) {
		data_tree_add_document(builder->tree, node);
		return;
	}
	ALLOC_GROW(builder->stack, builder->count, builder->capacity);
	builder->stack[builder->count++] = node;
}

struct data_node *data_builder_begin(struct data_builder *builder, enum data_kind kind,
				     size_t offset)
{
	struct data_node *node;

	if (builder->depth == DATA_TREE_MAX_DEPTH) {
		data_tree_fail_too_deep(builder->tree, offset);
		return NULL;
	}
	node = new_node(builder->tree, kind, offset);
	if (node)
		builder->frames[builder->depth++] = (struct data_frame){node, builder->count};
	return node;
}

bool data_builder_is_open(const struct data_builder *builder, const struct data_node *node)
{
	for (size_t i = 0; i < builder->depth; i++)
		if (builder->frames[i].node == node)
			return true;
	return false;
}

static bool is_merge_key(const struct data_node *key)
{
	return key->is_plain && slice_equals(key->text, "<<");
}

struct merge {
	struct data_tree *tree;
	struct map *seen;         /* keys that the mapping has already */
	struct data_node **pairs; /* key, value, key, value */
	size_t count, capacity;
};

static bool merge_add(struct merge *merge, struct data_node *key, struct data_node *value)
{
	if (map_put(merge->seen, key->text.data, key->text.length_bytes, key) != NULL)
		return true;
	/* A pair that is merged counts as a node, or n mappings that merge each other would make
	 * n². */
	if (merge->tree->n_nodes >= DATA_TREE_MAX_NODES)
		return data_tree_fail_too_many(merge->tree, key->offset);
	merge->tree->n_nodes++;
	for (int i = 0; i < 2; i++) {
		ALLOC_GROW(merge->pairs, merge->count, merge->capacity);
		merge->pairs[merge->count++] = i == 0 ? key : value;
	}
	return true;
}

static bool merge_mapping(struct merge *merge, const struct data_node *from)
{
	if (from->kind != DATA_MAPPING)
		return true;
	for (size_t i = 0; i < from->count; i++)
		if (!merge_add(merge, from->keys[i], from->items[i]))
			return false;
	return true;
}

static void cleanup_pairs(struct merge *merge)
{
	map_free(merge->seen);
	free(merge->pairs);
}

/* Takes the `<<` pairs out of the children from `first` on, and appends what they merge. */
static bool resolve_merges_from(struct data_builder *builder, size_t first)
{
	CLEANUP(cleanup_pairs) struct merge merge = {.tree = builder->tree, .seen = map_new()};
	struct data_node **stack = builder->stack;
	size_t kept = first;

	for (size_t i = first; i + 1 < builder->count; i += 2)
		if (!is_merge_key(stack[i]))
			map_put(merge.seen, stack[i]->text.data, stack[i]->text.length_bytes,
				stack[i]);
	for (size_t i = first; i + 1 < builder->count; i += 2) {
		const struct data_node *value = stack[i + 1];

		if (!is_merge_key(stack[i])) {
			stack[kept++] = stack[i];
			stack[kept++] = stack[i + 1];
			continue;
		}
		if (!merge_mapping(&merge, value))
			return false;
		for (size_t j = 0; value->kind == DATA_SEQUENCE && j < value->count; j++)
			if (!merge_mapping(&merge, value->items[j]))
				return false;
	}
	builder->count = kept;
	for (size_t i = 0; i < merge.count; i++) {
		ALLOC_GROW(builder->stack, builder->count, builder->capacity);
		builder->stack[builder->count++] = merge.pairs[i];
	}
	return true;
}

/* Keys are scalars for whoever walks the tree: a list or mapping as a key becomes "". */
static bool fill_mapping(struct data_builder *builder, struct data_node *node, size_t first,
			 bool resolve_merges)
{
	bool has_merge = false;

	for (size_t i = first; i + 1 < builder->count; i += 2) {
		struct data_node **key = &builder->stack[i];

		if ((*key)->kind != DATA_SCALAR) {
			*key = data_tree_scalar(builder->tree, "", 0, (*key)->offset,
						(*key)->offset, false);
			if (!*key)
				return false;
		}
		has_merge = has_merge || is_merge_key(*key);
	}
	if (has_merge && resolve_merges && !resolve_merges_from(builder, first))
		return false;
	node->count = (builder->count - first) / 2;
	node->keys = arena_take(&builder->tree->arena, node->count * sizeof *node->keys);
	node->items = arena_take(&builder->tree->arena, node->count * sizeof *node->items);
	for (size_t i = 0; i < node->count; i++) {
		node->keys[i] = builder->stack[first + 2 * i];
		node->items[i] = builder->stack[first + 2 * i + 1];
	}
	return true;
}

bool data_builder_end(struct data_builder *builder, size_t end, bool resolve_merges)
{
	struct data_frame frame = builder->frames[builder->depth - 1];

	frame.node->end = end;
	if (frame.node->kind == DATA_MAPPING) {
		if (!fill_mapping(builder, frame.node, frame.first, resolve_merges))
			return false;
	} else {
		frame.node->count = builder->count - frame.first;
		/* The stack has no memory yet when nothing but empty lists was seen. */
		frame.node->items = copy_pointers(
			builder->tree, frame.node->count ? &builder->stack[frame.first] : NULL,
			frame.node->count);
	}
	builder->count = frame.first;
	builder->depth--;
	data_builder_push(builder, frame.node);
	return true;
}
