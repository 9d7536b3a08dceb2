#include "manifest_keys.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "map.h"

struct manifest_keys {
	int root_fd;
	struct map
		*meanings; /* spelling -> the one asset that it means in this run, or these keys */
	struct map *earlier; /* key of the earlier manifest -> its entry */
	struct map *by_file; /* spellings that the earlier manifest has as "file:spelling" */
};

/* Broken ones count: a spelling that means a good file here and a missing one there must not answer
 * for both. */
static void add_meanings(struct manifest_keys *keys, const struct report *report)
{
	for (size_t i = 0; i < report->n_images; i++)
		for (size_t k = 0; k < report->images[i]->n_refs; k++) {
			const char *written = report->images[i]->refs[k].written;
			void *known = map_get_string(keys->meanings, written);

			if (!known)
				map_put_borrowed(keys->meanings, written, report->images[i]);
			else if (known != report->images[i])
				map_put_borrowed(keys->meanings, written, keys);
		}
}

static bool is_there(const struct manifest_keys *keys, const char *path)
{
	return faccessat(keys->root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The path of a local file, from the root; NULL for a remote one. */
static const char *path_of_entry(const struct data_node *entry)
{
	const struct data_node *url =
		entry->kind == DATA_MAPPING ? data_node_get(entry, "url") : NULL;

	return url && url->kind == DATA_SCALAR && url->text.data[0] == '/' &&
			       url->text.data[1] != '/'
		       ? url->text.data + 1
		       : NULL;
}

/* A file's name may have colons in it, too: an article is what is there. */
static void add_spelling(struct manifest_keys *keys, const char *key, struct data_node *entry)
{
	for (const char *colon = strchr(key, ':'); colon && colon - key < PATH_MAX;
	     colon = strchr(colon + 1, ':')) {
		char *file = alloc_string_n(key, (size_t)(colon - key));

		if (is_there(keys, file))
			map_put_borrowed(keys->by_file, colon + 1, entry);
		free(file);
	}
}

static void add_earlier(struct manifest_keys *keys, const struct data_node *earlier)
{
	for (size_t i = 0; i < earlier->count; i++) {
		const char *key = earlier->keys[i]->text.data;

		if (!path_of_entry(earlier->items[i]))
			continue;
		map_put_borrowed(keys->earlier, key, earlier->items[i]);
		add_spelling(keys, key, earlier->items[i]);
	}
}

struct manifest_keys *manifest_keys_new(const struct report *report,
					const struct data_node *earlier, int root_fd)
{
	struct manifest_keys *keys = alloc_zeroed(1, sizeof *keys);

	keys->root_fd = root_fd;
	keys->meanings = map_new();
	keys->earlier = map_new();
	keys->by_file = map_new();
	add_meanings(keys, report);
	if (earlier && earlier->kind == DATA_MAPPING)
		add_earlier(keys, earlier);
	return keys;
}

void manifest_keys_free(struct manifest_keys *keys)
{
	map_free(keys->meanings);
	map_free(keys->earlier);
	map_free(keys->by_file);
	free(keys);
}

/* From the article's folder; not from the root, nor by an expression that names it. */
static bool is_relative(const struct asset *asset, const char *written)
{
	return asset->target == IMAGE_REF_LOCAL && !strchr("/\\{@~<%", *written);
}

/* What the articles that were not read mean by it. A file that has gone is meant by none. */
static bool means_another(const struct manifest_keys *keys, const struct asset *asset,
			  const char *written)
{
	const struct data_node *entry = map_get_string(keys->earlier, written);
	const char *path = entry ? path_of_entry(entry) : NULL;

	if (map_get_string(keys->by_file, written))
		return true;
	return path && strcmp(path, asset->url + 1) != 0 && is_there(keys, path);
}

bool manifest_keys_has_file(struct manifest_keys *keys, const struct asset *asset,
			    const struct asset_ref *ref)
{
	return map_get_string(keys->meanings, ref->written) == keys ||
	       (is_relative(asset, ref->written) && means_another(keys, asset, ref->written));
}
