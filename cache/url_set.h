/*
 * url_set.h: URLs that were seen, at 8 bytes each: their seeded 64-bit hashes. Two URLs with one
 * hash would count as one; use it where that only costs a note, as for marks of use.
 */
#ifndef URL_SET_H
#define URL_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct url_set {
	uint64_t *slots; /* 0: free */
	size_t size, count;
	uint64_t seed;
};

void url_set_init(struct url_set *set);
void url_set_release(struct url_set *set);
bool url_set_has(const struct url_set *set, const char *url);
void url_set_add(struct url_set *set, const char *url);

#endif
