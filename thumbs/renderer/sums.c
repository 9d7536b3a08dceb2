#include "sums.h"

#include <string.h>

#define BLOCK 64 /* samples whose sums stay in registers */
#define HALF (SUMS_ONE / 2)

#if defined __x86_64__ && defined __GNUC__
#define HAS_AVX2_VARIANT 1
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))
#else
#define HAS_AVX2_VARIANT 0
#endif

static bool may_use_vectors = true;

void sums_use_vectors(bool may)
{
	may_use_vectors = may;
}

static uint16_t clamped(int32_t sum, int max)
{
	int32_t value = sum >> SUMS_WEIGHT_BITS;

	return (uint16_t)(value < 0 ? 0 : value > max ? max : value);
}

/* ---- for any processor ---- */

#define DEFINE_DOWN(name, sample)                                                               \
	static void name(const sample *const *in, const int16_t *weights, int n_taps, int from, \
			 int n, int max, uint16_t *restrict out)                                \
	{                                                                                       \
		for (; from < n; from += BLOCK) {                                               \
			int length = n - from < BLOCK ? n - from : BLOCK;                       \
			int32_t sums[BLOCK];                                                    \
                                                                                                \
			for (int i = 0; i < length; i++)                                        \
				sums[i] = HALF;                                                 \
			for (int k = 0; k < n_taps; k++)                                        \
				for (int i = 0; i < length; i++)                                \
					sums[i] += (int32_t)weights[k] * in[k][from + i];       \
			for (int i = 0; i < length; i++)                                        \
				out[from + i] = clamped(sums[i], max);                          \
		}                                                                               \
	}

DEFINE_DOWN(down_8, uint8_t)
DEFINE_DOWN(down_16, uint16_t)

static void across(const uint16_t *cells, const int *first, const int16_t *weights, int n_taps,
		   int out_width_px, int max, uint16_t *restrict out)
{
	for (int x = 0; x < out_width_px; x++, out += SUMS_CELL, weights += n_taps) {
		const uint16_t *cell = cells + (size_t)first[x] * SUMS_CELL;
		int32_t sums[SUMS_CELL];

		for (int i = 0; i < SUMS_CELL; i++)
			sums[i] = HALF;
		for (int k = 0; k < n_taps; k++, cell += SUMS_CELL)
			for (int i = 0; i < SUMS_CELL; i++)
				sums[i] += (int32_t)weights[k] * cell[i];
		for (int i = 0; i < SUMS_CELL; i++)
			out[i] = clamped(sums[i], max);
	}
}

static void rows_to_cells(const uint16_t *rows, int n, int from, uint16_t *restrict cells)
{
	for (int x = from; x < n; x++)
		for (int y = 0; y < SUMS_CELL; y++)
			cells[x * SUMS_CELL + y] = rows[(size_t)y * (size_t)n + (size_t)x];
}

static void cells_to_rows(const uint16_t *cells, int n, int n_rows, int from,
			  uint8_t *restrict rows)
{
	for (int y = 0; y < n_rows; y++)
		for (int x = from; x < n; x++)
			rows[(size_t)y * (size_t)n + (size_t)x] = (uint8_t)cells[x * SUMS_CELL + y];
}

/* ---- with AVX2: two taps a multiplication ---- */

#if HAS_AVX2_VARIANT

static bool has_avx2(void)
{
	return may_use_vectors && __builtin_cpu_supports("avx2");
}

/* Two neighbouring weights in each lane of 32 bits; of the last one of an odd number the second is
 * 0. */
static inline AVX2 __m256i weight_pair(const int16_t *weights, int k, int n_taps)
{
	uint32_t low = (uint16_t)weights[k];
	uint32_t high = k + 1 < n_taps ? (uint16_t)weights[k + 1] : 0;

	return _mm256_set1_epi32((int32_t)(low | high << 16));
}

/* In each half of 128 bits four sums of `low` and four of `high` become eight samples: what
 * unpacking within halves has parted. */
static inline AVX2 void store_16(__m256i low, __m256i high, int max, uint16_t *out)
{
	__m256i packed = _mm256_packus_epi32(_mm256_srai_epi32(low, SUMS_WEIGHT_BITS),
					     _mm256_srai_epi32(high, SUMS_WEIGHT_BITS));

	packed = _mm256_min_epu16(packed, _mm256_set1_epi16((int16_t)max));
	_mm256_storeu_si256((__m256i *)(void *)out, packed);
}

static inline AVX2 __m256i add_pairs(__m256i sums, __m256i interleaved, __m256i pair)
{
	return _mm256_add_epi32(sums, _mm256_madd_epi16(interleaved, pair));
}

static inline AVX2 __m256i widened(const uint8_t *samples)
{
	return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)samples));
}

static inline AVX2 void down_block_avx2(const uint8_t *const *in, const int16_t *weights,
					int n_taps, int from, uint16_t *restrict out)
{
	__m256i sums[BLOCK / 8];

	for (int i = 0; i < BLOCK / 8; i++)
		sums[i] = _mm256_set1_epi32(HALF);
	for (int k = 0; k < n_taps; k += 2) {
		const uint8_t *a = in[k] + from;
		const uint8_t *b = k + 1 < n_taps ? in[k + 1] + from : a;
		__m256i pair = weight_pair(weights, k, n_taps);

		for (int i = 0; i < BLOCK / 16; i++) {
			__m256i x = widened(a + 16 * i), y = widened(b + 16 * i);

			sums[2 * i] = add_pairs(sums[2 * i], _mm256_unpacklo_epi16(x, y), pair);
			sums[2 * i + 1] =
				add_pairs(sums[2 * i + 1], _mm256_unpackhi_epi16(x, y), pair);
		}
	}
	for (int i = 0; i < BLOCK / 16; i++)
		store_16(sums[2 * i], sums[2 * i + 1], 255, out + from + 16 * i);
}

/* In blocks; the last one ends with the row, and does some samples twice. At least a block. */
static AVX2 void down_8_avx2(const uint8_t *const *in, const int16_t *weights, int n_taps, int n,
			     uint16_t *restrict out)
{
	for (int from = 0; from < n; from += BLOCK)
		down_block_avx2(in, weights, n_taps, from < n - BLOCK ? from : n - BLOCK, out);
}

/* 16 bits without a sign as signed ones, 32768 less. */
static inline AVX2 __m256i lowered(const uint16_t *samples)
{
	return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(const void *)samples),
				_mm256_set1_epi16(INT16_MIN));
}

/* `start`: of the sums, with what the lowered samples lack. */
static inline AVX2 void down_16_block_avx2(const uint16_t *const *in, const int16_t *weights,
					   int n_taps, int32_t start, int from, int max,
					   uint16_t *restrict out)
{
	__m256i sums[BLOCK / 8];

	for (int i = 0; i < BLOCK / 8; i++)
		sums[i] = _mm256_set1_epi32(start);
	for (int k = 0; k < n_taps; k += 2) {
		const uint16_t *a = in[k] + from;
		const uint16_t *b = k + 1 < n_taps ? in[k + 1] + from : a;
		__m256i pair = weight_pair(weights, k, n_taps);

		for (int i = 0; i < BLOCK / 16; i++) {
			__m256i x = lowered(a + 16 * i), y = lowered(b + 16 * i);

			sums[2 * i] = add_pairs(sums[2 * i], _mm256_unpacklo_epi16(x, y), pair);
			sums[2 * i + 1] =
				add_pairs(sums[2 * i + 1], _mm256_unpackhi_epi16(x, y), pair);
		}
	}
	for (int i = 0; i < BLOCK / 16; i++)
		store_16(sums[2 * i], sums[2 * i + 1], max, out + from + 16 * i);
}

/* As down_8_avx2(). */
static AVX2 void down_16_avx2(const uint16_t *const *in, const int16_t *weights, int n_taps, int n,
			      int max, uint16_t *restrict out)
{
	int32_t start = HALF;

	for (int k = 0; k < n_taps; k++)
		start -= weights[k] * INT16_MIN;
	for (int from = 0; from < n; from += BLOCK)
		down_16_block_avx2(in, weights, n_taps, start, from < n - BLOCK ? from : n - BLOCK,
				   max, out);
}

/* Samples of 8 bits only: larger ones are no signed 16-bit integers. */
static AVX2 void across_avx2(const uint16_t *cells, const int *first, const int16_t *weights,
			     int n_taps, int out_width_px, uint16_t *restrict out)
{
	for (int x = 0; x < out_width_px; x++, out += SUMS_CELL, weights += n_taps) {
		const uint16_t *cell = cells + (size_t)first[x] * SUMS_CELL;
		__m256i low = _mm256_set1_epi32(HALF), high = low;

		for (int k = 0; k < n_taps; k += 2, cell += 2 * SUMS_CELL) {
			__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)cell);
			__m256i b = _mm256_loadu_si256(
				(const __m256i *)(const void *)(cell + SUMS_CELL));
			__m256i pair = weight_pair(weights, k, n_taps);

			low = add_pairs(low, _mm256_unpacklo_epi16(a, b), pair);
			high = add_pairs(high, _mm256_unpackhi_epi16(a, b), pair);
		}
		store_16(low, high, 255, out);
	}
}

/* Row i of column k becomes row k of column i; every processor of this kind has SSE2. */
static inline void transpose_8(__m128i rows[8])
{
	__m128i a[8], b[8];

	for (int i = 0; i < 8; i += 2) {
		a[i] = _mm_unpacklo_epi16(rows[i], rows[i + 1]);
		a[i + 1] = _mm_unpackhi_epi16(rows[i], rows[i + 1]);
	}
	for (int i = 0; i < 8; i += 4) {
		b[i] = _mm_unpacklo_epi32(a[i], a[i + 2]);
		b[i + 1] = _mm_unpackhi_epi32(a[i], a[i + 2]);
		b[i + 2] = _mm_unpacklo_epi32(a[i + 1], a[i + 3]);
		b[i + 3] = _mm_unpackhi_epi32(a[i + 1], a[i + 3]);
	}
	for (int i = 0; i < 4; i++) {
		rows[2 * i] = _mm_unpacklo_epi64(b[i], b[4 + i]);
		rows[2 * i + 1] = _mm_unpackhi_epi64(b[i], b[4 + i]);
	}
}

static inline void load_8(const uint16_t *from, size_t stride, __m128i ret_rows[8])
{
	for (size_t i = 0; i < 8; i++)
		ret_rows[i] = _mm_loadu_si128((const __m128i *)(const void *)(from + i * stride));
}

/* Columns in blocks of eight; returns how many. */
static int rows_to_cells_sse2(const uint16_t *rows, int n, uint16_t *restrict cells)
{
	int x = 0;

	for (; x + 8 <= n; x += 8)
		for (int half = 0; half < SUMS_CELL; half += 8) {
			__m128i block[8];

			load_8(rows + (size_t)half * (size_t)n + (size_t)x, (size_t)n, block);
			transpose_8(block);
			for (int i = 0; i < 8; i++)
				_mm_storeu_si128(
					(__m128i *)(void *)(cells + (x + i) * SUMS_CELL + half),
					block[i]);
		}
	return x;
}

static int cells_to_rows_sse2(const uint16_t *cells, int n, int n_rows, uint8_t *restrict rows)
{
	int x = 0;

	for (; x + 8 <= n; x += 8)
		for (int half = 0; half < n_rows; half += 8) {
			__m128i block[8];

			load_8(cells + x * SUMS_CELL + half, SUMS_CELL, block);
			transpose_8(block);
			for (int i = 0; i < 8 && half + i < n_rows; i++)
				_mm_storel_epi64(
					(__m128i *)(void *)(rows + (size_t)(half + i) * (size_t)n +
							    (size_t)x),
					_mm_packus_epi16(block[i], block[i]));
		}
	return x;
}

#endif

void sums_down_8(const uint8_t *const *in, const int16_t *weights, int n_taps, int n,
		 uint16_t *restrict out)
{
#if HAS_AVX2_VARIANT
	if (n >= BLOCK && has_avx2()) {
		down_8_avx2(in, weights, n_taps, n, out);
		return;
	}
#endif
	down_8(in, weights, n_taps, 0, n, 255, out);
}

void sums_down_16(const uint16_t *const *in, const int16_t *weights, int n_taps, int n, int max,
		  uint16_t *restrict out)
{
#if HAS_AVX2_VARIANT
	if (n >= BLOCK && has_avx2()) {
		down_16_avx2(in, weights, n_taps, n, max, out);
		return;
	}
#endif
	down_16(in, weights, n_taps, 0, n, max, out);
}

void sums_across(const uint16_t *cells, const int *first, const int16_t *weights, int n_taps,
		 int out_width_px, int max, uint16_t *restrict out)
{
#if HAS_AVX2_VARIANT
	if (max <= 255 && has_avx2()) {
		across_avx2(cells, first, weights, n_taps, out_width_px, out);
		return;
	}
#endif
	across(cells, first, weights, n_taps, out_width_px, max, out);
}

void sums_rows_to_cells(const uint16_t *rows, int n, uint16_t *restrict cells)
{
	int from = 0;

#if HAS_AVX2_VARIANT
	if (may_use_vectors)
		from = rows_to_cells_sse2(rows, n, cells);
#endif
	rows_to_cells(rows, n, from, cells);
}

void sums_cells_to_rows(const uint16_t *cells, int n, int n_rows, uint8_t *restrict rows)
{
	int from = 0;

#if HAS_AVX2_VARIANT
	if (may_use_vectors)
		from = cells_to_rows_sse2(cells, n, n_rows, rows);
#endif
	cells_to_rows(cells, n, n_rows, from, rows);
}
