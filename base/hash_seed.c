#include "hash_seed.h"

#include <sys/random.h>

uint64_t hash_seed(const void *table)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)(uintptr_t)table;
	return seed;
}
