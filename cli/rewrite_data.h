/*
 * rewrite_data.h: the data of a file, front matter or the whole of it, as values: where a declared
 * size stands, and whether edits changed nothing else. Pure.
 */
#ifndef REWRITE_DATA_H
#define REWRITE_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "rewrite.h"

/* The data of the new text has the keys and values of the old one, but for the edited values, which
 * are what their edits mean. */
bool rewrite_data_is_kept(const struct rewrite *rewrite);

void rewrite_data_release(struct rewrite *rewrite);

/* Adds edits that set `width` and `height` beside the URL at `offset`, where they are declared. The
 * URL stands in data, or else in a tag of HTML, a shortcode, or a Markdown image with a list of
 * attributes. False when nothing there can be set, and why; *ret_why is set then only. */
bool rewrite_declared_size(struct rewrite *rewrite, size_t offset, bool is_data, int width_px,
			   int height_px, const char **ret_why);

/* Adds an edit that sets the width descriptor of the URL which ends at `end`, in a srcset of HTML.
 * False when there is none, or it is right already. */
bool rewrite_width_descriptor(struct rewrite *rewrite, size_t end, int width_px);

/* The byte at `offset` stands in a start tag of that name (lower case). */
bool rewrite_is_in_tag(const struct rewrite *rewrite, size_t offset, const char *name);

#endif
