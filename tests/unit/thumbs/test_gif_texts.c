#include "../cmocka_all.h"

#include <string.h>

#include "gif_texts.h"

/* A screen of 1x1 without a palette; a frame of one pixel with two colours. */
#define HEAD "GIF89a\1\0\1\0\0\0\0"
#define FRAME ",\0\0\0\0\1\0\1\0\x80\0\0\0\0\0\0\2\2\x44\1\0"
#define CONTROL "!\xf9\4\1\2\0\0\0"
#define LOOP "!\xff\x0bNETSCAPE2.0\3\1\0\0\0"
#define END ";"

struct text {
	const char *bytes;
	size_t length;
};

#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static void leaves_out_what_nobody_sees(void **state)
{
	static const struct {
		struct text file, expected;
	} cases[] = {
		{TEXT(HEAD LOOP CONTROL FRAME END), TEXT(HEAD LOOP CONTROL FRAME END)},
		{TEXT(HEAD "!\xfe\3abc\0" FRAME END), TEXT(HEAD FRAME END)},
		{TEXT(HEAD "!\xff\0!\1\0!B\0" FRAME END), TEXT(HEAD FRAME END)},
		{TEXT(HEAD CONTROL "!\1\1x\1y\0" FRAME END), TEXT(HEAD CONTROL FRAME END)},
		{TEXT(HEAD FRAME "!\xff\x0bXMP DataXMP\1x\0" LOOP CONTROL FRAME END),
		 TEXT(HEAD FRAME LOOP CONTROL FRAME END)},
		{TEXT(HEAD "!\xff\x0bNETSCAPE2.0\0" FRAME END), TEXT(HEAD FRAME END)},
		{TEXT(HEAD FRAME END "!\xfe\1x\0"), TEXT(HEAD FRAME END "!\xfe\1x\0")},
		{TEXT(HEAD "!\xfe\1x\0" FRAME "!\xfe\3a"), TEXT(HEAD FRAME "!\xfe\3a")},
		{TEXT(HEAD "!\xfe\1x\0"
			   ",\0"),
		 TEXT(HEAD ",\0")},
		{TEXT(HEAD "!"), TEXT(HEAD "!")},
		{TEXT(HEAD), TEXT(HEAD)},
		{TEXT("GIF89a\1\0\1\0\x87\0\0\0"), TEXT("GIF89a\1\0\1\0\x87\0\0\0")},
		{TEXT("GIF"), TEXT("GIF")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned char data[256];
		size_t length;

		memcpy(data, cases[i].file.bytes, cases[i].file.length);
		length = gif_texts_drop(data, cases[i].file.length);
		if (length != cases[i].expected.length ||
		    memcmp(data, cases[i].expected.bytes, length))
			fail_msg("case %zu: %zu bytes", i, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(leaves_out_what_nobody_sees)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
