/*
 * look_ahead.h: what the index says of many URLs, read in the order in which its rows lie, until
 * lookups ask for it. It holds as long as the index has that generation. What this process writes
 * itself does not change that: cache.written and its like say so.
 */
#ifndef LOOK_AHEAD_H
#define LOOK_AHEAD_H

#include "index.h"

struct look_ahead;
struct known_facts;

/* The URLs are borrowed for the call. NULL without an error: others wrote meanwhile, or
 * none of them is known. */
int look_ahead_new(struct index *index, const char *const *urls, size_t count, bool wants_thumbs,
		   struct look_ahead **ret_ahead, struct fault *fault);
void look_ahead_free(struct look_ahead *ahead);
uint32_t look_ahead_generation(const struct look_ahead *ahead);

/* Moves the entry out; *ret_facts is NULL where none are known. False: ask the index. */
bool look_ahead_take_entry(struct look_ahead *ahead, const char *url, struct index_entry *ret_entry,
			   struct known_facts **ret_facts);
/* As index_get_thumbs(), of keys of one original. False: ask the index. */
bool look_ahead_thumbs(const struct look_ahead *ahead, const char *const *keys, size_t count,
		       struct cache_thumb *ret_thumbs);

#endif
