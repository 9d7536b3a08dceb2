#include "resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "sums.h"

#define LOBES 3
#define ONE SUMS_ONE
#define CELL SUMS_CELL
#define LANES(bands) ((bands) == 1 ? 1 : 4) /* of a cell */
#define MAX_SAMPLE 255
#define MAX_WEIGHTED_SAMPLE (255 * 255)
#define STEPS 1024 /* of the tabulated kernel, a lobe */
#define KERNEL_ONE (1 << 24)

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

/* The kernel's right half, in units of 1 / KERNEL_ONE: rounded, so that the last bit of a
 * processor's sine does not count. Two more for the step that the last position lies in. */
static const int32_t *kernel(void)
{
	static int32_t table[LOBES * STEPS + 2];

	if (!table[0])
		for (int i = 0; i < LOBES * STEPS + 2; i++)
			table[i] = (int32_t)lrint(lanczos((double)i / STEPS) * KERNEL_ONE);
	return table;
}

static double kernel_at(const int32_t *table, double x)
{
	double at = fabs(x) * STEPS;
	int step = (int)at;

	if (step >= LOBES * STEPS)
		return 0;
	return table[step] + (at - step) * (table[step + 1] - table[step]);
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
static void filter_init(struct filter *filter, const struct axis *axis)
{
	double stretch = axis->scale > 1 ? axis->scale : 1, support = LOBES * stretch;
	bool is_copy = axis->scale == 1 && axis->start_px == floor(axis->start_px);
	int n_taps = is_copy ? 1 : 2 * (int)ceil(support) + 1, last;
	const int32_t *table = kernel();
	double *exact;

	if (n_taps > axis->size_px)
		n_taps = axis->size_px;
	exact = alloc_zeroed((size_t)n_taps, sizeof *exact);
	filter->n_taps = n_taps;
	filter->first = alloc_zeroed((size_t)axis->out_size_px, sizeof *filter->first);
	filter->weights =
		alloc_zeroed((size_t)axis->out_size_px * (size_t)n_taps, sizeof *filter->weights);
	last = axis->size_px - n_taps;
	for (int i = 0; i < axis->out_size_px; i++) {
		double centre = axis->start_px + (i + 0.5) * axis->scale;
		int first = (int)floor(centre - (is_copy ? 0 : support));

		first = first < 0 ? 0 : first > last ? last : first;
		for (int k = 0; k < n_taps; k++)
			exact[k] = n_taps == 1
					   ? 1
					   : kernel_at(table, (first + k + 0.5 - centre) / stretch);
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

struct axis axis_of(int size_px, int out_size_px)
{
	return (struct axis){size_px, out_size_px, (double)size_px / out_size_px, 0};
}

void resampler_init(struct resampler *resampler, const struct axis *across, const struct axis *down,
		    int bands, bool has_alpha)
{
	size_t n_samples = (size_t)across->size_px * (size_t)bands;

	*resampler = (struct resampler){
		.width_px = across->size_px,
		.height_px = down->size_px,
		.bands = bands,
		.lanes = LANES(bands),
		.rows = CELL / LANES(bands),
		.has_alpha = has_alpha,
		.out_width_px = across->out_size_px,
		.out_height_px = down->out_size_px,
		.ring_row_bytes = n_samples * (has_alpha ? sizeof(uint16_t) : 1),
	};
	filter_init(&resampler->across, across);
	filter_init(&resampler->down, down);
	/* Written before they are read; zeroed where not all of it is: a last cell of fewer rows,
	 * and the cell after the last. */
	resampler->ring =
		alloc_resized(NULL, (size_t)resampler->down.n_taps, resampler->ring_row_bytes);
	resampler->narrow =
		alloc_zeroed(n_samples * (size_t)resampler->rows, sizeof *resampler->narrow);
	resampler->cells =
		alloc_zeroed(((size_t)across->size_px + 1) * CELL, sizeof *resampler->cells);
	resampler->out_cells = alloc_resized(NULL, (size_t)across->out_size_px * CELL,
					     sizeof *resampler->out_cells);
	resampler->pixels = alloc_resized(
		NULL, (size_t)across->out_size_px * (size_t)down->out_size_px, (size_t)bands);
}

void resampler_release(struct resampler *resampler)
{
	if (!resampler)
		return;
	filter_release(&resampler->across);
	filter_release(&resampler->down);
	free(resampler->ring);
	free(resampler->narrow);
	free(resampler->cells);
	free(resampler->out_cells);
	free(resampler->pixels);
	*resampler = (struct resampler){0};
}

/* The number of bands as a constant: a loop over a variable one becomes a call a pixel. */
#define FOR_BANDS(bands, statement)    \
	do {                           \
		if ((bands) == 3)      \
			statement(3);  \
		else if ((bands) == 4) \
			statement(4);  \
		else                   \
			statement(2);  \
	} while (0)

/* Colours weighted by alpha, all in the scale of 255 * 255. */
static void weight_by_alpha(const unsigned char *row, int width_px, int bands,
			    uint16_t *restrict ret_row)
{
#define WEIGHT_BANDS(n)                       \
	for (int x = 0; x < width_px; x++)    \
		for (int b = 0; b < (n); b++) \
	ret_row[x * (n) + b] =                \
		(uint16_t)((b < (n)-1 ? row[x * (n) + b] : 255) * row[x * (n) + (n)-1])
	FOR_BANDS(bands, WEIGHT_BANDS);
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

static void put_row(const struct resampler *resampler, const uint16_t *cells,
		    unsigned char *ret_row)
{
	int width_px = resampler->out_width_px, bands = resampler->bands;

#define PUT_BANDS(n)                          \
	for (int x = 0; x < width_px; x++)    \
		for (int b = 0; b < (n); b++) \
	ret_row[x * (n) + b] = (unsigned char)cells[x * CELL + b]
	if (resampler->has_alpha)
		for (int x = 0; x < width_px; x++)
			put_straight(cells + (size_t)x * CELL, bands,
				     ret_row + (size_t)x * (size_t)bands);
	else
		FOR_BANDS(bands, PUT_BANDS);
}

/* All rows of a cell before the next cell: they are written in order. */
static void fill_cells(struct resampler *resampler)
{
	int width_px = resampler->width_px, bands = resampler->bands;
	int n_samples = width_px * bands;
	const uint16_t *narrow = resampler->narrow;
	uint16_t *restrict cells = resampler->cells;

#define FILL_CELLS(n)                                     \
	for (int x = 0; x < width_px; x++)                \
		for (int y = 0; y < CELL / LANES(n); y++) \
			for (int b = 0; b < (n); b++)     \
	cells[x * CELL + y * LANES(n) + b] =              \
		narrow[(size_t)y * (size_t)n_samples + (size_t)(x * (n) + b)]
	if (bands == 1)
		sums_rows_to_cells(narrow, width_px, cells);
	else
		FOR_BANDS(bands, FILL_CELLS);
}

static const void *ring_row(const struct resampler *resampler, int y)
{
	return resampler->ring + (size_t)(y % resampler->down.n_taps) * resampler->ring_row_bytes;
}

static void add_down(struct resampler *resampler, int first, const int16_t *weights, int max,
		     uint16_t *ret_row)
{
	int n_taps = resampler->down.n_taps, n = resampler->width_px * resampler->bands;
	const void **rows = alloc_zeroed((size_t)n_taps, sizeof *rows);

	for (int k = 0; k < n_taps; k++)
		rows[k] = ring_row(resampler, first + k);
	if (resampler->has_alpha)
		sums_down_16((const uint16_t *const *)rows, weights, n_taps, n, max, ret_row);
	else
		sums_down_8((const uint8_t *const *)rows, weights, n_taps, n, ret_row);
	free(rows);
}

/* The narrow rows that there are, which end with output row `last`. */
static void make_rows(struct resampler *resampler, int last, int max)
{
	int n_rows = last % resampler->rows + 1, first = last - n_rows + 1;
	size_t row_bytes = (size_t)resampler->out_width_px * (size_t)resampler->bands;

	fill_cells(resampler);
	sums_across(resampler->cells, resampler->across.first, resampler->across.weights,
		    resampler->across.n_taps, resampler->out_width_px, max, resampler->out_cells);
	if (resampler->bands == 1 && !resampler->has_alpha)
		sums_cells_to_rows(resampler->out_cells, resampler->out_width_px, n_rows,
				   resampler->pixels + (size_t)first * row_bytes);
	else
		for (int i = 0; i < n_rows; i++)
			put_row(resampler, resampler->out_cells + i * resampler->lanes,
				resampler->pixels + (size_t)(first + i) * row_bytes);
}

static void make_row(struct resampler *resampler)
{
	int y = resampler->n_made++, max = resampler->has_alpha ? MAX_WEIGHTED_SAMPLE : MAX_SAMPLE;
	size_t n_samples = (size_t)resampler->width_px * (size_t)resampler->bands;
	const int16_t *weights =
		resampler->down.weights + (size_t)y * (size_t)resampler->down.n_taps;

	add_down(resampler, resampler->down.first[y], weights, max,
		 resampler->narrow + (size_t)(y % resampler->rows) * n_samples);
	if (y % resampler->rows == resampler->rows - 1 || y == resampler->out_height_px - 1)
		make_rows(resampler, y, max);
}

void resampler_push(struct resampler *resampler, const unsigned char *row)
{
	void *to = (void *)(uintptr_t)ring_row(resampler, resampler->n_pushed);
	const struct filter *down = &resampler->down;

	if (resampler->n_pushed == resampler->height_px ||
	    resampler->n_made == resampler->out_height_px)
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
