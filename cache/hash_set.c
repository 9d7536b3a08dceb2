#include "hash_set.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"
#include "hash_seed.h"

void hash_set_init(struct hash_set *set)
{
	*set = (struct hash_set){.size = 256, .seed = hash_seed(set)};
	set->slots = alloc_zeroed(set->size, sizeof *set->slots);
}

void hash_set_release(struct hash_set *set)
{
	free(set->slots);
	*set = (struct hash_set){0};
}

void hash_set_clear(struct hash_set *set)
{
	if (set->count)
		memset(set->slots, 0, set->size * sizeof *set->slots);
	set->count = 0;
}

static uint64_t hash_of(const struct hash_set *set, const void *key, size_t key_bytes)
{
	uint64_t hash = XXH3_64bits_withSeed(key, key_bytes, set->seed);

	return hash ? hash : 1;
}

/* The slot that holds the hash, or the free one where it belongs. */
static size_t find(const struct hash_set *set, uint64_t hash)
{
	size_t at = hash & (set->size - 1);

	while (set->slots[at] && set->slots[at] != hash)
		at = (at + 1) & (set->size - 1);
	return at;
}

bool hash_set_has(const struct hash_set *set, const void *key, size_t key_bytes)
{
	return set->slots[find(set, hash_of(set, key, key_bytes))];
}

static void grow(struct hash_set *set)
{
	struct hash_set larger = {.size = set->size * 2, .count = set->count, .seed = set->seed};

	larger.slots = alloc_zeroed(larger.size, sizeof *larger.slots);
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i])
			larger.slots[find(&larger, set->slots[i])] = set->slots[i];
	free(set->slots);
	*set = larger;
}

void hash_set_add(struct hash_set *set, const void *key, size_t key_bytes)
{
	uint64_t hash = hash_of(set, key, key_bytes);
	size_t at = find(set, hash);

	if (set->slots[at])
		return;
	set->slots[at] = hash;
	if (++set->count * 2 > set->size)
		grow(set);
}
