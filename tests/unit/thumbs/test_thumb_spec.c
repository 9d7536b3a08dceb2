#include "../cmocka_all.h"

#include "alloc.h"
#include "thumbs.h"

static void test_sizes(void **state)
{
	static const struct {
		int width, height;
		enum thumb_fit fit;
		int original_width, original_height;
		int expected_width, expected_height;
		bool is_smaller;
	} cases[] = {
		{640, 0, THUMB_CONTAIN, 1280, 720, 640, 360, false},
		{0, 360, THUMB_CONTAIN, 1280, 720, 640, 360, false},
		{640, 360, THUMB_CONTAIN, 1280, 720, 640, 360, false},
		{640, 360, THUMB_CONTAIN, 1280, 1280, 360, 360, false},
		{640, 360, THUMB_CONTAIN, 4000, 100, 640, 16, false},
		/* rounded half up: 3 * 1 / 2 = 1.5 */
		{1, 0, THUMB_CONTAIN, 2, 3, 1, 2, false},
		{300, 0, THUMB_CONTAIN, 1000, 667, 300, 200, false},
		{320, 0, THUMB_CONTAIN, 2725, 2225, 320, 261, false},
		/* never upscaled, never below one pixel */
		{640, 0, THUMB_CONTAIN, 100, 50, 100, 50, true},
		{640, 360, THUMB_CONTAIN, 100, 50, 100, 50, true},
		{0, 360, THUMB_CONTAIN, 100, 50, 100, 50, true},
		{0, 50, THUMB_CONTAIN, 100, 50, 100, 50, false},
		{640, 360, THUMB_CONTAIN, 640, 50, 640, 50, false},
		{640, 0, THUMB_CONTAIN, 640, 640, 640, 640, false},
		{10, 0, THUMB_CONTAIN, 10000, 1, 10, 1, false},
		{0, 10, THUMB_CONTAIN, 1, 10000, 1, 10, false},
		/* the side that is not given is bounded by what WebP can hold */
		{640, 0, THUMB_CONTAIN, 100, 32766, 50, 16383, true},
		{0, 640, THUMB_CONTAIN, 30000, 640, 16383, 350, false},
		/* cover: each side is clipped where the original is smaller */
		{640, 360, THUMB_COVER, 1280, 1280, 640, 360, false},
		{640, 360, THUMB_COVER, 700, 200, 640, 200, true},
		{640, 360, THUMB_COVER, 200, 700, 200, 360, true},
		{640, 360, THUMB_COVER, 100, 50, 100, 50, true},
		{640, 360, THUMB_COVER, 640, 360, 640, 360, false},
		/* cover with one side is contain */
		{640, 0, THUMB_COVER, 1280, 720, 640, 360, false},
		{1, 1, THUMB_COVER, 32767, 32767, 1, 1, false},
		{16383, 16383, THUMB_CONTAIN, 32767, 32767, 16383, 16383, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct thumb_spec spec = {.width_px = cases[i].width,
					  .height_px = cases[i].height,
					  .fit = cases[i].fit};
		int width, height;

		thumb_spec_size(&spec, cases[i].original_width, cases[i].original_height, &width,
				&height);
		if (width != cases[i].expected_width || height != cases[i].expected_height)
			fail_msg("case %zu: %dx%d", i, width, height);
		if (thumb_spec_is_smaller(&spec, cases[i].original_width,
					  cases[i].original_height) != cases[i].is_smaller)
			fail_msg("case %zu: is smaller", i);
	}
}

/* For every original up to 64 px and many specs: within the spec and the original, one side exact.
 */
static void test_size_properties(void **state)
{
	(void)state;
	for (int width = 1; width <= 64; width++)
		for (int height = 1; height <= 64; height++)
			for (int side = 1; side <= 64; side += 7) {
				struct thumb_spec spec = {.width_px = side, .height_px = 20};
				int w, h;

				thumb_spec_size(&spec, width, height, &w, &h);
				assert_in_range(w, 1, side < width ? side : width);
				assert_in_range(h, 1, 20 < height ? 20 : height);
				assert_true(w == side || h == 20 || (w == width && h == height));
			}
}

static void test_format(void **state)
{
	static const struct {
		struct thumb_spec spec;
		const char *expected;
	} cases[] = {
		{{.width_px = 640,
		  .height_px = 360,
		  .fit = THUMB_COVER,
		  .format = THUMB_WEBP,
		  .quality = 75},
		 "640x360 cover centre webp q75"},
		{{.width_px = 640,
		  .fit = THUMB_COVER,
		  .position = THUMB_TOP,
		  .format = THUMB_AVIF,
		  .quality = 50},
		 "640x contain avif q50"},
		{{.height_px = 9,
		  .format = THUMB_JPEG,
		  .quality = 80,
		  .background = {255, 0, 16},
		  .is_animated = true},
		 "x9 contain jpeg q80 #ff0010"},
		{{.width_px = 1, .format = THUMB_PNG, .quality = 3}, "1x contain png"},
		{{.width_px = 1, .format = THUMB_PNG, .quality = 3, .has_background = true},
		 "1x contain png #000000"},
		{{.width_px = 7, .format = THUMB_AUTO, .quality = 1, .is_animated = true},
		 "7x contain auto q1 animated"},
	};
	char text[96];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		thumb_spec_format(&cases[i].spec, text, sizeof text);
		assert_string_equal(text, cases[i].expected);
	}
	thumb_spec_format(&cases[0].spec, text, 8);
	assert_string_equal(text, "640x360");
}

/* In the order of their numbers, which go over the wire. */
static void test_names(void **state)
{
	static const char *const positions[] = {
		"centre",    "top",         "bottom",       "left",      "right",   "top-left",
		"top-right", "bottom-left", "bottom-right", "attention", "entropy",
	};
	static const char *const formats[] = {"webp", "jpeg", "png", "avif", "auto"};
	enum thumb_position position;
	enum thumb_format format;
	enum thumb_fit fit;
	enum thumb_verdict verdict;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(positions); i++)
		assert_true(thumb_position_parse(positions[i], &position) && position == i);
	for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
		assert_true(thumb_format_parse(formats[i], &format) && format == i);
	for (int i = THUMB_OK; i <= THUMB_CANCELLED; i++) {
		const char *name = thumb_verdict_name((enum thumb_verdict)i);

		assert_true(thumb_verdict_parse(name, &verdict) && (int)verdict == i);
	}
	assert_true(thumb_fit_parse("cover", &fit) && fit == THUMB_COVER);
	assert_true(thumb_position_parse("center", &position) && position == THUMB_CENTRE);
	assert_true(thumb_format_parse("jpg", &format) && format == THUMB_JPEG);
	assert_false(thumb_fit_parse("fill", &fit));
	assert_false(thumb_position_parse("", &position));
	assert_false(thumb_format_parse("JPEG", &format));
	assert_false(thumb_verdict_parse("fine", &verdict));
}

static void test_time_of_encoding(void **state)
{
	static const struct {
		struct thumb_spec spec;
		enum media_type type;
		int width, height;
		int64_t ms;
	} cases[] = {
		{{.width_px = 640, .format = THUMB_WEBP}, MEDIA_JPEG, 4000, 3000, 0},
		{{.width_px = 640, .format = THUMB_AVIF}, MEDIA_JPEG, 4000, 3000, 536},
		{{.width_px = 3840, .format = THUMB_AVIF}, MEDIA_JPEG, 4000, 3000, 54296},
		{{.width_px = 3840, .format = THUMB_AVIF}, MEDIA_JPEG, 400, 300, 0},
		{{.width_px = 3840, .format = THUMB_AVIF}, MEDIA_JPEG, 0, 0, 0},
		{{.width_px = 9000, .format = THUMB_JPEG}, MEDIA_PNG, 9000, 9000, 7100},
		/* 501 frames */
		{{.width_px = 500, .format = THUMB_WEBP, .is_animated = true},
		 MEDIA_GIF,
		 500,
		 400,
		 29060},
		{{.width_px = 500, .format = THUMB_WEBP, .is_animated = true},
		 MEDIA_JPEG,
		 500,
		 400,
		 0},
		{{.width_px = 500, .format = THUMB_PNG, .is_animated = true},
		 MEDIA_GIF,
		 500,
		 400,
		 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		assert_int_equal(thumb_spec_encoding_ms(&cases[i].spec, cases[i].type,
							cases[i].width, cases[i].height, 100000000),
				 cases[i].ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_size_properties),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_time_of_encoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
