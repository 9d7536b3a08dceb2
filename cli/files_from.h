/*
 * files_from.h: the list of paths that --files-from names.
 */
#ifndef FILES_FROM_H
#define FILES_FROM_H

#include "fault.h"
#include "settings.h"

/* Adds them to settings->paths: one a line; where the list has a NUL, each ends with one, as
 * `git diff -z` and `find -print0` write them. */
int files_from_read(struct settings *settings, struct fault *fault);

#endif
