#include "png_repair.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "octets.h"
#include "png_chunks.h"

#define HEADER_END (PNG_SIGNATURE_BYTES + 25) /* IHDR is the first chunk, 13 bytes long */
#define PIECE_BYTES 65536u
#define LEVEL 1
#define MOST_OVERHEAD_BYTES 65536  /* more than that, and twice the rows, nobody needs for them */
#define LONG_DATA_BYTES (2u << 20) /* what is shorter inflates to two gigabytes, in seconds */

/* PNG, third edition, section 11.2.1. */
struct layout {
	uint32_t width_px, height_px;
	unsigned bits; /* a pixel */
	bool is_interlaced;
};

static bool read_layout(const unsigned char *data, size_t length_bytes, struct layout *ret_layout)
{
	static const unsigned char samples[] = {1, 0, 3, 1, 2, 0, 4};
	const unsigned char *header = data + PNG_SIGNATURE_BYTES + 8;

	if (length_bytes < HEADER_END || memcmp(header - 4, "IHDR", 4))
		return false;
	if (header[9] >= ARRAY_LENGTH(samples) || !samples[header[9]] || header[8] > 16)
		return false;
	*ret_layout = (struct layout){
		.width_px = octets_u32be(header),
		.height_px = octets_u32be(header + 4),
		.bits = (unsigned)samples[header[9]] * header[8],
		.is_interlaced = header[12] == 1,
	};
	return true;
}

static uint64_t pass_bytes(const struct layout *layout, uint64_t width_px, uint64_t height_px)
{
	return width_px ? height_px * (1 + (width_px * layout->bits + 7) / 8) : 0;
}

/* Of all rows with their filter bytes, pass by pass (section 8.2: Adam7). */
static uint64_t image_bytes(const struct layout *layout)
{
	static const struct {
		unsigned char left, top, across, down;
	} passes[] = {
		{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
		{0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
	};
	uint64_t total = 0;

	if (!layout->is_interlaced)
		return pass_bytes(layout, layout->width_px, layout->height_px);
	for (size_t i = 0; i < ARRAY_LENGTH(passes); i++)
		total += pass_bytes(
			layout,
			((uint64_t)layout->width_px + passes[i].across - 1 - passes[i].left) /
				passes[i].across,
			((uint64_t)layout->height_px + passes[i].down - 1 - passes[i].top) /
				passes[i].down);
	return total;
}

static int append_u32be(struct buf *buf, uint32_t value)
{
	unsigned char bytes[4];

	octets_put_be(bytes, value, sizeof bytes);
	return buf_append(buf, bytes, sizeof bytes);
}

/* The chunk whose type stands at `start` of `buf` gets its length before and its CRC after it. */
static void end_chunk(struct buf *buf, size_t start)
{
	size_t n = buf->length_bytes - start;

	octets_put_be(buf->data + start - 4, n - 4, 4);
	append_u32be(buf, (uint32_t)crc32(0, (const Bytef *)buf->data + start, (uInt)n));
}

static size_t begin_chunk(struct buf *buf, const char *type)
{
	append_u32be(buf, 0);
	buf_append(buf, type, 4);
	return buf->length_bytes - 4;
}

/* From the old stream through a piece of rows to the new one. */
struct copy {
	z_stream from, to;
	uint64_t bytes_left;
	bool has_ended;       /* with the checksum of the rows, which is right */
	bool is_over;         /* or cannot be read further */
	bool has_wrong_sum;   /* it has ended, with a wrong one */
	bool has_wrong_chunk; /* the CRC of a chunk is wrong */
	bool is_unreadable;   /* what came is no zlib stream */
	unsigned char rows[PIECE_BYTES], packed[PIECE_BYTES];
};

static bool pack(struct copy *copy, size_t n_bytes, int flush, struct buf *buf)
{
	copy->to.next_in = copy->rows;
	copy->to.avail_in = (uInt)n_bytes;
	do {
		copy->to.next_out = copy->packed;
		copy->to.avail_out = PIECE_BYTES;
		deflate(&copy->to, flush);
		if (buf_append(buf, copy->packed, PIECE_BYTES - copy->to.avail_out))
			return false;
	} while (copy->to.avail_out == 0);
	return true;
}

static uInt room_for_rows(const struct copy *copy)
{
	return copy->bytes_left && copy->bytes_left < PIECE_BYTES ? (uInt)copy->bytes_left
								  : PIECE_BYTES;
}

/* The rows in a piece of the old stream, and after the last row its end. False when there is no
 * room. */
static bool copy_piece(struct copy *copy, const unsigned char *piece, size_t n_bytes,
		       struct buf *buf)
{
	copy->from.next_in = (Bytef *)(uintptr_t)piece;
	copy->from.avail_in = (uInt)n_bytes;
	while (!copy->is_over) {
		uInt room = room_for_rows(copy);
		int status;
		size_t got;

		copy->from.next_out = copy->rows;
		copy->from.avail_out = room;
		status = inflate(&copy->from, Z_SYNC_FLUSH);
		got = room - copy->from.avail_out;
		copy->has_ended = status == Z_STREAM_END;
		copy->has_wrong_sum = status == Z_DATA_ERROR && copy->from.msg &&
				      !strcmp(copy->from.msg, "incorrect data check");
		copy->is_unreadable |= status == Z_DATA_ERROR && !copy->has_wrong_sum;
		/* More than all rows: a browser leaves it, and so does this. */
		copy->is_over =
			(status != Z_OK && status != Z_BUF_ERROR) || (got && !copy->bytes_left);
		if (copy->bytes_left && got && !pack(copy, got, Z_NO_FLUSH, buf))
			return false;
		copy->bytes_left -= copy->bytes_left ? got : 0;
		if (!got && !copy->from.avail_in)
			break;
	}
	return true;
}

/* One of the two checksums must be right where there is one: else the data itself is damaged. And
 * behind a chunk whose own is wrong a browser shows nothing. */
static bool copy_rows(struct copy *copy, const unsigned char *data, size_t length_bytes, size_t at,
		      struct buf *buf)
{
	struct png_chunk chunk;

	while (!copy->is_over && png_next_chunk(data, length_bytes, at, &chunk) &&
	       png_is_image_data(&chunk)) {
		if (!copy_piece(copy, chunk.type + 4, chunk.body_bytes, buf))
			return false;
		copy->has_wrong_chunk |= png_has_wrong_crc(&chunk);
		copy->is_over |= copy->has_wrong_chunk && copy->bytes_left;
		at = chunk.end;
	}
	return !copy->bytes_left && (copy->has_ended || !copy->has_wrong_chunk) &&
	       pack(copy, 0, Z_FINISH, buf);
}

static bool rebuild_data(const unsigned char *data, size_t length_bytes, size_t at,
			 uint64_t bytes_expected, struct buf *buf, struct png_rows *ret_rows)
{
	struct copy *copy = alloc_zeroed(1, sizeof *copy);
	bool good;

	copy->bytes_left = bytes_expected;
	good = inflateInit(&copy->from) == Z_OK;
	if (good && deflateInit(&copy->to, LEVEL) == Z_OK) {
		good = copy_rows(copy, data, length_bytes, at, buf);
		deflateEnd(&copy->to);
	}
	inflateEnd(&copy->from);
	ret_rows->are_shown = good && copy->has_wrong_sum && !copy->has_wrong_chunk;
	ret_rows->are_missing = copy->bytes_left && !copy->is_unreadable && !copy->has_wrong_sum &&
				!copy->has_wrong_chunk;
	free(copy);
	return good;
}

/* Up to the image data. False where there is none. */
static bool copy_head(const unsigned char *data, size_t length_bytes, struct buf *buf,
		      size_t *ret_data_at)
{
	size_t at = PNG_SIGNATURE_BYTES;
	struct png_chunk chunk;

	buf_append(buf, data, PNG_SIGNATURE_BYTES);
	while (png_next_chunk(data, length_bytes, at, &chunk)) {
		if (png_is_image_data(&chunk)) {
			*ret_data_at = at;
			return true;
		}
		buf_append(buf, data + at, chunk.end - at);
		at = chunk.end;
	}
	return false;
}

bool png_repair(const unsigned char *data, size_t length_bytes, uint64_t max_bytes,
		struct buf *ret_file, struct png_rows *ret_rows)
{
	struct layout layout;
	size_t at, start;
	uint64_t bytes;

	*ret_rows = (struct png_rows){0};
	if (!read_layout(data, length_bytes, &layout) ||
	    !copy_head(data, length_bytes, ret_file, &at))
		return false;
	bytes = image_bytes(&layout);
	if (!bytes || bytes > max_bytes)
		return false;
	start = begin_chunk(ret_file, "IDAT");
	if (!rebuild_data(data, length_bytes, at, bytes, ret_file, ret_rows) ||
	    ret_file->overflowed)
		return false;
	end_chunk(ret_file, start);
	end_chunk(ret_file, begin_chunk(ret_file, "IEND"));
	return !ret_file->overflowed;
}

/* Inflates it as far as the rows go, and somewhat further. */
static bool goes_on_behind_rows(const unsigned char *data, size_t length_bytes, uint64_t data_bytes,
				uint64_t rows_bytes)
{
	CLEANUP(cleanup_free) unsigned char *piece = alloc_zeroed(PIECE_BYTES, 1);
	uint64_t wanted = rows_bytes + MOST_OVERHEAD_BYTES;
	size_t at = PNG_SIGNATURE_BYTES;
	struct png_chunk chunk;
	z_stream stream = {0};
	int status = inflateInit(&stream);
	bool has_more;

	for (; status == Z_OK && stream.total_out < wanted &&
	       png_next_chunk(data, length_bytes, at, &chunk);
	     at = chunk.end) {
		if (!png_is_image_data(&chunk))
			continue;
		stream.next_in = (Bytef *)(uintptr_t)(chunk.type + 4);
		stream.avail_in = (uInt)chunk.body_bytes;
		do {
			stream.next_out = piece;
			stream.avail_out = PIECE_BYTES;
			status = inflate(&stream, Z_SYNC_FLUSH);
		} while (status == Z_OK && !stream.avail_out && stream.total_out < wanted);
		if (status == Z_BUF_ERROR) /* nothing of it was left */
			status = Z_OK;
	}
	has_more = status == Z_OK && stream.total_out >= wanted &&
		   data_bytes - stream.total_in > MOST_OVERHEAD_BYTES;
	inflateEnd(&stream);
	return has_more;
}

bool png_data_goes_on(const unsigned char *data, size_t length_bytes)
{
	uint64_t data_bytes = 0, rows_bytes;
	struct layout layout;
	struct png_chunk chunk;
	size_t at = PNG_SIGNATURE_BYTES;

	if (!read_layout(data, length_bytes, &layout))
		return false;
	for (; png_next_chunk(data, length_bytes, at, &chunk); at = chunk.end)
		if (png_is_image_data(&chunk))
			data_bytes += chunk.body_bytes;
	rows_bytes = image_bytes(&layout);
	return data_bytes > 2 * rows_bytes + MOST_OVERHEAD_BYTES ||
	       (data_bytes > LONG_DATA_BYTES &&
		goes_on_behind_rows(data, length_bytes, data_bytes, rows_bytes));
}
