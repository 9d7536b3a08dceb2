/*
 * rebuild.h: an index made anew from the records and the objects.
 *
 * Rows whose object is not there (whole by size; its hash is checked when it is read) are left out.
 * What is rebuilt is stale, as its times are lost: the next run revalidates it, and a 304 makes it
 * whole. Failures and documents are not rebuilt.
 */
#ifndef REBUILD_H
#define REBUILD_H

#include "index.h"
#include "objects.h"
#include "records.h"

struct rebuild_result {
	uint64_t entries, thumbs;
	uint64_t damaged; /* records that could not be read */
};

int rebuild_index(struct index *index, struct objects *objects, struct records *records,
		  int64_t today, struct rebuild_result *ret_result, struct fault *fault);

#endif
