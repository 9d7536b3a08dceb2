/*
 * image_key.h: which keys of data name images, and which values under them are images for sure.
 *
 * Names compare without case, '-', '_', ':' and blanks, so `featured_image` is `featuredImage` too.
 * An entry with a dot (`header.image`) wants that key right under that parent; "[]" at the end of
 * an entry is allowed and means nothing.
 */
#ifndef IMAGE_KEY_H
#define IMAGE_KEY_H

#include <stdbool.h>

#include "buf.h"

struct image_keys;

struct image_keys *image_keys_new(const char *const *names);
void image_keys_free(struct image_keys *keys);
/* `parent` is the key above (list indices do not count), empty at the top. Safe for threads. */
bool image_keys_have(const struct image_keys *keys, struct slice parent, struct slice key);

/* A value right under an image key: only a URL, a path with a slash or with an image's extension.
 */
bool image_value_is_likely(struct slice value);
/* A value of `url`, `src`... in a mapping under an image key: anything that may be a URL. */
bool image_value_is_possible(struct slice value);
/* "png", in any letter case. */
bool image_extension_is_known(struct slice extension);
/* A URL or path whose name ends like an image's. */
bool image_value_has_extension(struct slice value);

#endif
