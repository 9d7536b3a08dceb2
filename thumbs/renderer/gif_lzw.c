#include "gif_lzw.h"

#include "bit_set.h"

#define MAX_CODE_BITS 12
#define MAX_CODES (1u << MAX_CODE_BITS)
#define N_INDICES 256

/* Bits out of sub-blocks, the lowest first. */
struct bit_reader {
	const unsigned char *data;
	size_t length_bytes, at, block_bytes_left;
	uint32_t bits;
	unsigned n_bits;
};

static bool next_byte(struct bit_reader *reader, unsigned char *ret_byte)
{
	if (!reader->block_bytes_left) {
		if (reader->at >= reader->length_bytes || !reader->data[reader->at])
			return false;
		reader->block_bytes_left = reader->data[reader->at++];
	}
	if (reader->at >= reader->length_bytes)
		return false;
	reader->block_bytes_left--;
	*ret_byte = reader->data[reader->at++];
	return true;
}

static bool next_code(struct bit_reader *reader, unsigned code_bits, unsigned *ret_code)
{
	unsigned char byte;

	while (reader->n_bits < code_bits) {
		if (!next_byte(reader, &byte))
			return false;
		reader->bits |= (uint32_t)byte << reader->n_bits;
		reader->n_bits += 8;
	}
	*ret_code = reader->bits & ((1u << code_bits) - 1);
	reader->bits >>= code_bits;
	reader->n_bits -= code_bits;
	return true;
}

/* Of each code only how many pixels it stands for: never more than one more than there are codes.
 */
struct table {
	uint16_t n_pixels[MAX_CODES];
	unsigned clear, next, code_bits;
	unsigned last; /* pixels of the code before; 0 after a clear code */
};

static void table_clear(struct table *table, unsigned min_code_bits)
{
	table->clear = 1u << min_code_bits;
	table->next = table->clear + 2;
	table->code_bits = min_code_bits + 1;
	table->last = 0;
	for (unsigned i = 0; i < table->clear; i++)
		table->n_pixels[i] = 1;
}

/* The pixels of a code, 0 when it means none yet. */
static unsigned table_take(struct table *table, unsigned code)
{
	unsigned n = 0;

	if (code < table->clear || (code > table->clear + 1 && code < table->next))
		n = table->n_pixels[code];
	else if (code == table->next && table->last)
		n = table->last + 1;
	if (n && table->last && table->next < MAX_CODES) {
		table->n_pixels[table->next++] = (uint16_t)(table->last + 1);
		if (table->next == 1u << table->code_bits && table->code_bits < MAX_CODE_BITS)
			table->code_bits++;
	}
	table->last = n;
	return n;
}

static bool is_code_size(unsigned char bits)
{
	return bits >= 1 && bits < MAX_CODE_BITS;
}

/* Up to the first code without a meaning. Each colour stands as a code of its own before it is part
 * of a longer one: these are added to `used`. */
static enum gif_codes read_codes(const unsigned char *data, size_t length_bytes, uint64_t n_pixels,
				 uint8_t used[BIT_SET_BYTES(N_INDICES)])
{
	struct bit_reader reader = {.data = data, .length_bytes = length_bytes, .at = 1};
	struct table table;
	uint64_t count = 0;
	unsigned code, n;
	unsigned char byte;

	if (!length_bytes || !is_code_size(data[0]))
		return GIF_CODES_BROKEN;
	table_clear(&table, data[0]);
	while (count < n_pixels && next_code(&reader, table.code_bits, &code)) {
		if (code == table.clear + 1)
			break;
		if (code == table.clear) {
			table_clear(&table, data[0]);
			continue;
		}
		n = table_take(&table, code);
		if (!n)
			return GIF_CODES_BROKEN;
		if (code < table.clear)
			bit_set_add(used, BIT_SET_BYTES(N_INDICES), code);
		count += n;
	}
	if (count < n_pixels)
		return GIF_CODES_SHORT;
	return reader.n_bits || next_byte(&reader, &byte) ? GIF_CODES_WHOLE : GIF_CODES_FLUSH;
}

enum gif_codes gif_lzw_read(const unsigned char *data, size_t length_bytes, uint64_t n_pixels)
{
	uint8_t used[BIT_SET_BYTES(N_INDICES)] = {0};

	return read_codes(data, length_bytes, n_pixels, used);
}

int gif_lzw_unused_index(const unsigned char *data, size_t length_bytes, uint64_t n_pixels)
{
	uint8_t used[BIT_SET_BYTES(N_INDICES)] = {0};
	int index = N_INDICES - 1;

	read_codes(data, length_bytes, n_pixels, used);
	while (index >= 0 && BIT_SET_HAS(used, index))
		index--;
	return index;
}
