/*
 * to_srgb.h: any image of libvips to 8-bit sRGB or grey, its alpha kept.
 */
#ifndef TO_SRGB_H
#define TO_SRGB_H

#include <stdbool.h>

#include "vips_ref.h"

/* Through the embedded profile, unless that is sRGB already; CMYK without one through libvips' own.
 * A profile that does not fit is ignored, as browsers do. */
int to_srgb(VipsImage *image, bool has_alpha, VipsImage **ret_image);
/* True when that would change nothing: 8-bit samples, not CMYK, whose profile is sRGB or missing.
 */
bool to_srgb_is_identity(VipsImage *image);

#endif
