#include "zero_tail.h"

#define SECTOR_BYTES 512

size_t zero_tail_begin(const unsigned char *data, size_t length_bytes)
{
	while (length_bytes && !data[length_bytes - 1])
		length_bytes--;
	return length_bytes;
}

bool zero_tail_is_loss(size_t zeros_bytes, size_t most_bytes)
{
	return zeros_bytes >= SECTOR_BYTES && zeros_bytes > most_bytes;
}
