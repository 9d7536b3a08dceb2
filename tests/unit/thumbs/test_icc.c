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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_srgb),
					   cmocka_unit_test(test_others)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
