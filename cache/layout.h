/*
 * layout.h: the cache's folder: recognized, or made.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "fault.h"
#include "layout_repair.h"

/* What stands in the file "format". */
#define LAYOUT_FORMAT 1
#define LAYOUT_TAG "CACHEDIR.TAG"
/* What e2fsck has at the top of a file system: nobody's junk. */
#define LAYOUT_LOST_FOUND "lost+found"

/* Opens the folder, made (mode 0700) when it is missing. -ENOTEMPTY: it holds files that are not a
 * cache's; -ENOTSUP: a newer picdesk made it. *ret_path is absolute and free of symbolic links, to
 * be freed. What stood in the place of the cache's own parts was moved to quarantine, and is told.
 */
int layout_open(const char *directory, int *ret_fd, char **ret_path,
		struct layout_repairs *ret_repairs, struct fault *fault);

/* The same of a cache that is there; nothing is made. */
int layout_open_read_only(const char *directory, int *ret_fd, char **ret_path, struct fault *fault);

#endif
