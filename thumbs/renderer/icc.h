/*
 * icc.h: whether an ICC profile says nothing but "this is sRGB" (ICC.1:2010, IEC 61966-2-1), and
 * whether it can be read at all.
 *
 * Most photographs carry one, and a conversion from sRGB to sRGB costs time and changes nothing.
 * Pure; the profile is untrusted.
 */
#ifndef ICC_H
#define ICC_H

#include <stdbool.h>
#include <stddef.h>

/* As long as it says (7.2): what it says of itself may be believed. */
bool icc_is_whole(const unsigned char *profile, size_t length_bytes);
/* Of a colour image, or one of greys: header and tags are in order, the colours are of the image's
 * kind, and there is what converts them. What Chromium looks at; tables are not looked into. */
bool icc_is_readable(const unsigned char *profile, size_t length_bytes, bool is_grey);
/* True only for an RGB matrix profile whose primaries and curves are sRGB's within what 8 bits can
 * show, and which has no lookup table that would take precedence. */
bool icc_is_srgb(const unsigned char *profile, size_t length_bytes);

#endif
