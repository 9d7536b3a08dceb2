#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "png_fault.h"

/* Names of chunks: the header's stands for a palette ("IHD3") or for colours, "PLT2" is a palette
 * of two bytes; a '!' in front is a wrong CRC. */
static const struct {
	const char *chunks;
	const char *fault; /* NULL: none */
} cases[] = {
	{"IHDR IDAT IEND", NULL},
	{"IHD3 PLTE IDAT IDAT IEND", NULL},
	{"IHDR abCd IDAT tEXt IEND", NULL},
	{"IHDR !abCd IDAT IEND", NULL},
	{"IHDR IDAT", NULL},
	{"IHD3 IDAT IEND", "IDAT: the palette (PLTE) is missing"},
	{"IHD3 IDAT PLTE IEND", "IDAT: the palette (PLTE) is missing"},
	{"IHDR IHDR IDAT IEND", "IHDR: there are two"},
	{"IHDR ABCd IDAT IEND", "ABCd: unknown, and needed to show the image"},
	{"IHD3 !PLTE IDAT IEND", "PLTE: CRC error"},
	{"IHD3 PLTE PLTE IDAT IEND", "PLTE: there are two"},
	{"IHD3 PLT2 IDAT IEND", "PLTE: not of 1 to 256 colours"},
	{"IHD3 PLT0 IDAT IEND", "PLTE: not of 1 to 256 colours"},
	{"IHDR PLT2 IDAT IEND", NULL},
	{"!IHDR IDAT IEND", "IHDR: CRC error"},
	{"IHDR !IDAT IEND", "IDAT: CRC error"},
	{"IHDR IDAT abCd IDAT IEND", "IDAT: not in one piece"},
	{"IHDR \x01\x02\x03\x04 IDAT IEND", "a chunk has no valid name"},
	{"IHDR IDAT IEND ABCD", NULL},
};

static size_t put(unsigned char *at, const char *name, bool has_wrong_crc)
{
	unsigned char body[13] = {[3] = 1, [7] = 1, [8] = 8, [9] = name[3] == '3' ? 3 : 2};
	bool is_digit = name[3] >= '0' && name[3] <= '9';
	size_t n = !memcmp(name, "IHD", 3) ? 13 : is_digit ? (size_t)(name[3] - '0') : 3;
	unsigned long crc;

	memset(at, 0, 4);
	at[3] = (unsigned char)n;
	memcpy(at + 4, n == 13 ? "IHDR" : is_digit ? "PLTE" : name, 4);
	memcpy(at + 8, body, n);
	crc = crc32(0, at + 4, (uInt)n + 4) ^ has_wrong_crc;
	for (int i = 0; i < 4; i++)
		at[8 + n + (size_t)i] = (unsigned char)(crc >> (24 - 8 * i));
	return 12 + n;
}

static size_t make(const char *chunks, unsigned char *file)
{
	size_t length = 8;

	memcpy(file, "\x89PNG\r\n\x1a\n", 8);
	while (*chunks) {
		bool has_wrong_crc = *chunks == '!';

		chunks += has_wrong_crc;
		length += put(file + length, chunks, has_wrong_crc);
		chunks += 4 + (chunks[4] == ' ');
	}
	return length;
}

static void says_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned char file[256], *copy;
		size_t length = make(cases[i].chunks, file);
		char text[100] = "";
		bool found;

		copy = malloc(length);
		memcpy(copy, file, length);
		found = png_fault_find(copy, length, text, sizeof text);
		if (found != !!cases[i].fault || (found && strcmp(text, cases[i].fault)))
			fail_msg("%s: %s", cases[i].chunks, text);
		free(copy);
	}
}

static void any_length_is_read(void **state)
{
	unsigned char file[256];
	size_t length = make("IHD3 PLTE IDAT abCd IDAT IEND", file);

	(void)state;
	for (size_t n = 0; n <= length; n++) {
		unsigned char *copy = malloc(n ? n : 1);
		char text[100];

		memcpy(copy, file, n);
		png_fault_find(copy, n, text, sizeof text);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(any_length_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
