#include "../cmocka_all.h"

#include "alloc.h"
#include "plan.h"

static void knows_what_decoders_keep(void **state)
{
	static const struct {
		enum media_type type;
		bool is_progressive;
		int n_frames;
		uint64_t pixel_bytes, bytes;
	} cases[] = {
		{MEDIA_JPEG, false, 1, 3, 0},    {MEDIA_JPEG, true, 1, 3, 6000},
		{MEDIA_JPEG, true, 1, 1, 2000},  {MEDIA_PNG, false, 1, 8, 0},
		{MEDIA_PNG, true, 1, 8, 8000},   {MEDIA_GIF, true, 9, 4, 8000},
		{MEDIA_WEBP, false, 1, 4, 8000}, {MEDIA_WEBP, false, 10, 3, 38000},
		{MEDIA_AVIF, false, 1, 3, 8000},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		assert_int_equal(plan_decoder_bytes(cases[i].type, cases[i].is_progressive,
						    cases[i].n_frames, 1000, cases[i].pixel_bytes),
				 cases[i].bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(knows_what_decoders_keep)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
