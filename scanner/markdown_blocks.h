/*
 * markdown_blocks.h: the block structure of CommonMark 0.31 (its appendix's phase 1), line by line:
 * what a line is, in which quotations and list items. md4c reads some lines differently that are
 * indented by 4 and more; markdown_prepare.c takes care of them.
 *
 *	struct markdown_blocks blocks = {.is_mdx = false};
 *	for each line: kind = markdown_blocks_next(&blocks, text, start, end, &place);
 */
#ifndef MARKDOWN_BLOCKS_H
#define MARKDOWN_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Deeper quotations and items are not told apart from the one they are in. */
#define MARKDOWN_MAX_CONTAINERS 64

enum markdown_line {
	MARKDOWN_LINE_BLANK,
	MARKDOWN_LINE_TEXT,         /* a heading, a rule, the first line of a paragraph */
	MARKDOWN_LINE_CONTINUATION, /* of a paragraph */
	MARKDOWN_LINE_FENCE,        /* that opens or closes code */
	MARKDOWN_LINE_CODE,
	MARKDOWN_LINE_HTML,
};

struct markdown_container {
	bool is_quotation;
	bool is_empty; /* a list item that nothing but its marker was seen of */
	size_t width;  /* of a list item: columns up to its text */
};

struct markdown_blocks {
	bool is_mdx;               /* neither indented code nor HTML blocks */
	bool has_no_indented_code; /* what is indented by 4 and more is a paragraph */
	struct markdown_container containers[MARKDOWN_MAX_CONTAINERS];
	size_t n_containers;
	size_t n_opened; /* containers, closed ones as well */
	enum markdown_leaf {
		MARKDOWN_LEAF_NONE,
		MARKDOWN_LEAF_PARAGRAPH,
		MARKDOWN_LEAF_TABLE, /* set by the caller, behind its row of dashes */
		MARKDOWN_LEAF_FENCE,
		MARKDOWN_LEAF_INDENTED,
		MARKDOWN_LEAF_HTML,
	} leaf; /* what is open in the innermost container */
	char fence_mark;
	size_t fence_length;
	const char *html_end; /* of the HTML block; NULL: an empty line */
};

/* Where a line's own text begins, behind the marks of its containers. */
struct markdown_place {
	size_t offset;         /* of its first character that is no blank */
	size_t indent_columns; /* of the blanks before it, in its container */
	bool is_lazy;          /* the marks of a paragraph's containers are left out */
};

/* The line is [start, end) of `text`, without its line feed. Costs its length. */
enum markdown_line markdown_blocks_next(struct markdown_blocks *blocks, const char *text,
					size_t start, size_t end, struct markdown_place *ret_place);

#endif
