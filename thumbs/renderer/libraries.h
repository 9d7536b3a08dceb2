/*
 * libraries.h: the shared libraries that make the bytes: which versions run, and the parts that
 * they load late.
 *
 * Codecs behind libvips announce no version through it, so the real names of the files that are
 * mapped into this process are read: "libjpeg.so.62.3.0".
 */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* libheif of 1.16 and later opens its codecs on first use: make it do so before files are out of
 * reach. */
void libraries_load_plugins(void);
/* libheif may come without an encoder (Debian 13 and newer: a package of its own). */
bool libraries_can_encode_avif(void);
/* Appends " jpeg-62.3.0 webp-7.1.5 ..." in a fixed order; libraries that are not loaded are left
 * out. */
void libraries_append_versions(char *text, size_t size_bytes);
/* The real path of every file that is mapped as a library, and of the folder that codecs may be
 * added to, a line each; -E2BIG when they have no
 * room. */
int libraries_append_paths(struct buf *text);

#endif
