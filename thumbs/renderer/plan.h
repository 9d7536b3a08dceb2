/*
 * plan.h: what a spec needs of an original before anything is decoded: the size to scale to, the
 * decoder's shrink, the place of the crop. Pure: a plan depends on the original's size and one
 * spec, never on the other specs of a request.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "image_header.h"
#include "thumbs.h"

/* The size to resize to before the crop, as shown. For contain it is the thumbnail's own. */
void plan_scaled_size(const struct thumb_spec *spec, int original_width_px, int original_height_px,
		      int *ret_width_px, int *ret_height_px);
/* How much a JPEG's decoder reduces it: by 8 where that gives at least twice the scaled size, else
 * not. The resize does the rest. */
int plan_jpeg_shrink(const struct thumb_spec *spec, int original_width_px, int original_height_px);
/* An upper bound of what scaling and encoding that many frames keeps in memory: the rows that the
 * decoder, which shrinks already, leaves under the filter, at 16 bits, and the frames at 8 bits,
 * both of four channels. */
uint64_t plan_memory_bytes(const struct thumb_spec *spec, int original_width_px,
			   int original_height_px, int shrink, int n_frames);
/* What the decoder itself keeps while it works, beside what it hands out; of an animation, all
 * frames of which are decoded, that as well where it is kept. `n_scans`: of a JPEG. `pixel_bytes`:
 * of what it hands out. */
uint64_t plan_decoder_bytes(const struct image_header *header, unsigned n_scans, int n_frames,
			    uint64_t pixels, uint64_t pixel_bytes);
/* Where the crop begins inside an image that is larger by the spare pixels; for the positions that
 * do not look at the content. */
void plan_crop(enum thumb_position position, int spare_x_px, int spare_y_px, int *ret_left_px,
	       int *ret_top_px);

#endif
