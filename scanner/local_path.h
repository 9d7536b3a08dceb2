/*
 * local_path.h: which file of the site a path in an article means.
 *
 * A site-relative path (leading '/') lies in the root, after the site's baseurl is taken off, or
 * where the generator keeps files (Hugo static/ and assets/, Astro and others public/, Eleventy's
 * input folder, MkDocs docs/). A relative one lies beside the article, in the article's bundle or
 * folder of its own name, then in the root and those places; in data, the root comes first. It is
 * tried percent-decoded, then as it stands. Of an inner site the root is its folder.
 */
#ifndef LOCAL_PATH_H
#define LOCAL_PATH_H

#include "arena.h"
#include "scanner.h"
#include "site_files.h"

/* `path`: without query and fragment. Fills ref->local, url, disk_path and actual with strings of
 * the arena. False: nothing is there, and they are what is missing, or lies outside the root. */
bool local_path_resolve(struct site_files *files, const struct site *site, const char *path,
			struct arena *arena, struct image_ref *ref);

#endif
