/*
 * heif_turns.h: an AVIF or HEIC is turned where libheif does not do it as browsers do.
 *
 * avifenc before 1.0 names what turns, mirrors or crops the image (irot, imir, clap) for its
 * colours alone; browsers turn alpha with them (ISO/IEC 23000-22, MIAF), libheif only what it is
 * named for, and lays the whole, lying alpha on the upright colours. And libheif 1.15 refuses to
 * mirror more than 8 bits. Pure, linear, every read bounds checked.
 */
#ifndef HEIF_TURNS_H
#define HEIF_TURNS_H

#include <stdbool.h>
#include <stddef.h>

/* What crops the colours alone crops alpha as well, in place, where its list has room for it. Where
 * the two are turned differently, or what is deep is mirrored, the turns are taken from both, in
 * place. Returns how the whole is to be turned then, as an EXIF orientation: 1 where nothing was
 * changed. */
int heif_turns_take(unsigned char *data, size_t length_bytes, bool is_deep);

#endif
