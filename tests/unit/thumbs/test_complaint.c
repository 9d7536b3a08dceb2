#include "../cmocka_all.h"

#include <string.h>
#include <zlib.h>

#include "complaint.h"

static void names_no_loader(void **state)
{
	static const struct {
		const char *text, *said;
	} texts[] = {
		{"VipsJpeg: Corrupt JPEG data", "Corrupt JPEG data"},
		{"VipsJpeg Corrupt", "VipsJpeg Corrupt"},
		{"Vips: ", ""},
		{"Vips", "Vips"},
		{"webp: the encoder failed", "webp: the encoder failed"},
		{"webp2vips: unable to read pixels", "unable to read pixels"},
		{"gifload_buffer: no frames in GIF", "no frames in GIF"},
		{"heif: Invalid input: No 'meta' box", "heif: Invalid input: No 'meta' box"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_string_equal(complaint_without_loader(texts[i].text), texts[i].said);
}

static void tells_the_last_error(void **state)
{
	char longest[2 * COMPLAINT_BYTES];
	static const struct {
		const char *errors, *said;
	} buffers[] = {
		{"first\nsecond\n", "second"},
		{"alone", "alone"},
		{"one\n\n\n", "one"},
		{"\n", "the decoder gives no reason"},
		{"", "the decoder gives no reason"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
		assert_string_equal(complaint_of_decoder(buffers[i].errors), buffers[i].said);
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_int_equal(strlen(complaint_of_decoder(longest)), COMPLAINT_BYTES - 1);
}

static void knows_what_is_said_of_memory(void **state)
{
	static const struct {
		const char *errors;
		bool is_of_memory;
	} errors[] = {
		{"VipsJpeg: Insufficient memory (case 4)\n", true},
		{"glib: Error creating thread: Resource temporarily unavailable\n", true},
		{"vips_tracked: out of memory --- size == 68MB\n", true},
		{"heif: Memory allocation error: Unspecified: Cannot allocate memory (6.0)\n",
		 true},
		{"heif: Memory allocation error: Security limit exceeded (6.1000)\n", false},
		{"pngload_buffer: libpng read error\n", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		assert_int_equal(complaint_is_of_memory(errors[i].errors), errors[i].is_of_memory);
}

static void knows_what_is_said_of_missing_data(void **state)
{
	static const struct {
		enum media_type type;
		const char *errors;
		bool is_missing;
	} errors[] = {
		{MEDIA_JPEG, "VipsJpeg: Corrupt JPEG data: premature end of data segment\n", true},
		{MEDIA_JPEG, "VipsJpeg: Corrupt JPEG data: bad Huffman code\n", false},
		{MEDIA_JPEG, "", false},
		{MEDIA_AVIF, "heif: Invalid input: Unexpected end of file (2.100)\n", true},
		{MEDIA_HEIC, "heif: Invalid input: Unexpected end of file (2.100)\n", true},
		{MEDIA_AVIF, "heif: Invalid input: No 'pitm' box (2.109)\n", false},
		{MEDIA_PNG, "premature end of data segment (2.100)\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		assert_int_equal(complaint_is_of_missing_data(errors[i].type, errors[i].errors),
				 errors[i].is_missing);
}

static size_t put_chunk(unsigned char *at, const char *type, const void *body, size_t n_bytes)
{
	unsigned long crc;

	memset(at, 0, 4);
	at[3] = (unsigned char)n_bytes;
	memcpy(at + 4, type, 4);
	memcpy(at + 8, body, n_bytes);
	crc = crc32(0, at + 4, (uInt)n_bytes + 4);
	for (int i = 0; i < 4; i++)
		at[8 + n_bytes + (size_t)i] = (unsigned char)(crc >> (24 - 8 * i));
	return n_bytes + 12;
}

static size_t make_png(bool has_profile, const char *junk, unsigned char *ret_png)
{
	size_t at = 8;

	memcpy(ret_png, "\x89PNG\r\n\x1a\n", 8);
	at += put_chunk(ret_png + at, "IHDR", "\0\0\0\1\0\0\0\1\x8\2\0\0\0", 13);
	if (has_profile)
		at += put_chunk(ret_png + at, "iCCP", "name\0\0junk", 10);
	at += put_chunk(ret_png + at, "IDAT", "data", 4);
	at += put_chunk(ret_png + at, "IEND", "", 0);
	memcpy(ret_png + at, junk, strlen(junk));
	return at + strlen(junk);
}

/* Of several the first that would be seen. */
static void tells_harmless_damage(void **state)
{
	static const char photoshop[] = "iCCP: known incorrect sRGB profile";
	static const struct {
		enum media_type type;
		const char *warning;
		bool has_profile;
		const char *junk;
		const char *said; /* NULL: nothing */
	} files[] = {
		{MEDIA_PNG, "", false, "", NULL},
		{MEDIA_PNG, "", true, "", "iCCP: the colour profile is broken"},
		{MEDIA_PNG, "", false, "junk", "4 bytes after the end of the image"},
		{MEDIA_PNG, "iCCP: too short", true, "junk", "iCCP: too short"},
		{MEDIA_PNG, "", true, "junk", "iCCP: the colour profile is broken"},
		{MEDIA_PNG, photoshop, true, "", NULL},
		{MEDIA_PNG, photoshop, true, "junk", "4 bytes after the end of the image"},
		/* Other loaders leave notes that mean nothing. */
		{MEDIA_JPEG, "something", false, "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		unsigned char png[200];
		char text[COMPLAINT_BYTES];
		size_t length_bytes = make_png(files[i].has_profile, files[i].junk, png);
		bool is_damaged = complaint_of_harmless_damage(files[i].type, png, length_bytes,
							       files[i].warning, text);

		assert_int_equal(is_damaged, files[i].said != NULL);
		assert_string_equal(text, files[i].said ? files[i].said : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_no_loader),
		cmocka_unit_test(tells_the_last_error),
		cmocka_unit_test(knows_what_is_said_of_memory),
		cmocka_unit_test(knows_what_is_said_of_missing_data),
		cmocka_unit_test(tells_harmless_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
