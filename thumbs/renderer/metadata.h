/*
 * metadata.h: what decoders parse before any pixel, and nobody looks at: EXIF.
 *
 * libvips hands it to libexif each time that it opens a file, and directories that name each other
 * take that seconds. The orientation is read before (base/image_header.h). Pure, linear, every read
 * bounds checked.
 */
#ifndef METADATA_H
#define METADATA_H

#include <stddef.h>

#include "media_type.h"

/* Of JPEG, WebP, AVIF and HEIC: it gets another name, in place. (structure_drop_texts() takes a
 * PNG's out.) */
void metadata_hide(enum media_type type, unsigned char *data, size_t length_bytes);

#endif
