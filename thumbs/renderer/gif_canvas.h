/*
 * gif_canvas.h: whether a GIF shows what no frame has painted (GIF89a, sections 18 to 23).
 *
 * That is transparent in browsers, whatever the background colour says. libvips gives alpha only
 * where a frame names a transparent colour, else black. And of screens with the size of a monitor,
 * or more than 2048 pixels wide or high, its decoder takes the first frame for the whole. A first
 * frame that is to be replaced by what was before it stays, in libvips. A frame as large as the
 * screen, which paints nothing, is put before the others for all of these; nobody shows it. A frame
 * that is cleared away leaves the background colour there, if it names no transparent one.
 * Pure, linear, every read bounds checked.
 */
#ifndef GIF_CANVAS_H
#define GIF_CANVAS_H

#include <stddef.h>

#define GIF_CANVAS_FRAME_BYTES 29

/* Where the whole has alpha, frames that are cleared away get a transparent colour, in place, which
 * none of their pixels has. Adds the frame, into GIF_CANVAS_FRAME_BYTES that are writable after
 * `length_bytes`, when the first one leaves some of the screen free, and either no frame names a
 * transparent colour or the decoder would not take the screen's size; or when the first one is
 * taken away and a later one does not cover its place. Returns the new length; the old one where
 * nothing was added, also for a file whose framing cannot be followed to its trailer (to its first
 * frame, for the size). */
size_t gif_canvas_make_transparent(unsigned char *data, size_t length_bytes);

#endif
