/*
 * map.h: byte-string keys to pointers, remembered in the order of insertion.
 *
 * Keys are copied (but for map_put_borrowed()); values are borrowed: the map never frees one.
 * Lookups are O(1) and seeded, so hostile keys cannot collide on purpose. One owner, no locks.
 */
#ifndef MAP_H
#define MAP_H

#include <stddef.h>

struct map;

struct map *map_new(void);
void map_free(struct map *map);

/* NULL when there is none. */
void *map_get(const struct map *map, const void *key, size_t key_bytes);
void *map_get_string(const struct map *map, const char *key);
/* Sets or replaces. `value` must not be NULL. Returns the value replaced, or NULL. */
void *map_put(struct map *map, const void *key, size_t key_bytes, void *value);
void *map_put_string(struct map *map, const char *key, void *value);
/* As map_put_string(), but a new key stays the caller's, and must outlive the map. */
void *map_put_borrowed(struct map *map, const char *key, void *value);

size_t map_count(const struct map *map);
/* The i-th value in order of insertion, 0 <= i < map_count(); *ret_key (may be NULL) is borrowed
 * and NUL-terminated. */
void *map_at(const struct map *map, size_t i, const char **ret_key);

#endif
