#include "../cmocka_all.h"

#include <stdbool.h>
#include <string.h>

#include "gif_canvas.h"

/* A screen of 37x23 with a global table, and what frames are made of. */
#define START "GIF89a\x25\0\x17\0\x80\0\0rgbrgb"
#define SIZED(screen) "GIF89a" screen "\0\0\0"
#define CONTROL(flags) "!\xf9\4" flags "\0\0\0\0"
#define PIXELS "\2\2\x44\1\0"
#define FULL ",\0\0\0\0\x25\0\x17\0\0" PIXELS
#define PART ",\1\0\0\0\x24\0\x17\0\0" PIXELS
#define LOCAL_PART ",\0\0\0\0\x25\0\x16\0\x80rgbrgb" PIXELS
#define BYTES(text) text, sizeof(text) - 1

static const struct {
	const char *bytes;
	size_t length, added_at; /* 0: not added */
	const char *size;        /* of what is added; NULL: START's */
} rows[] = {
	{BYTES(START FULL ";"), 0, NULL},
	{BYTES(START PART ";"), 19, NULL},
	{BYTES(START LOCAL_PART ";"), 19, NULL},
	{BYTES(START PART ";junk"), 19, NULL},
	{BYTES(START "!\xfe\3abc\0" PART ";"), 19, NULL},
	/* a transparent colour, at any frame, gives alpha already */
	{BYTES(START CONTROL("\1") PART ";"), 0, NULL},
	{BYTES(START PART CONTROL("\1") PART ";"), 0, NULL},
	/* a later frame lies on the first */
	{BYTES(START CONTROL("\x4") FULL PART ";"), 0, NULL},
	{BYTES(START CONTROL("\x4") PART FULL ";"), 19, NULL},
	/* sizes of monitors, and long sides; the first frame may reach beyond them */
	{BYTES(SIZED("\x80\2\xe0\1") CONTROL("\1") PART ";"), 13, "\x80\2\xe0\1"},
	{BYTES(SIZED("\x80\2\xe0\1") CONTROL("\1") PART PART "x"), 13, "\x80\2\xe0\1"},
	{BYTES(SIZED("\1\x08\x10\0") PART ";"), 13, "\1\x08\x17\0"},
	{BYTES(SIZED("\x80\2\xe1\1") CONTROL("\1") PART ";"), 0, NULL},
	{BYTES(SIZED("\0\x08\0\x08") CONTROL("\1") PART ";"), 0, NULL},
	{BYTES(SIZED("\1\x08\x10\0") ",\0\0\0\0\1\x08\x10\0\0" PIXELS ";"), 0, NULL},
	{BYTES(SIZED("\1\x08\x10\0") ",\xff\xff\0\0\1\0\x10\0\0" PIXELS ";"), 0, NULL},
	/* the first frame is taken away, and seen through or beside a later one */
	{BYTES(START CONTROL("\x0c") FULL PART ";"), 19, NULL},
	{BYTES(START CONTROL("\x0c") FULL CONTROL("\1") FULL ";"), 19, NULL},
	{BYTES(START CONTROL("\x0d") FULL FULL PART ";"), 19, NULL},
	{BYTES(START CONTROL("\x0c") FULL FULL ";"), 0, NULL},
	{BYTES(START CONTROL("\x0c") FULL ";"), 0, NULL},
	{BYTES(START FULL CONTROL("\x0c") PART PART ";"), 0, NULL},
	{BYTES(START CONTROL("\x0c") FULL PART), 0, NULL},
	/* no trailer, no frame, no framing */
	{BYTES(START PART), 0, NULL},
	{BYTES(START ";"), 0, NULL},
	{BYTES(START PART "x;"), 0, NULL},
	{BYTES(START ",\1\0\0\0\x24\0\x17\0\0\2\x44\1"), 0, NULL},
	{BYTES("GIF89a\x25\0\x17\0"), 0, NULL},
};

static void adds_where_it_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned char data[128 + GIF_CANVAS_FRAME_BYTES];
		size_t length, at = rows[i].added_at;

		memcpy(data, rows[i].bytes, rows[i].length);
		length = gif_canvas_make_transparent(data, rows[i].length);
		if (length != rows[i].length + (at ? GIF_CANVAS_FRAME_BYTES : 0))
			fail_msg("row %zu: %zu bytes", i, length);
		if (!at)
			continue;
		assert_memory_equal(data, rows[i].bytes, at);
		assert_memory_equal(data + at, "!\xf9\4\1", 4);
		assert_memory_equal(data + at + 13, rows[i].size ? rows[i].size : rows[i].bytes + 6,
				    4);
		assert_memory_equal(data + at + GIF_CANVAS_FRAME_BYTES, rows[i].bytes + at,
				    rows[i].length - at);
		assert_int_equal(gif_canvas_make_transparent(data, length), length);
	}
}

/* Where the flags of the first control stand, its colour's index three bytes behind them. */
#define CONTROL_AT 22

static void names_a_colour_of_what_is_cleared_away(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		bool is_named;
	} cleared[] = {
		{BYTES(START CONTROL("\x8") FULL CONTROL("\1") FULL ";"), true},
		/* of a whole that has no alpha; that stays; that names one; that ends within */
		{BYTES(START CONTROL("\x8") FULL FULL ";"), false},
		{BYTES(START CONTROL("\x4") FULL CONTROL("\1") FULL ";"), false},
		{BYTES(START CONTROL("\x9") FULL CONTROL("\1") FULL ";"), false},
		{BYTES(START CONTROL("\x8") FULL CONTROL("\1") FULL), false},
		{BYTES(START "!\xf9\2\x8\0\0" FULL CONTROL("\1") FULL ";"), false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cleared / sizeof *cleared; i++) {
		unsigned char data[128 + GIF_CANVAS_FRAME_BYTES], wanted[128];

		memcpy(data, cleared[i].bytes, cleared[i].length);
		memcpy(wanted, data, cleared[i].length);
		if (cleared[i].is_named) {
			wanted[CONTROL_AT] |= 1;
			wanted[CONTROL_AT + 3] = 255;
		}
		assert_int_equal(gif_canvas_make_transparent(data, cleared[i].length),
				 cleared[i].length);
		assert_memory_equal(data, wanted, cleared[i].length);
	}
}

/* Every cut of every row, in a buffer of that size and the frame's. */
static void reads_no_further(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t cut = 0; cut < rows[i].length; cut++) {
			unsigned char *data = test_malloc(cut + GIF_CANVAS_FRAME_BYTES);

			memcpy(data, rows[i].bytes, cut);
			assert_in_range(gif_canvas_make_transparent(data, cut), cut,
					cut + GIF_CANVAS_FRAME_BYTES);
			test_free(data);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_where_it_is_seen),
		cmocka_unit_test(names_a_colour_of_what_is_cleared_away),
		cmocka_unit_test(reads_no_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
