#include "rewrite.h"

#include <string.h>

#include "cleanup.h"
#include "../cmocka_all.h"
#include "letter_case.h"
#include "rewrite_data.h"

#define NONE ((size_t)-1)

static void begin(struct rewrite *rewrite, const char *file, const char *text)
{
	struct buf bytes = BUF_INIT(BUF_UNLIMITED);

	buf_append_string(&bytes, text);
	rewrite_init(rewrite, file, &bytes);
}

static void finds_places(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
		size_t offset;
	} rows[] = {
		{"ab\ncd", 1, 1, 0},    {"ab\ncd", 2, 2, 4},    {"ab\ncd", 2, 3, NONE},
		{"ab\ncd", 3, 1, NONE}, {"ab\ncd", 0, 0, NONE}, {"", 1, 1, NONE},
		{"\xc3\xa4x", 1, 2, 2}, {"\xffx", 1, 2, 1},     {"\xef\xbb\xbfx", 1, 1, 3},
		{"\r\nx", 2, 1, 2},     {"\xe2\x82x", 1, 3, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CLEANUP(rewrite_release) struct rewrite rewrite;
		size_t offset = 0;
		bool is_there;

		begin(&rewrite, "x.md", rows[i].text);
		is_there = rewrite_place(&rewrite, rows[i].line, rows[i].column, &offset);
		assert_int_equal(is_there, rows[i].offset != NONE);
		if (is_there)
			assert_int_equal(offset, rows[i].offset);
	}
}

/* Columns are counted from marks there. */
static void finds_places_in_long_lines(void **state)
{
	CLEANUP(rewrite_release) struct rewrite rewrite;
	struct buf text = BUF_INIT(BUF_UNLIMITED);
	size_t first, second, end;

	(void)state;
	buf_append_string(&text, "\xef\xbb\xbf");
	first = text.length_bytes;
	for (int i = 0; i < 5000; i++)
		buf_append_string(&text, "\xc3\xa4");
	buf_append_string(&text, "\nshort\n");
	second = text.length_bytes;
	for (int i = 0; i < 3000; i++)
		buf_append_string(&text, "a\xff");
	end = text.length_bytes;
	rewrite_init(&rewrite, "x.md", &text);
	for (unsigned column = 1; column <= 6001; column++) {
		size_t offset;

		assert_int_equal(rewrite_place(&rewrite, 1, column, &offset), column <= 5001);
		if (column <= 5001)
			assert_int_equal(offset, first + 2 * (size_t)(column - 1));
		assert_int_equal(rewrite_place(&rewrite, 2, column, &offset), column <= 6);
		assert_int_equal(rewrite_place(&rewrite, 3, column, &offset),
				 second + column - 1 < end);
		if (second + column - 1 < end)
			assert_int_equal(offset, second + column - 1);
	}
}

/* A page without line breaks: with each image counted from the line's begin, or compared with all
 * the others, this would take minutes. */
static void edits_many_images_of_one_line(void **state)
{
	static const char item[] = "<img src=\"http://a/b.png\" alt=\"01234567\">";
	enum { N_ITEMS = 100000, URL_COLUMN = 10, URL_BYTES = 14 };
	CLEANUP(rewrite_release) struct rewrite rewrite;
	struct buf text = BUF_INIT(BUF_UNLIMITED);
	unsigned line;

	(void)state;
	for (int i = 0; i < N_ITEMS; i++)
		buf_append_string(&text, item);
	rewrite_init(&rewrite, "x.txt", &text);
	for (int i = N_ITEMS - 1; i >= 0; i--) {
		size_t start = (size_t)i * (sizeof item - 1) + URL_COLUMN, offset;

		assert_true(rewrite_place(&rewrite, 1, (unsigned)start + 1, &offset));
		assert_int_equal(offset, start);
		assert_true(rewrite_add(&rewrite, offset, URL_BYTES, "/b.png", NULL));
		assert_true(rewrite_add(&rewrite, offset, URL_BYTES, "/b.png", NULL));
	}
	assert_int_equal(rewrite.n_edits, N_ITEMS);
	assert_true(rewrite_finish(&rewrite, &line));
	assert_int_equal(rewrite.after.length_bytes,
			 N_ITEMS * (sizeof item - 1 + sizeof "/b.png" - 1 - URL_BYTES));
}

/* What was taken back leaves its place free. */
static void takes_edits_back(void **state)
{
	CLEANUP(rewrite_release) struct rewrite rewrite;
	unsigned line;

	(void)state;
	begin(&rewrite, "x.txt", "0123456789");
	assert_true(rewrite_add(&rewrite, 1, 1, "a", NULL));
	assert_true(rewrite_add(&rewrite, 4, 2, "b", NULL));
	rewrite_drop(&rewrite, 1);
	assert_true(rewrite_add(&rewrite, 5, 2, "c", NULL));
	assert_false(rewrite_add(&rewrite, 4, 2, "b", NULL));
	rewrite_drop(&rewrite, 1);
	assert_true(rewrite_add(&rewrite, 4, 2, "d", NULL));
	assert_false(rewrite_add(&rewrite, 4, 2, "b", NULL));
	assert_true(rewrite_finish(&rewrite, &line));
	assert_string_equal(buf_string(&rewrite.after), "0a23d6789");
}

static void compares_what_is_written(void **state)
{
	static const struct {
		const char *text, *written;
		bool is_data;
		size_t length; /* 0: something else */
	} rows[] = {
		{"http://a/b, c", "http://a/b", false, 10},
		{"http://a/b", "http://a/c", false, 0},
		{"http:/", "http://a", true, 0},
		{"http:\\/\\/a\\/b\"", "http://a/b", true, 13},
		{"http:\\/\\/a\\/b\"", "http://a/b", false, 0},
		{"a\\u0026b", "a&b", true, 8},
		{"a\\x26b", "a&b", true, 6},
		{"a\\u003gb", "a/b", true, 0},
		{"a\\u00E9z", "a\xc3\xa9z", true, 8},
		{"a\\xe9z", "a\xc3\xa9z", true, 6},
		{"a\\U000000e9z", "a\xc3\xa9z", true, 12},
		{"a\\u00e9z", "a\xc3\xa9z", false, 0},
		{"a\xc3\xa9\\u00e9", "a\xc3\xa9\xc3\xa9", true, 9},
		{"\\ud83d\\ude00.", "\xf0\x9f\x98\x80.", true, 13},
		{"\\ud83d\\ude01.", "\xf0\x9f\x98\x80.", true, 0},
		{"\\ud83d", "\xf0\x9f\x98\x80", true, 0},
		{"\\U0001F600.", "\xf0\x9f\x98\x80.", true, 11},
		{"a\xff", "a\xff", true, 2},
		{"\\u0000", "\xff", true, 0},
		{"a''b'", "a'b", true, 4},
		{"a'''", "a'", true, 3},
		{"a''", "a''", true, 3},
		{"a''\"", "a''", true, 3},
		{"a'\"", "a'", true, 2},
		{"\\u0061''b\"", "a''b", true, 9},
		{"\\u0061''\"", "a''", true, 8},
		{"a\\\\\"", "a\\", true, 3},
		{"a''", "a'", false, 2},
		{"a\"\"b", "a\"b", true, 4},
		{"a\\n", "an", true, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CLEANUP(rewrite_release) struct rewrite rewrite;

		begin(&rewrite, "x.md", rows[i].text);
		assert_int_equal(
			rewrite_written_length(&rewrite, 0, rows[i].written, rows[i].is_data),
			rows[i].length);
	}
}

static void edits_do_not_overlap(void **state)
{
	CLEANUP(rewrite_release) struct rewrite rewrite;
	unsigned line;

	(void)state;
	begin(&rewrite, "x.md", "0123456789\nabc\n");
	assert_true(rewrite_add(&rewrite, 6, 2, "x", NULL));
	assert_true(rewrite_add(&rewrite, 2, 3, "long text", NULL));
	assert_true(rewrite_add(&rewrite, 6, 2, "x", NULL)); /* an alias */
	assert_false(rewrite_add(&rewrite, 6, 2, "y", NULL));
	assert_false(rewrite_add(&rewrite, 4, 1, "y", NULL));
	assert_false(rewrite_add(&rewrite, 9, 2, "y", NULL)); /* over the end of a line */
	assert_false(rewrite_add(&rewrite, 9, 1, "a\nb", NULL));
	assert_true(rewrite_finish(&rewrite, &line));
	assert_string_equal(buf_string(&rewrite.after), "01long text5x89\nabc\n");
	assert_int_equal(rewrite.n_edits, 2);
}

static void undoes(void **state)
{
	CLEANUP(rewrite_release) struct rewrite rewrite;
	CLEANUP(buf_release) struct buf before = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf other = BUF_INIT(BUF_UNLIMITED);
	unsigned line;

	(void)state;
	begin(&rewrite, "x.md", "aXbYYc");
	assert_true(rewrite_add(&rewrite, 1, 1, "", NULL));
	assert_true(rewrite_add(&rewrite, 3, 2, "longer", NULL));
	assert_true(rewrite_finish(&rewrite, &line));
	assert_string_equal(buf_string(&rewrite.after), "ablongerc");
	assert_true(rewrite_undo(rewrite.edits, rewrite.n_edits, &rewrite.after, &before));
	assert_string_equal(buf_string(&before), "aXbYYc");
	assert_false(rewrite_undo(rewrite.edits, rewrite.n_edits, &rewrite.before, &other));
}

static void shows_the_difference(void **state)
{
	CLEANUP(rewrite_release) struct rewrite rewrite;
	CLEANUP(buf_release) struct buf diff = BUF_INIT(BUF_UNLIMITED);
	unsigned line;

	(void)state;
	begin(&rewrite, "a/x.md", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15");
	assert_true(rewrite_add(&rewrite, 0, 1, "one", NULL));
	assert_true(rewrite_add(&rewrite, 2, 1, "two", NULL));
	assert_true(rewrite_add(&rewrite, 12, 1, "seven", NULL));
	assert_true(rewrite_add(&rewrite, 33, 2, "last", NULL));
	assert_true(rewrite_finish(&rewrite, &line));
	rewrite_diff(&rewrite, rewrite.file, &diff);
	assert_string_equal(buf_string(&diff), "--- a/a/x.md\n+++ b/a/x.md\n"
					       "@@ -1,10 +1,10 @@\n"
					       "-1\n-2\n+one\n+two\n 3\n 4\n 5\n 6\n-7\n+seven\n"
					       " 8\n 9\n 10\n"
					       "@@ -12,4 +12,4 @@\n"
					       " 12\n 13\n 14\n"
					       "-15\n\\ No newline at end of file\n"
					       "+last\n\\ No newline at end of file\n");
}

static void data_keeps_its_meaning(void **state)
{
	static const struct {
		const char *file, *text, *old, *new, *means;
		bool is_kept;
	} rows[] = {
		{"x.md", "---\na: [u, v]\n---\n", "u", "w", "w", true},
		/* A comma ends a plain scalar in a flow sequence. */
		{"x.md", "---\na: [u, v]\n---\n", "u", "w,x", "w,x", false},
		{"x.md", "---\na: u\n---\n", "u", "'w", "'w", false},
		{"x.md", "---\na: 'u'\n---\n", "u", "w'x", "w'x", false},
		{"x.md", "---\na: \"u\"\n---\n", "u", "w,x", "w,x", true},
		{"x.md", "---\na: \"u\"\n---\n", "u", "w\\x", "w\\x", false},
		{"x.md", "---\na: &u u\nb: *u\n---\n", "u\nb", "w\nb", "w", false}, /* two lines */
		{"x.md", "---\na: 1\n---\nu", "u", "anything: [", NULL, true},
		{"x.md", "---\na: u\n---\n", "u", "7", NULL, false}, /* meant to be outside */
		{"x.md", "+++\na = \"u\"\n+++\n", "u", "w", "w", true},
		{"x.json", "{\"a\": \"u\", \"b\": 1}", "u", "w\"", "w\"", false},
		{"x.json", "{\"a\": \"u\", \"b\": 1}", "u", "w", "w", true},
		{"x.csv", "image\nu\n", "u", "w", "w", true},
		{"x.csv", "image\nu\n", "u", "w,x", "w,x", false},
		{"x.css", "a { b: url(u) }", "u)", "w)", NULL, true},
		{"x.md", "---\nbroken: [\n---\nu", "u", "w", NULL, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CLEANUP(rewrite_release) struct rewrite rewrite;
		const char *at = strstr(rows[i].text, rows[i].old);
		unsigned line;
		bool is_kept;

		begin(&rewrite, rows[i].file, rows[i].text);
		/* The value, not the key. */
		for (const char *next = at; (next = strstr(next + 1, rows[i].old));)
			at = next;
		is_kept = rewrite_add(&rewrite, (size_t)(at - rows[i].text), strlen(rows[i].old),
				      rows[i].new, rows[i].means) &&
			  rewrite_finish(&rewrite, &line);
		if (is_kept != rows[i].is_kept)
			print_error("row %zu\n", i);
		assert_int_equal(is_kept, rows[i].is_kept);
	}
}

/* Of nine edits, each on a line of its own, from one on all do harm. */
static void tells_where_harm_begins(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 9; first++) {
		CLEANUP(rewrite_release) struct rewrite rewrite;
		unsigned line = 0;

		begin(&rewrite, "x.md",
		      "---\na: [u]\nb: [u]\nc: [u]\nd: [u]\ne: [u]\nf: [u]\ng: [u]\nh: [u]\n"
		      "i: [u]\n---\n");
		for (unsigned i = 0; i < 9; i++)
			assert_true(rewrite_add(&rewrite, 8 + i * 7, 1, i < first ? "w" : "w,x",
						i < first ? "w" : "w,x"));
		assert_false(rewrite_finish(&rewrite, &line));
		assert_int_equal(line, first + 2);
		assert_int_equal(rewrite.n_edits, 9);
	}
}

static void keeps_what_stands_beside_an_edit(void **state)
{
	static const struct {
		const char *text, *after;
		unsigned line;
	} rows[] = {
		{"---\nb_html: '<a href=U><img src=U></a> U'\n---\n",
		 "---\nb_html: '<a href=U><img src=new></a> U'\n---\n", 2},
		{"---\nb: |\n  <p>\n  <img src=U>\n---\n",
		 "---\nb: |\n  <p>\n  <img src=new>\n---\n", 4},
		{"---\nb: U<img src=U\n---\n", "---\nb: U<img src=new\n---\n", 2},
		/* The quote ends the value, and the comment what stood behind. */
		{"---\nb: '<img src=U>' # '\n---\n", "---\nb: '<img src=new>' # '\n---\n", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CLEANUP(rewrite_release) struct rewrite rewrite;
		const char *at = strstr(rows[i].text, "src=U") + 4;
		unsigned line = 0;

		begin(&rewrite, "x.md", rows[i].text);
		assert_true(rewrite_add_within(&rewrite, (size_t)(at - rows[i].text), 1, "new", "U",
					       "new"));
		assert_true(rewrite_finish(&rewrite, &line));
		assert_string_equal(buf_string(&rewrite.after), rows[i].after);
		/* It would mean something else than it says. */
		rewrite_drop(&rewrite, 0);
		assert_true(rewrite_add_within(&rewrite, (size_t)(at - rows[i].text), 1, "new", "U",
					       "other"));
		assert_false(rewrite_finish(&rewrite, &line));
		assert_int_equal(line, rows[i].line);
	}
}

static void sets_declared_sizes(void **state)
{
	static const struct {
		const char *text;
		bool is_data;
		const char *after; /* NULL: nothing can be set */
		const char *why;   /* NULL: it is not written as plain numbers */
	} rows[] = {
		/* Aliases and merges: what another image has too is left. */
		{"---\na:\n- &x {url: U, width: 1, height: 2}\n- {<<: *x, width: 7}\n---\n", true,
		 "---\na:\n- &x {url: U, width: 30, height: 20}\n- {<<: *x, width: 7}\n---\n",
		 NULL},
		{"---\nu: &u U\ni: {url: *u, width: 1, height: 2}\n---\n", true,
		 "---\nu: &u U\ni: {url: *u, width: 30, height: 20}\n---\n", NULL},
		{"---\nd: &d {width: 1, height: 2}\na:\n- {<<: *d, url: U}\n- {<<: *d, url: v}\n"
		 "---\n",
		 true, NULL, "the declared size is shared with other images, by an alias"},
		{"---\na:\n- {url: v, width: &w 1}\n- {url: U, width: *w, height: 2}\n---\n", true,
		 NULL, "the declared size is shared with other images, by an alias"},
		{"<meta property=og:image content=U><meta property=og:image:width content=1>",
		 false, NULL, "the declared size stands in tags of its own"},
		{"---\ni: {url: U, width: 1, height: 2}\n---\n", true,
		 "---\ni: {url: U, width: 30, height: 20}\n---\n"},
		{"---\ni:\n  height: '2px'\n  url: U\n---\n", true,
		 "---\ni:\n  height: '20px'\n  url: U\n---\n"},
		{"---\ni: {url: U, width: 100%, height: 2}\n---\n", true, NULL},
		{"---\ni: {url: U, width: 1, height: auto}\n---\n", true, NULL},
		{"---\ni: {url: U}\nwidth: 1\n---\n", true, NULL},
		{"---\nb: '<img src=U width=1 height=20>'\n---\n", true,
		 "---\nb: '<img src=U width=30 height=20>'\n---\n"},
		{"<img width=30 src=U height='2'>", false, "<img width=30 src=U height='20'>"},
		{"<a href=x><img src=U width=1 height={{h}}></a>", false, NULL},
		{"<img alt='a < b' width=30 src=U height='2'>", false,
		 "<img alt='a < b' width=30 src=U height='20'>"},
		{"<img width=1 height=20></p>a < b <img src=U>", false, NULL},
		{"<img src=U width=1>", false, NULL},
		{"<Image src=\"U\" width={1} height={20} />", false,
		 "<Image src=\"U\" width={30} height={20} />"},
		{"<Image src=\"U\" width={w} height={20} />", false, NULL},
		{"![x](U)", false, NULL},
		{"![x](U){: width=\"30\" height=\"2\"}", false,
		 "![x](U){: width=\"30\" height=\"20\"}"},
		{"![x](<U (1)> \"a ) b\"){:.a title='}' height=2px width=30}", false,
		 "![x](<U (1)> \"a ) b\"){:.a title='}' height=20px width=30}"},
		{"![x](U) {: width=1 height=2}", false, NULL},
		{"![x](U)\n{: width=1 height=2}", false, NULL},
		{"![x](U){: width=1 data-height=2}", false, NULL},
		{"![x](U){: width=1 title=\"height=2", false, NULL},
		{"{{< figure width = \"1\"\nsrc=\"U\" alt=\"width=7\" height=2 >}}", false,
		 "{{< figure width = \"30\"\nsrc=\"U\" alt=\"width=7\" height=20 >}}"},
		{"{% include x.html src='U' width=1 height=2 %}", false,
		 "{% include x.html src='U' width=30 height=20 %}"},
		{"{% if a %}U width=1 height=2{% endif %}", false, NULL},
		{"{{< figure src=U width=1 height=2", false, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CLEANUP(rewrite_release) struct rewrite rewrite;
		const char *why = "", *at = strchr(rows[i].text, 'U');
		unsigned line;
		bool is_set;

		begin(&rewrite, "x.md", rows[i].text);
		is_set = rewrite_declared_size(&rewrite, (size_t)(at - rows[i].text),
					       rows[i].is_data, 30, 20, &why);
		assert_int_equal(is_set, rows[i].after != NULL);
		if (!is_set)
			assert_string_equal(
				why, rows[i].why
					     ? rows[i].why
					     : "the declared size is not written as plain numbers");
		assert_true(rewrite_finish(&rewrite, &line));
		assert_string_equal(buf_string(&rewrite.after),
				    rows[i].after ? rows[i].after : rows[i].text);
	}
}

static void sets_width_descriptors(void **state)
{
	static const struct {
		const char *text, *after; /* NULL: nothing is to be set */
	} rows[] = {
		{"<img srcset='a.jpg 1w, U  29w, b.jpg 60w'>",
		 "<img srcset='a.jpg 1w, U  30w, b.jpg 60w'>"},
		{"<source data-srcset=\"U 29w\">", "<source data-srcset=\"U 30w\">"},
		{"<img srcset='U 30w'>", NULL},
		{"<img srcset='U 2x'>", NULL},
		{"<img srcset='U 29w 20h'>", "<img srcset='U 30w 20h'>"},
		{"<img srcset='U 29wide'>", NULL},
		{"<img srcset='U'>", NULL},
		{"<img src='U 29w'>", NULL},
		/* Two candidates of one width would be none. */
		{"<img srcset='U 29w, b.jpg 30w'>", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CLEANUP(rewrite_release) struct rewrite rewrite;
		const char *at = strchr(rows[i].text, 'U');
		unsigned line;

		begin(&rewrite, "x.html", rows[i].text);
		assert_int_equal(
			rewrite_width_descriptor(&rewrite, (size_t)(at - rows[i].text) + 1, 30),
			rows[i].after != NULL);
		assert_true(rewrite_finish(&rewrite, &line));
		assert_string_equal(buf_string(&rewrite.after),
				    rows[i].after ? rows[i].after : rows[i].text);
	}
}

static void mends_letter_case(void **state)
{
	static const struct {
		const char *written, *meant, *actual, *mended; /* NULL: cannot be */
	} rows[] = {
		{"/a/b.JPG", "a/b.JPG", "A/b.jpg", "/A/b.jpg"},
		{"b.JPG?v=B#c", "a/b.JPG", "a/B.jpg", "B.jpg?v=B#c"},
		{"/blog/a/b.jpg", "a/b.jpg", "A/B.jpg", "/blog/A/B.jpg"},
		{"a%20b.JPG", "a b.JPG", "a b.jpg", "a%20b.jpg"},
		{"../x/b.jpg", "y/x/b.jpg", "y/X/b.jpg", "../X/b.jpg"},
		/* The folder's name is not written. */
		{"b.jpg", "a/b.jpg", "A/b.jpg", NULL},
		{"%62.jpg", "b.jpg", "B.jpg", "%42.jpg"},
		{"/%C3%9C/\xc3\xa9.jpg", "\xc3\x9c/\xc3\xa9.jpg", "\xc3\xbc/\xc3\x89.jpg",
		 "/%C3%BC/\xc3\x89.jpg"},
		{"b.jpg", "b.jpg", "bb.jpg", NULL},
		{"b.jpg", "b.jpg", "c.jpg", NULL},
		{"a/R&amp;d.png", "a/R&d.png", "A/R&D.png", "A/R&amp;D.png"},
		{"a/it&#39;s.jpg#x", "a/it's.jpg", "A/It's.jpg", "A/It&#39;s.jpg#x"},
		{"a/&ouml;.jpg?x", "a/\xc3\xb6.jpg", "A/\xc3\xb6.jpg", "A/&ouml;.jpg?x"},
		{"a/b&#x.jpg", "a/b&", "A/b&", "A/b&#x.jpg"},
		{"a&#66;", "aB", "ab", NULL},
		{"a \\(1\\).jpg", "a (1).jpg", "A (1).jpg", "A \\(1\\).jpg"},
		{"a%20b.JPG", "a%20b.JPG", "A%20b.JPG", "A%20b.JPG"},
		{"{{ '/a/b.jpg' | relative_url }}", "a/b.jpg", "A/B.jpg",
		 "{{ '/A/B.jpg' | relative_url }}"},
		{"{{ site.baseurl }}{% link a/b.jpg %}", "a/b.jpg", "a/B.jpg",
		 "{{ site.baseurl }}{% link a/B.jpg %}"},
		{"{{ 'b.jpg' | prepend: 'a/' }}", "a/b.jpg", "A/b.jpg", NULL},
		{"{{ x.jpg }}", "a.jpg", "A.jpg", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(1000);
		bool is_mended =
			letter_case_mend(rows[i].written, rows[i].meant, rows[i].actual, &text);

		assert_int_equal(is_mended, rows[i].mended != NULL);
		if (is_mended)
			assert_string_equal(buf_string(&text), rows[i].mended);
	}
}

static void respelling_keeps_escapes(void **state)
{
	static const struct {
		const char *text, *written, *new;
		bool is_data;
		const char *respelled;
	} rows[] = {
		{"it''s.jpg", "it's.jpg", "It's.JPG", true, "It''s.JPG"},
		{"it''s.jpg", "it''s.jpg", "It''s.jpg", true, "It''s.jpg"},
		{"\\u0069t''s.jpg", "it''s.jpg", "It''s.JPG", true, "It''s.JPG"},
		{"\\/a\\u00e4\\x62.jpg",
		 "/a\xc3\xa4"
		 "b.jpg",
		 "/A\xc3\xa4"
		 "B.jpg",
		 true, "\\/A\\u00e4B.jpg"},
		{"\\ud83d\\ude00a",
		 "\xf0\x9f\x98\x80"
		 "a",
		 "\xf0\x9f\x98\x80"
		 "A",
		 true, "\\ud83d\\ude00A"},
		{"it''s.jpg", "it''s.jpg", "It''s.jpg", false, "It''s.jpg"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CLEANUP(rewrite_release) struct rewrite rewrite;
		CLEANUP(buf_release) struct buf text = BUF_INIT(1000);

		begin(&rewrite, "x.yml", rows[i].text);
		rewrite_respell(&rewrite, 0, rows[i].written, rows[i].new, rows[i].is_data, &text);
		assert_string_equal(buf_string(&text), rows[i].respelled);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(respelling_keeps_escapes),
		cmocka_unit_test(finds_places),
		cmocka_unit_test(finds_places_in_long_lines),
		cmocka_unit_test(edits_many_images_of_one_line),
		cmocka_unit_test(takes_edits_back),
		cmocka_unit_test(compares_what_is_written),
		cmocka_unit_test(edits_do_not_overlap),
		cmocka_unit_test(undoes),
		cmocka_unit_test(shows_the_difference),
		cmocka_unit_test(data_keeps_its_meaning),
		cmocka_unit_test(tells_where_harm_begins),
		cmocka_unit_test(keeps_what_stands_beside_an_edit),
		cmocka_unit_test(sets_declared_sizes),
		cmocka_unit_test(sets_width_descriptors),
		cmocka_unit_test(mends_letter_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
