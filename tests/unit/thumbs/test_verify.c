#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "verify.h"

/* The head of a PNG of that size is all that the parent reads. */
static void set_png(struct thumb *thumb, int width, int height)
{
	unsigned char png[] = {0x89, 'P', 'N', 'G', 13,  10, 26, 10, 0, 0, 0, 13,
			       'I',  'H', 'D', 'R', 0,   0,  0,  0,  0, 0, 0, 0,
			       8,    2,   0,   0,   0,   0,  0,  0,  0, 0, 0, 0,
			       0,    'I', 'D', 'A', 'T', 0,  0,  0,  0};

	png[18] = (unsigned char)(width >> 8);
	png[19] = (unsigned char)width;
	png[22] = (unsigned char)(height >> 8);
	png[23] = (unsigned char)height;
	buf_init(&thumb->bytes, 1024);
	buf_append(&thumb->bytes, png, sizeof png);
}

struct lie {
	const char *name;
	enum thumb_verdict verdict;
	int original_width, original_height, frames;
	size_t n_thumbs, spec;
	enum media_type said_type;
	int said_width, said_height;
	int real_width, real_height; /* in the bytes; 0: the bytes are no image */
	bool is_true, is_smaller;
};

static bool verify(const struct lie *lie, const struct thumb_job *job)
{
	struct thumb_result result = {.verdict = lie->verdict,
				      .width_px = lie->original_width,
				      .height_px = lie->original_height,
				      .frames = lie->frames,
				      .n_thumbs = lie->n_thumbs};
	char why[160] = "";
	bool is_good;

	result.thumbs = alloc_zeroed(2, sizeof *result.thumbs);
	for (size_t i = 0; i < lie->n_thumbs; i++) {
		struct thumb *thumb = &result.thumbs[i];

		thumb->spec = lie->spec;
		thumb->type = lie->said_type;
		thumb->width_px = lie->said_width;
		thumb->height_px = lie->said_height;
		buf_init(&thumb->bytes, 1024);
		if (lie->real_width)
			set_png(thumb, lie->real_width, lie->real_height);
		else
			buf_append_string(&thumb->bytes, "<!doctype html>");
	}
	is_good = verify_result(job, &result, why, sizeof why);
	assert_true(is_good == !why[0]);
	if (is_good && lie->n_thumbs)
		assert_int_equal(result.thumbs[0].is_smaller_than_spec, lie->is_smaller);
	thumb_result_release(&result);
	return is_good;
}

static void test_lies(void **state)
{
	static const struct lie lies[] = {
		{"true", THUMB_OK, 200, 100, 1, 1, 0, MEDIA_PNG, 100, 50, 100, 50, true},
		{"true, damaged", THUMB_DAMAGED, 200, 100, 1, 1, 0, MEDIA_PNG, 100, 50, 100, 50,
		 true},
		{"true, failed", THUMB_TRUNCATED, 0, 0, 0, 0, 0, MEDIA_PNG, 0, 0, 0, 0, true},
		{"none made", THUMB_OK, 200, 100, 1, 0, 0, MEDIA_PNG, 0, 0, 0, 0, false},
		{"two made", THUMB_OK, 200, 100, 1, 2, 0, MEDIA_PNG, 100, 50, 100, 50, false},
		{"failed, one made", THUMB_TRUNCATED, 200, 100, 1, 1, 0, MEDIA_PNG, 100, 50, 100,
		 50, false},
		{"other spec", THUMB_OK, 200, 100, 1, 1, 1, MEDIA_PNG, 100, 50, 100, 50, false},
		{"original's width", THUMB_OK, 202, 100, 1, 1, 0, MEDIA_PNG, 100, 50, 100, 50,
		 false},
		{"original's height", THUMB_OK, 200, 102, 1, 1, 0, MEDIA_PNG, 100, 51, 100, 51,
		 false},
		{"no size", THUMB_OK, 0, 0, 1, 1, 0, MEDIA_PNG, 100, 50, 100, 50, false},
		{"no frame", THUMB_OK, 200, 100, 0, 1, 0, MEDIA_PNG, 100, 50, 100, 50, false},
		{"said type", THUMB_OK, 200, 100, 1, 1, 0, MEDIA_WEBP, 100, 50, 100, 50, false},
		{"said height", THUMB_OK, 200, 100, 1, 1, 0, MEDIA_PNG, 100, 49, 100, 50, false},
		{"said width", THUMB_OK, 200, 100, 1, 1, 0, MEDIA_PNG, 99, 50, 100, 50, false},
		{"real width", THUMB_OK, 200, 100, 1, 1, 0, MEDIA_PNG, 100, 50, 101, 50, false},
		{"real height", THUMB_OK, 200, 100, 1, 1, 0, MEDIA_PNG, 100, 50, 100, 49, false},
		{"both alike, both wrong", THUMB_OK, 200, 100, 1, 1, 0, MEDIA_PNG, 100, 51, 100, 51,
		 false},
		{"no image", THUMB_OK, 200, 100, 1, 1, 0, MEDIA_PNG, 100, 50, 0, 0, false},
	};
	static const struct lie sizeless[] = {
		{"no width", THUMB_OK, 0, 100, 1, 1, 0, MEDIA_PNG, 0, 100, 1, 100, false},
		{"no height", THUMB_OK, 100, 0, 1, 1, 0, MEDIA_PNG, 100, 1, 100, 1, false},
	};
	static const struct lie smallest = {"smallest", THUMB_OK, 1, 1, 1, 1,    0,
					    MEDIA_PNG,  1,        1, 1, 1, true, true};
	static const struct lie said_webp = {"says WebP, is a PNG",
					     THUMB_OK,
					     200,
					     100,
					     1,
					     1,
					     0,
					     MEDIA_WEBP,
					     100,
					     50,
					     100,
					     50,
					     false};
	static const struct lie small = {"smaller than the spec",
					 THUMB_OK,
					 99,
					 50,
					 1,
					 1,
					 0,
					 MEDIA_PNG,
					 99,
					 50,
					 99,
					 50,
					 true,
					 true};
	struct thumb_spec spec = {.width_px = 100, .format = THUMB_PNG, .quality = 75};
	struct thumb_job job = {.width_px = 200, .height_px = 100, .specs = &spec, .n_specs = 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(lies); i++)
		if (verify(&lies[i], &job) != lies[i].is_true)
			fail_msg("%s", lies[i].name);
	/* the header did not tell the size: the renderer's word for the original has to do */
	job.width_px = job.height_px = 0;
	assert_true(verify(&lies[0], &job));
	assert_true(verify(&small, &job));
	for (size_t i = 0; i < ARRAY_LENGTH(sizeless); i++)
		if (verify(&sizeless[i], &job))
			fail_msg("%s", sizeless[i].name);
	assert_true(verify(&smallest, &job));
	/* a PNG where WebP was asked for */
	spec.format = THUMB_WEBP;
	assert_false(verify(&lies[0], &job));
	assert_false(verify(&said_webp, &job));
}

/* A still was asked for: readers may have wished for no motion. */
static void test_motion(void **state)
{
	static const unsigned char frames[] = {0, 0, 0,   8,   'a', 'c', 'T', 'L', 0, 0, 0,
					       2, 0, 0,   0,   0,   0,   0,   0,   0, 0, 0,
					       0, 0, 'I', 'D', 'A', 'T', 0,   0,   0, 0};
	struct thumb_spec spec = {.width_px = 100, .format = THUMB_PNG, .quality = 75};
	struct thumb_job job = {.width_px = 100, .height_px = 50, .specs = &spec, .n_specs = 1};
	char why[160];

	(void)state;
	for (int is_animated = 0; is_animated < 2; is_animated++) {
		struct thumb_result result = {
			.width_px = 100, .height_px = 50, .frames = 2, .n_thumbs = 1};
		struct thumb *thumb = alloc_zeroed(1, sizeof *thumb);

		spec.is_animated = is_animated;
		*thumb = (struct thumb){.type = MEDIA_PNG, .width_px = 100, .height_px = 50};
		set_png(thumb, 100, 50);
		result.thumbs = thumb;
		assert_true(verify_result(&job, &result, why, sizeof why));
		thumb->bytes.length_bytes -= 12; /* its IDAT */
		buf_append(&thumb->bytes, frames, sizeof frames);
		assert_false(verify_result(&job, &result, why, sizeof why));
		assert_string_equal(why, "made a thumbnail that moves");
		thumb_result_release(&result);
	}
}

static void test_expected_type(void **state)
{
	static const struct {
		enum thumb_format format;
		bool is_animated, has_background, has_alpha;
		int frames;
		enum media_type expected;
	} cases[] = {
		{THUMB_WEBP, false, false, false, 1, MEDIA_WEBP},
		{THUMB_JPEG, true, false, true, 9, MEDIA_JPEG},
		{THUMB_PNG, false, false, false, 1, MEDIA_PNG},
		{THUMB_AVIF, false, false, false, 1, MEDIA_AVIF},
		{THUMB_AUTO, false, false, false, 1, MEDIA_JPEG},
		{THUMB_AUTO, false, false, true, 1, MEDIA_WEBP},
		{THUMB_AUTO, false, true, true, 1, MEDIA_JPEG},
		{THUMB_AUTO, true, false, false, 9, MEDIA_WEBP},
		{THUMB_AUTO, true, false, false, 2, MEDIA_WEBP},
		{THUMB_AUTO, true, false, false, 1, MEDIA_JPEG},
		{THUMB_AUTO, false, false, false, 9, MEDIA_JPEG},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct thumb_spec spec = {.format = cases[i].format,
					  .is_animated = cases[i].is_animated,
					  .has_background = cases[i].has_background};

		assert_int_equal(verify_expected_type(&spec, cases[i].has_alpha, cases[i].frames),
				 cases[i].expected);
	}
}

/* So that a renderer that was taken over fills neither memory nor the disk. */
static void test_most_bytes(void **state)
{
	static const struct {
		struct thumb_spec specs[2];
		size_t n_specs;
		int width_px, height_px;
		size_t expected;
	} cases[] = {
		{.width_px = 200, .height_px = 100},
		{{{.width_px = 96}}, 1, 192, 96, 96 * 48 * 8 + 65536},
		{{{.width_px = 1}}, 1, 1, 32767, 16 * 16384 * 8 + 65536},
		{{{.width_px = 640}}, 1, 9, 9, 16 * 16 * 8 + 65536},
		{{{.width_px = 96}, {.width_px = 192}}, 2, 192, 96, 192 * 96 * 8 + 65536},
		{{{.width_px = 192}, {.width_px = 96}}, 2, 192, 96, 192 * 96 * 8 + 65536},
		{{{.width_px = 16000}}, 1, 16000, 16000, 64 << 20},
		{{{.width_px = 96, .is_animated = true}}, 1, 192, 96, 64 << 20},
		{{{.width_px = 96}}, 1, 0, 0, 64 << 20},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct thumb_job job = {.width_px = cases[i].width_px,
					      .height_px = cases[i].height_px,
					      .specs = cases[i].specs,
					      .n_specs = cases[i].n_specs};

		if (verify_most_bytes(&job) != cases[i].expected)
			fail_msg("case %zu: %zu", i, verify_most_bytes(&job));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_motion),
		cmocka_unit_test(test_expected_type),
		cmocka_unit_test(test_most_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
