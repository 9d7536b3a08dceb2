/*
 * render.h: an image's bytes in, a verdict and thumbnails out; libvips behind it.
 *
 *	render_image(&request, data, length, &result); send it; thumb_result_release(&result);
 *
 * A thumbnail's bytes are a function of the original's bytes, its one spec, and
 * vips_setup_version(): what specs share (a decode at the same shrink) is decided for each spec
 * alone. The image is decoded whole before the verdict. One thread calls; libvips starts its own
 * below it.
 */
#ifndef RENDER_H
#define RENDER_H

#include <stddef.h>

#include "wire.h"

/* `data` has RENDER_SLACK_BYTES writable bytes after its length, and may be changed. */
#define RENDER_SLACK_BYTES 64
void render_image(const struct wire_request *request, unsigned char *data, size_t length_bytes,
		  struct thumb_result *ret_result);

#endif
