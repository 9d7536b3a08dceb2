#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "gif_lzw.h"

/* 10x10 pixels, codes of 3 to 5 bits; in two sub-blocks the codes are the same. */
static const unsigned char one_block[] = {2,    22,   0x8c, 0x2d, 0x99, 0x87, 0x2a, 0x1c, 0xdc,
					  0x33, 0xa0, 2,    0x75, 0xec, 0x95, 0xfa, 0xa8, 0xde,
					  0x60, 0x8c, 4,    0x91, 0x4c, 1,    0};
static const unsigned char two_blocks[] = {2,    9,    0x8c, 0x2d, 0x99, 0x87, 0x2a, 0x1c, 0xdc,
					   0x33, 0xa0, 13,   2,    0x75, 0xec, 0x95, 0xfa, 0xa8,
					   0xde, 0x60, 0x8c, 4,    0x91, 0x4c, 1,    0};

/* From a block of its own, so that a read beyond it shows. */
static bool gives(const unsigned char *data, size_t length_bytes, uint64_t n_pixels)
{
	unsigned char *copy = malloc(length_bytes ? length_bytes : 1);
	bool result;

	memcpy(copy, data, length_bytes);
	result = gif_lzw_read(copy, length_bytes, n_pixels) <= GIF_CODES_FLUSH;
	free(copy);
	return result;
}

static bool falls_short(const unsigned char *data, size_t length_bytes, uint64_t n_pixels)
{
	return gif_lzw_read(data, length_bytes, n_pixels) == GIF_CODES_SHORT;
}

static void counts_pixels(void **state)
{
	(void)state;
	assert_true(gives(one_block, sizeof one_block, 100));
	assert_false(gives(one_block, sizeof one_block, 101));
	assert_true(gives(two_blocks, sizeof two_blocks, 100));
	assert_false(gives(two_blocks, sizeof two_blocks, 101));
	assert_true(gives(one_block, sizeof one_block, 0));
}

static void knows_the_last_pixel(void **state)
{
	size_t n = sizeof one_block;

	(void)state;
	/* Without the terminator; without the byte in which the end code stands. */
	assert_true(gives(one_block, n - 1, 100));
	assert_true(gives(one_block, n - 2, 100));
	assert_false(gives(one_block, n - 3, 100));
	for (size_t i = 0; i < n - 3; i++)
		assert_false(gives(one_block, i, 100));
	assert_true(gives(one_block, 10, 9));
}

static void finds_an_index_without_pixels(void **state)
{
	/* Clear, 255, 254, end, in nine bits each. */
	static const unsigned char bytes[] = {8, 5, 0, 0xff, 0xf9, 0x0b, 8, 0};

	(void)state;
	assert_int_equal(gif_lzw_unused_index(bytes, sizeof bytes, 2), 253);
	assert_int_equal(gif_lzw_unused_index(bytes, sizeof bytes, 1), 254);
	assert_int_equal(gif_lzw_unused_index(one_block, sizeof one_block, 100), 255);
	assert_int_equal(gif_lzw_unused_index(bytes, 0, 1), 255);
}

static void tells_an_end_from_a_fault(void **state)
{
	unsigned char broken[sizeof one_block];

	(void)state;
	assert_false(falls_short(one_block, sizeof one_block, 100));
	assert_true(falls_short(one_block, sizeof one_block, 101));
	/* A terminator where the second sub-block begins. */
	assert_true(falls_short((const unsigned char *)"\x02\x03\x8c\x2d\x99\x00", 6, 100));
	/* An end code at once; a code without meaning; too many bits. */
	assert_true(falls_short((const unsigned char *)"\x02\x01\x2c\x00", 4, 1));
	assert_false(falls_short((const unsigned char *)"\x02\x01\x07\x00", 4, 1));
	assert_false(falls_short((const unsigned char *)"\x0c\x01\x07\x00", 4, 1));
	memcpy(broken, one_block, sizeof broken);
	broken[5] = 0xff;
	assert_false(falls_short(broken, sizeof broken, 100));
}

static void knows_the_last_bit(void **state)
{
	static const struct {
		const char *bytes;
		size_t length_bytes;
		uint64_t n_pixels;
		enum gif_codes wanted;
	} rows[] = {
		/* Codes of four bits: clear, 1; clear, 1, end; the byte behind them. */
		{"\3\1\x18", 4, 1, GIF_CODES_FLUSH},
		{"\3\1\x18", 3, 1, GIF_CODES_FLUSH},
		{"\3\2\x18\x09", 5, 1, GIF_CODES_WHOLE},
		{"\3\1\x18\1\0", 6, 1, GIF_CODES_WHOLE},
		{"\3\1\x18", 4, 2, GIF_CODES_SHORT},
		/* Clear, 1 and 0 in three bits each end within a byte. */
		{"\2\2\x0c\0", 5, 2, GIF_CODES_WHOLE},
		/* Without a clear code, as some encoders do. */
		{"\3\1\x11", 4, 2, GIF_CODES_FLUSH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(gif_lzw_read((const unsigned char *)rows[i].bytes,
					      rows[i].length_bytes, rows[i].n_pixels),
				 rows[i].wanted);
}

static void takes_anything(void **state)
{
	unsigned char data[600];
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		for (size_t k = 0; k < sizeof data; k++)
			data[k] = (unsigned char)((seed = seed * 1664525 + 1013904223) >> 24);
		data[0] %= 13;
		gives(data, seed % sizeof data, 1u << 30);
	}
	assert_false(gives((const unsigned char *)"\x02\x01\x07\x00", 4,
			   1)); /* a code without meaning */
	assert_false(gives((const unsigned char *)"\x0c\x01\x07\x00", 4, 1)); /* too many bits */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_pixels),
		cmocka_unit_test(knows_the_last_pixel),
		cmocka_unit_test(finds_an_index_without_pixels),
		cmocka_unit_test(tells_an_end_from_a_fault),
		cmocka_unit_test(knows_the_last_bit),
		cmocka_unit_test(takes_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
