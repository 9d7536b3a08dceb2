/*
 * bit_set.h: a set of small numbers, a bit for each, in an array of the caller's.
 *
 *	uint8_t ids[BIT_SET_BYTES(65536)] = {0};
 */
#ifndef BIT_SET_H
#define BIT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BIT_SET_BYTES(n) (((n) + 7) / 8)

/* Both leave numbers out for which the array has no bit. */
#define BIT_SET_ADD(bits, number) bit_set_add(bits, sizeof(bits), number)
#define BIT_SET_HAS(bits, number) bit_set_has(bits, sizeof(bits), number)

static inline bool bit_set_has(const uint8_t *bits, size_t count_bytes, uint64_t number)
{
	return number / 8 < count_bytes && bits[number / 8] >> (number % 8) & 1;
}

/* True: it is new. */
static inline bool bit_set_add(uint8_t *bits, size_t count_bytes, uint64_t number)
{
	if (number / 8 >= count_bytes || bit_set_has(bits, count_bytes, number))
		return false;
	bits[number / 8] |= (uint8_t)(1u << (number % 8));
	return true;
}

#endif
