#include "resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "sums.h"

#define LOBES 3
#define ONE SUMS_ONE
#define LANES SUMS_LANES
#define ROWS SUMS_ROWS
#define CELL SUMS_CELL
#define MAX_SAMPLE 255
#define MAX_WEIGHTED_SAMPLE (255 * 255)

/* ---- weights ---- */

static double lanczos(double x)
{
	double angle = M_PI * x;

	if (fabs(x) < 1e-9)
		return 1;
	if (fabs(x) >= LOBES)
		return 0;
	return LOBES * sin(angle) * sin(angle / LOBES) / (angle * angle);
}

/* Rounded weights that sum to exactly one: flat areas stay flat. What rounding left goes to the
 * heaviest. */
static void quantize(const double *exact, int n_taps, int16_t *ret_weights)
{
	double sum = 0;
	int total = 0, heaviest = 0;

	for (int k = 0; k < n_taps; k++)
		sum += exact[k];
	for (int k = 0; k < n_taps; k++) {
		ret_weights[k] = (int16_t)lrint(exact[k] / sum * ONE);
		total += ret_weights[k];
		if (ret_weights[k] > ret_weights[heaviest])
			heaviest = k;
	}
	ret_weights[heaviest] = (int16_t)(ret_weights[heaviest] + ONE - total);
}

/* The window is moved inwards at the edges, so that all taps lie inside the image. */
static void filter_init(struct filter *filter, int size_px, int out_size_px)
{
	double scale = (double)size_px / out_size_px, support = LOBES * scale;
	int n_taps = 2 * (int)ceil(support) + 1;
	double *exact;

	if (out_size_px == size_px)
		n_taps = 1;
	if (n_taps > size_px)
		n_taps = size_px;
	exact = alloc_zeroed((size_t)n_taps, sizeof *exact);
	filter->n_taps = n_taps;
	filter->first = alloc_zeroed((size_t)out_size_px, sizeof *filter->first);
	filter->weights =
		alloc_zeroed((size_t)out_size_px * (size_t)n_taps, sizeof *filter->weights);
	for (int i = 0; i < out_size_px; i++) {
		double centre = (i + 0.5) * scale;
		int first = n_taps == 1 ? i : (int)floor(centre - support);

		first = first < 0 ? 0 : first > size_px - n_taps ? size_px - n_taps : first;
		for (int k = 0; k < n_taps; k++)
			exact[k] = n_taps == 1 ? 1 : lanczos((first + k + 0.5 - centre) / scale);
		quantize(exact, n_taps, filter->weights + (size_t)i * (size_t)n_taps);
		filter->first[i] = first;
	}
	free(exact);
}

static void filter_release(struct filter *filter)
{
	free(filter->first);
	free(filter->weights);
}

/* ---- rows ---- */

void resampler_init(struct resampler *resampler, int width_px, int height_px, int bands,
		    bool has_alpha, int out_width_px, int out_height_px)
{
	size_t n_samples = (size_t)width_px * (size_t)bands;

	*resampler = (struct resampler){
		.width_px = width_px,
		.height_px = height_px,
		.bands = bands,
		.has_alpha = has_alpha,
		.out_width_px = out_width_px,
		.out_height_px = out_height_px,
		.ring_row_bytes = n_samples * (has_alpha ? sizeof(uint16_t) : 1),
	};
	filter_init(&resampler->across, width_px, out_width_px);
	filter_init(&resampler->down, height_px, out_height_px);
	resampler->ring = alloc_zeroed((size_t)resampler->down.n_taps, resampler->ring_row_bytes);
	resampler->row = alloc_zeroed(n_samples, sizeof *resampler->row);
	resampler->lanes = alloc_zeroed(((size_t)width_px + 1) * CELL, sizeof *resampler->lanes);
	resampler->out_lanes =
		alloc_zeroed((size_t)out_width_px * CELL, sizeof *resampler->out_lanes);
	resampler->pixels =
		alloc_zeroed((size_t)out_width_px * (size_t)out_height_px, (size_t)bands);
}

void resampler_release(struct resampler *resampler)
{
	if (!resampler)
		return;
	filter_release(&resampler->across);
	filter_release(&resampler->down);
	free(resampler->ring);
	free(resampler->row);
	free(resampler->lanes);
	free(resampler->out_lanes);
	free(resampler->pixels);
	*resampler = (struct resampler){0};
}

/* Colours weighted by alpha, all in the scale of 255 * 255. */
static void weight_by_alpha(const unsigned char *row, int width_px, int bands, uint16_t *ret_row)
{
	for (int x = 0; x < width_px; x++, row += bands, ret_row += bands) {
		unsigned alpha = row[bands - 1];

		for (int b = 0; b < bands - 1; b++)
			ret_row[b] = (uint16_t)(row[b] * alpha);
		ret_row[bands - 1] = (uint16_t)(alpha * 255);
	}
}

static void put_straight(const uint16_t *pixel, int bands, unsigned char *ret_pixel)
{
	uint32_t alpha = pixel[bands - 1];

	for (int b = 0; b < bands - 1; b++) {
		uint32_t colour = alpha ? (pixel[b] * 255u + alpha / 2) / alpha : 0;

		ret_pixel[b] = (unsigned char)(colour > 255 ? 255 : colour);
	}
	ret_pixel[bands - 1] = (unsigned char)((alpha + 127) / 255);
}

/* The number of bands as a constant: a loop over a variable one becomes a call a pixel. */
#define FOR_BANDS(bands, statement)    \
	do {                           \
		if ((bands) == 3)      \
			statement(3);  \
		else if ((bands) == 1) \
			statement(1);  \
		else if ((bands) == 4) \
			statement(4);  \
		else                   \
			statement(2);  \
	} while (0)

static void put_row(const struct resampler *resampler, const uint16_t *lanes,
		    unsigned char *ret_row)
{
	int width_px = resampler->out_width_px, bands = resampler->bands;

#define PUT_BANDS(n)                          \
	for (int x = 0; x < width_px; x++)    \
		for (int b = 0; b < (n); b++) \
	ret_row[x * (n) + b] = (unsigned char)lanes[x * CELL + b]
	if (resampler->has_alpha)
		for (int x = 0; x < width_px; x++)
			put_straight(lanes + (size_t)x * CELL, bands,
				     ret_row + (size_t)x * (size_t)bands);
	else
		FOR_BANDS(bands, PUT_BANDS);
}

static void spread_lanes(const uint16_t *row, int width_px, int bands, uint16_t *restrict ret_lanes)
{
#define SPREAD_BANDS(n)                       \
	for (int x = 0; x < width_px; x++)    \
		for (int b = 0; b < (n); b++) \
	ret_lanes[x * CELL + b] = row[x * (n) + b]
	FOR_BANDS(bands, SPREAD_BANDS);
}

static const void *ring_row(const struct resampler *resampler, int y)
{
	return resampler->ring + (size_t)(y % resampler->down.n_taps) * resampler->ring_row_bytes;
}

static void add_down(struct resampler *resampler, int first, const int16_t *weights, int max)
{
	int n_taps = resampler->down.n_taps, n = resampler->width_px * resampler->bands;
	const void **rows = alloc_zeroed((size_t)n_taps, sizeof *rows);

	for (int k = 0; k < n_taps; k++)
		rows[k] = ring_row(resampler, first + k);
	if (resampler->has_alpha)
		sums_down_16((const uint16_t *const *)rows, weights, n_taps, n, max,
			     resampler->row);
	else
		sums_down_8((const uint8_t *const *)rows, weights, n_taps, n, resampler->row);
	free(rows);
}

/* The rows that stand in the cells, which end with output row `last`. */
static void make_rows(struct resampler *resampler, int last, int max)
{
	int n_rows = last % ROWS + 1, first = last - n_rows + 1;
	size_t row_bytes = (size_t)resampler->out_width_px * (size_t)resampler->bands;

	sums_across(resampler->lanes, resampler->across.first, resampler->across.weights,
		    resampler->across.n_taps, resampler->out_width_px, max, resampler->out_lanes);
	for (int i = 0; i < n_rows; i++)
		put_row(resampler, resampler->out_lanes + (size_t)i * LANES,
			resampler->pixels + (size_t)(first + i) * row_bytes);
}

static void make_row(struct resampler *resampler)
{
	int y = resampler->n_made++, max = resampler->has_alpha ? MAX_WEIGHTED_SAMPLE : MAX_SAMPLE;
	const int16_t *weights =
		resampler->down.weights + (size_t)y * (size_t)resampler->down.n_taps;

	add_down(resampler, resampler->down.first[y], weights, max);
	spread_lanes(resampler->row, resampler->width_px, resampler->bands,
		     resampler->lanes + (size_t)(y % ROWS) * LANES);
	if (y % ROWS == ROWS - 1 || y == resampler->out_height_px - 1)
		make_rows(resampler, y, max);
}

void resampler_push(struct resampler *resampler, const unsigned char *row)
{
	void *to = (void *)(uintptr_t)ring_row(resampler, resampler->n_pushed);
	const struct filter *down = &resampler->down;

	if (resampler->n_pushed == resampler->height_px)
		return;
	if (resampler->has_alpha)
		weight_by_alpha(row, resampler->width_px, resampler->bands, to);
	else
		memcpy(to, row, resampler->ring_row_bytes);
	resampler->n_pushed++;
	while (resampler->n_made < resampler->out_height_px &&
	       down->first[resampler->n_made] + down->n_taps <= resampler->n_pushed)
		make_row(resampler);
}
