/*
 * to_srgb.h: any image of libvips to 8-bit sRGB or grey, its alpha kept.
 */
#ifndef TO_SRGB_H
#define TO_SRGB_H

#include <stdbool.h>

#include "image_header.h"
#include "vips_ref.h"

/* Gives a loaded image the profile of the colours that its file names by numbers, where these
 * count: a PNG's cICP before its profile, AVIF's and HEIC's nclx without a profile, gAMA and cHRM
 * without either and without sRGB. A profile that is not all there is none. */
void to_srgb_name_colours(VipsImage *image, const struct image_header *header,
			  const unsigned char *data, size_t length_bytes);

/* The image as it is, or its colours as they were before alpha was multiplied into them. */
int to_srgb_divide_by_alpha(VipsImage *image, const struct image_header *header,
			    VipsImage **ret_image);

/* Through the embedded profile, unless that is sRGB already; CMYK without one is multiplied out. A
 * profile that does not fit is ignored, as browsers do. */
int to_srgb(VipsImage *image, bool has_alpha, VipsImage **ret_image);
/* True when that would change nothing: 8-bit samples, not CMYK, whose profile is sRGB or missing.
 */
bool to_srgb_is_identity(VipsImage *image);

#endif
