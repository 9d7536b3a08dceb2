/*
 * manifest_keys.h: by which key of the manifest a template finds an image: as an article writes it,
 * or, for a relative spelling that means two files in two articles, "file:written". A run that did
 * not read all articles learns of the others' spellings from the keys of the earlier manifest.
 */
#ifndef MANIFEST_KEYS_H
#define MANIFEST_KEYS_H

#include <stdbool.h>

#include "data_tree.h"
#include "report.h"

struct manifest_keys;

/* `earlier`: the "images" of a manifest whose entries are kept, or NULL. All is borrowed. */
struct manifest_keys *manifest_keys_new(const struct report *report,
					const struct data_node *earlier, int root_fd);
void manifest_keys_free(struct manifest_keys *keys);

/* The reference's key is "file:written". */
bool manifest_keys_has_file(struct manifest_keys *keys, const struct asset *asset,
			    const struct asset_ref *ref);

#endif
