/*
 * page_title.h: what an HTML page calls itself, in one line for people.
 */
#ifndef PAGE_TITLE_H
#define PAGE_TITLE_H

#include "buf.h"

#define PAGE_TITLE_MAX_CODE_POINTS 80

/* Appends the page's title: references decoded, runs of blanks to one, control characters and marks
 * of direction dropped, cut with "…"; nothing where there is none. Bytes that are no UTF-8 are of
 * the encoding that `content_type` (of the response, or empty) names, else of the page's own
 * <meta>. */
void page_title_append(struct buf *text, struct slice page, struct slice content_type);

#endif
