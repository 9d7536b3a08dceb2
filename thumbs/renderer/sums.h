/*
 * sums.h: the weighted sums of resample.c, all its arithmetic on pixels.
 *
 * Sums of products of 16-bit integers, exact in 32 bits: the variants for newer processors give the
 * same bytes. Weights are in units of 1 / SUMS_ONE.
 */
#ifndef SUMS_H
#define SUMS_H

#include <stdbool.h>
#include <stdint.h>

#define SUMS_WEIGHT_BITS 14
#define SUMS_ONE (1 << SUMS_WEIGHT_BITS)
/* A cell is one pixel of several rows: four rows of up to four bands, or sixteen of one. */
#define SUMS_CELL 16

/* out[i] = the weighted sum of in[k][i], between 0 and 255, or for 16 bits 0 and `max`. */
void sums_down_8(const uint8_t *const *in, const int16_t *weights, int n_taps, int n,
		 uint16_t *restrict out);
void sums_down_16(const uint16_t *const *in, const int16_t *weights, int n_taps, int n, int max,
		  uint16_t *restrict out);
/* Of each output pixel the weighted sum of n_taps cells from first[x] on. One cell after the last
 * must be readable. Samples above 255 only where max is. */
void sums_across(const uint16_t *cells, const int *first, const int16_t *weights, int n_taps,
		 int out_width_px, int max, uint16_t *restrict out);
/* Sixteen rows of one band to cells, and cells to the first n_rows of sixteen: n samples a row. */
void sums_rows_to_cells(const uint16_t *rows, int n, uint16_t *restrict cells);
void sums_cells_to_rows(const uint16_t *cells, int n, int n_rows, uint8_t *restrict rows);
/* False: keeps to portable code from now on, for tests. */
void sums_use_vectors(bool may);

#endif
