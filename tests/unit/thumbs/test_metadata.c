#include "../cmocka_all.h"

#include <string.h>

#include "metadata.h"

#define BYTES(text) text, sizeof(text) - 1
#define JPEG "\xff\xd8"
#define EXIF             \
	"\xff\xe1\0\x0a" \
	"Exif\0\0ab"
#define SCAN "\xff\xda\0\3a"
#define HDLR "\0\0\0\x0ahdlrab"
#define PITM "\0\0\0\x0epitm\0\0\0\0\0\1"
#define INFE(version, id, type) "\0\0\0\x15infe" version "\0\0\0" id "\0\0" type "\0"

static const struct {
	enum media_type type;
	const char *bytes;
	size_t length;
	size_t hidden_at[2]; /* 0: nothing */
} rows[] = {
	{MEDIA_JPEG, BYTES(JPEG EXIF SCAN), {6}},
	{MEDIA_JPEG, BYTES(JPEG "\xff\xe0\0\4ab" EXIF "\xff\xff" EXIF SCAN), {12, 26}},
	{MEDIA_JPEG, BYTES(JPEG SCAN EXIF), {0}},
	{MEDIA_JPEG,
	 BYTES(JPEG "\xff\xe2\0\x0a"
		    "Exif\0\0ab" SCAN),
	 {0}},
	{MEDIA_JPEG, BYTES(JPEG "\xff\xe1\0\x0ahttp:\0ab" SCAN), {0}},
	{MEDIA_WEBP, BYTES("RIFF\x1a\0\0\0WEBPVP8 \1\0\0\0a\0EXIF\4\0\0\0EXIF"), {22}},
	{MEDIA_WEBP, BYTES("RIFF\x1a\0\0\0WEBPVP8 \4\0\0\0EXIF"), {0}},
	{MEDIA_AVIF,
	 BYTES("\0\0\0\x52meta\0\0\0\0" PITM "\0\0\0\x38iinf\0\0\0\0\0\2" INFE("\2", "\0\1", "av01")
		       INFE("\2", "\0\2", "Exif")),
	 {77}},
	{MEDIA_HEIC,
	 BYTES("\0\0\0\x41meta\0\0\0\0" PITM "\0\0\0\x27iinf\1\0\0\0\0\0\0\1"
	       "\0\0\0\x17infe\3\0\0\0"
	       "\0\0\0\1\0\0"
	       "Exif\0"),
	 {60}},
	{MEDIA_GIF, BYTES("GIF89aExif"), {0}},
};

static bool is_hidden(size_t i, size_t at)
{
	return at && (at == rows[i].hidden_at[0] || at == rows[i].hidden_at[1]);
}

static void hides_exif_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned char data[128];

		memcpy(data, rows[i].bytes, rows[i].length);
		metadata_hide(rows[i].type, data, rows[i].length);
		for (size_t at = 0; at < rows[i].length; at++)
			if (data[at] != (is_hidden(i, at) ? '-' : (unsigned char)rows[i].bytes[at]))
				fail_msg("row %zu, byte %zu: %02x", i, at, data[at]);
	}
}

/* Every cut of every row, in a buffer of that size. */
static void reads_no_further(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t cut = 0; cut < rows[i].length; cut++) {
			unsigned char *data = test_malloc(cut + 1);

			memcpy(data, rows[i].bytes, cut);
			metadata_hide(rows[i].type, data, cut);
			test_free(data);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hides_exif_alone),
		cmocka_unit_test(reads_no_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
