#include "../cmocka_all.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

#include "alloc.h"
#include "png_colours.h"

#define SRGB 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000
#define P3 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000

static const struct {
	const char *what, *other; /* a chunk that stands before the rest */
	unsigned gamma;           /* 0: no such chunk */
	unsigned xy[8];           /* of cHRM; 0 first: no such chunk */
	double wanted_gamma;      /* 0: nothing that counts */
	double wanted_red_x;
	bool has_wrong_crc;
} cases[] = {
	{"nothing", NULL, 0, {0}, 0, 0, false},
	{"what amounts to sRGB", NULL, 45455, {0}, 0, 0, false},
	{"with its primaries", NULL, 45455, {SRGB}, 0, 0, false},
	{"linear", NULL, 100000, {0}, 1, 0.64, false},
	{"of a Macintosh", NULL, 55556, {SRGB}, 1.8, 0.64, false},
	{"wide", NULL, 45455, {P3}, 2.2, 0.68, false},
	{"without gamma", NULL, 0, {P3}, 0, 0, false},
	{"sRGB beside it", "sRGB", 100000, {P3}, 0, 0, false},
	{"a profile beside it", "iCCP", 100000, {P3}, 0, 0, false},
	{"code points beside it", "cICP", 100000, {P3}, 0, 0, false},
	{"another chunk", "tEXt", 100000, {0}, 1, 0.64, false},
	{"too small", NULL, 1, {0}, 0, 0, false},
	{"too large", NULL, 4294967295, {0}, 0, 0, false},
	{"a wrong checksum", NULL, 100000, {0}, 0, 0, true},
};

static void put_u32be(unsigned char *at, size_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static size_t put_chunk(unsigned char *at, const char *type, const unsigned *numbers,
			size_t n_numbers, bool has_wrong_crc)
{
	size_t n_bytes = 4 * n_numbers;

	put_u32be(at, n_bytes);
	memcpy(at + 4, type, 4);
	for (size_t i = 0; i < n_numbers; i++)
		put_u32be(at + 8 + 4 * i, numbers[i]);
	put_u32be(at + 8 + n_bytes, crc32(0, at + 4, (uInt)n_bytes + 4) ^ has_wrong_crc);
	return n_bytes + 12;
}

static void reads_what_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		unsigned char png[200] = "\x89PNG\r\n\x1a\n";
		struct chromaticities chromaticities;
		size_t length = 8;
		double gamma = 0;
		bool counts;

		if (cases[i].other)
			length += put_chunk(png + length, cases[i].other, cases[i].xy, 1, false);
		if (cases[i].gamma)
			length += put_chunk(png + length, "gAMA", &cases[i].gamma, 1,
					    cases[i].has_wrong_crc);
		if (cases[i].xy[0])
			length += put_chunk(png + length, "cHRM", cases[i].xy, 8, false);
		length += put_chunk(png + length, "IDAT", NULL, 0, false);
		length += put_chunk(png + length, "sRGB", NULL, 0, false); /* too late */
		counts = png_colours_read(png, length, &chromaticities, &gamma);
		if (counts != (cases[i].wanted_gamma > 0))
			fail_msg("%s: %d", cases[i].what, counts);
		if (!counts)
			continue;
		if (fabs(gamma - cases[i].wanted_gamma) > 0.001 ||
		    fabs(chromaticities.xy[0][0] - cases[i].wanted_red_x) > 0.00001)
			fail_msg("%s: %f %f", cases[i].what, gamma, chromaticities.xy[0][0]);
		if (fabs(chromaticities.xy[3][1] - 0.329) > 0.00001)
			fail_msg("%s: white %f", cases[i].what, chromaticities.xy[3][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_what_counts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
