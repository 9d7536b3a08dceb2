/*
 * octets.h: numbers as they stand in files and messages, byte by byte: in that order on every
 * processor, and wherever they stand.
 */
#ifndef OCTETS_H
#define OCTETS_H

#include <stddef.h>
#include <stdint.h>

/* Of up to 8 bytes: little endian, the lowest first; big endian, the highest first. */
static inline uint64_t octets_le(const void *from, size_t n_bytes)
{
	const unsigned char *bytes = from;
	uint64_t value = 0;

	for (size_t i = 0; i < n_bytes; i++)
		value |= (uint64_t)bytes[i] << 8 * i;
	return value;
}

static inline uint64_t octets_be(const void *from, size_t n_bytes)
{
	const unsigned char *bytes = from;
	uint64_t value = 0;

	for (size_t i = 0; i < n_bytes; i++)
		value = value << 8 | bytes[i];
	return value;
}

static inline void octets_put_le(void *to, uint64_t value, size_t n_bytes)
{
	unsigned char *bytes = to;

	for (size_t i = 0; i < n_bytes; i++)
		bytes[i] = (unsigned char)(value >> 8 * i);
}

static inline void octets_put_be(void *to, uint64_t value, size_t n_bytes)
{
	unsigned char *bytes = to;

	for (size_t i = 0; i < n_bytes; i++)
		bytes[i] = (unsigned char)(value >> 8 * (n_bytes - 1 - i));
}

static inline uint16_t octets_u16le(const void *from)
{
	return (uint16_t)octets_le(from, 2);
}

static inline uint32_t octets_u32le(const void *from)
{
	return (uint32_t)octets_le(from, 4);
}

static inline uint16_t octets_u16be(const void *from)
{
	return (uint16_t)octets_be(from, 2);
}

static inline uint32_t octets_u32be(const void *from)
{
	return (uint32_t)octets_be(from, 4);
}

#endif
