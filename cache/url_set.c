#include "url_set.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"
#include "hash_seed.h"

void url_set_init(struct url_set *set)
{
	*set = (struct url_set){.size = 256, .seed = hash_seed(set)};
	set->slots = alloc_zeroed(set->size, sizeof *set->slots);
}

void url_set_release(struct url_set *set)
{
	free(set->slots);
	*set = (struct url_set){0};
}

static uint64_t hash_of(const struct url_set *set, const char *url)
{
	uint64_t hash = XXH3_64bits_withSeed(url, strlen(url), set->seed);

	return hash ? hash : 1;
}

/* The slot that holds the hash, or the free one where it belongs. */
static size_t find(const struct url_set *set, uint64_t hash)
{
	size_t at = hash & (set->size - 1);

	while (set->slots[at] && set->slots[at] != hash)
		at = (at + 1) & (set->size - 1);
	return at;
}

bool url_set_has(const struct url_set *set, const char *url)
{
	return set->slots[find(set, hash_of(set, url))];
}

static void grow(struct url_set *set)
{
	struct url_set larger = {.size = set->size * 2, .count = set->count, .seed = set->seed};

	larger.slots = alloc_zeroed(larger.size, sizeof *larger.slots);
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i])
			larger.slots[find(&larger, set->slots[i])] = set->slots[i];
	free(set->slots);
	*set = larger;
}

void url_set_add(struct url_set *set, const char *url)
{
	uint64_t hash = hash_of(set, url);
	size_t at = find(set, hash);

	if (set->slots[at])
		return;
	set->slots[at] = hash;
	if (++set->count * 2 > set->size)
		grow(set);
}
