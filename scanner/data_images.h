/*
 * data_images.h: the images that front matter and data files name (cli.md, "Where a URL counts as
 * an image"): under an image key at any depth, as a string, a list, or a mapping with url, src,
 * path, image_path or file, whose siblings declare width, height and title.
 */
#ifndef DATA_IMAGES_H
#define DATA_IMAGES_H

#include "data_tree.h"
#include "found.h"
#include "image_key.h"

/* Linear in the nodes: a node that aliases name again counts where it was named first. */
void data_images_find(const struct data_tree *tree, const struct image_keys *keys,
		      enum image_ref_kind kind, struct found *found);

#endif
