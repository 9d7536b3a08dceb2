/*
 * png_profile.h: whether the colour profile within a PNG (its iCCP chunk; PNG, third edition,
 * section 11.3.2.3) is one that decoders leave out: browsers show such a file, in sRGB.
 *
 * libpng warns of it, libspng (which libvips may be built with) says nothing. Pure but for memory;
 * the file is untrusted.
 */
#ifndef PNG_PROFILE_H
#define PNG_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

/* False as well where there is none. */
bool png_has_broken_profile(const unsigned char *data, size_t length_bytes);

#endif
