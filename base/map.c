#include "map.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"
#include "arena.h"
#include "hash_seed.h"

/* Maps of a hundred thousand URLs are usual: 24 bytes. */
struct slot {
	uint32_t hash;
	uint32_t key_bytes;
	const char *key;
	void *value;
};

/* `slots` keeps the order of insertion; `table` holds indexes into it plus one, open addressing. */
struct map {
	struct slot *slots;
	size_t count, capacity;
	uint32_t *table;
	size_t table_size; /* a power of two, at least twice `count` */
	uint64_t seed;
	struct arena keys;
};

struct map *map_new(void)
{
	struct map *map = alloc_zeroed(1, sizeof *map);

	map->seed = hash_seed(map);
	map->table_size = 16;
	map->table = alloc_zeroed(map->table_size, sizeof *map->table);
	return map;
}

void map_free(struct map *map)
{
	if (!map)
		return;
	arena_release(&map->keys);
	free(map->slots);
	free(map->table);
	free(map);
}

static uint32_t hash_of(const struct map *map, const void *key, size_t key_bytes)
{
	return (uint32_t)XXH3_64bits_withSeed(key, key_bytes, map->seed);
}

/* The table position where the key is, or where it would go. */
static size_t find(const struct map *map, uint32_t hash, const void *key, size_t key_bytes)
{
	size_t at = hash & (map->table_size - 1);

	for (; map->table[at]; at = (at + 1) & (map->table_size - 1)) {
		const struct slot *slot = &map->slots[map->table[at] - 1];

		if (slot->hash == hash && slot->key_bytes == key_bytes &&
		    (!key_bytes || !memcmp(slot->key, key, key_bytes)))
			break;
	}
	return at;
}

static void grow_table(struct map *map)
{
	free(map->table);
	map->table_size *= 2;
	map->table = alloc_zeroed(map->table_size, sizeof *map->table);
	for (size_t i = 0; i < map->count; i++) {
		const struct slot *slot = &map->slots[i];

		map->table[find(map, slot->hash, slot->key, slot->key_bytes)] = (uint32_t)(i + 1);
	}
}

void *map_get(const struct map *map, const void *key, size_t key_bytes)
{
	uint32_t hash = hash_of(map, key, key_bytes);
	uint32_t index = map->table[find(map, hash, key, key_bytes)];

	return index ? map->slots[index - 1].value : NULL;
}

void *map_get_string(const struct map *map, const char *key)
{
	return map_get(map, key, strlen(key));
}

static void *put(struct map *map, const void *key, size_t key_bytes, void *value, bool is_borrowed)
{
	uint32_t hash = hash_of(map, key, key_bytes);
	size_t at = find(map, hash, key, key_bytes);

	if (map->table[at]) {
		struct slot *slot = &map->slots[map->table[at] - 1];
		void *replaced = slot->value;

		slot->value = value;
		return replaced;
	}
	ALLOC_GROW(map->slots, map->count, map->capacity);
	if (!is_borrowed)
		key = arena_string_n(&map->keys, key, key_bytes);
	map->slots[map->count++] = (struct slot){hash, (uint32_t)key_bytes, key, value};
	map->table[at] = (uint32_t)map->count;
	if (map->count * 2 > map->table_size)
		grow_table(map);
	return NULL;
}

void *map_put(struct map *map, const void *key, size_t key_bytes, void *value)
{
	return put(map, key, key_bytes, value, false);
}

void *map_put_borrowed(struct map *map, const char *key, void *value)
{
	return put(map, key, strlen(key), value, true);
}

void *map_put_string(struct map *map, const char *key, void *value)
{
	return map_put(map, key, strlen(key), value);
}

size_t map_count(const struct map *map)
{
	return map->count;
}

void *map_at(const struct map *map, size_t i, const char **ret_key)
{
	if (ret_key)
		*ret_key = map->slots[i].key;
	return map->slots[i].value;
}
