/*
 * fsck_private.h: one look at a cache, shared by fsck.c (objects, rows), fsck_folders.c (what does
 * not belong there) and fsck_records.c (what a lost index would be rebuilt from). Nobody else
 * includes this.
 */
#ifndef FSCK_PRIVATE_H
#define FSCK_PRIVATE_H

#include "cache_private.h"

struct fsck {
	struct cache *cache;
	struct cache_fsck_options options;
	struct cache_fsck_result result;
	void (*each)(void *context, const char *path, const char *problem);
	void *context;
	struct map *read_whole; /* ids of objects whose bytes were read, and are whole */
	struct map *whole;      /* of those that are there and whole */
	struct map *damaged;    /* of those that were told of as damaged */
	struct map *named;      /* ids that rows name */
	bool index_is_damaged_now;
	uint64_t unrepaired;
	struct fault *fault;
	int error;
};

void fsck_tell(struct fsck *fsck, const char *path, const char *problem);

/* What somebody put into the cache's folders, and what was set aside when it was opened. */
int fsck_folders(struct fsck *fsck);
/* Rows that no record tells of, or a damaged one. */
int fsck_records(struct fsck *fsck);

#endif
