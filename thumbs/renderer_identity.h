/*
 * renderer_identity.h: which files make the renderer what it is, so that its version need not be
 * asked again while they are the same.
 *
 *	renderer_identity_ask(path, &text, &fault)      runs the renderer: about 60 ms
 *	renderer_identity_is_same(path, text)           some hundred stat(2)
 *
 * The text's first line is the version. Then, a line each: what the loader is told by the
 * environment, the renderer, the loader's cache, every library that the renderer had loaded, and
 * the folders that these lie in (a new plugin changes its folder), as device, inode, size, times of
 * the last change of the bytes and of the inode, in ns.
 */
#ifndef RENDERER_IDENTITY_H
#define RENDERER_IDENTITY_H

#include <stdbool.h>

#include "fault.h"

/* free() the text. */
int renderer_identity_ask(const char *path, char **ret_text, struct fault *fault);
bool renderer_identity_is_same(const char *path, const char *text);

#endif
