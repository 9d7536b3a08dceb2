/*
 * rewrite_attributes.h: where sizes are declared outside of data and tags: in kramdown's attribute
 * list behind an image, `![x](a.jpg){: width="640"}`, among the parameters of a shortcode or an
 * include, and as a width descriptor of srcset (HTML 4.8.4.2.1, "640w"). Pure.
 */
#ifndef REWRITE_ATTRIBUTES_H
#define REWRITE_ATTRIBUTES_H

#include "rewrite.h"

/* The value, without quotes, of the attribute `name` that belongs to the URL at `offset`. False
 * when the URL stands in no shortcode and no Markdown image with a list on the same line, or there
 * is no such attribute. */
bool rewrite_attribute_of(const struct rewrite *rewrite, size_t offset, const char *name,
			  size_t *ret_offset, size_t *ret_length_bytes);

/* The digits of the width descriptor that follows the URL which ends at `end`, inside a list of
 * candidates from `first` to before `last`. False when none follows, or another candidate has, or
 * is to have, the width `width_px`: two of one width are none. */
bool rewrite_descriptor_after(const struct rewrite *rewrite, size_t end, size_t first, size_t last,
			      int width_px, size_t *ret_offset, size_t *ret_length_bytes);

#endif
