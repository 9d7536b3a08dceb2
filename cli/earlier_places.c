#include "earlier_places.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "last_report.h"
#include "manifest.h"
#include "publish.h"

/* Strings with their NULs: the last build's `publish` and `manifest`, then what was told before. */
#define DOCUMENT "places"
#define MOST_BYTES (1u << 16)

static bool has_thumbnails(int root_fd, const char *folder)
{
	CLEANUP(cleanup_free) char *list = alloc_printf("%s/" PUBLISH_LIST, folder);

	return !faccessat(root_fd, list, F_OK, AT_SYMLINK_NOFOLLOW);
}

/* Whether `place` is among the strings. */
static bool holds(const char *places, size_t length_bytes, const char *place)
{
	for (size_t at = 0; at < length_bytes; at += strlen(places + at) + 1)
		if (!strcmp(places + at, place))
			return true;
	return false;
}

static void tell(const struct run *run, const char *place, bool is_manifest)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 16);

	if (is_manifest ? !manifest_is_ours(run->root_fd, place)
			: !has_thumbnails(run->root_fd, place))
		return;
	run_say_path(&text, run->site->root, place);
	if (is_manifest)
		fprintf(stderr,
			"picdesk: %s is the manifest of an earlier `manifest:`, and stays: remove "
			"it where no other configuration uses it\n",
			buf_string(&text));
	else /* other files may lie beside them */
		fprintf(stderr,
			"picdesk: %s has the thumbnails of an earlier `publish:`, which stay: "
			"remove them (its " PUBLISH_LIST " lists them) where no other "
			"configuration uses them\n",
			buf_string(&text));
}

void earlier_places_tell(const struct run *run)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(run->settings, run->site);
	CLEANUP(cleanup_free) char *earlier = NULL;
	CLEANUP(buf_release) struct buf now = BUF_INIT(MOST_BYTES);
	const char *const places[] = {run->publish, run->manifest};
	const char *old[ARRAY_LENGTH(places)] = {NULL};
	size_t length_bytes = 0, told = 0;

	if (!last_report_is_alone(directory, run->site->root))
		return;
	cache_document(run->cache, DOCUMENT, &earlier, &length_bytes, NULL);
	if (length_bytes && earlier[length_bytes - 1]) /* none of ours: its last one has no end */
		length_bytes = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		old[i] = told < length_bytes ? earlier + told : NULL;
		told += old[i] ? strlen(old[i]) + 1 : 0;
		buf_append(&now, places[i], strlen(places[i]) + 1);
	}
	if (length_bytes > told)
		buf_append(&now, earlier + told, length_bytes - told);
	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		if (!old[i] || !strcmp(old[i], places[i]) ||
		    holds(earlier + told, length_bytes - told, old[i]))
			continue;
		if (run->settings->quiet) /* for a run that says something */
			return;
		tell(run, old[i], i);
		buf_append(&now, old[i], strlen(old[i]) + 1);
	}
	if (now.length_bytes != length_bytes || memcmp(now.data, earlier, length_bytes) != 0)
		cache_store_document(run->cache, DOCUMENT, now.data, now.length_bytes, NULL);
}
