/*
 * heif_alpha.h: alpha of an AVIF or HEIC is turned as its image (ISO/IEC 23000-22, MIAF).
 *
 * avifenc before 1.0 names what turns or mirrors the image (irot, imir) for its colours alone; browsers turn both,
 * libheif only what it is named for, and lays the lying alpha on the upright colours. Pure, linear,
 * every read bounds checked.
 */
#ifndef HEIF_ALPHA_H
#define HEIF_ALPHA_H

#include <stddef.h>

/* Where they are turned differently the turns are taken from both, in place. Returns how the whole is
 * to be turned then, as an EXIF orientation: 1 where nothing was changed. */
int heif_alpha_put_upright(unsigned char *data, size_t length_bytes);

#endif
