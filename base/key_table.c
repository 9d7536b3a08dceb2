#include "key_table.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"
#include "hash_seed.h"

void key_table_init(struct key_table *table, const char *(*key_of)(const void *context, size_t item))
{
	*table = (struct key_table){.key_of = key_of, .size = 16, .seed = hash_seed(table)};
	table->slots = alloc_zeroed(table->size, sizeof *table->slots);
}

void key_table_release(struct key_table *table)
{
	free(table->slots);
	*table = (struct key_table){0};
}

static size_t first_slot(const struct key_table *table, const char *key)
{
	return XXH3_64bits_withSeed(key, strlen(key), table->seed) & (table->size - 1);
}

size_t key_table_find(const struct key_table *table, const void *context, const char *key)
{
	size_t at = first_slot(table, key);

	for (; table->slots[at]; at = (at + 1) & (table->size - 1))
		if (!strcmp(table->key_of(context, table->slots[at] - 1), key))
			return table->slots[at] - 1;
	return KEY_TABLE_NONE;
}

static void put(struct key_table *table, const void *context, uint32_t slot)
{
	size_t at = first_slot(table, table->key_of(context, slot - 1));

	while (table->slots[at])
		at = (at + 1) & (table->size - 1);
	table->slots[at] = slot;
}

static void grow(struct key_table *table, const void *context)
{
	uint32_t *slots = table->slots;
	size_t size = table->size;

	table->size *= 2;
	table->slots = alloc_zeroed(table->size, sizeof *table->slots);
	for (size_t i = 0; i < size; i++)
		if (slots[i])
			put(table, context, slots[i]);
	free(slots);
}

void key_table_add(struct key_table *table, const void *context, size_t item)
{
	if (++table->count * 3 > table->size * 2)
		grow(table, context);
	put(table, context, (uint32_t)(item + 1));
}
