#include "../cmocka_all.h"

#include <stdlib.h>

#include "alloc.h"
#include "planes.h"

static const struct jpeg_layout half_colour = {
	JPEG_YCC, 3, {{61, 41, 1, 1}, {31, 21, 0.5, 0.5}, {31, 21, 0.5, 0.5}}};

/* Of each plane its own pattern. */
static void push_all(const struct jpeg_layout *layout, struct planes *planes)
{
	for (int p = 0; p < layout->n_planes; p++)
		for (int y = 0; y < layout->planes[p].height_px; y++) {
			unsigned char row[64];

			for (int x = 0; x < layout->planes[p].width_px; x++)
				row[x] = (unsigned char)(128 + 4 * (p + 1) * (x % 7) - 9 * (y % 5));
			planes_push(planes, p, row);
		}
}

/* At its own size a plane is copied, and chroma at half the resolution stays what it is. */
static void test_own_size(void **state)
{
	const struct planes_window window = {61, 41, 61, 41, 0, 0, 61, 41};
	struct planes planes;

	(void)state;
	planes_init(&planes, &half_colour, &window, 2);
	push_all(&half_colour, &planes);
	for (int p = 0; p < 3; p++) {
		const struct resampler *made = &planes.planes[p];

		assert_int_equal(made->out_width_px, half_colour.planes[p].width_px);
		assert_int_equal(made->out_height_px, half_colour.planes[p].height_px);
		for (int y = 0; y < made->out_height_px; y++)
			for (int x = 0; x < made->out_width_px; x++)
				assert_int_equal(
					made->pixels[y * made->out_width_px + x],
					(unsigned char)(128 + 4 * (p + 1) * (x % 7) - 9 * (y % 5)));
	}
	planes_release(&planes);
}

/* A window is a piece of the whole: the same samples, wherever it begins on whole chroma. */
static void test_window(void **state)
{
	const struct planes_window whole = {61, 41, 30, 20, 0, 0, 30, 20};
	const struct planes_window part = {61, 41, 30, 20, 4, 6, 12, 8};
	struct planes a, b;

	(void)state;
	planes_init(&a, &half_colour, &whole, 2);
	planes_init(&b, &half_colour, &part, 2);
	push_all(&half_colour, &a);
	push_all(&half_colour, &b);
	for (int p = 0; p < 3; p++) {
		int shrink = p ? 2 : 1, width = b.planes[p].out_width_px;

		assert_int_equal(width, 12 / shrink);
		for (int y = 0; y < 8 / shrink; y++)
			assert_memory_equal(b.planes[p].pixels + y * width,
					    a.planes[p].pixels +
						    (y + 6 / shrink) * a.planes[p].out_width_px +
						    4 / shrink,
					    (size_t)width);
	}
	planes_release(&a);
	planes_release(&b);
}

/* Chroma lies in the middle of its pixels: a ramp keeps its place when it is scaled by itself. */
static void test_chroma_is_centred(void **state)
{
	const struct jpeg_layout layout = {
		JPEG_YCC, 3, {{64, 16, 1, 1}, {32, 8, 0.5, 0.5}, {32, 8, 0.5, 0.5}}};
	const struct planes_window window = {64, 16, 32, 8, 0, 0, 32, 8};
	unsigned char luma[64], chroma[32], pixels[32 * 8 * 3];
	struct planes planes;

	(void)state;
	for (int x = 0; x < 64; x++)
		luma[x] = (unsigned char)(2 * x + 1);
	for (int x = 0; x < 32; x++)
		chroma[x] = (unsigned char)(4 * x + 2);
	planes_init(&planes, &layout, &window, 1);
	for (int y = 0; y < 16; y++)
		planes_push(&planes, 0, luma);
	for (int p = 1; p < 3; p++)
		for (int y = 0; y < 8; y++)
			planes_push(&planes, p, chroma);
	for (int x = 4; x < 28; x++) {
		assert_int_equal(planes.planes[0].pixels[x], planes.planes[1].pixels[x]);
		assert_int_equal(planes.planes[0].pixels[x], planes.planes[2].pixels[x]);
	}
	planes_interleave(&planes, pixels);
	planes_release(&planes);
}

/* The colours of ITU-T T.871. */
static void test_colours(void **state)
{
	static const struct {
		unsigned char planes[3], rgb[3];
	} cases[] = {
		{{0, 128, 128}, {0, 0, 0}},    {{255, 128, 128}, {255, 255, 255}},
		{{76, 85, 255}, {254, 0, 0}},  {{150, 44, 21}, {0, 255, 1}},
		{{29, 255, 107}, {0, 0, 254}}, {{100, 128, 128}, {100, 100, 100}},
		{{200, 0, 0}, {21, 255, 0}},
	};
	const struct jpeg_layout layout = {JPEG_YCC, 3, {{1, 1, 1, 1}, {1, 1, 1, 1}, {1, 1, 1, 1}}};
	const struct planes_window window = {1, 1, 1, 1, 0, 0, 1, 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		unsigned char rgb[3];
		struct planes planes;

		planes_init(&planes, &layout, &window, 1);
		for (int p = 0; p < 3; p++)
			planes_push(&planes, p, &cases[i].planes[p]);
		planes_interleave(&planes, rgb);
		for (int p = 0; p < 3; p++)
			assert_int_equal(rgb[p], cases[i].rgb[p]);
		planes_release(&planes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_size),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_chroma_is_centred),
		cmocka_unit_test(test_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
