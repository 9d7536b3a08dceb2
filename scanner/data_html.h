/*
 * data_html.h: HTML in the values of front matter and data files: e-mails and articles that a
 * collection keeps as block scalars or strings.
 *
 * A string is read as HTML when it begins with a tag, or has a tag in it and several lines or a key
 * that says it is HTML (`content_html`). Where it does not begin with a tag it may be Markdown, and
 * what stands in its code is not looked at.
 */
#ifndef DATA_HTML_H
#define DATA_HTML_H

#include "data_tree.h"
#include "found.h"

bool data_html_is_likely(struct slice key, const struct data_node *node);

/* `source` is the whole file, in which the nodes' offsets are; `path` the value's data path.
 * Linear; 9 bytes of memory a byte of the value while it runs. */
void data_html_find(const struct data_node *node, struct slice source,
		    const char *const *lazy_attributes, enum image_ref_kind kind, const char *path,
		    struct found *found);

#endif
