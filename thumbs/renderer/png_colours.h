/*
 * png_colours.h: what a PNG without profile, sRGB or cICP says of its colours (gAMA, cHRM; PNG,
 * third edition, sections 11.3.2.1 and 11.3.2.2).
 *
 * Pure; the file is untrusted.
 */
#ifndef PNG_COLOURS_H
#define PNG_COLOURS_H

#include <stdbool.h>
#include <stddef.h>

#include "colour_profile.h"

/* False where nothing is said, or what amounts to sRGB. *ret_gamma: light is the sample to the
 * power of it. */
bool png_colours_read(const unsigned char *data, size_t length_bytes,
		      struct chromaticities *ret_chromaticities, double *ret_gamma);

#endif
