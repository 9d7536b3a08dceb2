/*
 * data_builder.h: how the readers of YAML, JSON, TOML and CSV make a data_tree.
 *
 * Nodes, texts and arrays live in the tree's arena: freed at once, nothing is freed alone. The
 * builder takes events in document order; data_tree_scalar() and data_tree_collection() make nodes
 * directly. Every function that can pass a limit returns NULL or false and fills `tree->error`.
 */
#ifndef DATA_BUILDER_H
#define DATA_BUILDER_H

#include "arena.h"
#include "data_tree.h"

struct data_tree {
	bool is_ours; /* without a limit of values */
	struct arena arena;
	struct data_node **documents;
	size_t n_documents, capacity;
	size_t n_nodes;
	struct data_error error;
};

struct data_tree *data_tree_new(void);
void data_tree_add_document(struct data_tree *tree, struct data_node *root);
/* Always returns false. */
bool data_tree_fail(struct data_tree *tree, size_t offset, const char *message);
bool data_tree_fail_too_deep(struct data_tree *tree, size_t offset);
bool data_tree_fail_too_many(struct data_tree *tree, size_t offset);

/* `text` is copied. */
struct data_node *data_tree_scalar(struct data_tree *tree, const char *text, size_t length_bytes,
				   size_t offset, size_t end, bool is_plain);
/* The arrays are copied; `keys` is NULL for a sequence. */
struct data_node *data_tree_collection(struct data_tree *tree, enum data_kind kind, size_t offset,
				       size_t end, struct data_node *const *keys,
				       struct data_node *const *items, size_t count);

struct data_frame {
	struct data_node *node; /* becomes the collection when it ends; known before, for anchors */
	size_t first;           /* in the stack */
};

struct data_builder {
	struct data_tree *tree;
	struct data_node **stack; /* finished children of the open collections */
	size_t count, capacity;
	struct data_frame frames[DATA_TREE_MAX_DEPTH];
	size_t depth;
};

void data_builder_release(struct data_builder *builder);
/* A finished node: the next child of the open collection, or a document's root. */
void data_builder_push(struct data_builder *builder, struct data_node *node);
/* Returns the node that will be filled at the end. */
struct data_node *data_builder_begin(struct data_builder *builder, enum data_kind kind,
				     size_t offset);
/* `resolve_merges`: `<<` is a merge key (YAML). */
bool data_builder_end(struct data_builder *builder, size_t end, bool resolve_merges);
/* The node is an open collection: an alias to it would make a circle. */
bool data_builder_is_open(const struct data_builder *builder, const struct data_node *node);

#endif
