#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "alloc.h"
#include "colour_profile.h"
#include "icc.h"

static double number_at(const unsigned char *at)
{
	return (int32_t)((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
			 at[3]) /
	       65536.0;
}

/* The table of tags stands at 128: their number, then name, offset and length of each. */
static const unsigned char *tag_of(const unsigned char *profile, size_t length_bytes,
				   const char *name)
{
	const unsigned char *entry = memmem(profile + 128, 4 + 7 * 12, name, 4);
	size_t at, tag_bytes;

	assert_non_null(entry);
	at = (size_t)entry[6] << 8 | entry[7];
	tag_bytes = (size_t)entry[10] << 8 | entry[11];
	assert_in_range(at + tag_bytes, 128, length_bytes);
	return profile + at;
}

static void makes_srgb(void **state)
{
	unsigned char profile[COLOUR_PROFILE_BYTES];
	static const int curves[] = {1, 2, 6, 13, 14, 15};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(curves); i++) {
		size_t length_bytes = colour_profile_of_codes(1, curves[i], profile);

		assert_int_equal(length_bytes, (size_t)profile[2] << 8 | profile[3]);
		assert_true(icc_is_srgb(profile, length_bytes));
	}
	assert_false(icc_is_srgb(profile, colour_profile_of_codes(12, 13, profile)));
	assert_false(icc_is_srgb(profile, colour_profile_of_codes(1, 8, profile)));
}

/* As others publish them, adapted to D50. */
static void adapts_primaries(void **state)
{
	static const struct {
		int code;
		double xyz[3][3];
	} cases[] = {
		{12,
		 {{0.5151, 0.2412, -0.0011}, {0.2920, 0.6922, 0.0419}, {0.1571, 0.0666, 0.7841}}},
		{9,
		 {{0.6735, 0.2790, -0.0019}, {0.1657, 0.6753, 0.0300}, {0.1251, 0.0456, 0.7970}}},
		{1, {{0.4361, 0.2225, 0.0139}, {0.3851, 0.7169, 0.0971}, {0.1431, 0.0606, 0.7141}}},
	};
	static const char *const names[] = {"rXYZ", "gXYZ", "bXYZ"};
	unsigned char profile[COLOUR_PROFILE_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		size_t length_bytes = colour_profile_of_codes(cases[i].code, 13, profile);

		for (int k = 0; k < 9; k++) {
			const unsigned char *tag = tag_of(profile, length_bytes, names[k / 3]);

			if (fabs(number_at(tag + 8 + 4 * (k % 3)) - cases[i].xyz[k / 3][k % 3]) >
			    0.0005)
				fail_msg("%d: number %d is %f", cases[i].code, k,
					 number_at(tag + 8 + 4 * (k % 3)));
		}
	}
}

static void refuses_what_is_no_colour(void **state)
{
	static const int codes[][2] = {{0, 13},  {3, 13}, {10, 13}, {65535, 13}, {-1, 13},
				       {12, 16}, {9, 18}, {9, 0},   {1, 65535}};
	static const struct chromaticities none[] = {
		{{{0, 0}, {0, 0}, {0, 0}, {0, 0}}},
		{{{0.3, 0.3}, {0.3, 0.3}, {0.3, 0.3}, {0.3127, 0.329}}},  /* all one */
		{{{0.64, 0.33}, {0.3, 0.6}, {0.15, 0.06}, {0.9, 0.9}}},   /* white outside */
		{{{0.64, 0}, {0.3, 0.6}, {0.15, 0.06}, {0.3127, 0.329}}}, /* without light */
		{{{42949, 42949}, {0.3, 0.6}, {0.15, 0.06}, {42949, 1}}},
		{{{0.64, 0.33}, {0.3, 0.6}, {0.15, 0.06}, {0.3127, 1e-9}}},
	};
	unsigned char profile[COLOUR_PROFILE_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(codes); i++)
		assert_int_equal(colour_profile_of_codes(codes[i][0], codes[i][1], profile), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(none); i++)
		if (colour_profile_make(&none[i], 2.2, profile))
			fail_msg("colours %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(makes_srgb),
					   cmocka_unit_test(adapts_primaries),
					   cmocka_unit_test(refuses_what_is_no_colour)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
