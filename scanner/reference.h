/*
 * reference.h: what a found URL means: a remote image, a file of the site, embedded data, a
 * template, or nothing that can be fetched. Identity rules: cli.md, "Identity".
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "found.h"
#include "site_files.h"

/* Empty, "#...", "about:blank", "javascript:": placeholders that name no image. */
bool reference_is_placeholder(const char *url);

/*
 * Fills ret_ref, but for `file`, which must be set before. Its strings are those of `image`, or
 * live in the arena. `base_href`: of the page, or NULL.
 */
void reference_resolve(struct site_files *files, const struct site *site, const char *base_href,
		       const struct found_image *image, struct arena *arena,
		       struct image_ref *ret_ref);

#endif
