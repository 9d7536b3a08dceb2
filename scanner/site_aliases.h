/*
 * site_aliases.h: names that a bundler has for folders of the site, as TypeScript's settings give
 * them, which bundlers follow: "@assets/" for src/assets.
 */
#ifndef SITE_ALIASES_H
#define SITE_ALIASES_H

#include "arena.h"
#include "scanner.h"

/* Reads tsconfig.json, or else jsconfig.json, of a site whose root is known. What another file that
 * it extends says is not looked at. */
int site_aliases_read(struct site *site, struct fault *fault);
void site_aliases_release(struct site *site);

/* The longest one that the path begins with; NULL: none. */
const struct site_copy *site_alias_of(const struct site *site, struct slice path);
/* Whether the name could be that of a folder, "assets/" rather than "@assets/": only in imports it
 * surely is none. */
bool site_alias_looks_like_folder(const struct site_copy *alias);
/* The path with the folder, from the root, in place of the name. */
const char *site_alias_expand(const struct site_copy *alias, const char *path, struct arena *arena);

#endif
