#include "../cmocka_all.h"

#include <string.h>

#include "alloc.h"
#include "limits.h"

#define MAX_PIXELS 100000000

static void refuses_what_takes_long(void **state)
{
	static const struct {
		struct structure_counts counts;
		int width_px, height_px;
		const char *message; /* NULL: it is allowed */
	} cases[] = {
		{{.scans = 0}, 32767, 32767, NULL},
		{{.scans = 24}, 32767, 32767, NULL},
		{{.scans = 25}, 10000, 10000, "25 scans of 10000x10000 pixels"},
		{{.scans = 100}, 6000, 4000, NULL},
		{{.scans = 101}, 6000, 4000, "101 scans of 6000x4000 pixels"},
		{{.scans = 5000}, 64, 64, NULL},
		{{.scans = 4294967295}, 1, 1, "4294967295 scans of 1x1 pixels"},
		{{.metadata = 10000}, 10, 10, NULL},
		{{.metadata = 10001}, 10, 10, "10001 segments of metadata"},
		{{.tile_pixels = 200000000}, 120, 80, NULL},
		{{.tile_pixels = 200000001}, 120, 80, "200000001 pixels in the tiles of 120x80"},
		{{.frames = 1}, 20000, 20000, NULL}, /* a still image is the header's */
		{{.frames = 10000}, 16, 16, NULL},
		{{.frames = 10001}, 16, 16, "10001 frames of 16x16 pixels"},
		{{.frames = 1000}, 100, 390, NULL},
		{{.frames = 1000}, 100, 391, "1000 frames of 100x391 pixels"},
		{{.frames = 100}, 1000, 1000, NULL},
		{{.frames = 101}, 1000, 1000, "101 frames of 1000x1000 pixels"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct image_header header = {.width_px = cases[i].width_px,
					      .height_px = cases[i].height_px};
		struct thumb_result result = {0};
		bool is_allowed = limits_allow(&header, &cases[i].counts, MAX_PIXELS, &result);

		if (is_allowed != !cases[i].message)
			fail_msg("case %zu", i);
		assert_string_equal(result.message, cases[i].message ? cases[i].message : "");
		assert_int_equal(result.verdict, is_allowed ? THUMB_OK
						 : cases[i].counts.metadata
							 ? THUMB_UNDECODABLE
							 : THUMB_TOO_MANY_PIXELS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(refuses_what_takes_long)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
