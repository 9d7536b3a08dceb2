/*
 * markdown_prepare.h: what md4c 0.4.8 reads otherwise than sites mean it, changed in a copy of the
 * same length before it parses.
 */
#ifndef MARKDOWN_PREPARE_H
#define MARKDOWN_PREPARE_H

#include <stddef.h>

/*
 * In place:
 *  - md4c starts an HTML block at any indent: a letter before a `<` that is indented by 4 or more
 * and follows a line of text makes it the paragraph's text, as CommonMark says; what follows a
 * heading, a rule or a fence, or stands in fenced code, stays as it is;
 *  - `[^1]: text` is a footnote, not a definition of the label "^1": it becomes a list item;
 *  - a tag with markdown="1" (kramdown) is blanked, so that what it holds is read as Markdown; the
 *    tag itself goes to `html`, which has the same length.
 */
void markdown_prepare(char *text, size_t length_bytes, char *html);

#endif
