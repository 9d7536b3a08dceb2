/*
 * webp.h: still WebP by libwebp itself, in this thread; webp.c alone includes its headers.
 *
 * libvips encodes behind a thread of its own, and waits for it line by line. Animations stay with
 * libvips.
 */
#ifndef WEBP_H
#define WEBP_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* RGB (3 bands) or RGBA (4), lossy, at libwebp's own defaults but for quality (1..100) and effort
 * (its "method", 0..6). Appends to an empty buf whose maximum is set; false when it fails. */
bool webp_encode(const unsigned char *pixels, int width_px, int height_px, int bands, int quality,
		 int effort, struct buf *buf);
/* The same of a JPEG's planes: luma alone, or luma and two of chroma at half the resolution, sides
 * rounded up. WebP's are the same planes in 16..235 and 16..240 (ITU-R BT.601). */
bool webp_encode_planes(const unsigned char *const *planes, int n_planes, int width_px,
			int height_px, int quality, int effort, struct buf *buf);
/* A still image whose every macroblock decodes. */
bool webp_check(const struct buf *bytes);

#endif
