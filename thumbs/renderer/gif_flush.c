#include "gif_flush.h"

#include "gif_blocks.h"
#include "gif_lzw.h"
#include "octets.h"

#define IMAGE_HEAD_BYTES 10
#define PAD "\1\0"
#define PAD_BYTES 2

static bool is_flush(const unsigned char *data, size_t length_bytes, size_t at, size_t codes_at)
{
	uint64_t n_pixels = (uint64_t)octets_u16le(data + at + 5) * octets_u16le(data + at + 7);

	return gif_lzw_read(data + codes_at, length_bytes - codes_at, n_pixels) == GIF_CODES_FLUSH;
}

bool gif_flush_pad(const unsigned char *data, size_t length_bytes, struct buf *to)
{
	size_t at, blocks_at, next, copied = 0;

	if (length_bytes < 13)
		return false;
	at = 13 + gif_table_bytes(data[10]);
	while (at < length_bytes && length_bytes - at > IMAGE_HEAD_BYTES) {
		bool is_image = data[at] == GIF_IMAGE;

		if (!is_image && data[at] != GIF_EXTENSION)
			break;
		blocks_at = at + 2;
		if (is_image)
			blocks_at += IMAGE_HEAD_BYTES - 1 + gif_table_bytes(data[at + 9]);
		next = gif_behind_blocks(data, length_bytes, blocks_at);
		if (!next)
			break;
		if (is_image && is_flush(data, length_bytes, at, blocks_at - 1)) {
			buf_append(to, data + copied, next - 1 - copied);
			buf_append(to, PAD, PAD_BYTES);
			copied = next - 1;
		}
		at = next;
	}
	if (!copied)
		return false;
	buf_append(to, data + copied, length_bytes - copied);
	if (to->overflowed)
		buf_clear(to);
	return to->length_bytes > 0;
}
