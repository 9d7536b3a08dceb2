/*
 * read_ahead.h: files read and scanned by several threads, ahead of who asks for them, and handed
 * out in their order.
 *
 *	ahead = read_ahead_new(&context, files, memory, &walk, n_threads);
 *	while (read_ahead_next(ahead, &index, &scanned))
 *		...scanned_release(&scanned)
 *	read_ahead_free(ahead);
 *
 * The thread that asks is one of the n_threads: while the file it waits for is another's work, it
 * takes the next one. At most READ_AHEAD_FILES results wait to be asked for, whatever the number of
 * files. Everything borrowed must outlive the read_ahead; `files` is safe for threads, the rest is
 * only read.
 */
#ifndef READ_AHEAD_H
#define READ_AHEAD_H

#include "file_scan.h"
#include "file_walk.h"

#define READ_AHEAD_FILES 128u
#define READ_AHEAD_MAX_THREADS 8u

struct scanned {
	int error; /* errno of the reading; 0: it was read */
	size_t n_bytes;
	struct object_id key;   /* with a memory */
	bool is_recalled;       /* by the memory: not parsed */
	struct arena arena;     /* of all that follows */
	struct slice packed;    /* what the memory may keep; NULL: nothing */
	struct image_ref *refs; /* in the order of their places */
	size_t n_refs;
	struct scan_problem *problems;
	size_t n_problems;
	bool is_unpublished;
};
void scanned_release(struct scanned *scanned);

struct read_ahead;
/* memory NULL: every file is parsed. n_threads 0: as many as there are cores for this process, at
 * most READ_AHEAD_MAX_THREADS. */
struct read_ahead *read_ahead_new(const struct file_scan_context *context, struct site_files *files,
				  const struct scan_memory *memory, const struct file_walk *walk,
				  unsigned n_threads);
/* False after the last. A file that could not be walked comes too, unread. Release ret_scanned. */
bool read_ahead_next(struct read_ahead *ahead, size_t *ret_index, struct scanned *ret_scanned);
void read_ahead_free(struct read_ahead *ahead);

#endif
