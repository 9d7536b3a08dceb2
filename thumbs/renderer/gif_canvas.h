/*
 * gif_canvas.h: whether a GIF shows what no frame has painted (GIF89a, sections 18 to 23).
 *
 * That is transparent in browsers, whatever the background colour says. libvips gives alpha only
 * where a frame names a transparent colour, else black: a frame that does is added at the end,
 * which nobody shows. Pure, linear, every read bounds checked.
 */
#ifndef GIF_CANVAS_H
#define GIF_CANVAS_H

#include <stddef.h>

#define GIF_CANVAS_FRAME_BYTES 29

/* Adds the frame, into GIF_CANVAS_FRAME_BYTES that are writable after `length_bytes`, when no frame
 * names a transparent colour and the first one leaves some of the screen free. Returns the new
 * length; the old one where nothing was added, also for a file whose framing cannot be followed to
 * its trailer. */
size_t gif_canvas_make_transparent(unsigned char *data, size_t length_bytes);

#endif
