/*
 * site_aliases.h: names that a bundler has for folders of the site, as TypeScript's settings give
 * them, which bundlers follow: "@assets/" for src/assets.
 */
#ifndef SITE_ALIASES_H
#define SITE_ALIASES_H

#include "scanner.h"

/* Reads tsconfig.json, or else jsconfig.json, of a site whose root is known. What another file that
 * it extends says is not looked at. */
int site_aliases_read(struct site *site, struct fault *fault);
void site_aliases_release(struct site *site);

/* The one that the path begins with; NULL: none. */
const struct site_copy *site_alias_of(const struct site *site, struct slice path);

#endif
