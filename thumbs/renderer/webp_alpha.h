/*
 * webp_alpha.h: what a lossless WebP holds beside what its header says (RFC 9649 sections 2.7 and
 * 3.4).
 *
 * A flag of VP8X tells of alpha. Some programs that put metadata into a file forget it; browsers
 * and libwebp go by the lossless data, which says so itself, libvips by the flag. Pure, in place,
 * linear.
 */
#ifndef WEBP_ALPHA_H
#define WEBP_ALPHA_H

#include <stddef.h>

/* Sets the flag of a still image whose lossless data uses alpha. Any bytes. */
void webp_alpha_name(unsigned char *data, size_t length_bytes);

#endif
