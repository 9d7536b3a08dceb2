#include "only.h"

#include <string.h>

int only_compile(const char *text, struct only *ret_only, struct fault *fault)
{
	char *items[] = {(char *)text, NULL};
	const struct string_list texts = {.items = items, .count = 1};

	*ret_only = (struct only){0};
	if (!text)
		return 0;
	if (!strcmp(text, "broken")) {
		ret_only->kind = ONLY_BROKEN;
		return 0;
	}
	if (!strcmp(text, "new")) {
		ret_only->kind = ONLY_NEW;
		return 0;
	}
	ret_only->kind = ONLY_MATCHING;
	return pattern_list_compile(&texts, &ret_only->pattern, fault);
}

void only_release(struct only *only)
{
	pattern_list_release(&only->pattern);
}

/* To be told to come back later is no failure; those before it count. */
static bool has_failed(const struct cache_entry *entry)
{
	return entry->first_failure_s ||
	       (entry->failure != CACHE_FAILURE_NONE && entry->failure != CACHE_FAILURE_DEFERRED);
}

bool only_has(const struct only *only, const char *url, const struct cache_entry *entry)
{
	switch (only->kind) {
	case ONLY_ALL:
		return true;
	case ONLY_BROKEN:
		return has_failed(entry);
	case ONLY_NEW:
		return !entry->has_object && !has_failed(entry);
	case ONLY_MATCHING:
		break;
	}
	return pattern_list_matches(&only->pattern, url);
}
