/*
 * resample.h: makes an image smaller, row by row as it is decoded (Lanczos, three lobes).
 *
 *	resampler_init(&resampler, width, height, bands, has_alpha, out_width, out_height);
 *	for each row from the top: resampler_push(&resampler, row);
 *	use resampler.pixels; resampler_release(&resampler);
 *
 * Only the rows under the filter are kept, so one decode feeds any number of resamplers and no
 *decoded image is ever whole in memory. All arithmetic on pixels is in integers: the same bytes on
 *every processor. With alpha, colours are weighted by it. Never larger: the output has at most the
 * input's width and height. Pure but for memory; one thread.
 */
#ifndef RESAMPLE_H
#define RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESAMPLE_MAX_BANDS 4

/* For each output position: the first input position under the filter, and its weights. */
struct filter {
	int n_taps; /* the same for all; unused ones weigh 0 */
	int *first;
	int16_t *weights; /* n_taps for each output position; they sum to 1 << 14 */
};

struct resampler {
	int width_px, height_px, bands, out_width_px, out_height_px;
	bool has_alpha;
	struct filter across, down;
	unsigned char *ring; /* down.n_taps input rows; with alpha of 16-bit samples */
	size_t ring_row_bytes;
	uint16_t *row;       /* an output row before the filter across */
	uint16_t *lanes;     /* four such rows: of each pixel, four rows of four lanes */
	uint16_t *out_lanes; /* the same after it */
	int n_pushed, n_made;
	unsigned char *pixels; /* out_width_px * out_height_px * bands, 8-bit */
};

void resampler_init(struct resampler *resampler, int width_px, int height_px, int bands,
		    bool has_alpha, int out_width_px, int out_height_px);
/* The next row: width_px * bands samples of 8 bits. */
void resampler_push(struct resampler *resampler, const unsigned char *row);
void resampler_release(struct resampler *resampler);

#endif
