/* folders.h: the folders that a path needs. */
#ifndef FOLDERS_H
#define FOLDERS_H

#include "fault.h"

/* Makes those above `path` that are missing, as the umask allows; not `path` itself. */
int folders_make_above(const char *path, struct fault *fault);

#endif
