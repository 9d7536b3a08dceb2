#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "css_tokenizer.h"
#include "html_images.h"

struct found {
	const char *text;
	struct buf out;
};

/* URLs joined by '|'; what is written otherwise follows "as". */
static bool describe(void *context, const struct html_image *image)
{
	struct found *found = context;

	assert_ptr_equal(image->written.data, found->text + image->offset);
	if (found->out.length_bytes)
		buf_append_char(&found->out, '|');
	buf_append_string(&found->out, image->url);
	if (!slice_equals(image->written, image->url))
		buf_printf(&found->out, " as %.*s", (int)image->written.length_bytes,
			   image->written.data);
	return true;
}

struct css_case {
	const char *css, *expected;
};

static void check(const struct css_case *cases, size_t count, bool is_declaration_list)
{
	for (size_t i = 0; i < count; i++) {
		struct found found = {cases[i].css, BUF_INIT(BUF_UNLIMITED)};

		css_images_find(cases[i].css, strlen(cases[i].css), is_declaration_list, describe,
				&found);
		if (strcmp(buf_string(&found.out), cases[i].expected))
			fail_msg("%s\n expected: %s\n      got: %s", cases[i].css,
				 cases[i].expected, buf_string(&found.out));
		buf_release(&found.out);
	}
}

static void reads_style_attributes(void **state)
{
	static const struct css_case cases[] = {
		{"", ""},
		{"background:url(a.png)", "a.png"},
		{"background: url( a.png\n)", "a.png"},
		{"background: URL('a.png')", "a.png"},
		{"background: url( \"a b.png\" )", "a b.png"},
		{"background: url(' a.png ')", "a.png"},
		{"background: url()", ""},
		{"background: url('')", ""},
		{"background: url(a),url(b);list-style:url(c)", "a|b|c"},
		{"background: url (a)", ""},
		{"background: curl(a)", ""},
		{"background: url-x(a)", ""},
		{"background: 1url(a)", ""},
		{"background: #url(a)", ""},
		{"background: u\\72l(a)", "a"},
		{"background: \\75 rl(a)", "a"},
		/* the end of the text ends a URL and a string */
		{"background: url(a", "a"},
		{"background: url('a", "a"},
		{"background: url('a\\", "a"},
		{"background: url('a\\\r", "a as a\\\r"},
		{"background: url(a\\", "a\xef\xbf\xbd as a\\"},
		{"background: url(a\\ )", "a as a\\ "},
		{"background: url(a ", "a"},
		/* escapes */
		{"background: url(a\\)b)", "a)b as a\\)b"},
		{"background: url(a\\ b)", "a b as a\\ b"},
		{"background: url(a\\20 b)", "a b as a\\20 b"},
		{"background: url(a\\000020b)", "a b as a\\000020b"},
		{"background: url(a\\20\r\nb)", "a b as a\\20\r\nb"},
		{"background: url('a\\'b')", "a'b as a\\'b"},
		{"background: url('a\\\nb')", "ab as a\\\nb"},
		{"background: url('a\\\r\nb')", "ab as a\\\r\nb"},
		{"background: url(\\0)", "\xef\xbf\xbd as \\0"},
		{"background: url(\\d800 x)", "\xef\xbf\xbdx as \\d800 x"},
		{"background: url(\\e4)", "\xc3\xa4 as \\e4"},
		{"background: url(\\\xc3\xa4)", "\xc3\xa4 as \\\xc3\xa4"},
		/* bad URLs and strings, and what follows them */
		{"background: url(a b), url(c)", "c"},
		{"background: url(a\"b), url(c)", "c"},
		{"background: url(a'b), url(c)", "c"},
		{"background: url(a(b), url(c)", "c"},
		{"background: url(a\\\nb), url(c)", "c"},
		{"background: url(a\x01), url(c)", "c"},
		{"background: url(a b\\) c), url(d)", "d"},
		{"background: url('a\nb'), url(c)", ""},
		{"background: url(\"a' b\")", "a' b"},
		/* comments, strings */
		{"/* url(a) */ background: url(b)", "b"},
		{"background: url(/*a*/)", "/*a*/"},
		{"background/**/:/**/url(a)/**/", "a"},
		{"background: url/**/(a)", ""},
		{"content: 'url(a)'", ""},
		{"content: \"\\\"url(a)\"", ""},
		{"/* url(a)", ""},
		{"/*/ url(a) */ background: url(b)", "b"},
		/* what else names images */
		{"background: image-set('a.png' 1x, \"b.png\" 2x)", "a.png|b.png"},
		{"background: -webkit-image-set(url(a) 1x, url('b') 2x)", "a|b"},
		{"background: image-set('a' type('image/png'), 'b')", "a|b"},
		{"background: image-set(linear-gradient('x'), 'b')", "b"},
		{"background: src('a.png')", "a.png"},
		{"background: src(var(--x))", ""},
		{"background: url('a' 'b')", "a"},
		{"background: cross-fade(url(a), url(b), 50%)", "a|b"},
		{"cursor: url(a.cur), auto", "a.cur"},
		{"--cover: url(a)", "a"},
		{"mask: url(a.svg#m)", "a.svg#m"},
		/* what does not */
		{"fill: url(#a)", ""},
		{"filter: url('#a')", ""},
		{"mask: url(#a)", ""},
		{"filter: url(a.svg#b); background: url(c)", "c"},
		{"Behavior: url(a.htc); -moz-binding: url(a.xml)", ""},
		{"clip-path: url(a.svg#b)", ""},
		{"f\\69lter: url(a)", ""},
		{"background: url(data:image/png;base64,AA==)", "data:image/png;base64,AA=="},
	};

	(void)state;
	check(cases, ARRAY_LENGTH(cases), true);
}

static void reads_style_sheets(void **state)
{
	static const struct css_case cases[] = {
		{"p{background:url(a)}", "a"},
		{"p{background:url(a)} q{background:url(b)}", "a|b"},
		{"@import url(a.css); p{background:url(b)}", "b"},
		{"@import 'a.css'; p{background:url(b)}", "b"},
		{"@import url('a.css') layer(x) supports(display: grid) print; "
		 "p{background:url(b)}",
		 "b"},
		{"@IMPORT url(a.css)", ""},
		{"@namespace svg url(http://www.w3.org/2000/svg); p{background:url(b)}", "b"},
		{"@namespace url('x'); p{background:url(b)}", "b"},
		{"@font-face{font-family:x;src:url(a.woff2),url('b.woff')} p{background:url(c)}",
		 "c"},
		{"@media print{@font-face{src:url(a)} p{background:url(b)}} q{background:url(c)}",
		 "b|c"},
		{"@font-face{src:url(a);x:{y:url(b)};z:url(c)} p{background:url(d)}", "d"},
		{"@font-face{src:url('}') format(\"}\")} p{background:url(d)}", "d"},
		{"<!-- @font-face{src:url(a)} p{background:url(b)} -->", "b"},
		{"@media (min-width:1px) and (x:url(a)){p{background:url(b)}}", "b"},
		{"@supports (background: url(a)) { p{background:url(b)} }", "b"},
		{"@-moz-document url(http://a) {p{background:url(b)}}", "b"},
		{"@page{background:url(a)}", "a"},
		{"@charset \"utf-8\"; p{background:url(a)}", "a"},
		{"@counter-style x{symbols:url(a) url(b)}", "a|b"},
		{"p{filter:url(a.svg#x)} q{background:url(b)}", "b"},
		{"p{filter:url(a.svg#x);background:url(b)}", "b"},
		{"p{background:url(b);& q{background:url(c)}}", "b|c"},
		{"p{@media print{background:url(b)}}", "b"},
		{"p{@import url(a)} q{background:url(b)}", "b"},
		{"a[href='url(x)']{background:url(b)}", "b"},
		{"url(a) {background:url(b)}", "b"},
		{"p{background:url(a b} q{background:url(c)}", ""},
		{"p{background:url(a b)} q{background:url(c)}", "c"},
		{"p{content:'x\n} q{background:url(c)}", "c"},
		{"} p{background:url(a)}", "a"},
		{"p{color:(;} q{background:url(b)}) } r{background:url(c)}", "b|c"},
		{".a\\:b{background:url(c)}", "c"},
		{"// url(a)\np{background:url(b)}", "b"},
	};

	(void)state;
	check(cases, ARRAY_LENGTH(cases), false);
}

static void replaces_nul(void **state)
{
	static const char css[] = "background:url(a\0b\\\0c)";
	struct found found = {css, BUF_INIT(100)};

	(void)state;
	css_images_find(css, sizeof css - 1, true, describe, &found);
	assert_memory_equal(found.out.data,
			    "a\xef\xbf\xbd"
			    "b\xef\xbf\xbd"
			    "c as a",
			    14);
	buf_release(&found.out);
}

static bool count_images(void *context, const struct html_image *image)
{
	(void)image;
	++*(size_t *)context;
	return true;
}

static void does_bounded_work(void **state)
{
	static const char *const pieces[] = {
		"{",          "(",
		"url(",       "url('",
		"\"",         "/*",
		"/",          "\\",
		"@",          "@font-face{",
		"}",          "url(a ",
		"url(\"a\" ", "image-set('a'",
		"-",          "--",
		"1e+",        "#",
		"<!--",       "-->",
		"\\72",       "a\\",
		"u\\72l(",    "@import",
		"a{b:",       "url(a)",
		";",          "'\n",
		"'\\\n",      "url(a\\\n",
	};
	const size_t length = 100000;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(pieces); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(2 * length);
		struct css_tokenizer tokenizer;
		struct css_token token;
		size_t count = 0;

		while (text.length_bytes < length)
			buf_append_string(&text, pieces[i]);
		css_tokenizer_init(&tokenizer, (struct slice){text.data, text.length_bytes});
		while (css_tokenizer_next(&tokenizer, &token))
			count++;
		assert_true(count <= text.length_bytes);
		if (tokenizer.looked_at > 40 * text.length_bytes)
			fail_msg("%s: looked at %zu bytes", pieces[i], tokenizer.looked_at);
		css_images_find(text.data, text.length_bytes, false, count_images, &count);
		css_images_find(text.data, text.length_bytes, true, count_images, &count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_style_attributes),
		cmocka_unit_test(reads_style_sheets),
		cmocka_unit_test(replaces_nul),
		cmocka_unit_test(does_bounded_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
