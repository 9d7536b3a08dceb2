#include "inner_sites.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "site_marks.h"

bool inner_sites_may_begin(const char *name)
{
	return site_mark_begins_with(name);
}

static const struct site *known(const struct inner_sites *sites, const char *folder)
{
	for (size_t i = 0; i < sites->count; i++)
		if (!strcmp(sites->items[i]->folder, folder))
			return sites->items[i];
	return NULL;
}

const struct site *inner_sites_add(struct inner_sites *sites, const struct site *whole,
				   const char *folder)
{
	const struct site *old = known(sites, folder);
	size_t around = inner_sites_find(sites, folder);
	struct site *site;

	if (old || sites->count == INNER_SITES_MAX)
		return old;
	site = alloc_zeroed(1, sizeof *site);
	if (!site_find_inner(around < sites->count ? sites->items[around] : whole, folder, site)) {
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
