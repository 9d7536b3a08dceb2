/*
 * markdown_source.h: where in a Markdown text a destination stands that md4c handed out unescaped,
 * and what follows a destination.
 */
#ifndef MARKDOWN_SOURCE_H
#define MARKDOWN_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* The destination `(<...>` or `(...`, after blanks, at `offset`; false when there is none. */
bool markdown_source_destination(struct slice text, size_t offset, size_t *ret_start,
				 size_t *ret_end);
/* Backslash escapes and character references decoded. */
void markdown_source_decode(struct slice raw, struct buf *ret_text);

/* The destination at `offset` belongs to an inline link or image: "(" stands before it. */
bool markdown_source_is_inline(struct slice text, size_t offset);

/* From the end of an inline destination: over the title and ')', then the size that
 * `{: width="640" height="360"}` declares. */
void markdown_source_size(struct slice text, size_t offset, int *ret_width_px, int *ret_height_px);

/* The label of the reference-style image whose `![` stands at `mark`. */
struct slice markdown_source_label(struct slice text, size_t mark);

/* Definitions by their decoded destination, alone and with their label; made when first asked
 * for. */
struct markdown_definitions {
	struct map *by_url; /* decoded destination, and '\0' and the label -> index + 1 in places */
	struct slice *places;
	size_t count, capacity;
};
void markdown_definitions_release(struct markdown_definitions *definitions);
/* Of several with that URL the one with that label, else the first. */
bool markdown_definitions_find(struct markdown_definitions *definitions, struct slice text,
			       const char *url, struct slice label, struct slice *ret_place);

#endif
