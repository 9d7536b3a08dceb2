#include "../cmocka_all.h"

#include <string.h>
#include <zlib.h>

#include "png_profile.h"

#define PROFILE_BYTES 144 /* a head and one tag */

struct change {
	const char *what;
	int grey; /* the picture's kind: 1, or 0 for colour */
	int at;   /* of the profile; -1: nothing is changed */
	const char *bytes;
	size_t n_bytes;
	const char *name; /* of the profile */
	unsigned char method;
	size_t cut_bytes; /* off the packed end */
	bool is_broken;
};

static const struct change changes[] = {
	{"as it should be", 0, -1, "", 0, "sRGB", 0, 0, false},
	{"a longer length", 0, 0, "\0\0\0\x91", 4, "sRGB", 0, 0, true},
	{"no signature", 0, 36, "acsq", 4, "sRGB", 0, 0, true},
	{"of grey, in colour", 0, 16, "GRAY", 4, "grey", 0, 0, true},
	{"of grey, in grey", 1, 16, "GRAY", 4, "grey", 0, 0, false},
	{"of colour, in grey", 1, -1, "", 0, "sRGB", 0, 0, true},
	{"two tags", 0, 128, "\0\0\0\2", 4, "sRGB", 0, 0, true},
	{"very many tags", 0, 128, "\xff\xff\xff\xff", 4, "sRGB", 0, 0, true},
	{"no name", 0, -1, "", 0, "", 0, 0, true},
	{"another method", 0, -1, "", 0, "sRGB", 1, 0, true},
	{"cut", 0, -1, "", 0, "sRGB", 0, 9, true},
};

static void put_u32be(unsigned char *at, size_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static size_t put_chunk(unsigned char *at, const char *type, const void *body, size_t n_bytes)
{
	put_u32be(at, n_bytes);
	memcpy(at + 4, type, 4);
	memcpy(at + 8, body, n_bytes);
	put_u32be(at + 8 + n_bytes, crc32(0, at + 4, (uInt)n_bytes + 4));
	return n_bytes + 12;
}

static size_t make_png(const struct change *change, unsigned char *ret_png)
{
	unsigned char profile[PROFILE_BYTES] = {0}, body[400], header[13] = {0};
	size_t name_bytes = strlen(change->name), at = 8;
	uLongf packed_bytes = sizeof body - 100;

	put_u32be(profile, PROFILE_BYTES);
	memcpy(profile + 16, "RGB ", 4);
	memcpy(profile + 36, "acsp", 4);
	put_u32be(profile + 128, 1);
	if (change->at >= 0)
		memcpy(profile + change->at, change->bytes, change->n_bytes);
	memcpy(body, change->name, name_bytes + 1);
	body[name_bytes + 1] = change->method;
	assert_int_equal(compress(body + name_bytes + 2, &packed_bytes, profile, PROFILE_BYTES),
			 Z_OK);
	header[9] = change->grey ? 0 : 2;
	memcpy(ret_png, "\x89PNG\r\n\x1a\n", 8);
	at += put_chunk(ret_png + at, "IHDR", header, sizeof header);
	at += put_chunk(ret_png + at, "iCCP", body,
			name_bytes + 2 + packed_bytes - change->cut_bytes);
	return at + put_chunk(ret_png + at, "IDAT", "", 0);
}

static void tells_broken_ones(void **state)
{
	unsigned char png[1000];

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		size_t length = make_png(&changes[i], png);

		if (png_has_broken_profile(png, length) != changes[i].is_broken)
			fail_msg("%s", changes[i].what);
		/* Wherever the file ends, nothing behind it is read. */
		for (size_t n = 0; n < length; n++) {
			unsigned char *cut = test_malloc(n + 1);

			memcpy(cut, png, n);
			png_has_broken_profile(cut, n);
			test_free(cut);
		}
	}
}

static void no_profile_is_not_broken(void **state)
{
	unsigned char png[100];
	size_t at = 8;

	(void)state;
	memcpy(png, "\x89PNG\r\n\x1a\n", 8);
	at += put_chunk(png + at, "IDAT", "", 0);
	at += put_chunk(png + at, "iCCP", "", 0); /* behind the picture it is none */
	assert_false(png_has_broken_profile(png, at));
	assert_false(png_has_broken_profile(png, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_broken_ones),
		cmocka_unit_test(no_profile_is_not_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
