/*
 * beneath.h: folders below the site's root. What leads out of it, by ".." or by a symbolic link, is
 * refused, whoever put it there (openat2(2), RESOLVE_BENEATH). Paths are from root_fd.
 */
#ifndef BENEATH_H
#define BENEATH_H

#include "fault.h"

/* Opens a folder; -1 with errno (EXDEV: it lies outside). */
int beneath_open(int root_fd, const char *path);
/* Opens the folder that `path` lies in; *ret_name is its name there, of the path's bytes. */
int beneath_open_parent(int root_fd, const char *path, const char **ret_name);
/* Opens a folder that is made, and those above it, with at least mode 0755 where it is missing.
 * -errno with a fault. */
int beneath_make(int root_fd, const char *folder, int *ret_fd, struct fault *fault);

#endif
