/*
 * only.h: --only broken|new|RE: which remote images a run asks for. The others count as the cache
 * has them.
 */
#ifndef ONLY_H
#define ONLY_H

#include <stdbool.h>

#include "cache.h"
#include "fault.h"
#include "pattern.h"

enum only_kind {
	ONLY_ALL, /* no --only */
	ONLY_BROKEN,
	ONLY_NEW,
	ONLY_MATCHING,
};

struct only {
	enum only_kind kind;
	struct pattern_list pattern;
};

/* NULL: all. -EINVAL with a fault: no regular expression. */
int only_compile(const char *text, struct only *ret_only, struct fault *fault);
void only_release(struct only *only);
/* The URL's entry is that of cache_lookup(). Broken: its last look ended in a failure, whatever it
 * was. New: the cache has neither bytes nor a failure of it. */
bool only_has(const struct only *only, const char *url, const struct cache_entry *entry);

#endif
