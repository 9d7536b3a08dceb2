/*
 * key_table.h: finds items of the caller's array by a string that each of them has.
 *
 *	key_table_init(&table, key_of);
 *	i = key_table_find(&table, context, key);      KEY_TABLE_NONE: there is none
 *	key_table_add(&table, context, i);             item i, whose key was not there
 *
 * Neither keys nor pointers are kept, only the items' numbers: 6 to 12 bytes an item, where a map.h
 * takes 40. key_of(context, i) is the key of an item that was added; it must not change. Lookups
 * are O(1) and seeded. One owner, no locks.
 */
#ifndef KEY_TABLE_H
#define KEY_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define KEY_TABLE_NONE SIZE_MAX

struct key_table {
	const char *(*key_of)(const void *context, size_t item);
	uint32_t *slots; /* an item's number plus one; open addressing */
	size_t size;     /* a power of two, at least 1.5 times `count` */
	size_t count;
	uint64_t seed;
};

void key_table_init(struct key_table *table,
		    const char *(*key_of)(const void *context, size_t item));
void key_table_release(struct key_table *table);

size_t key_table_find(const struct key_table *table, const void *context, const char *key);
/* `item` is below UINT32_MAX. */
void key_table_add(struct key_table *table, const void *context, size_t item);

#endif
