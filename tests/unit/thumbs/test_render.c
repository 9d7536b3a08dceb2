/* The real renderer, through the pool, on the images of tests/fixtures/images. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "image_header.h"
#include "pool_run.h"

static void run(const struct image *images, size_t n_images, const struct thumb_spec *specs,
		size_t n_specs, struct thumb_result *ret_results)
{
	struct thumb_pool_options options;

	thumb_pool_options_init(&options);
	options.renderers = 2;
	options.require_sandbox = true;
	pool_run(RENDERER, &options, images, n_images, specs, n_specs, ret_results);
}

static struct thumb_result run_one(struct image image, const struct thumb_spec *specs,
				   size_t n_specs)
{
	struct thumb_result result = {0};

	run(&image, 1, specs, n_specs, &result);
	return result;
}

static void test_every_type(void **state)
{
	static const struct {
		const char *name;
		int width, height, frames;
		bool has_alpha;
	} cases[] = {
		{"photo.jpg", 120, 80, 1, false},        {"progressive.jpg", 120, 80, 1, false},
		{"grey.jpg", 120, 80, 1, false},         {"cmyk.jpg", 120, 80, 1, false},
		{"srgb-profile.jpg", 120, 80, 1, false}, {"alpha.png", 120, 80, 1, true},
		{"palette.png", 60, 40, 1, false},       {"palette-alpha.png", 60, 40, 1, true},
		{"rgb16.png", 40, 30, 1, false},         {"rgba16.png", 40, 30, 1, true},
		{"interlaced.png", 40, 30, 1, false},    {"bad-iccp.png", 40, 30, 1, false},
		{"photo.webp", 60, 40, 1, false},        {"alpha.webp", 60, 40, 1, true},
		{"animated.webp", 40, 30, 4, true},      {"still.gif", 60, 40, 1, false},
		{"animated.gif", 40, 30, 4, false},      {"photo.avif", 60, 40, 1, false},
	};
	static const struct thumb_spec specs[] = {
		{.width_px = 30, .format = THUMB_WEBP, .quality = 75},
		{.width_px = 30,
		 .format = THUMB_JPEG,
		 .quality = 75,
		 .background = {255, 255, 255}},
		{.width_px = 30, .format = THUMB_PNG, .quality = 75},
		{.width_px = 30, .format = THUMB_AVIF, .quality = 50},
		{.width_px = 20,
		 .height_px = 20,
		 .fit = THUMB_COVER,
		 .format = THUMB_AUTO,
		 .quality = 60},
		{.width_px = 30, .format = THUMB_WEBP, .quality = 75, .is_animated = true},
	};
	static struct image images[ARRAY_LENGTH(cases)];
	static struct thumb_result results[ARRAY_LENGTH(cases)];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		images[i] = image_read(cases[i].name);
	run(images, ARRAY_LENGTH(images), specs, ARRAY_LENGTH(specs), results);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct thumb_result *result = &results[i];
		struct image_header header;

		if (result->verdict !=
		    (strcmp(cases[i].name, "bad-iccp.png") ? THUMB_OK : THUMB_DAMAGED))
			fail_msg("%s: %s: %s", cases[i].name, thumb_verdict_name(result->verdict),
				 result->message);
		assert_int_equal(result->width_px, cases[i].width);
		assert_int_equal(result->height_px, cases[i].height);
		assert_int_equal(result->frames, cases[i].frames);
		assert_int_equal(result->has_alpha, cases[i].has_alpha);
		assert_int_equal(result->n_thumbs, ARRAY_LENGTH(specs));
		assert_int_equal(result->thumbs[4].type,
				 cases[i].has_alpha ? MEDIA_WEBP : MEDIA_JPEG);
		/* motion only where it was asked for */
		image_header_read(result->thumbs[0].bytes.data,
				  result->thumbs[0].bytes.length_bytes, true, &header);
		assert_int_equal(header.frames, 1);
		image_header_read(result->thumbs[5].bytes.data,
				  result->thumbs[5].bytes.length_bytes, true, &header);
		assert_int_equal(header.frames > 1, cases[i].frames > 1);
		thumb_result_release(&results[i]);
		image_free(&images[i]);
	}
}

/* Eight files that show the same picture: blocks of one colour, stored turned, at their own size,
 * must give the same PNG to the byte. */
static void test_orientations(void **state)
{
	static const struct thumb_spec spec = {.width_px = 48,
					       .height_px = 32,
					       .fit = THUMB_COVER,
					       .format = THUMB_PNG,
					       .quality = 75};
	struct image images[8];
	struct thumb_result results[8] = {0};

	(void)state;
	for (int i = 0; i < 8; i++) {
		char name[32];

		snprintf(name, sizeof name, "orientation-%d.jpg", i + 1);
		images[i] = image_read(name);
	}
	run(images, 8, &spec, 1, results);
	for (int i = 0; i < 8; i++) {
		const struct buf *first = &results[0].thumbs[0].bytes;
		const struct buf *bytes = &results[i].thumbs[0].bytes;

		assert_int_equal(results[i].verdict, THUMB_OK);
		assert_int_equal(results[i].width_px, 48);
		assert_int_equal(bytes->length_bytes, first->length_bytes);
		assert_memory_equal(bytes->data, first->data, first->length_bytes);
	}
	for (int i = 0; i < 8; i++) {
		thumb_result_release(&results[i]);
		image_free(&images[i]);
	}
}

/* A thumbnail's bytes do not depend on the specs beside it, nor on the renderer. */
static void test_deterministic(void **state)
{
	static const struct thumb_spec specs[] = {
		{.width_px = 100, .format = THUMB_WEBP, .quality = 75},
		{.width_px = 50, .format = THUMB_JPEG, .quality = 75},
		{.width_px = 14, .format = THUMB_JPEG, .quality = 75},
		{.width_px = 40,
		 .height_px = 40,
		 .fit = THUMB_COVER,
		 .position = THUMB_ATTENTION,
		 .format = THUMB_PNG,
		 .quality = 75},
		{.width_px = 13, .format = THUMB_WEBP, .quality = 75},
	};
	static const char *const names[] = {"photo.jpg", "progressive.jpg", "alpha.png",
					    "animated.gif", "cmyk.jpg"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		struct image image = image_read(names[i]);
		struct thumb_result all = run_one(image, specs, ARRAY_LENGTH(specs));

		if (all.n_thumbs != ARRAY_LENGTH(specs))
			fail_msg("%s: %s %s", names[i], thumb_verdict_name(all.verdict),
				 all.message);
		for (size_t k = 0; k < ARRAY_LENGTH(specs); k++) {
			struct thumb_result one = run_one(image, &specs[k], 1);

			assert_int_equal(one.thumbs[0].bytes.length_bytes,
					 all.thumbs[k].bytes.length_bytes);
			assert_memory_equal(one.thumbs[0].bytes.data, all.thumbs[k].bytes.data,
					    one.thumbs[0].bytes.length_bytes);
			thumb_result_release(&one);
		}
		thumb_result_release(&all);
		image_free(&image);
	}
}

/* Cut anywhere: what loses image data is truncated; what loses only the end marker, or what stands
 * after the data, is damaged; nothing is ever "undecodable" or ok. */
static void test_cuts(void **state)
{
	static const struct {
		const char *name;
		size_t spared; /* bytes at the end that are not image data */
	} cases[] = {
		{"photo.jpg", 2},  {"progressive.jpg", 2}, {"grey.jpg", 2},
		{"alpha.png", 12}, {"interlaced.png", 12}, {"palette.png", 12},
		{"photo.webp", 0}, {"alpha.webp", 0},      {"animated.webp", 0},
		{"still.gif", 1},  {"animated.gif", 1},    {"photo.avif", 0},
	};
	enum { CUTS = 24 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct image whole = image_read(cases[i].name), cut[CUTS];
		struct thumb_result results[CUTS] = {0};

		for (size_t k = 0; k < CUTS; k++)
			cut[k] = (struct image){.data = whole.data,
						.length = (whole.length - cases[i].spared) *
							  (k + 2) / (CUTS + 2)};
		run(cut, CUTS, NULL, 0, results);
		for (size_t k = 0; k < CUTS; k++)
			if (results[k].verdict != THUMB_TRUNCATED)
				fail_msg("%s cut at %zu of %zu: %s %s", cases[i].name,
					 cut[k].length, whole.length,
					 thumb_verdict_name(results[k].verdict),
					 results[k].message);
		for (size_t k = 1; k <= cases[i].spared; k++) {
			struct image end = {.data = whole.data, .length = whole.length - k};
			struct thumb_result result = run_one(end, NULL, 0);

			if (result.verdict != THUMB_DAMAGED)
				fail_msg("%s without its last %zu: %s %s", cases[i].name, k,
					 thumb_verdict_name(result.verdict), result.message);
		}
		image_free(&whole);
	}
}

static void test_bad_images(void **state)
{
	static const struct {
		const char *name, *data;
		size_t length;
		enum thumb_verdict expected;
	} cases[] = {
		{"nothing", "", 0, THUMB_TRUNCATED},
		{"text", "hello, world", 12, THUMB_UNDECODABLE},
		{"JPEG's first bytes", "\xff\xd8\xff\xe0", 4, THUMB_TRUNCATED},
		{"GIF without an image", "GIF89a\x01\0\x01\0\0\0\0;", 14, THUMB_UNDECODABLE},
		{"PNG's signature", "\x89PNG\r\n\x1a\n", 8, THUMB_TRUNCATED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct image image = {.data = cases[i].data, .length = cases[i].length};
		struct thumb_result result = run_one(image, NULL, 0);

		if (result.verdict != cases[i].expected)
			fail_msg("%s: %s %s", cases[i].name, thumb_verdict_name(result.verdict),
				 result.message);
		thumb_result_release(&result);
	}
}

/* What follows the end hurts no browser, but is said, unless it is padding or another picture. */
static void test_what_follows_the_end(void **state)
{
	static const char *const names[] = {"photo.jpg", "alpha.png", "photo.webp", "animated.gif"};
	static const struct {
		const char *what;
		size_t length;
		enum thumb_verdict expected;
	} tails[] = {
		{"jjjjjjjjjjjj", 12, THUMB_DAMAGED},
		{"\0\0\0\r\n", 5, THUMB_OK},
		{"\xff\xd8\xff\xe0 a preview", 14, THUMB_OK},
		{"\0\0\0\x18"
		 "ftypmp42",
		 12, THUMB_OK},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(names) * ARRAY_LENGTH(tails); i++) {
		const char *name = names[i % ARRAY_LENGTH(names)];
		size_t tail = i / ARRAY_LENGTH(names), length = tails[tail].length;
		struct image image = image_read(name);
		char *longer = alloc_zeroed(1, image.length + length);
		struct thumb_result result;

		memcpy(longer, image.data, image.length);
		memcpy(longer + image.length, tails[tail].what, length);
		result = run_one((struct image){.data = longer, .length = image.length + length},
				 NULL, 0);
		if (result.verdict != tails[tail].expected)
			fail_msg("%s, tail %zu: %s %s", name, tail,
				 thumb_verdict_name(result.verdict), result.message);
		thumb_result_release(&result);
		free(longer);
		image_free(&image);
	}
}

/* A text is taken out before a decoder unpacks it: broken, it is no damage to the picture. */
static void test_texts_of_a_png(void **state)
{
	static const char text[] = "\0\0\0\x8zTXtx\0\0junk!\1\2\3\4";
	const size_t head = 33, length = sizeof text - 1;
	struct image image = image_read("alpha.png");
	char *longer = alloc_zeroed(1, image.length + length);
	struct thumb_result result;

	(void)state;
	memcpy(longer, image.data, head);
	memcpy(longer + head, text, length);
	memcpy(longer + head + length, (const char *)image.data + head, image.length - head);
	result = run_one((struct image){.data = longer, .length = image.length + length}, NULL, 0);
	if (result.verdict != THUMB_OK)
		fail_msg("%s %s", thumb_verdict_name(result.verdict), result.message);
	thumb_result_release(&result);
	free(longer);
	image_free(&image);
}

static void test_broken_profile(void **state)
{
	struct image image = image_read("bad-iccp.png");
	struct thumb_result result = run_one(image, NULL, 0);

	(void)state;
	assert_int_equal(result.verdict, THUMB_DAMAGED);
	assert_non_null(strstr(result.message, "iCCP"));
	thumb_result_release(&result);
	image_free(&image);
}

static void test_limits(void **state)
{
	struct image image = image_read("animated.gif");
	struct thumb_pool_options options;
	struct thumb_result result = {0};

	(void)state;
	thumb_pool_options_init(&options);
	options.max_pixels = 40 * 30 * 4;
	pool_run(RENDERER, &options, &image, 1, NULL, 0, &result);
	assert_int_equal(result.verdict, THUMB_OK);
	options.max_pixels--; /* frames are summed */
	pool_run(RENDERER, &options, &image, 1, NULL, 0, &result);
	assert_int_equal(result.verdict, THUMB_TOO_MANY_PIXELS);
	options.max_pixels = 40 * 30 - 1;
	pool_run(RENDERER, &options, &image, 1, NULL, 0, &result);
	assert_int_equal(result.verdict, THUMB_TOO_MANY_PIXELS);
	assert_string_equal(result.message, "40x30 pixels");
	options.max_pixels = 1000000;
	options.max_decoded_bytes = 1000;
	pool_run(RENDERER, &options, &image, 1, NULL, 0, &result);
	assert_int_equal(result.verdict, THUMB_TOO_MANY_PIXELS);
	image_free(&image);
}

static void test_self_test(void **state)
{
	(void)state;
	assert_int_equal(system("'" RENDERER "' --self-test >/dev/null"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type),     cmocka_unit_test(test_orientations),
		cmocka_unit_test(test_deterministic),  cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_bad_images),     cmocka_unit_test(test_what_follows_the_end),
		cmocka_unit_test(test_broken_profile), cmocka_unit_test(test_texts_of_a_png),
		cmocka_unit_test(test_limits),         cmocka_unit_test(test_self_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
