#include "../cmocka_all.h"

#include "alloc.h"
#include "plan.h"

static struct thumb_spec spec_of(enum thumb_fit fit, int width_px, int height_px)
{
	return (struct thumb_spec){.fit = fit, .width_px = width_px, .height_px = height_px};
}

static void scales_before_the_crop(void **state)
{
	static const struct {
		enum thumb_fit fit;
		int width_px, height_px, original_width_px, original_height_px;
		int scaled_width_px, scaled_height_px, shrink;
	} cases[] = {
		/* contain: the thumbnail's own size */
		{THUMB_CONTAIN, 640, 360, 1200, 630, 640, 336, 1},
		{THUMB_CONTAIN, 640, 0, 300, 200, 300, 200, 1},
		{THUMB_CONTAIN, 640, 360, 3600, 3600, 360, 360, 1},
		/* cover: the side that binds is exact, of the other something is cut off */
		{THUMB_COVER, 640, 360, 1200, 630, 686, 360, 1},
		{THUMB_COVER, 640, 360, 630, 1200, 630, 1200, 1},
		{THUMB_COVER, 640, 360, 1000, 1000, 640, 640, 1},
		{THUMB_COVER, 640, 360, 1920, 1080, 640, 360, 1},
		{THUMB_COVER, 2, 1, 4, 3, 2, 2, 1},
		{THUMB_COVER, 1, 2, 3, 4, 2, 2, 1},
		{THUMB_COVER, 16383, 100, 200000, 200000, 16383, 16383, 1},
		{THUMB_COVER, 100, 16383, 200000, 200000, 16383, 16383, 1},
		/* each side that is smaller stays as it is */
		{THUMB_COVER, 640, 360, 700, 200, 700, 200, 1},
		{THUMB_COVER, 640, 360, 300, 200, 300, 200, 1},
		{THUMB_COVER, 640, 360, 200, 700, 200, 700, 1},
		/* without both sides it is contain */
		{THUMB_COVER, 640, 0, 1280, 200, 640, 100, 1},
		{THUMB_COVER, 0, 360, 200, 720, 100, 360, 1},
		/* an eighth that has at least twice the sides */
		{THUMB_CONTAIN, 100, 0, 1600, 800, 100, 50, 8},
		{THUMB_CONTAIN, 100, 0, 1593, 800, 100, 50, 8},
		{THUMB_CONTAIN, 100, 0, 1592, 800, 100, 50, 1},
		{THUMB_CONTAIN, 100, 0, 1600, 792, 100, 50, 1},
		{THUMB_COVER, 100, 100, 1600, 1600, 100, 100, 8},
		{THUMB_COVER, 100, 100, 1600, 1592, 101, 100, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct thumb_spec spec =
			spec_of(cases[i].fit, cases[i].width_px, cases[i].height_px);
		int width_px, height_px, shrink;

		plan_scaled_size(&spec, cases[i].original_width_px, cases[i].original_height_px,
				 &width_px, &height_px);
		shrink = plan_jpeg_shrink(&spec, cases[i].original_width_px,
					  cases[i].original_height_px);
		if (width_px != cases[i].scaled_width_px ||
		    height_px != cases[i].scaled_height_px || shrink != cases[i].shrink)
			fail_msg("row %zu: %dx%d, by %d", i, width_px, height_px, shrink);
	}
}

static void bounds_what_scaling_keeps(void **state)
{
	static const struct {
		int original_width_px, original_height_px, shrink, n_frames;
		uint64_t bytes; /* rows of 16 bits and frames of 8 bits, of four channels */
	} cases[] = {
		{1000, 500, 1, 1, 69 * 1000 * 8 + 3 * 100 * 50 * 4},
		{1000, 500, 1, 10, 69 * 1000 * 8 + 12 * 100 * 50 * 4},
		{1000, 500, 8, 1, 16 * 125 * 8 + 3 * 100 * 50 * 4},
		{1001, 501, 8, 1, 16 * 126 * 8 + 3 * 100 * 50 * 4},
		{300, 15, 1, 1, 15 * 300 * 8 + 3 * 100 * 5 * 4}, /* never more than there are */
		{20, 10, 1, 1, 10 * 20 * 8 + 3 * 20 * 10 * 4},
		{100000, 100000, 1, 1, 6009ull * 100000 * 8 + 3 * 100 * 100 * 4},
	};
	struct thumb_spec spec = spec_of(THUMB_CONTAIN, 100, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		assert_int_equal(plan_memory_bytes(&spec, cases[i].original_width_px,
						   cases[i].original_height_px, cases[i].shrink,
						   cases[i].n_frames),
				 cases[i].bytes);
}

static void crops_at_the_position(void **state)
{
	static const struct {
		enum thumb_position position;
		int left_px, top_px;
	} cases[] = {
		{THUMB_CENTRE, 10, 20},   {THUMB_TOP, 10, 0},         {THUMB_BOTTOM, 10, 41},
		{THUMB_LEFT, 0, 20},      {THUMB_RIGHT, 21, 20},      {THUMB_TOP_LEFT, 0, 0},
		{THUMB_TOP_RIGHT, 21, 0}, {THUMB_BOTTOM_LEFT, 0, 41}, {THUMB_BOTTOM_RIGHT, 21, 41},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		int left_px, top_px;

		plan_crop(cases[i].position, 21, 41, &left_px, &top_px);
		assert_int_equal(left_px, cases[i].left_px);
		assert_int_equal(top_px, cases[i].top_px);
	}
}

static void knows_what_decoders_keep(void **state)
{
	static const struct {
		struct image_header header;
		unsigned n_scans;
		int n_frames;
		uint64_t pixel_bytes, bytes;
	} cases[] = {
		{{.type = MEDIA_JPEG}, 1, 1, 3, 0},
		{{.type = MEDIA_JPEG}, 3, 1, 3, 6000}, /* a scan for each component */
		{{.type = MEDIA_JPEG, .is_progressive = true}, 1, 1, 3, 6000},
		{{.type = MEDIA_JPEG, .is_progressive = true}, 1, 1, 1, 2000},
		{{.type = MEDIA_PNG}, 0, 1, 8, 0},
		{{.type = MEDIA_PNG, .is_progressive = true}, 0, 1, 8, 8000},
		{{.type = MEDIA_GIF, .is_progressive = true}, 0, 9, 4, 8000},
		{{.type = MEDIA_WEBP}, 0, 1, 4, 8000},
		{{.type = MEDIA_WEBP}, 0, 10, 3, 38000},
		{{.type = MEDIA_AVIF}, 0, 1, 3, 8000},
		{{.type = MEDIA_AVIF}, 0, 1, 6, 8000},
		{{.type = MEDIA_AVIF, .has_full_chroma = true}, 0, 1, 4, 8000},
		{{.type = MEDIA_AVIF, .has_full_chroma = true}, 0, 1, 6, 16000},
		{{.type = MEDIA_HEIC}, 0, 1, 8, 12000},
		{{.type = MEDIA_HEIC, .has_full_chroma = true}, 0, 1, 8, 20000},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		assert_int_equal(plan_decoder_bytes(&cases[i].header, cases[i].n_scans,
						    cases[i].n_frames, 1000, cases[i].pixel_bytes),
				 cases[i].bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scales_before_the_crop),
		cmocka_unit_test(bounds_what_scaling_keeps),
		cmocka_unit_test(crops_at_the_position),
		cmocka_unit_test(knows_what_decoders_keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
