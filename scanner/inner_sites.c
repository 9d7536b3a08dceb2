#include "inner_sites.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "site_marks.h"

bool inner_sites_may_begin(const char *name)
{
	return site_mark_begins_with(name);
}

static bool is_known(const struct inner_sites *sites, const char *folder)
{
	for (size_t i = 0; i < sites->count; i++)
		if (!strcmp(sites->items[i]->folder, folder))
			return true;
	return false;
}

const struct site *inner_sites_add(struct inner_sites *sites, const struct site *outer,
				   const char *folder)
{
	struct site *site;

	if (sites->count == INNER_SITES_MAX || is_known(sites, folder))
		return NULL;
	site = alloc_zeroed(1, sizeof *site);
	if (!site_find_inner(outer, folder, site)) {
		free(site);
		return NULL;
	}
	ALLOC_GROW(sites->items, sites->count, sites->capacity);
	sites->items[sites->count++] = site;
	return site;
}

size_t inner_sites_find(const struct inner_sites *sites, const char *file)
{
	size_t found = sites->count, longest = 0;

	for (size_t i = 0; i < sites->count; i++) {
		const char *folder = sites->items[i]->folder;
		size_t n = strlen(folder);

		if (n > longest && !strncmp(file, folder, n) && file[n] == '/') {
			found = i;
			longest = n;
		}
	}
	return found;
}

void inner_sites_release(struct inner_sites *sites)
{
	for (size_t i = 0; i < sites->count; i++) {
		site_release(sites->items[i]);
		free(sites->items[i]);
	}
	free(sites->items);
	*sites = (struct inner_sites){0};
}
