#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "icc.h"
#include "pool_run.h"

/* The profile of a JPEG with one APP2 segment of it. */
static unsigned char *read_profile(size_t *ret_length)
{
	struct image image = image_read("srgb-profile.jpg");
	const unsigned char *found = memmem(image.data, image.length, "ICC_PROFILE\0\1\1", 14);
	unsigned char *profile;

	assert_non_null(found);
	*ret_length = ((size_t)found[-2] << 8 | found[-1]) - 16;
	profile = alloc_zeroed(*ret_length, 1);
	memcpy(profile, found + 14, *ret_length);
	image_free(&image);
	return profile;
}

static void test_srgb(void **state)
{
	size_t length;
	unsigned char *profile = read_profile(&length);

	(void)state;
	assert_true(icc_is_srgb(profile, length));
	assert_true(icc_is_whole(profile, length));
	for (size_t cut = 0; cut < length; cut++) {
		unsigned char *piece = alloc_zeroed(cut + 1, 1);

		memcpy(piece, profile, cut);
		assert_false(icc_is_whole(piece, cut));
		icc_is_srgb(piece, cut); /* reads nothing behind its end: for the sanitizers */
		free(piece);
	}
	free(profile);
}

/* Another primary, another curve, another space: each is no sRGB. */
static void test_others(void **state)
{
	static const char *const tags[] = {"rXYZ", "gXYZ", "bXYZ", "rTRC"};
	size_t length;
	unsigned char *profile = read_profile(&length), *entry;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(tags); i++) {
		unsigned char *copy = alloc_zeroed(length, 1);
		size_t offset;

		memcpy(copy, profile, length);
		entry = memmem(copy + 128, length - 128, tags[i], 4);
		offset = (size_t)entry[6] << 8 | entry[7];
		copy[offset + (i == 3 ? 12 : 10)] ^= 0x40;
		if (icc_is_srgb(copy, length))
			fail_msg("%s changed", tags[i]);
		free(copy);
	}
	memcpy(profile + 16, "GRAY", 4);
	assert_false(icc_is_srgb(profile, length));
	free(profile);
}

static unsigned char *with_word(const unsigned char *profile, size_t length, size_t at,
				const char *word)
{
	unsigned char *copy = alloc_zeroed(length, 1);

	memcpy(copy, profile, length);
	memcpy(copy + at, word, 4);
	return copy;
}

/* What says less than it must, or what is not of the image's kind. */
static void test_readable(void **state)
{
	static const struct {
		size_t at;
		const char *word;
		bool is_readable, is_readable_for_greys;
	} cases[] = {
		{4, "abcd", true, true},         /* who made it */
		{0, "\0\0\0\x80", false, false}, /* its length: no tags */
		{0, "\0\1\0\0", false, false},   /* longer than it is */
		{8, "\4\x40\0\0", true, true},   /* version 4.4 */
		{8, "\5\0\0\0", false, false},   /* version 5 */
		{16, "CMYK", false, false},      /* its colours */
		{16, "GRAY", false, false},      /* which have one curve, kTRC */
		{20, "Lab ", true, true},        /* what it converts to */
		{20, "RGB ", false, false},
		{36, "xxxx", false, false},              /* its signature */
		{72, "\0\2\0\0", false, false},          /* its white is not D50 */
		{128, "\xff\xff\xff\xff", false, false}, /* its tags */
		{128, "\0\0\0\1", false, false},
	};
	size_t length;
	unsigned char *profile = read_profile(&length), *entry, *copy;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		copy = with_word(profile, length, cases[i].at, cases[i].word);
		if (icc_is_readable(copy, length, false) != cases[i].is_readable ||
		    icc_is_readable(copy, length, true) != cases[i].is_readable_for_greys)
			fail_msg("at %zu: %s", cases[i].at, cases[i].word);
		free(copy);
	}
	/* A curve of one, and a table of three, which is not looked into. */
	entry = memmem(profile + 128, length - 128, "rTRC", 4);
	copy = with_word(profile, length, (size_t)(entry - profile), "kTRC");
	assert_false(icc_is_readable(copy, length, false));
	memcpy(copy + 16, "GRAY", 4);
	assert_true(icc_is_readable(copy, length, true));
	assert_false(icc_is_readable(copy, length, false));
	free(copy);
	copy = with_word(profile, length, (size_t)(entry - profile), "A2B0");
	assert_true(icc_is_readable(copy, length, false));
	free(copy);
	copy = with_word(profile, length, (size_t)(entry - profile) + 4, "\x7f\xff\xff\xff");
	assert_false(icc_is_readable(copy, length, false));
	free(copy);
	for (size_t cut = 0; cut < length; cut++) {
		unsigned char *piece = alloc_zeroed(cut + 1, 1);

		memcpy(piece, profile, cut);
		assert_false(icc_is_readable(piece, cut, false));
		free(piece);
	}
	free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_srgb),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_readable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
