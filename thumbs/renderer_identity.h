/*
 * renderer_identity.h: which files make the renderer what it is, so that it need not be started to
 * say its version while they are the same.
 *
 *	text = renderer_identity_new(path, version, files)   of what a renderer's hello says
 *	renderer_identity_is_same(path, text)                some hundred stat(2)
 *
 * The text's first line is the version. Then, a line each: what the loader is told by the
 * environment, the renderer, the loader's cache, every library that the renderer had loaded, and
 * the folders that these lie in (a new plugin changes its folder), as device, inode, size, times of
 * the last change of the bytes and of the inode, in ns.
 */
#ifndef RENDERER_IDENTITY_H
#define RENDERER_IDENTITY_H

#include <stdbool.h>

/* `files`: what it has loaded, a path a line. free() the text. */
char *renderer_identity_new(const char *path, const char *version, const char *files);
bool renderer_identity_is_same(const char *path, const char *text);

#endif
