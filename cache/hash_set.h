/*
 * hash_set.h: what was seen (URLs, objects), at 8 bytes each: seeded 64-bit hashes. Two things with
 * one hash would count as one; use it where that only costs a note or a request.
 */
#ifndef HASH_SET_H
#define HASH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_set {
	uint64_t *slots; /* 0: free */
	size_t size, count;
	uint64_t seed;
};

void hash_set_init(struct hash_set *set);
void hash_set_release(struct hash_set *set);
void hash_set_clear(struct hash_set *set);
bool hash_set_has(const struct hash_set *set, const void *key, size_t key_bytes);
void hash_set_add(struct hash_set *set, const void *key, size_t key_bytes);

#endif
