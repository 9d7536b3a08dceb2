#include "../cmocka_all.h"

#include <limits.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "found_pack.h"

static void fill(struct found *found)
{
	struct found_image *image =
		found_add(found, IMAGE_REF_MARKDOWN, 3, slice_of("a&amp;b.png"), "a&b.png");

	image->title = "A title";
	image->width_px = 1200;
	image->height_px = INT_MAX;
	image->defined_offset = 9;
	image = found_add(found, IMAGE_REF_SHORTCODE, 5, slice_of("{{ x }}.png"), "{{ x }}.png");
	image->is_template = true;
	image = found_add(found, IMAGE_REF_FRONT_MATTER, 12, slice_of(""), "");
	image->data_path = "images[0].url";
	image->is_in_html = true;
	found_problem(found, SCAN_LIMIT, FOUND_NO_OFFSET, "too long");
	found_problem(found, SCAN_BAD_FRONT_MATTER, 4, "no YAML");
	found->base_href = "https://x.org/";
	found->is_unpublished = true;
	found->is_below_media_folder = true;
	found_place(found, "ab\ncd\nefgh\nij\n", 14);
}

static void assert_same_text(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a)
		assert_string_equal(a, b);
}

static void assert_same(const struct found *a, const struct found *b)
{
	assert_int_equal(a->n_images, b->n_images);
	assert_int_equal(a->n_problems, b->n_problems);
	assert_int_equal(a->is_silenced, b->is_silenced);
	assert_int_equal(a->is_unpublished, b->is_unpublished);
	assert_int_equal(a->is_below_media_folder, b->is_below_media_folder);
	assert_same_text(a->base_href, b->base_href);
	for (size_t i = 0; i < a->n_images; i++) {
		const struct found_image *one = &a->images[i], *other = &b->images[i];

		assert_int_equal(one->kind, other->kind);
		assert_int_equal(one->line, other->line);
		assert_int_equal(one->column, other->column);
		assert_int_equal(one->defined_line, other->defined_line);
		assert_int_equal(one->defined_column, other->defined_column);
		assert_int_equal(one->width_px, other->width_px);
		assert_int_equal(one->height_px, other->height_px);
		assert_int_equal(one->is_template, other->is_template);
		assert_int_equal(one->is_in_html, other->is_in_html);
		assert_same_text(one->written, other->written);
		assert_same_text(one->url, other->url);
		assert_same_text(one->data_path, other->data_path);
		assert_same_text(one->title, other->title);
	}
	for (size_t i = 0; i < a->n_problems; i++) {
		assert_int_equal(a->problems[i].code, b->problems[i].code);
		assert_int_equal(a->problems[i].line, b->problems[i].line);
		assert_int_equal(a->problems[i].column, b->problems[i].column);
		assert_string_equal(a->problems[i].message, b->problems[i].message);
	}
}

static void test_there_and_back(void **state)
{
	CLEANUP(found_release) struct found found = {0};
	CLEANUP(found_release) struct found again = {0};
	CLEANUP(found_release) struct found nothing = {0};
	CLEANUP(found_release) struct found nothing_again = {0};

	(void)state;
	fill(&found);
	assert_true(found_unpack(found_pack(&found, &found.arena), &again));
	assert_same(&found, &again);
	assert_int_equal(again.images[0].defined_line, 3);
	nothing.is_silenced = true;
	assert_true(found_unpack(found_pack(&nothing, &nothing.arena), &nothing_again));
	assert_same(&nothing, &nothing_again);
}

/* Of its own, without a NUL, so that a sanitizer sees where it ends. */
static char *copy_of(const char *data, size_t length_bytes)
{
	char *copy = alloc_resized(NULL, length_bytes, 1);

	memcpy(copy, data, length_bytes);
	return copy;
}

/* Every byte cut off or changed: refused, or read as something else; never beyond the end. */
static void test_damage(void **state)
{
	CLEANUP(found_release) struct found found = {0};
	struct slice data;

	(void)state;
	fill(&found);
	data = found_pack(&found, &found.arena);
	for (size_t length = 0; length < data.length_bytes; length++) {
		CLEANUP(cleanup_free) char *copy = copy_of(data.data, length);
		CLEANUP(found_release) struct found again = {0};

		assert_false(found_unpack((struct slice){copy, length}, &again));
		assert_null(again.images);
	}
	for (size_t i = 0; i < data.length_bytes; i++) {
		for (unsigned flip = 1; flip < 256; flip++) {
			CLEANUP(cleanup_free)
			char *copy = copy_of(data.data, data.length_bytes);
			CLEANUP(found_release) struct found again = {0};

			copy[i] = (char)(copy[i] ^ flip);
			if (found_unpack((struct slice){copy, data.length_bytes}, &again))
				assert_true(again.n_images <= data.length_bytes);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
