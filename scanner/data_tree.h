/*
 * data_tree.h: a document of YAML, JSON, TOML or CSV as a tree of nodes that know where they stand.
 *
 *	struct data_tree *tree;
 *	struct data_error error;
 *	if (yaml_walk_parse(text, length, offset, &tree, &error)) ... error.offset, error.message
 *	data_tree_free(tree);
 *
 * yaml_walk.c, json_walk.c, toml_walk.c, csv_walk.c, fields_walk.c and js_walk.c make it;
 * data_images.c finds image references in it; cli/config.c reads picdesk.yml from it. Offsets are in bytes from the
 * start of the text given, plus `base_offset`. Nesting is at most 64, nodes at most 1,000,000;
 * beyond that parsing stops with an error. An alias is the same node as its anchor (a DAG, not
 * copies): walk with a budget. Merge keys (`<<`) are resolved: the merged pairs stand after the
 * mapping's own.
 */
#ifndef DATA_TREE_H
#define DATA_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

#define DATA_TREE_MAX_DEPTH 64
#define DATA_TREE_MAX_NODES 1000000

enum data_kind {
	DATA_SCALAR,
	DATA_SEQUENCE,
	DATA_MAPPING,
};

/* What its text is written with, between `offset` and `end`. */
enum data_quoting {
	DATA_VERBATIM,
	DATA_DOUBLED, /* a quote is written twice: YAML's 'it''s', CSV */
	DATA_ESCAPED, /* by backslashes */
};

struct data_node {
	enum data_kind kind;
	unsigned id;       /* 0 <= id < data_tree_nodes(): for sets of nodes */
	size_t offset;     /* of the text of a scalar as it stands in the file: after anchor, tag,
			      quote, '>' */
	size_t end;        /* one past its last byte in the file (before the closing quote) */
	struct slice text; /* DATA_SCALAR: the decoded value, NUL-terminated */
	bool is_plain; /* YAML plain scalar, JSON and TOML number, boolean, date, null: not a string
			*/
	enum data_quoting quoting : 8;
	size_t count;
	struct data_node **items; /* DATA_SEQUENCE: the items; DATA_MAPPING: the values */
	struct data_node **keys;  /* DATA_MAPPING: scalar nodes, same count, in file order */
};

struct data_error {
	size_t offset;
	bool is_limit;     /* one of the limits above, not the text's fault */
	char message[256]; /* "did not find expected key" */
};

struct data_tree;
/* NULL for an empty document. With several YAML documents, the i-th. */
const struct data_node *data_tree_root(const struct data_tree *tree, size_t i);
size_t data_tree_documents(const struct data_tree *tree);
size_t data_tree_nodes(const struct data_tree *tree);
void data_tree_free(struct data_tree *tree);

/* The value under a key of a mapping (the last one, as Ruby and JavaScript read repeated keys), or
 * NULL (also when `node` is NULL or no mapping). */
const struct data_node *data_node_get(const struct data_node *node, const char *key);

/* Each returns 0 and a tree, or -1 and an error with its place (*ret_tree stays untouched). `text`
 * must be valid until data_tree_free(). */
int yaml_walk_parse(const char *text, size_t length_bytes, size_t base_offset,
		    struct data_tree **ret_tree, struct data_error *ret_error);
int json_walk_parse(const char *text, size_t length_bytes, size_t base_offset,
		    struct data_tree **ret_tree, struct data_error *ret_error);
/* What picdesk wrote itself, a report or a manifest: it may have more values than articles may. */
int json_walk_parse_ours(const char *text, size_t length_bytes, struct data_tree **ret_tree,
			 struct data_error *ret_error);
/* The members of an object, without its braces. */
int json_walk_parse_members(const char *text, size_t length_bytes, size_t base_offset,
			    struct data_tree **ret_tree, struct data_error *ret_error);
int toml_walk_parse(const char *text, size_t length_bytes, size_t base_offset,
		    struct data_tree **ret_tree, struct data_error *ret_error);
/* The plain strings of a configuration that is a program: one mapping, whose keys are the paths to
 * them ("dir.input"; "staticDirectories[]" once for each of a list), calls with a string alone
 * ("setInputDirectory()"), and of a call's object ("addPassthroughCopy().public") the call as well.
 * What is computed, and what has an escape in it, is not there. */
int js_walk_parse(const char *text, size_t length_bytes, size_t base_offset,
		  struct data_tree **ret_tree, struct data_error *ret_error);
/* One mapping of `Key: value` or `:key: value` lines, which hold a colon; a value that goes on in
 * indented lines is a sequence. */
int fields_walk_parse(const char *text, size_t length_bytes, size_t base_offset,
		      struct data_tree **ret_tree, struct data_error *ret_error);
/* RFC 4180 with any separator (',' or '\t'): a sequence of mappings, keyed by the first row. */
int csv_walk_parse(const char *text, size_t length_bytes, size_t base_offset, char separator,
		   struct data_tree **ret_tree, struct data_error *ret_error);

#endif
