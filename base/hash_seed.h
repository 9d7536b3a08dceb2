/*
 * hash_seed.h: a number that nobody outside can guess, for the hashes of a table: hostile keys
 * cannot collide on purpose.
 */
#ifndef HASH_SEED_H
#define HASH_SEED_H

#include <stdint.h>

/* `table`: any address of the caller's, which stands in where the kernel has no random bytes
 * yet. */
uint64_t hash_seed(const void *table);

#endif
