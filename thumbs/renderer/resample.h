/*
 * resample.h: makes an image smaller, row by row as it is decoded (Lanczos, three lobes).
 *
 *	across = axis_of(width, out_width), down = axis_of(height, out_height);
 *	resampler_init(&resampler, &across, &down, bands, has_alpha);
 *	for each row from the top: resampler_push(&resampler, row);
 *	use resampler.pixels; resampler_release(&resampler);
 *
 * Only the rows under the filter are kept, so one decode feeds any number of resamplers and no
 * decoded image is ever whole in memory. All arithmetic on pixels is in integers: the same bytes on
 * every processor. With alpha, colours are weighted by it. Larger works too, for the colour planes
 * of JPEGs. Pure but for memory; one thread.
 */
#ifndef RESAMPLE_H
#define RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESAMPLE_MAX_BANDS 4

/* One direction: output sample i covers the input from start_px + i * scale on, `scale` samples
 * wide. */
struct axis {
	int size_px, out_size_px;
	double scale, start_px;
};

struct axis axis_of(int size_px, int out_size_px);

/* For each output position: the first input position under the filter, and its weights. */
struct filter {
	int n_taps; /* the same for all; unused ones weigh 0 */
	int *first;
	int16_t *weights; /* n_taps for each output position; they sum to 1 << 14 */
};

struct resampler {
	int width_px, height_px, bands, out_width_px, out_height_px;
	int lanes, rows; /* of a cell; their product is SUMS_CELL */
	bool has_alpha;
	struct filter across, down;
	unsigned char *ring; /* down.n_taps input rows; with alpha of 16-bit samples */
	size_t ring_row_bytes;
	uint16_t *narrow;    /* `rows` output rows before the filter across */
	uint16_t *cells;     /* the same, a cell a pixel */
	uint16_t *out_cells; /* and after it */
	int n_pushed, n_made;
	unsigned char *pixels; /* out_width_px * out_height_px * bands, 8-bit */
};

void resampler_init(struct resampler *resampler, const struct axis *across, const struct axis *down,
		    int bands, bool has_alpha);
/* The next row: width_px * bands samples of 8 bits. */
void resampler_push(struct resampler *resampler, const unsigned char *row);
void resampler_release(struct resampler *resampler);

#endif
