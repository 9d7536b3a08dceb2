/*
 * html_size.h: what the attributes of an element say about the size of its image.
 */
#ifndef HTML_SIZE_H
#define HTML_SIZE_H

#include "html_tokenizer.h"

/* HTML, "rules for parsing dimension values", in CSS pixels; JSX's `{640}` as well. 0 for none, for
 * percentages and fractions. NULL is allowed. */
int html_dimension_px(const struct html_attribute *attribute);

/* A `style` (JSX's `{{objectFit: "cover"}}` as well) with an object-fit under which the image keeps
 * its ratio, whatever its box (CSS Images 3, 5.5): any but `fill`. NULL is allowed. */
bool html_style_keeps_ratio(const struct html_attribute *style);

#endif
