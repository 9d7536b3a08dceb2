#include "../cmocka_all.h"

#include "webp_strip.h"

#define BYTES(text) (text), sizeof(text) - 1

static void strips(void **state)
{
	static const struct {
		const char *in;
		size_t in_bytes;
		const char *out;
		size_t out_bytes;
	} cases[] = {
		/* EXIF goes, and VP8X with it when nothing needs it */
		{BYTES("RIFF\x30\0\0\0WEBP"
		       "VP8X\x0a\0\0\0\x08\0\0\0\1\0\0\1\0\0"
		       "VP8 \x03\0\0\0abc\0"
		       "EXIF\x02\0\0\0II"),
		 BYTES("RIFF\x10\0\0\0WEBP"
		       "VP8 \x03\0\0\0abc\0")},
		/* alpha keeps VP8X, without the metadata flags */
		{BYTES("RIFF\x30\0\0\0WEBP"
		       "VP8X\x0a\0\0\0\x3c\0\0\0\1\0\0\1\0\0"
		       "ALPH\x02\0\0\0aa"
		       "VP8 \x02\0\0\0vv"
		       "XMP \x02\0\0\0xx"
		       "ICCP\x02\0\0\0cc"),
		 BYTES("RIFF\x2a\0\0\0WEBP"
		       "VP8X\x0a\0\0\0\x10\0\0\0\1\0\0\1\0\0"
		       "ALPH\x02\0\0\0aa"
		       "VP8 \x02\0\0\0vv")},
		/* the simple format, other files and cut ones stay as they are */
		{BYTES("RIFF\x10\0\0\0WEBPVP8 \x03\0\0\0abc\0abcdefgh"),
		 BYTES("RIFF\x10\0\0\0WEBPVP8 \x03\0\0\0abc\0abcdefgh")},
		{BYTES("GIF89a"), BYTES("GIF89a")},
		{BYTES("RIFF\x30\0\0\0WEBPVP8X\xff\xff\xff\xff\x08\0\0\0\1\0\0\1\0\0"),
		 BYTES("RIFF\x30\0\0\0WEBPVP8X\xff\xff\xff\xff\x08\0\0\0\1\0\0\1\0\0")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned char data[128];
		size_t length;

		memcpy(data, cases[i].in, cases[i].in_bytes);
		length = webp_strip(data, cases[i].in_bytes);
		assert_int_equal(length, cases[i].out_bytes);
		assert_memory_equal(data, cases[i].out, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
