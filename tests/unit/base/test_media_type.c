#include "../cmocka_all.h"

#include <stdlib.h>

#include "alloc.h"
#include "media_type.h"

#define BYTES(text) text, sizeof(text) - 1

static const struct {
	const char *bytes;
	size_t length;
	enum media_type type; /* MEDIA_NONE: not an image */
} samples[] = {
	{BYTES("\xff\xd8\xff\xe0"), MEDIA_JPEG},
	{BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), MEDIA_PNG},
	{BYTES("GIF87a"), MEDIA_GIF},
	{BYTES("GIF89a"), MEDIA_GIF},
	{BYTES("GIF88a"), MEDIA_NONE},
	{BYTES("RIFF\x12\x34\x56\x78WEBPVP8 "), MEDIA_WEBP},
	{BYTES("RIFF\x12\x34\x56\x78WEBPVP8X"), MEDIA_WEBP},
	{BYTES("RIFF\x12\x34\x56\x78WAVEfmt "), MEDIA_NONE},
	{BYTES("\0\0\0\x1c"
	       "ftypavif\0\0\0\0mif1avifmiaf"),
	 MEDIA_AVIF},
	{BYTES("\0\0\0\x1c"
	       "ftypavis\0\0\0\0msf1avisiso8"),
	 MEDIA_AVIF},
	{BYTES("\0\0\0\x1c"
	       "ftypmif1\0\0\0\0mif1avifmiaf"),
	 MEDIA_AVIF},
	{BYTES("\0\0\0\x18"
	       "ftypheic\0\0\0\0mif1heic"),
	 MEDIA_HEIC},
	{BYTES("\0\0\0\x18"
	       "ftypmif1\0\0\0\0mif1heic"),
	 MEDIA_HEIC},
	{BYTES("\0\0\0\x18"
	       "ftypmsf1\0\0\0\0msf1hevc"),
	 MEDIA_HEIC},
	{BYTES("\0\0\0\x18"
	       "ftypmif1\0\0\0\0mif1miaf"),
	 MEDIA_HEIC},
	{BYTES("\0\0\0\x18"
	       "ftypmp42\0\0\0\0mp42isom"),
	 MEDIA_NONE},
	{BYTES("\0\0\0\x14"
	       "ftypqt  \0\0\0\0qt  avif"),
	 MEDIA_NONE}, /* behind the box */
	{BYTES("\0\0\0\x13"
	       "ftypqt  \0\0\0\0avif"),
	 MEDIA_NONE}, /* half behind it */
	{BYTES("\0\0\0\x14"
	       "ftypqt  \0\0\0\0avif"),
	 MEDIA_AVIF},
	{BYTES("\0\0\1\0"
	       "ftypqt  \0\0\0\0qt  avif"),
	 MEDIA_AVIF},
	{BYTES("\0\0\0\x14"
	       "ftypqt  avifqt  "),
	 MEDIA_NONE}, /* a version is no brand */
	{BYTES("\0\0\0\x14"
	       "ftypavix\0\0\0\0qt  "),
	 MEDIA_NONE},
	{BYTES("\0\0\0\x14"
	       "ftypmif2\0\0\0\0msf2"),
	 MEDIA_NONE},
	{BYTES("\0\0\0\x14"
	       "ftypmsf1\0\0\0\0qt  "),
	 MEDIA_HEIC},
	{BYTES("BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\1\0\0"), MEDIA_NONE},
	{BYTES("BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\1\0"), MEDIA_NONE},
	{BYTES("BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\1"), MEDIA_NONE},
	{BYTES("BN\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0"), MEDIA_NONE},
	{BYTES("<svg xmlns='http://www.w3.org/2000/svg'/>"), MEDIA_SVG},
	{BYTES("<svg>"), MEDIA_SVG},
	{BYTES("<svg/>"), MEDIA_SVG},
	{BYTES("\xef\xbb\xbf \r\n<svg\n>"), MEDIA_SVG},
	{BYTES("<?xml version='1.0'?>\n<!-- <html> --><svg:svg xmlns:svg='x'>"), MEDIA_SVG},
	{BYTES("<?xml version='1.0'?><!DOCTYPE svg PUBLIC \"-//W3C//DTD>\" 'a'><svg>"), MEDIA_SVG},
	{BYTES("<!DOCTYPE svg [ <!ENTITY a \"]>\"> <!-- ' ]> --> ]><svg >"), MEDIA_SVG},
	{BYTES("<!-- a --><!-- b --><?p q?> <svg >"), MEDIA_SVG},
	{BYTES("<!DOCTYPE svg [<?p ]><svgx> ?>]><svg >"), MEDIA_SVG},
	{BYTES("<\0s\0v\0g\0>\0"), MEDIA_SVG},
	{BYTES("\0<\0s\0v\0g\0 "), MEDIA_SVG},
	{BYTES("\xff\xfe<\0s\0v\0g\0/\0"), MEDIA_SVG},
	{BYTES("\xfe\xff\0 \0<\0s\0v\0g\0\n"), MEDIA_SVG},
	{BYTES("\xff\xfe<\0!\0-\0-\0\x3d\xd8\0\xde-\0-\0>\0<\0s\0v\0g\0 \0"), MEDIA_SVG},
	{BYTES("\xff\xfe<\0h\0t\0m\0l\0>\0"), MEDIA_NONE},
	{BYTES("\xff\xfe\0\0<\0\0\0s\0\0\0v\0\0\0g\0\0\0"), MEDIA_NONE},
	{BYTES("<svgx>"), MEDIA_NONE},
	{BYTES("<SVG>"), MEDIA_NONE},
	{BYTES("<:svg>"), MEDIA_NONE},
	{BYTES("<!DOCTYPE html><svg>"), MEDIA_NONE},
	{BYTES("<!doctype HTML><html><body><svg></svg>"), MEDIA_NONE},
	{BYTES("<html><svg></svg></html>"), MEDIA_NONE},
	{BYTES("<!-- <svg> --><html>"), MEDIA_NONE},
	{BYTES("text <svg>"), MEDIA_NONE},
	{BYTES("<!CDATA"), MEDIA_NONE},
	{BYTES("\0\0\1\0\1\0"), MEDIA_ICO},
	{BYTES("\0\0\2\0\1\0"), MEDIA_ICO},
	{BYTES("\0\0\1\xba"), MEDIA_NONE},
	{BYTES("BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0"), MEDIA_BMP},
	{BYTES("BM\0\0\0\0\0\0\0\0\0\0\0\0\x7c\0\0\0"), MEDIA_BMP},
	{BYTES("BMW builds cars and bicycles."), MEDIA_NONE},
	{BYTES("II*\0\x8\0\0\0"), MEDIA_TIFF},
	{BYTES("MM\0*\0\0\0\x8"), MEDIA_TIFF},
	{BYTES("II+\0\x8\0\0\0"), MEDIA_TIFF},
	{BYTES("MM\0+\0\x8\0\0"), MEDIA_TIFF},
	{BYTES("\xff\x0a\x01"), MEDIA_JXL},
	{BYTES("\0\0\0\x0cJXL \r\n\x87\n"), MEDIA_JXL},
	{BYTES("\0\0\0\x0cjP  \r\n\x87\n"), MEDIA_JP2},
	{BYTES("\xff\x4f\xff\x51"), MEDIA_JP2},
	{BYTES("%PDF-1.4"), MEDIA_NONE},
	{BYTES("{\"error\": 1}"), MEDIA_NONE},
	{BYTES("\x1f\x8b\x8"), MEDIA_NONE},
	{BYTES("\xff"), MEDIA_NONE},
	{BYTES("\x89PN"), MEDIA_NONE},
	{BYTES("\x89PNG\r\n\n"), MEDIA_NONE},
	{BYTES("GIF"), MEDIA_NONE},
	{BYTES("RIFF\x12\x34\x56\x78WEB"), MEDIA_NONE},
	{BYTES("B"), MEDIA_NONE},
	{BYTES(""), MEDIA_NONE},
};

/* A copy without the literal's NUL behind it, so that a sanitizer sees a read past the end. */
static enum media_sniff sniff(const char *bytes, size_t length, bool is_whole,
			      enum media_type *ret_type)
{
	char *copy = malloc(length ? length : 1);
	enum media_sniff verdict;

	if (length)
		memcpy(copy, bytes, length);
	verdict = media_type_sniff(copy, length, is_whole, ret_type);
	free(copy);
	return verdict;
}

static void knows_types_by_their_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(samples); i++) {
		enum media_type type = MEDIA_NONE;
		enum media_sniff verdict = sniff(samples[i].bytes, samples[i].length, true, &type);

		assert_int_equal(verdict,
				 samples[i].type ? MEDIA_SNIFF_KNOWN : MEDIA_SNIFF_NOT_AN_IMAGE);
		assert_int_equal(type, samples[i].type);
	}
}

/* Bytes that arrive one at a time lead from "needs more" to the same verdict, which then stays. */
static void asks_for_more_until_it_knows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(samples); i++) {
		enum media_sniff last = MEDIA_SNIFF_NEEDS_MORE;

		for (size_t length = 0; length <= samples[i].length; length++) {
			enum media_type type = MEDIA_NONE;
			enum media_sniff verdict = sniff(samples[i].bytes, length, false, &type);

			if (last != MEDIA_SNIFF_NEEDS_MORE)
				assert_int_equal(verdict, last);
			if (verdict == MEDIA_SNIFF_KNOWN)
				assert_int_equal(type, samples[i].type);
			last = verdict;
		}
		if (samples[i].type)
			assert_int_equal(last, MEDIA_SNIFF_KNOWN);
		else
			assert_int_not_equal(last, MEDIA_SNIFF_KNOWN);
	}
}

/* Of a file that ends there the type is known; of one that goes on it is not. */
static void knows_types_by_half_a_signature(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		enum media_type type;
	} cuts[] = {
		{BYTES("\xff\xd8"), MEDIA_JPEG},
		{BYTES("\x89PNG"), MEDIA_PNG},
		{BYTES("\x89PNG\r\n\x1a"), MEDIA_PNG},
		{BYTES("GIF8"), MEDIA_GIF},
		{BYTES("GIF89"), MEDIA_GIF},
		{BYTES("RIFF\x12\x34\x56\x78WEBP"), MEDIA_WEBP},
		{BYTES("RIFF\x12\x34\x56\x78WEBPV"), MEDIA_WEBP},
		{BYTES("\0\0\0\x1c"
		       "ftypmif1"),
		 MEDIA_HEIC},
		{BYTES("\0\0\0\x0cJXL "), MEDIA_JXL},
		{BYTES("\0\0\0\x0cjP  \r\n"), MEDIA_JP2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cuts); i++) {
		enum media_type type = MEDIA_NONE;

		assert_int_equal(sniff(cuts[i].bytes, cuts[i].length, false, &type),
				 MEDIA_SNIFF_NEEDS_MORE);
		assert_int_equal(sniff(cuts[i].bytes, cuts[i].length, true, &type),
				 MEDIA_SNIFF_KNOWN);
		assert_int_equal(type, cuts[i].type);
	}
}

static void decides_within_its_limits(void **state)
{
	char prolog[MEDIA_SNIFF_MAX_BYTES + 10];
	enum media_type type = MEDIA_NONE;

	(void)state;
	assert_int_equal(sniff(BYTES("BMW builds cars and"), false, &type),
			 MEDIA_SNIFF_NOT_AN_IMAGE);
	assert_int_equal(sniff(BYTES("\0\0\1\0"
				     "ftypmp42\0\0\0\0mp42isommp41iso2"),
			       false, &type),
			 MEDIA_SNIFF_NOT_AN_IMAGE);
	assert_int_equal(sniff(BYTES("\0\0\0\x40"
				     "ftypmif1\0\0\0\0mif1miafMA1Bmsf1"),
			       false, &type),
			 MEDIA_SNIFF_KNOWN);
	assert_int_equal(sniff(BYTES("<html><body>"), false, &type), MEDIA_SNIFF_NOT_AN_IMAGE);

	memset(prolog, ' ', sizeof prolog);
	assert_int_equal(sniff(prolog, 100, false, &type), MEDIA_SNIFF_NEEDS_MORE);
	assert_int_equal(sniff(prolog, sizeof prolog, false, &type), MEDIA_SNIFF_NOT_AN_IMAGE);
	memcpy(prolog + MEDIA_SNIFF_MAX_BYTES - 5, "<svg>", 5);
	assert_int_equal(sniff(prolog, sizeof prolog, false, &type), MEDIA_SNIFF_KNOWN);
	assert_int_equal(type, MEDIA_SVG);
}

static void reads_names(void **state)
{
	static const struct {
		const char *name;
		enum media_type type;
	} rows[] = {
		{"image/jpeg", MEDIA_JPEG},
		{" IMAGE/JPG ; charset=x", MEDIA_JPEG},
		{"image/pjpeg", MEDIA_JPEG},
		{"image/x-png", MEDIA_PNG},
		{"image/apng", MEDIA_PNG},
		{"image/x-icon", MEDIA_ICO},
		{"image/vnd.microsoft.icon", MEDIA_ICO},
		{"image/heif", MEDIA_HEIC},
		{"image/svg+xml;charset=utf-8", MEDIA_SVG},
		{"image/x-ms-bmp", MEDIA_BMP},
		{"image/", MEDIA_NONE},
		{"image/jpegs", MEDIA_NONE},
		{"text/html", MEDIA_NONE},
		{"", MEDIA_NONE},
		{";", MEDIA_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		assert_int_equal(media_type_parse(rows[i].name, strlen(rows[i].name)),
				 rows[i].type);
	assert_int_equal(media_type_parse(NULL, 0), MEDIA_NONE);
	for (int type = MEDIA_JPEG; type < MEDIA_TYPE_COUNT; type++) {
		const char *name = media_type_name((enum media_type)type);

		assert_int_equal(media_type_parse(name, strlen(name)), type);
		assert_true(strlen(media_type_extension((enum media_type)type)) >= 3);
	}
	assert_string_equal(media_type_name(MEDIA_NONE), "");
	assert_true(media_type_is_renderable(MEDIA_AVIF));
	assert_false(media_type_is_renderable(MEDIA_SVG));
	assert_false(media_type_is_renderable(MEDIA_NONE));
}

static void describes_what_came_instead(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *text;
	} rows[] = {
		{BYTES("<!DOCTYPE html><html><head><TITLE lang=en>\n Not \t found </TITLE>"),
		 "an HTML page titled “Not found”"},
		{BYTES("<html><title>Tom &amp; J&#233;r&rsquo;&bogus;</title>"),
		 "an HTML page titled “Tom & Jér’&bogus;”"},
		{BYTES("<html><title>a\x1b[31m\x7f\xc2\x85\xe2\x80\xae"
		       "b\xff</title>"),
		 "an HTML page titled “a[31mb\xef\xbf\xbd”"},
		{BYTES("<html><title>a&#27;&#x1b;&#8238;b&#55296;</title>"),
		 "an HTML page titled “ab\xef\xbf\xbd”"},
		{BYTES("<html><title>a&#x2019;&#xg;&#x110000;</title>"),
		 "an HTML page titled “a’&#xg;\xef\xbf\xbd”"},
		{BYTES("<html><title>yes</title><!-- --><title>no</title>"),
		 "an HTML page titled “yes”"},
		{BYTES("<html><!-- -- <title>no</title> --><title>yes</title>"),
		 "an HTML page titled “yes”"},
		{BYTES("<html><! <title>yes</title> --><title>no</title>"),
		 "an HTML page titled “yes”"},
		{BYTES("<html><!-- <title>no</title> --><title>yes</title>"),
		 "an HTML page titled “yes”"},
		{BYTES("\xff\xfe<\0t\0i\0t\0l\0e\0>\0\xe4\0<\0/\0t\0i\0t\0l\0e\0>\0"),
		 "an HTML page titled “ä”"},
		{BYTES("\0<\0p\0>"), "an HTML page"},
		{BYTES("<pre>gone"), "an HTML page"},
		{BYTES("<article>gone"), "an HTML page"},
		{BYTES("<!-- no end"), "an HTML page"},
		{BYTES("\xef\xbb\xbf{\"error\": 404}"), "JSON"},
		{BYTES("\xef\xbb\xbfgone"), "plain text"},
		{BYTES("<html><titles>a</titles><title>never closed"), "an HTML page"},
		{BYTES("<html><title"), "an HTML page"},
		{BYTES("<html><title> </title>"), "an HTML page"},
		{BYTES("<p>gone"), "an HTML page"},
		{BYTES("<!-- x --><BODY>"), "an HTML page"},
		{BYTES("<?xml version='1.0'?><!DOCTYPE html PUBLIC ''><html><title>X</title>"),
		 "an HTML page titled “X”"},
		{BYTES("<?xml version='1.0'?><Error><Code>AccessDenied</Code>"), "an XML document"},
		{BYTES("<?xml version"), "an XML document"},
		{BYTES("<rss>"), "an XML document"},
		{BYTES(" {\"error\": 404}"), "JSON"},
		{BYTES("[1]"), "JSON"},
		{BYTES("{not json"), "plain text"},
		{BYTES("Not found\n"), "plain text"},
		{BYTES("\xcd\xe5\xf2 \xf4\xee\xf2\xee"), "plain text"}, /* windows-1251 */
		{BYTES("\x89"), "1 byte of binary data"},
		{BYTES("\xff\xff\xff\xff"), "4 bytes of binary data"},
		{BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n"),
		 "a Git LFS pointer in place of the image"},
		{BYTES("\xff\xfeN\0o\0"), "plain text"},
		{BYTES("%PDF-1.7"), "a PDF"},
		{BYTES("\0\0\0\x18"
		       "ftypmp42"),
		 "an MP4 video"},
		{BYTES("\0\0\0\x18"
		       "ftypqt  "),
		 "a QuickTime video"},
		{BYTES("\x1f\x8b\x8"), "a gzip archive"},
		{BYTES("PK\3\4"), "a ZIP archive"},
		{BYTES("\1\2\3"), "3 bytes of binary data"},
		{BYTES("\1"), "1 byte of binary data"},
		{BYTES("\001 34567890123456789012345678901\1"), "binary data"},
		{BYTES(""), "nothing"},
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		char *copy = malloc(rows[i].length ? rows[i].length : 1);

		memcpy(copy, rows[i].bytes, rows[i].length);
		media_type_describe_other(copy, rows[i].length, NULL, text, sizeof text);
		assert_string_equal(text, rows[i].text);
		free(copy);
	}
}

static void cuts_descriptions_between_code_points(void **state)
{
	char page[400] = "<html><title>", text[200];
	static const char titled[] = "an HTML page titled “x”";

	(void)state;
	memset(page + strlen(page), 'x', 200);
	strcat(page, "</title>");
	media_type_describe_other(page, strlen(page), NULL, text, sizeof text);
	assert_int_equal(strlen(text), strlen(titled) - 1 + 80 + strlen("…"));
	assert_string_equal(text + strlen(text) - 7, "x…”");

	for (size_t size = 1; size < sizeof titled; size++) {
		media_type_describe_other(BYTES("<html><title>x</title>"), NULL, text, size);
		assert_true(strlen(text) < size);
		assert_memory_equal(text, titled, strlen(text));
		assert_int_not_equal(titled[strlen(text)] & 0xc0, 0x80);
	}
}

static void names_have_types(void **state)
{
	static const struct {
		const char *name;
		enum media_type type;
	} cases[] = {
		{"a.jpg", MEDIA_JPEG},   {"x/a.JPEG", MEDIA_JPEG}, {"a.tar.png", MEDIA_PNG},
		{"a.svg", MEDIA_SVG},    {"a.tif", MEDIA_TIFF},    {"a.tiff", MEDIA_TIFF},
		{"jpg", MEDIA_NONE},     {"a.jpg/b", MEDIA_NONE},  {"a.", MEDIA_NONE},
		{"a.webp2", MEDIA_NONE}, {"", MEDIA_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(media_type_of_name(cases[i].name), cases[i].type);
}

static void knows_what_can_be_rendered(void **state)
{
	(void)state;
	for (int type = MEDIA_NONE; type < MEDIA_TYPE_COUNT; type++)
		assert_int_equal(media_type_is_renderable((enum media_type)type),
				 type == MEDIA_JPEG || type == MEDIA_PNG || type == MEDIA_GIF ||
					 type == MEDIA_WEBP || type == MEDIA_AVIF ||
					 type == MEDIA_HEIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_have_types),
		cmocka_unit_test(knows_what_can_be_rendered),
		cmocka_unit_test(knows_types_by_their_bytes),
		cmocka_unit_test(asks_for_more_until_it_knows),
		cmocka_unit_test(knows_types_by_half_a_signature),
		cmocka_unit_test(decides_within_its_limits),
		cmocka_unit_test(reads_names),
		cmocka_unit_test(describes_what_came_instead),
		cmocka_unit_test(cuts_descriptions_between_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
