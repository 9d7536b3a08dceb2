#include "../cmocka_all.h"

#include <stdlib.h>

#include "alloc.h"
#include "page_title.h"

static void reads_titles(void **state)
{
	static const struct {
		const char *page, *content_type, *title;
	} pages[] = {
		{"<title>Not found</title>", "", "Not found"},
		{"<html>\n<TITLE lang=en>\n  a\t b\n</TITLE>", "", "a b"},
		{"<html>", "", ""},
		{"<titles>a</titles>", "", ""},
		{"<title>cut", "", ""},
		{"<title", "", ""},
		{"<title>Tom &amp; Jerry&#8217;s &hellip; &eacute;&nbsp;&#x80;&bogus; &</title>",
		 "", "Tom & Jerry’s … é €&bogus; &"},
		{"<title>&#0;&#xd800;&#x110000;</title>", "",
		 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"<title>\x1b[31m&#x1b;\xe2\x80\xae&#x202e;x</title>", "", "[31mx"},
		{"<script>'<title>no</title>'</script><title>yes</title>", "", "yes"},
		{"<style><title></style><!-- <title>no</title> --><title>yes</title>", "", "yes"},
		{"<!-- a -- <title>no</title>", "", ""},
		{"<!--><title>yes</title>-->", "", "yes"},
		{"<!---><title>yes</title>-->", "", "yes"},
		{"<!-- a --!><title>yes</title>-->", "", "yes"},
		{"<!----!><title>yes</title>-->", "", "yes"},
		{"<!--!><title>no</title>--><title>yes</title>", "", "yes"},
		{"<!---!><title>no</title>--><title>yes</title>", "", "yes"},
		{"<body><svg><title>icon</title></svg>", "", ""},
		{"<body><svg><title>icon", "", ""},
		{"<svgs><title>yes</title>", "", "yes"},
		/* Encodings: the field's, the page's, windows-1252. */
		{"<title>P\xe1gina \x93x\x94 \x80</title>", "", "Página “x” €"},
		{"<title>P\xe1gina</title>", "text/html; charset=ISO-8859-1", "Página"},
		{"<title>\xd1\xf2\xf0</title>", "text/html; charset=\"windows-1251\"", "Стр"},
		{"<meta charset='koi8-r'><title>\xf3\xd4\xd2</title>", "", "Стр"},
		{"<meta content=\"text/html; Charset=Shift_JIS\"><title>\x83y\x81[\x83W</title>",
		 "", "ページ"},
		{"<title>\xc4\xe3\xba\xc3</title>", "text/html;charset=gb2312", "你好"},
		{"<title>\xa7\xe4\xa4\xa3</title>", "text/html;charset=big5", "找不"},
		{"<title>\xb0\xa1</title>", "text/html;charset=euc-kr", "가"},
		{"<title>\xe9</title>", "text/html; charset=no-such-thing", "é"},
		{"<title>\xe9</title>", "text/html; charset=", "é"},
		{"<title>\xc3\xa9</title>", "text/html; charset=koi8-r", "é"},
		{"<title>\xc3\xa9 \xe9</title>", "", "é \xef\xbf\xbd"},
		{"<title>\xe9</title>", "text/html; charset=UTF-8", "\xef\xbf\xbd"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(pages); i++) {
		struct buf text = BUF_INIT(BUF_UNLIMITED);

		page_title_append(&text, slice_of(pages[i].page), slice_of(pages[i].content_type));
		if (strcmp(buf_string(&text), pages[i].title) != 0)
			fail_msg("case %zu: %s", i, buf_string(&text));
		buf_release(&text);
	}
}

/* Every cut of a page is safe to read, and a title that does not end shows its beginning. */
static void bounds_titles(void **state)
{
	static const char page[] = "<!-- c --><script>x</script><title>&eacute;\xe9</title>";
	struct buf text = BUF_INIT(BUF_UNLIMITED), long_page = BUF_INIT(BUF_UNLIMITED);

	(void)state;
	for (size_t length = 0; length < sizeof page; length++) {
		char *copy = malloc(length ? length : 1);

		memcpy(copy, page, length);
		page_title_append(&text, (struct slice){copy, length}, slice_of(""));
		free(copy);
	}
	buf_clear(&text);
	buf_append_string(&long_page, "<title>");
	for (int i = 0; i < 500; i++)
		buf_append_string(&long_page, "ü");
	page_title_append(&text, (struct slice){buf_string(&long_page), long_page.length_bytes},
			  slice_of(""));
	assert_int_equal(text.length_bytes, PAGE_TITLE_MAX_CODE_POINTS * strlen("ü") + strlen("…"));
	buf_release(&text);
	buf_release(&long_page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_titles),
		cmocka_unit_test(bounds_titles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
