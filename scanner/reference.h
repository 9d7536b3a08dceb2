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
 * Moves the strings of `image` into ret_ref and fills all but file, line and column; `ref->file`
 * must be set before. `base_href`: of the page, or NULL.
 */
void reference_resolve(struct site_files *files, const struct site *site, const char *base_href,
		       struct found_image *image, struct image_ref *ret_ref);
void reference_release(struct image_ref *ref);

#endif
