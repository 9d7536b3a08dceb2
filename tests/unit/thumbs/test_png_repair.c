#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "png_repair.h"

#define HEAD_BYTES (8 + 25)
#define MOST_BYTES 4096

struct file {
	unsigned char data[2048];
	size_t length_bytes;
};

static void put_chunk(struct file *file, const char *type, const unsigned char *body, size_t n)
{
	unsigned char *at = file->data + file->length_bytes;
	unsigned long crc;

	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(n >> (24 - 8 * i));
	memcpy(at + 4, type, 4);
	memcpy(at + 8, body, n);
	crc = crc32(0, at + 4, (uInt)n + 4);
	for (int i = 0; i < 4; i++)
		at[8 + n + (size_t)i] = (unsigned char)(crc >> (24 - 8 * i));
	file->length_bytes += 12 + n;
}

/* Rows that hardly compress; the zlib stream in pieces of `idat_bytes`. */
static struct file make(unsigned char width, unsigned char height, unsigned char colour,
			unsigned char interlace, size_t n_rows_bytes, size_t idat_bytes)
{
	struct file file = {.length_bytes = 8};
	unsigned char plain[600], packed[700];
	const unsigned char header[] = {0,      0, 0,      width, 0, 0,        0,
					height, 8, colour, 0,     0, interlace};
	uLongf packed_bytes = sizeof packed;

	memcpy(file.data, "\x89PNG\r\n\x1a\n", 8);
	for (size_t i = 0; i < n_rows_bytes; i++)
		plain[i] = (unsigned char)(i * i * 31 >> 3);
	compress(packed, &packed_bytes, plain, n_rows_bytes);
	put_chunk(&file, "IHDR", header, sizeof header);
	for (size_t at = 0; at < packed_bytes; at += idat_bytes)
		put_chunk(&file, "IDAT", packed + at,
			  packed_bytes - at < idat_bytes ? packed_bytes - at : idat_bytes);
	return file;
}

/* Of the last repair. */
static struct png_rows rows;

static bool repairs(const struct file *file, size_t length_bytes, uint64_t max_bytes,
		    struct buf *ret_file)
{
	unsigned char *copy = malloc(length_bytes);
	bool good;

	memcpy(copy, file->data, length_bytes);
	buf_init(ret_file, MOST_BYTES);
	good = png_repair(copy, length_bytes, max_bytes, ret_file, &rows);
	free(copy);
	return good;
}

/* What it made: the same rows in one IDAT, with checksums that are right. */
static void check_rows(const struct buf *made, size_t n_rows_bytes)
{
	const unsigned char *idat = (const unsigned char *)made->data + HEAD_BYTES;
	unsigned char unpacked[600];
	uLongf rows_bytes = sizeof unpacked;
	size_t n = (size_t)idat[2] << 8 | idat[3];

	assert_memory_equal(idat + 4, "IDAT", 4);
	assert_int_equal(uncompress(unpacked, &rows_bytes, idat + 8, n), Z_OK);
	assert_int_equal(rows_bytes, n_rows_bytes);
	for (size_t i = 0; i < n_rows_bytes; i++)
		assert_int_equal(unpacked[i], (unsigned char)(i * i * 31 >> 3));
	assert_int_equal(crc32(0, idat + 4, (uInt)n + 4), (uint32_t)idat[8 + n] << 24 |
								  idat[9 + n] << 16 |
								  idat[10 + n] << 8 | idat[11 + n]);
	assert_memory_equal(idat + 12 + n,
			    "\0\0\0\0"
			    "IEND\xae\x42\x60\x82",
			    12);
	assert_int_equal(made->length_bytes, HEAD_BYTES + 12 + n + 12);
}

static void rebuilds_what_is_all_there(void **state)
{
	static const struct {
		unsigned char width, height, colour, interlace;
		size_t rows_bytes, idat_bytes;
	} cases[] = {
		{10, 6, 2, 0, 6 * 31, 1000},
		{10, 6, 2, 0, 6 * 31, 7},
		{10, 6, 6, 0, 6 * 41, 64},
		{10, 6, 0, 0, 6 * 11, 9},
		{10, 6, 4, 0, 6 * 21, 9},
		/* Adam7: 2x1, 1x1, 3x1, 2x2, 5x1 (row 2), 5x3, 10x3 pixels, a filter byte a row */
		{10, 6, 0, 1, 60 + 1 + 1 + 1 + 2 + 1 + 3 + 3, 1000},
		/* passes without a column have no row */
		{1, 1, 0, 1, 2, 1000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct file file =
			make(cases[i].width, cases[i].height, cases[i].colour, cases[i].interlace,
			     cases[i].rows_bytes, cases[i].idat_bytes);
		size_t n = file.length_bytes;
		struct buf made;
		bool was_good = true;

		/* The checksum of the stream is 4 bytes, that of the chunk 4. */
		for (size_t lost = 0; lost <= n - HEAD_BYTES; lost++) {
			bool good = repairs(&file, n - lost, 1000, &made);

			assert_true(good || lost > 8);
			assert_true(was_good || !good);
			if (good)
				check_rows(&made, cases[i].rows_bytes);
			was_good = good;
			buf_release(&made);
		}
		assert_false(was_good);
		assert_false(repairs(&file, n, cases[i].rows_bytes - 1, &made));
		buf_release(&made);
		file.data[n - 1] ^= 1; /* a CRC */
		assert_true(repairs(&file, n, 1000, &made));
		check_rows(&made, cases[i].rows_bytes);
		buf_release(&made);
		file.data[n - 5] ^= 1; /* and the Adler-32 */
		assert_false(repairs(&file, n, 1000, &made));
		buf_release(&made);
	}
}

/* Behind it browsers show nothing. What holds no row may follow it: the Adler-32, 4 bytes. */
static void refuses_rows_behind_a_wrong_crc(void **state)
{
	static const struct {
		size_t idat_bytes;
		size_t bytes_behind; /* the wrong CRC */
		bool good;
	} cases[] = {
		/* The stream has 197 bytes, a chunk 12 of its own. */
		{197, 0, true},
		{193, 12 + 4, true},
		{40, 0, true},
		{40, 12 + 37, false},
		{40, 12 + 37 + 3 * (12 + 40), false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct file file = make(10, 6, 2, 0, 6 * 31, cases[i].idat_bytes);
		struct buf made;

		file.data[file.length_bytes - cases[i].bytes_behind - 1] ^= 1;
		assert_int_equal(repairs(&file, file.length_bytes, 1000, &made), cases[i].good);
		assert_false(rows.are_missing);
		buf_release(&made);
	}
}

static void refuses_fewer_rows(void **state)
{
	struct file file = make(10, 6, 2, 0, 6 * 31 - 1, 1000);
	struct buf made;

	(void)state;
	assert_false(repairs(&file, file.length_bytes, 1000, &made));
	assert_true(rows.are_missing);
	buf_release(&made);
	/* The stream is cut as well. */
	assert_false(repairs(&file, file.length_bytes - 30, 1000, &made));
	assert_true(rows.are_missing);
	buf_release(&made);
	file.data[60] ^= 1;
	assert_false(repairs(&file, file.length_bytes, 1000, &made));
	assert_false(rows.are_missing);
	buf_release(&made);
}

static void takes_anything(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct file file = make(10, 6, 2, (unsigned char)(i & 1), 6 * 31, 40);
		struct buf made;

		for (int k = 0; k < 4; k++) {
			seed = seed * 1664525 + 1013904223;
			file.data[8 + (seed >> 8) % (file.length_bytes - 8)] = (unsigned char)seed;
		}
		repairs(&file, file.length_bytes - (seed >> 16) % 60, 1000, &made);
		buf_release(&made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rebuilds_what_is_all_there),
		cmocka_unit_test(refuses_rows_behind_a_wrong_crc),
		cmocka_unit_test(refuses_fewer_rows),
		cmocka_unit_test(takes_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
