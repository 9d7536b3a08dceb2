/*
 * frame.h: from scaled pixels to a finished frame: sRGB, turned upright, cropped, alpha flattened
 * where the spec or the format wants it, without metadata.
 *
 * Errors are left in libvips' error buffer.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>

#include "thumbs.h"
#include "vips_ref.h"

/* What the pixels mean. */
struct frame_source {
	const VipsImage *decoded; /* its interpretation and profile are theirs */
	int orientation;          /* EXIF */
	bool has_alpha;
};

struct frame_pixels {
	unsigned char *pixels; /* 8-bit, borrowed for the call */
	int width_px, height_px, bands;
};

/* Found for the first frame of an image, the same for all others. */
struct frame_crop {
	bool is_known;
	int left_px, top_px;
};

/* Of the size that `thumb` says. */
int frame_make(const struct frame_source *source, const struct frame_pixels *pixels,
	       const struct thumb_spec *spec, const struct thumb *thumb, struct frame_crop *crop,
	       VipsImage **ret_image);
/* Encoders of libvips 8.14 write a profile even when told to strip. */
void frame_drop_metadata(VipsImage *image);

#endif
