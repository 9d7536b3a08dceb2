/*
 * publish_list.h: which files in the folder of thumbnails picdesk wrote: only those are ever
 * removed.
 *
 *	publish_list_read(&list, dir_fd, folder, &fault);
 *	publish_list_announce(&list, names, count, &fault);    before files get names, and sync
 *	publish_list_write(&list, names, count, &fault);       all of them, at the end
 *	publish_list_release(&list);
 *
 * The list is a text, a name on each line, in byte order (PUBLISH_LIST). While a run publishes, the
 * names to come are added to a journal beside it: a kill leaves names without files, never files
 * without names.
 */
#ifndef PUBLISH_LIST_H
#define PUBLISH_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "fault.h"
#include "map.h"

struct publish_list {
	int dir_fd;
	const char *folder; /* for messages */
	struct map *names;  /* what earlier runs wrote, or were about to; the values say nothing */
	/* When it was written or touched last: what has changed since is read. 0: there is none. */
	struct timespec written_at;
	bool has_journal;
};

/* Both stay the caller's. Names that are not written like ours are left out. */
int publish_list_read(struct publish_list *list, int dir_fd, const char *folder,
		      struct fault *fault);
/* Not durable before the caller's sync. */
int publish_list_announce(struct publish_list *list, const char *const *names, size_t count,
			  struct fault *fault);
/* Sorts the names, which are distinct. The file is not touched when it says so already. */
int publish_list_write(struct publish_list *list, const char **names, size_t count,
		       struct fault *fault);
/* What stands in the folder now is as it should be. */
int publish_list_touch(const struct publish_list *list, struct fault *fault);
void publish_list_release(struct publish_list *list);

#endif
