/*
 * data_images.h: the images that front matter and data files name (cli.md, "Where a URL counts as
 * an image"): under an image key at any depth, as a string, a list, or a mapping with url, src,
 * path, image_path or file, whose siblings declare width, height and title; and what the HTML in
 * their values shows (data_html.h).
 */
#ifndef DATA_IMAGES_H
#define DATA_IMAGES_H

#include "data_tree.h"
#include "found.h"
#include "image_key.h"

struct data_images_options {
	const struct image_keys *keys;
	const char *const *lazy_attributes; /* of the HTML */
	struct slice source;                /* the whole file */
	bool is_table;                      /* CSV: columns of equal names all count */
};

/* Linear in the nodes: a node that aliases name again counts where it was named first. */
void data_images_find(const struct data_tree *tree, const struct data_images_options *options,
		      enum image_ref_kind kind, struct found *found);

#endif
