/*
 * heif_alpha.h: alpha of an AVIF or HEIC is turned and cropped as its image (ISO/IEC 23000-22, MIAF).
 *
 * avifenc before 1.0 names what turns, mirrors or crops the image (irot, imir, clap) for its colours
 * alone; browsers turn both, libheif only what it is named for, and lays the whole, lying alpha on the
 * upright colours. Pure, linear, every read bounds checked.
 */
#ifndef HEIF_ALPHA_H
#define HEIF_ALPHA_H

#include <stddef.h>

/* What crops the colours alone crops alpha as well, in place, where its list has room for it. Where
 * they are turned differently the turns are taken from both, in place. Returns how the whole is
 * to be turned then, as an EXIF orientation: 1 where nothing was changed. */
int heif_alpha_put_upright(unsigned char *data, size_t length_bytes);

#endif
