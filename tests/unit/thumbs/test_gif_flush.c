#include "../cmocka_all.h"

#include <string.h>

#include "gif_flush.h"

/* A screen of 2x1 with eight colours of its own; frames of codes of four bits, or three. */
#define HEAD "GIF89a\2\0\1\0\0\0\0"
#define FRAME ",\0\0\0\0\2\0\1\0\0"
#define FLUSH FRAME "\3\1\x11"           /* 1, 1 */
#define ENDED FRAME "\3\3\x18\x91\x00\0" /* clear, 1, 1, end */
#define WITHIN FRAME "\2\2\x4c\0\0"      /* clear, 1, 1 in nine bits */
#define CONTROL "!\xf9\4\0\2\0\0\0"
#define END ";"

struct text {
	const char *bytes;
	size_t length;
};

#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static void pads_frames_that_need_it(void **state)
{
	static const struct {
		struct text file, expected; /* of no length: nothing is to be done */
	} rows[] = {
		{TEXT(HEAD FLUSH "\0" END), TEXT(HEAD FLUSH "\1\0\0" END)},
		{TEXT(HEAD ENDED END), TEXT("")},
		{TEXT(HEAD WITHIN END), TEXT("")},
		{TEXT(HEAD FLUSH "\1\0\0" END), TEXT("")},
		{TEXT(HEAD CONTROL FLUSH "\0" CONTROL ENDED FLUSH "\0" END),
		 TEXT(HEAD CONTROL FLUSH "\1\0\0" CONTROL ENDED FLUSH "\1\0\0" END)},
		/* A frame that is cut, the one before it not; what is no block. */
		{TEXT(HEAD FLUSH "\0" FLUSH), TEXT(HEAD FLUSH "\1\0\0" FLUSH)},
		{TEXT(HEAD FLUSH "\0x" FLUSH "\0" END), TEXT(HEAD FLUSH "\1\0\0x" FLUSH "\0" END)},
		{TEXT(HEAD), TEXT("")},
		{TEXT("GIF89a"), TEXT("")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf made = BUF_INIT(BUF_UNLIMITED);
		bool is_padded = gif_flush_pad((const unsigned char *)rows[i].file.bytes,
					       rows[i].file.length, &made);

		assert_int_equal(is_padded, rows[i].expected.length > 0);
		assert_int_equal(made.length_bytes, rows[i].expected.length);
		assert_memory_equal(made.data ? made.data : "", rows[i].expected.bytes,
				    made.length_bytes);
		buf_release(&made);
	}
}

static void adds_nothing_without_room(void **state)
{
	static const char file[] = HEAD FLUSH "\0" END;

	(void)state;
	for (size_t room = 0; room < sizeof file - 1 + 2; room++) {
		struct buf made = BUF_INIT(room);

		assert_false(gif_flush_pad((const unsigned char *)file, sizeof file - 1, &made));
		assert_int_equal(made.length_bytes, 0);
		buf_release(&made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pads_frames_that_need_it),
		cmocka_unit_test(adds_nothing_without_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
