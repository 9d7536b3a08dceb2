/*
 * site_marks.h: how a folder is known to be a site's: by the configuration of a generator or of a
 * framework in it. A picdesk.yml alone is no such mark.
 */
#ifndef SITE_MARKS_H
#define SITE_MARKS_H

#include <stdbool.h>

#include "scanner.h"

/* Whether a mark lies at, or below, a file or folder of this name. */
bool site_mark_begins_with(const char *name);

/* The site that begins in `folder`, a path from the root of the whole site; `outer`, which is
 * borrowed, is that one, or the innermost inner one that the folder lies in. False: none does, or
 * the disk does not tell. */
bool site_find_inner(const struct site *outer, const char *folder, struct site *ret_site);

#endif
