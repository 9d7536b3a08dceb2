#include "../cmocka_all.h"

#include "alloc.h"
#include "cleanup.h"
#include "report_pieces.h"

static void cuts_the_images_out(void **state)
{
	static const struct {
		const char *text, *rest, *images; /* `rest` NULL: it is read as a whole */
	} rows[] = {
		{"{\"images\":[]}", "{\"images\":[]}", "[]"},
		{" {\"a\" : 1 ,\"images\" : [ {\"url\":\"x\"} ] , \"b\":{}}\n",
		 " {\"a\" : 1 ,\"images\" : [] , \"b\":{}}\n", "[ {\"url\":\"x\"} ]"},
		{"{\"images\":[\"]\\\"]\",[{}]],\"a\":\"}\"}", "{\"images\":[],\"a\":\"}\"}",
		 "[\"]\\\"]\",[{}]]"},
		{"{\"a\":{\"images\":[1]},\"images\":[2]}",
		 "{\"a\":{\"images\":[1]},\"images\":[]}", "[2]"},
		{"{\"a\":{\"images\":[1]}}", NULL, NULL},
		{"{\"images\":[1],\"images\":[2]}", NULL, NULL},
		{"{\"images\":{}}", NULL, NULL},
		{"{\"images\":[1}", NULL, NULL},
		{"{\"images\":[\"1]}", NULL, NULL},
		{"{\"images\" [1]}", NULL, NULL},
		{"{\"images\":[1] x}", NULL, NULL},
		{"{\"images\":[1][2]}", NULL, NULL},
		{"{\"images\":[1] }x", "{\"images\":[] }x", "[1]"}, /* the rest's parser refuses */
		{"[\"images\",[1]]", NULL, NULL},
		{"{\"images\":", NULL, NULL},
		{"{", NULL, NULL},
		{"", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		CLEANUP(buf_release) struct buf rest = BUF_INIT(BUF_UNLIMITED);
		struct slice images;
		bool is_cut = report_pieces_cut(slice_of(rows[i].text), &rest, &images);

		assert_int_equal(is_cut, rows[i].rest != NULL);
		if (!is_cut)
			continue;
		assert_string_equal(buf_string(&rest), rows[i].rest);
		assert_true(slice_equals(images, rows[i].images));
	}
}

static void gives_one_after_the_other(void **state)
{
	static const struct {
		const char *text, *pieces[4];
		int end;
	} rows[] = {
		{"[]", {NULL}, 0},
		{"[ \n]", {NULL}, 0},
		{"[1]", {"1"}, 0},
		{"[ {\"a\":\"],[\"} , [2] ,\"\\\\\"]", {"{\"a\":\"],[\"}", "[2]", "\"\\\\\""}, 0},
		{"[1,]", {"1"}, -1},
		{"[,1]", {NULL}, -1},
		{"[{}{}]", {"{}"}, -1},
		{"[1 2]", {"1 2"}, 0}, /* for the parser of the piece to refuse */
		{"[1}", {"1"}, -1},
		{"[1", {NULL}, -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct slice images = slice_of(rows[i].text), image;
		int got;

		for (size_t k = 0; rows[i].pieces[k]; k++) {
			assert_int_equal(report_pieces_next(&images, &image), 1);
			assert_true(slice_equals(image, rows[i].pieces[k]));
		}
		got = report_pieces_next(&images, &image);
		assert_int_equal(got, rows[i].end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_the_images_out),
		cmocka_unit_test(gives_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
