/*
 * planes.h: the planes of a JPEG on their way to one thumbnail, each through a resampler of its
 * own.
 *
 *	planes_init(&planes, &layout, &window, colour_shrink);
 *	for each row: planes_push(&planes, plane, row);
 *	use planes.planes[i].pixels, or planes_interleave(&planes, pixels); planes_release(&planes);
 *
 * Chroma that is to be stored at half the resolution is scaled to it straight from what the
 * original has. A sample of chroma stands in the middle of the pixels that it belongs to (JFIF).
 * Pure but for memory; one thread.
 */
#ifndef PLANES_H
#define PLANES_H

#include "jpeg.h"
#include "resample.h"

struct planes {
	enum jpeg_colours colours;
	int n_planes;
	struct resampler planes[JPEG_MAX_PLANES];
};

/* What is made: the original is scaled to a size, of which a window is kept. */
struct planes_window {
	int original_width_px, original_height_px;
	int scaled_width_px, scaled_height_px;
	int left_px, top_px, width_px, height_px;
};

/* The second and third plane get the window's sides divided by `colour_shrink`, rounded up. */
void planes_init(struct planes *planes, const struct jpeg_layout *layout,
		 const struct planes_window *window, int colour_shrink);
void planes_push(struct planes *planes, int plane, const unsigned char *row);
/* Grey or RGB, n_planes samples a pixel. Only where colour_shrink was 1. */
void planes_interleave(const struct planes *planes, unsigned char *ret_pixels);
void planes_release(struct planes *planes);

#endif
