#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "buf.h"
#include "scan_site.h"

#define N_FILES 400u

struct made_site {
	struct site_file files[N_FILES + 1];
};

/* Files of very different lengths, some of them broken, so that threads overtake one another. */
static void made_site_init(struct made_site *site)
{
	*site = (struct made_site){0};
	for (unsigned i = 0; i < N_FILES; i++) {
		struct buf text = BUF_INIT(BUF_UNLIMITED);

		buf_append_string(&text, i % 7 == 0 ? "---\nimage: [a\n---\n" : "");
		for (unsigned line = 0; line < i % 13 * (i % 11) * 4; line++)
			buf_printf(&text, "Some *text* and [a link](https://x.org/%u).\n\n", line);
		buf_printf(&text, "![a](https://x.org/%u.png) ![b](/img/%u.png)\n", i, i % 5);
		site->files[i] = (struct site_file){
			alloc_printf("%s/%03u.md", i % 3 ? "_posts" : "_posts-old", i),
			buf_steal(&text)};
	}
	site->files[N_FILES] = (struct site_file){0};
}

static void made_site_release(struct made_site *site)
{
	for (unsigned i = 0; i < N_FILES; i++) {
		free((char *)site->files[i].path);
		free((char *)site->files[i].text);
	}
}

static void test_order_is_the_same(void **state)
{
	static const unsigned n_threads[] = {2, 3, 8, 100};
	static struct made_site site;
	struct scanner_options options = {.n_threads = 1};
	char *expected;

	(void)state;
	made_site_init(&site);
	expected = scan_site(site.files, NULL, &options);
	assert_non_null(strstr(expected, "_posts/001.md:"));
	assert_non_null(strstr(expected, "problem bad-front-matter"));
	for (size_t i = 0; i < ARRAY_LENGTH(n_threads); i++) {
		char *found;

		options.n_threads = n_threads[i];
		found = scan_site(site.files, NULL, &options);
		assert_string_equal(found, expected);
		free(found);
	}
	free(expected);
	made_site_release(&site);
}

/* Whoever stops early leaves results behind that nobody asked for, and threads that wait. */
static void test_stopping_early(void **state)
{
	static struct made_site site;
	struct scanner_options options = {.n_threads = 8};
	char *found;

	(void)state;
	made_site_init(&site);
	found = scan_site_begin(site.files, &options, 1);
	assert_string_equal(
		found,
		"_posts-old/000.md:4:6 markdown remote https://x.org/0.png 'a'\n"
		"_posts-old/000.md:4:32 markdown local missing /img/0.png 'b'\n"
		"_posts-old/000.md:3:1 problem bad-front-matter did not find "
		"expected ',' or ']' (while parsing a flow sequence that begins 1 line above)\n");
	free(found);
	made_site_release(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_is_the_same),
		cmocka_unit_test(test_stopping_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
