/*
 * markdown_prepare.h: what md4c 0.4.8 reads otherwise than sites mean it, changed in a copy of the
 * same length before it parses.
 */
#ifndef MARKDOWN_PREPARE_H
#define MARKDOWN_PREPARE_H

#include <stddef.h>

enum markdown_dialect {
	MARKDOWN_COMMONMARK,
	MARKDOWN_ELEVENTY, /* no indented code: from 2.0 on it switches that off in markdown-it */
	MARKDOWN_MDX,      /* no indented code, no HTML blocks: Markdown between tags */
	MARKDOWN_DEFINITIONS, /* kramdown and Goldmark: `: definition` holds what is indented below
			       */
	MARKDOWN_PYTHON,      /* MkDocs: so do the blocks `!!! note`, `??? note` and `=== "tab"` */
};

/*
 * In place, in a copy of `original`:
 *  - md4c starts an HTML block and fenced code at any indent: a letter before what is indented by 4
 *    and more, and goes on with a paragraph, makes it the paragraph's text, as CommonMark says;
 *  - code keeps none of the characters that begin an image, a tag or a fence: md4c ends some of it
 *    too early;
 *  - a fence that follows one which its container ended has other marks: md4c takes it for the end;
 *  - tabs behind the end of a fence are spaces: to md4c it is no end;
 *  - HTML blocks go to `html` and leave empty headings: md4c does not see some behind list markers;
 *  - an empty line of a list item, where no block is open, is blanks at the end of the line before:
 *    md4c may end the item there;
 *  - an indented item on the first line of a quotation gets a longer mark: md4c has it too narrow;
 *  - a table becomes a heading and a paragraph of its rows;
 *  - `[^1]: text` is a footnote, not a definition of the label "^1": it becomes a list item;
 *  - so do definitions and MARKDOWN_PYTHON's blocks;
 *  - a tag with markdown="1" (kramdown) is blanked, so that what it holds is read as Markdown; the
 *    tag itself goes to `html`, which has the same length.
 */
void markdown_prepare(char *text, const char *original, size_t length_bytes,
		      enum markdown_dialect dialect, char *html);

#endif
