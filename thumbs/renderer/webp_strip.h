/*
 * webp_strip.h: a WebP file without its EXIF, XMP and ICC chunks (WebP container specification,
 * "Extended File Format").
 *
 * libvips 8.14 writes an EXIF chunk of its own (resolution, orientation 1) even when it is told to
 * strip. Pure, in place, linear; for bytes that our own encoder just wrote, bounds checked all the
 * same.
 */
#ifndef WEBP_STRIP_H
#define WEBP_STRIP_H

#include <stddef.h>

/* Returns the new length; the old one when there is nothing to take away, or it is no WebP. Where
 * only the image data is left the simple file format remains, without VP8X. */
size_t webp_strip(unsigned char *data, size_t length_bytes);

#endif
