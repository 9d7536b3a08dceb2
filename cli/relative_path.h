/*
 * relative_path.h: paths of the site as people see them from the folder they are in. Pure, textual:
 * both folders are absolute and free of "." and "..".
 */
#ifndef RELATIVE_PATH_H
#define RELATIVE_PATH_H

#include "buf.h"

/* Appends `path` (from `root`; "" is the root itself) as seen from `folder`: "x.md", "../x.md",
 * "site/x.md", ".". */
void relative_path(struct buf *ret_text, const char *folder, const char *root, const char *path);

#endif
