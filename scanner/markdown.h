/*
 * markdown.h: the images of a Markdown text (CommonMark 0.31 as md4c reads it, and GFM's tables),
 * and the HTML in it as one document of the same length.
 */
#ifndef MARKDOWN_H
#define MARKDOWN_H

#include <stddef.h>

#include "markdown_prepare.h"

struct markdown_image {
	size_t offset;         /* of the URL, or of `![` when it is reference-style */
	size_t defined_offset; /* of the URL of a reference-style image, else (size_t)-1 */
	size_t url_offset, url_length_bytes; /* as it stands; 0 long when it was not found */
	char *url;                           /* escapes and character references decoded */
	char *title;                         /* else the alt text; NULL: none */
	int width_px,
		height_px; /* by kramdown's {: width="" height=""}, or options; 0: not declared */
};

struct markdown_images {
	struct markdown_image *items;
	size_t count, capacity;
};

void markdown_images_release(struct markdown_images *images);

/*
 * Images in the order of their places, those of directives (MARKDOWN_MYST) behind the others.
 * `ret_html` has room for `length_bytes`: the HTML blocks and inline tags at their offsets, blanks
 * for the rest. Stops after `max_images`.
 */
void markdown_find(const char *text, size_t length_bytes, enum markdown_dialect dialect,
		   size_t max_images, char *ret_html, struct markdown_images *ret_images);

#endif
