/*
 * markdown_element.h: where HTML ends that stands in an element with a markdown attribute: with its
 * own element, as kramdown and Python-Markdown read it, not with the next empty line.
 *
 *	struct markdown_element element = {0};
 *	markdown_element_begin(&element, tag), where a tag with the attribute begins a line
 *	ends = markdown_element_ends_html(&element, html, is_first), for each line of an HTML block
 *	markdown_element_pass(&element, line), behind each line
 */
#ifndef MARKDOWN_ELEMENT_H
#define MARKDOWN_ELEMENT_H

#include "buf.h"

/* All zero: none is open. The slices are of the text. */
struct markdown_element {
	struct slice name;
	long depth; /* elements of the name that are open */
	struct slice block_name;
	long block_depth;
};

/* `tag` starts with '<'. Of nested ones the last counts. */
void markdown_element_begin(struct markdown_element *element, struct slice tag);
/* `html` is a line from its first character on. Costs its length. */
bool markdown_element_ends_html(struct markdown_element *element, struct slice html, bool is_first);
void markdown_element_pass(struct markdown_element *element, struct slice line);

#endif
