#include "../cmocka_all.h"

#include "alloc.h"
#include "image_key.h"

static void matches_keys(void **state)
{
	static const char *const names[] = {
		"image", "featured_image", "header.photo", "gallery[]", "og_image", "AZ-pic", NULL};
	static const struct {
		const char *parent, *key;
		bool matches;
	} cases[] = {
		{"", "image", true},
		{"x", "Image", true},
		{"", "featuredImage", true},
		{"", "featured-image", true},
		{"", "og:image", true},
		{"", "og image", true},
		{"", "og.image", false},
		{"", "azPIC", true},
		{"", "photo", false},
		{"header", "photo", true},
		{"Header", "photo", true},
		{"footer", "photo", false},
		{"", "gallery", true},
		{"", "images", false},
		{"", "", false},
		{"", "webUrl", false},
	};
	struct image_keys *keys = image_keys_new(names);

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		bool matches =
			image_keys_have(keys, slice_of(cases[i].parent), slice_of(cases[i].key));

		if (matches != cases[i].matches)
			print_error("%s.%s\n", cases[i].parent, cases[i].key);
		assert_int_equal(matches, cases[i].matches);
	}
	image_keys_free(keys);
}

static void judges_values(void **state)
{
	static const struct {
		const char *value;
		bool is_likely, is_possible;
	} cases[] = {
		{"https://x.org/page", true, true},
		{"//x.org/a", true, true},
		{"data:image/png;base64,AA", true, true},
		{"ht\ttp://x.org/page", true, true},
		{"HTT\r\nPS://x.org/page", true, true},
		{"/\t/x.org/a", true, true},
		{"ht tp://x.org/page", false, false},
		{"ht\ttp//x.org/page", false, false},
		{"two\nlines: http://x.org/page", false, false},
		{"a.png", true, true},
		{"A.JPEG?v=1#x", true, true},
		{"a.png#x", true, true},
		{"a.php?x=.png", false, true},
		{"a.jpegs", false, true},
		{"a.svgz", true, true},
		{"a.pjpeg", true, true},
		{"a.p", false, true},
		{" a.png\n", true, true},
		{"my photo.jpg", true, true},
		{"/img/a", true, true},
		{"../a", true, true},
		{"./a", true, true},
		{"/a:b", true, true},
		{"./a:b", true, true},
		{"../a@b", true, true},
		{"name@host/x", false, true},
		{"a|b/c", false, false},
		{"a\x1f/b", false, false},
		{"http:", false, false},
		{"1://x", false, true},
		{"://x.org", false, true},
		{"img/*.jpg", false, false},
		{"/img/a.jpg?crop=1|2#*", true, true},
		{"https://x.org/*.jpg", true, true},
		{"img/a", true, true},
		{"ftp://x.org/a", true, true},
		{"{{ page.x }}", true, true},
		{"{% x %}", true, true},
		{"{{ a }}\nb", false, false},
		{"cover", false, true},
		{"image.php", false, true},
		{"nginx/nginx:latest", false, true},
		{"16/9", false, false},
		{"2020-01-02", false, false},
		{"100%", false, false},
		{"fa fa-home", false, false},
		{"fa-home", false, true},
		{"mdi:home", false, true},
		{"true", false, false},
		{"None", false, false},
		{"#fff", false, false},
		{"<svg/>", false, false},
		{"", false, false},
		{"two words / more", false, false},
		{".png", false, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct slice value = slice_of(cases[i].value);

		if (image_value_is_likely(value) != cases[i].is_likely ||
		    image_value_is_possible(value) != cases[i].is_possible)
			print_error("value: %s\n", cases[i].value);
		assert_int_equal(image_value_is_likely(value), cases[i].is_likely);
		assert_int_equal(image_value_is_possible(value), cases[i].is_possible);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_keys),
		cmocka_unit_test(judges_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
