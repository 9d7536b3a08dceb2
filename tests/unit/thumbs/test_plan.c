#include "../cmocka_all.h"

#include "alloc.h"
#include "plan.h"

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
	const struct CMUnitTest tests[] = {cmocka_unit_test(knows_what_decoders_keep)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
