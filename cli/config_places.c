#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "cleanup.h"
#include "config_reader.h"
#include "publish.h"

/* Free of links as far as it is there: the rest is made later. To be freed. */
static char *real_path(const char *path)
{
	CLEANUP(cleanup_free) char *there = alloc_string(path);
	char *real = realpath(there, NULL), *slash, *whole;

	while (!real && errno == ENOENT && (slash = strrchr(there, '/')) && slash != there) {
		*slash = '\0';
		real = realpath(there, NULL);
	}
	if (!real)
		return alloc_string(path);
	whole = alloc_printf("%s%s", strcmp(real, "/") ? real : "", path + strlen(there));
	free(real);
	return whole;
}

static bool is_at_or_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return !strncmp(path, folder, length) && (!path[length] || path[length] == '/');
}

static bool lies_in_cache(const struct settings *settings, const char *root, const char *place)
{
	CLEANUP(cleanup_free) char *path = alloc_printf("%s/%s", root, place);
	CLEANUP(cleanup_free)
	char *cache = settings->cache_dir ? alloc_string(settings->cache_dir)
					  : alloc_printf("%s/.cache/picdesk", root);
	CLEANUP(cleanup_free) char *real = real_path(path);
	CLEANUP(cleanup_free) char *real_cache = real_path(cache);

	return is_at_or_below(real, real_cache);
}

static bool is_folder(const char *root, const char *place, bool *ret_is_there)
{
	CLEANUP(cleanup_free) char *path = alloc_printf("%s/%s", root, place);
	struct stat status;

	*ret_is_there = !stat(path, &status);
	return *ret_is_there && S_ISDIR(status.st_mode);
}

static bool is_list(const char *manifest)
{
	const char *slash = strrchr(manifest, '/');

	return !strncmp(slash ? slash + 1 : manifest, PUBLISH_LIST_PREFIX,
			strlen(PUBLISH_LIST_PREFIX));
}

static const struct data_node *find(const struct data_node *mapping, const char *key)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (mapping->keys[i]->kind == DATA_SCALAR &&
		    !strcmp(mapping->keys[i]->text.data, key))
			return mapping->items[i];
	return NULL;
}

static void check_publish(struct config_reader *reader, size_t offset, const char *root)
{
	const char *publish = reader->settings->publish;
	bool is_there;

	if (lies_in_cache(reader->settings, root, publish))
		config_error(reader, offset, "publish: '%s' lies in the cache's folder", publish);
	else if (!is_folder(root, publish, &is_there) && is_there)
		config_error(reader, offset, "publish: '%s' is a file; name a folder", publish);
}

static void check_manifest(struct config_reader *reader, size_t offset, const char *root)
{
	const struct settings *settings = reader->settings;
	const char *manifest = settings->manifest;
	bool is_there;

	if (lies_in_cache(settings, root, manifest))
		config_error(reader, offset, "manifest: '%s' lies in the cache's folder", manifest);
	else if (is_list(manifest))
		config_error(reader, offset,
			     "manifest: '%s' is picdesk's list of what it published", manifest);
	else if ((settings->publish && is_at_or_below(settings->publish, manifest)) ||
		 is_folder(root, manifest, &is_there))
		config_error(reader, offset, "manifest: '%s' is a folder; name a file", manifest);
}

void config_places(struct config_reader *reader, const struct data_node *mapping, const char *root)
{
	const struct data_node *publish = find(mapping, "publish");
	const struct data_node *manifest = find(mapping, "manifest");

	if (publish && reader->settings->publish)
		check_publish(reader, publish->offset, root);
	if (manifest && reader->settings->manifest)
		check_manifest(reader, manifest->offset, root);
}
