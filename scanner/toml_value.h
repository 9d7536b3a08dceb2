/*
 * toml_value.h: the words of TOML: blanks, comments, keys, strings, numbers, dates. toml_walk.c
 * makes tables of them. What fails returns false or NULL and fills the tree's error.
 */
#ifndef TOML_VALUE_H
#define TOML_VALUE_H

#include "buf.h"
#include "data_builder.h"

struct toml_reader {
	struct data_tree *tree;
	const char *text;
	size_t length_bytes, base_offset, offset;
	struct buf decoded;
};

bool toml_fail(struct toml_reader *reader, const char *message); /* here; always false */
size_t toml_offset(const struct toml_reader *reader);
bool toml_is_at_end(const struct toml_reader *reader);
int toml_peek(const struct toml_reader *reader); /* -1 at the end */
bool toml_take(struct toml_reader *reader, char c);

void toml_skip_blanks(struct toml_reader *reader);
/* Blanks, comments and line ends. */
bool toml_skip_lines(struct toml_reader *reader);
/* Blanks and a comment; then the line must end. */
bool toml_end_line(struct toml_reader *reader);

struct data_node *toml_read_key_part(struct toml_reader *reader);
struct data_node *toml_read_scalar(struct toml_reader *reader);

#endif
