/*
 * rst.h: the images of reStructuredText: `image` and `figure` directives, also as substitution
 * definitions, in lists and in cells of grid tables.
 *
 * Hidden are literal blocks, comments, and what directives show as it stands (`code`, `math`...).
 * What `raw:: html` holds goes to ret_html, which has the text's length, all else of it blank.
 */
#ifndef RST_H
#define RST_H

#include <stdbool.h>
#include <stddef.h>

#include "markup_image.h"

/* Whether what a directive of that name holds is shown as it stands: code, a formula, a table of
 * data. Of docutils, and of Sphinx and its extensions. */
bool rst_shows_as_it_stands(struct slice name);

/* Linear. */
void rst_find(const char *text, size_t length_bytes, char *ret_html,
	      const struct markup_listener *listener);

#endif
