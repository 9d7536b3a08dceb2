/*
 * inner_sites.h: sites that lie in folders of the scanned one, or of each other, each with a generator's or
 * framework's mark of its own: `docs/` of a repository, the packages of another. Their articles are
 * read by the rules of their own site, and paths in them are looked for there.
 *
 *	inner_sites_add(&sites, &site, "docs")      where inner_sites_may_begin() says so
 *	inner_sites_find(&sites, "docs/a.md")       any number of threads
 */
#ifndef INNER_SITES_H
#define INNER_SITES_H

#include <stdbool.h>

#include "scanner.h"

/* What begins beyond is read as a part of the site around it. */
#define INNER_SITES_MAX 1000u

struct inner_sites {
	struct site **items;
	size_t count, capacity;
};

/* Whether a file or folder of this name is, or holds, a mark. */
bool inner_sites_may_begin(const char *name);

/* `folder`, from the root of `whole`, which is borrowed; those around it are added before it. The
 * site that begins there, known already or not. NULL: none does, or the disk does not tell; a
 * configuration that cannot be read is told of where it is scanned. */
const struct site *inner_sites_add(struct inner_sites *sites, const struct site *whole,
				   const char *folder);

/* Of `sites->items` the innermost that a file, by its path from the root, lies in; `sites->count`:
 * it lies in none. */
size_t inner_sites_find(const struct inner_sites *sites, const char *file);

void inner_sites_release(struct inner_sites *sites);

#endif
