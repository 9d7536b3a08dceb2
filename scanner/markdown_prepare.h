/*
 * markdown_prepare.h: what md4c 0.4.8 reads otherwise than sites mean it, changed in a copy of the
 * same length before it parses.
 */
#ifndef MARKDOWN_PREPARE_H
#define MARKDOWN_PREPARE_H

#include <stddef.h>

#include "myst.h"

/* In the HTML that is handed out, a byte of code is this. */
#define MARKDOWN_CODE_BYTE '\1'

enum markdown_dialect {
	MARKDOWN_COMMONMARK,
	MARKDOWN_ELEVENTY, /* no indented code: from 2.0 on it switches that off in markdown-it */
	MARKDOWN_MDX,      /* no indented code, no HTML blocks: Markdown between tags */
	MARKDOWN_DEFINITIONS, /* kramdown and Goldmark: `: definition` holds what is indented below
			       */
	MARKDOWN_PYTHON,      /* MkDocs: so do the blocks `!!! note`, `??? note` and `=== "tab"` */
	MARKDOWN_MYST,        /* directives in fences, of which `myst` is told */
};

/*
 * In place, in a copy of `original`: md4c is shown paragraphs and headings, and nothing else.
 *  - Marks of quotations and list items are blanked, and a line feed before the text that begins
 *    there parts it from the block before: md4c ends some items and quotations elsewhere;
 *  - code is blanked, and in `html`, which has the same length, MARKDOWN_CODE_BYTE;
 *  - HTML blocks go to `html`;
 *  - a table becomes a paragraph, an empty line and its rows;
 *  - what would begin a block, but goes on with a paragraph, has a letter before it or in it;
 *  - `[^1]: text` is a footnote, not a definition of the label "^1": it becomes a list item;
 *  - so do definitions and MARKDOWN_PYTHON's blocks;
 *  - a tag with markdown="1" (kramdown) is blanked, so that what it holds is read as Markdown; the
 *    tag itself goes to `html`, and HTML blocks in the element end as markdown_element.h has it.
 */
void markdown_prepare(char *text, const char *original, size_t length_bytes,
		      enum markdown_dialect dialect, char *html, struct myst *myst);

#endif
