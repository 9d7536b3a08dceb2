/*
 * renderer_path.h: where picdesk-renderer is.
 *
 * What the caller says; else beside this program in a build tree; else ../libexec from where this
 * program is installed; else the configured libexec folder. The first that can be executed.
 */
#ifndef RENDERER_PATH_H
#define RENDERER_PATH_H

#include "fault.h"

/* free() *ret_path. `configured_path` may be NULL. */
int renderer_path_find(const char *configured_path, char **ret_path, struct fault *fault);

#endif
