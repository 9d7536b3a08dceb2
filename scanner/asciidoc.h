/*
 * asciidoc.h: the images of AsciiDoc: `image::target[attributes]` where a block may begin, and
 * `image:target[attributes]` in running text, lists and tables.
 *
 * Hidden are listing, literal and comment blocks, `source` and literal paragraphs, line comments
 * and inline passthroughs. What passthrough blocks hold, which is HTML, goes to ret_html, which has
 * the text's length, all else of it blank. `:name: value` entries are remembered as they come:
 * `{name}` in a target is replaced, and `:imagesdir:` goes before a relative one.
 */
#ifndef ASCIIDOC_H
#define ASCIIDOC_H

#include <stddef.h>

#include "markup_image.h"

/* Linear. A macro is read up to 4 KiB of its line. */
void asciidoc_find(const char *text, size_t length_bytes, char *ret_html,
		   const struct markup_listener *listener);

#endif
