/*
 * colour_profile.h: the ICC profile (ICC.1:2010) of an image that names its colours by numbers:
 * code points of ITU-T H.273 (PNG cICP, nclx of AVIF and HEIC), or PNG's gAMA and cHRM.
 *
 * Pure; the numbers are untrusted.
 */
#ifndef COLOUR_PROFILE_H
#define COLOUR_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#define COLOUR_PROFILE_BYTES 2400

/* CIE 1931 xy of red, green, blue, white. */
struct chromaticities {
	double xy[4][2];
};

extern const struct chromaticities colour_profile_srgb;

/* Light is the sample to the power of `gamma`, or by sRGB's curve where that is 0. Returns the
 * profile's length, 0 when no such colours exist. */
size_t colour_profile_make(const struct chromaticities *chromaticities, double gamma,
			   unsigned char ret_profile[COLOUR_PROFILE_BYTES]);
/* The camera's curves (BT.709, BT.601, BT.2020) are shown as sRGB's, as by browsers. Returns 0 for
 * codes that are not known, high dynamic range among them. */
size_t colour_profile_of_codes(int primaries, int transfer,
			       unsigned char ret_profile[COLOUR_PROFILE_BYTES]);

#endif
