#include "../cmocka_all.h"

#include <stdlib.h>

#include "alloc.h"
#include "plan.h"
#include "resample.h"
#include "sums.h"

static void resample(const unsigned char *pixels, int width, int height, int bands, bool has_alpha,
		     int out_width, int out_height, struct resampler *ret_resampler)
{
	struct axis across = axis_of(width, out_width), down = axis_of(height, out_height);

	resampler_init(ret_resampler, &across, &down, bands, has_alpha);
	for (int y = 0; y < height; y++)
		resampler_push(ret_resampler, pixels + (size_t)y * (size_t)(width * bands));
	assert_int_equal(ret_resampler->n_made, out_height);
}

/* Flat areas stay flat to the bit, for any reduction and any number of bands. */
static void test_flat(void **state)
{
	static const struct {
		int width, height, bands, out_width, out_height;
	} cases[] = {
		{100, 100, 3, 33, 7},  {100, 100, 1, 1, 1}, {7, 5, 4, 7, 5},
		{1, 1, 3, 1, 1},       {640, 3, 2, 321, 2}, {1000, 2, 3, 999, 1},
		{2, 1000, 3, 1, 999},  {65, 64, 3, 64, 63}, {3000, 10, 3, 10, 10},
		{10, 3000, 1, 10, 10},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		size_t n = (size_t)(cases[i].width * cases[i].height * cases[i].bands);
		unsigned char *pixels = alloc_zeroed(n, 1);
		struct resampler resampler;

		for (size_t k = 0; k < n; k++)
			pixels[k] = (unsigned char)(200 + k % (size_t)cases[i].bands);
		resample(pixels, cases[i].width, cases[i].height, cases[i].bands, false,
			 cases[i].out_width, cases[i].out_height, &resampler);
		n = (size_t)(cases[i].out_width * cases[i].out_height * cases[i].bands);
		for (size_t k = 0; k < n; k++)
			if (resampler.pixels[k] != 200 + k % (size_t)cases[i].bands)
				fail_msg("case %zu: sample %zu is %d", i, k, resampler.pixels[k]);
		resampler_release(&resampler);
		free(pixels);
	}
}

static void test_own_size_is_identity(void **state)
{
	unsigned char pixels[9 * 5 * 3];
	struct resampler resampler;

	(void)state;
	for (size_t k = 0; k < sizeof pixels; k++)
		pixels[k] = (unsigned char)(k * 37);
	resample(pixels, 9, 5, 3, false, 9, 5, &resampler);
	assert_memory_equal(resampler.pixels, pixels, sizeof pixels);
	resampler_release(&resampler);
}

/* The colour under transparent pixels does not bleed: red beside transparent green stays red. */
static void test_alpha(void **state)
{
	unsigned char pixels[40 * 4 * 4];
	struct resampler resampler;

	(void)state;
	for (int k = 0; k < 40 * 4; k++) {
		bool is_left = k % 40 < 20;

		pixels[4 * k] = is_left ? 255 : 0;
		pixels[4 * k + 1] = is_left ? 0 : 255;
		pixels[4 * k + 2] = 0;
		pixels[4 * k + 3] = is_left ? 255 : 0;
	}
	resample(pixels, 40, 4, 4, true, 11, 2, &resampler);
	for (int k = 0; k < 11 * 2; k++) {
		assert_int_equal(resampler.pixels[4 * k + 1], 0);
		if (resampler.pixels[4 * k + 3])
			assert_int_equal(resampler.pixels[4 * k], 255);
	}
	assert_int_equal(resampler.pixels[3], 255);
	assert_int_equal(resampler.pixels[4 * 10 + 3], 0);
	resampler_release(&resampler);
}

/* Mirrored input gives mirrored output: the filter has no preferred side. */
static void test_symmetric(void **state)
{
	unsigned char pixels[101], mirrored[101];
	struct resampler a, b;

	(void)state;
	for (int x = 0; x < 101; x++)
		pixels[x] = mirrored[100 - x] = (unsigned char)(x * x * 7 % 251);
	resample(pixels, 101, 1, 1, false, 37, 1, &a);
	resample(mirrored, 101, 1, 1, false, 37, 1, &b);
	for (int x = 0; x < 37; x++)
		assert_in_range(a.pixels[x] - b.pixels[36 - x] + 1, 0, 2);
	resampler_release(&a);
	resampler_release(&b);
}

/* The code for newer processors gives the same bytes as that for any. */
static void test_same_bytes_everywhere(void **state)
{
	static const struct {
		int width, height, bands, out_width, out_height;
	} cases[] = {
		{200, 90, 3, 77, 31},  {333, 50, 1, 332, 49}, {64, 64, 3, 63, 2}, {129, 7, 2, 5, 7},
		{150, 150, 4, 70, 70}, {64, 40, 1, 9, 17},    {63, 33, 1, 8, 33}, {7, 16, 1, 7, 5},
		{65, 5, 1, 130, 20},   {17, 40, 4, 9, 3},     {40, 9, 2, 40, 9},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		size_t n = (size_t)(cases[i].width * cases[i].height * cases[i].bands);
		bool has_alpha = cases[i].bands % 2 == 0;
		unsigned char *pixels = alloc_zeroed(n, 1);
		struct resampler fast, plain;
		unsigned random = 1;

		for (size_t k = 0; k < n; k++) {
			random = random * 1664525u + 1013904223u;
			pixels[k] = (random >> 30) == 0 ? 0 : (unsigned char)(random >> 23);
		}
		resample(pixels, cases[i].width, cases[i].height, cases[i].bands, has_alpha,
			 cases[i].out_width, cases[i].out_height, &fast);
		sums_use_vectors(false);
		resample(pixels, cases[i].width, cases[i].height, cases[i].bands, has_alpha,
			 cases[i].out_width, cases[i].out_height, &plain);
		sums_use_vectors(true);
		n = (size_t)(cases[i].out_width * cases[i].out_height * cases[i].bands);
		assert_memory_equal(fast.pixels, plain.pixels, n);
		resampler_release(&fast);
		resampler_release(&plain);
		free(pixels);
	}
}

static void test_jpeg_shrink(void **state)
{
	static const struct {
		int width, height;
		enum thumb_fit fit;
		int original_width, original_height, expected;
	} cases[] = {
		{640, 0, THUMB_CONTAIN, 1920, 1280, 1}, {640, 0, THUMB_CONTAIN, 2560, 1440, 1},
		{320, 0, THUMB_CONTAIN, 2560, 1440, 1}, {160, 0, THUMB_CONTAIN, 2560, 1440, 8},
		{160, 0, THUMB_CONTAIN, 2559, 1440, 8}, {160, 0, THUMB_CONTAIN, 2552, 1440, 1},
		{10, 0, THUMB_CONTAIN, 9000, 9000, 8},  {640, 0, THUMB_CONTAIN, 600, 400, 1},
		{100, 100, THUMB_COVER, 1600, 400, 1},  {100, 100, THUMB_CONTAIN, 1600, 400, 8},
		{640, 360, THUMB_COVER, 700, 200, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct thumb_spec spec = {.width_px = cases[i].width,
					  .height_px = cases[i].height,
					  .fit = cases[i].fit};

		if (plan_jpeg_shrink(&spec, cases[i].original_width, cases[i].original_height) !=
		    cases[i].expected)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flat),        cmocka_unit_test(test_own_size_is_identity),
		cmocka_unit_test(test_alpha),       cmocka_unit_test(test_symmetric),
		cmocka_unit_test(test_jpeg_shrink), cmocka_unit_test(test_same_bytes_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
