/*
 * publish.h: thumbnails from the cache into the site.
 *
 * Files are called <first 16 hex digits of the original's hash>-<name>.<first 8 of the thumbnail's
 * own>.<extension>, mode 0644, reflinked or copied, each appearing whole or not at all. The list of
 * what picdesk wrote is kept beside them (PUBLISH_LIST); only those are ever removed, and only when
 * `may_remove`. A file that is there already is not touched.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

#include <stdbool.h>
#include <stddef.h>

#include "cache.h"
#include "fault.h"
#include "report.h"

#define PUBLISH_LIST ".picdesk-published"
#define PUBLISH_LIST_PREFIX ".picdesk-publish" /* of that, and of the one of a run under way */

struct publish_counts {
	size_t written, kept, removed;
};

struct publisher;
/* `folder` is relative to root_fd. All is borrowed until publisher_free(). */
struct publisher *publisher_new(struct report *report, struct cache *cache, int root_fd,
				const char *folder);
/* False: the stored bytes of a thumbnail that is not in the folder yet are gone, or damaged
 * (cache_open_object()). */
bool publisher_can_take(struct publisher *publisher, struct asset *asset);
/* An image that is done, and whose thumbnails are all there: they are published while the others
 * are worked on. What fails is tried again, and said, by publisher_finish(). */
void publisher_take(struct publisher *publisher, struct asset *asset);
/* Publishes the others. Sets the path of every thumbnail in the report. */
int publisher_finish(struct publisher *publisher, struct fault *fault);
/* After publisher_finish(), and once nothing names them any more: removes what earlier runs
 * published and this one does not want, where it may, and writes the list. */
int publisher_clean(struct publisher *publisher, bool may_remove, struct publish_counts *ret_counts,
		    struct fault *fault);
void publisher_free(struct publisher *publisher); /* NULL is allowed */

struct publish_original {
	struct object_id object;
	char *name;
};

/* Originals from the cache as `folder`/name, mode 0644; the same bytes there already are left
 * alone, other bytes are refused (-EEXIST): those before are there then. */
int publish_originals(struct cache *cache, const struct publish_original *originals, size_t count,
		      int root_fd, const char *folder, struct fault *fault);
/* Nothing in the folder of thumbnails is scanned: is it one of articles? -EEXIST, and the article
 * is named. 0 also when there is no such folder, or picdesk has published there before. */
int publish_check_folder(int root_fd, const char *folder, struct fault *fault);

#endif
