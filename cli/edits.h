/*
 * edits.h: the edits of a whole run of `localize` or `fix`, and their undoing.
 *
 *	edits_init(&edits, root_fd)
 *	edits_replace(&edits, ref, url, &why) ...      collects
 *	edits_finish(&edits, notes)                    drops what may not be done
 *	edits_diff(&edits, &diff, notes, &fault)       --dry-run, or
 *	edits_record(&edits, "fix", &journal, &fault)
 *	edits_write(&edits, notes, &fault)
 *	edits_release(&edits)
 *
 * Where each file is finished before the next is begun, one is in memory at a time: of the others
 * only the edits are kept, and they are read again to be written. Each is replaced whole or not at
 * all, keeps its mode, and is left alone when it has changed meanwhile. The journal is on disk
 * before the first file is.
 */
#ifndef EDITS_H
#define EDITS_H

#include "journal.h"
#include "replacer.h"
#include "report.h"

struct edits {
	int root_fd;
	struct rewrite **files;
	size_t n_files, files_capacity, n_finished;
	struct map *by_file; /* file -> rewrite, or `edits` itself for one that cannot be read */
	size_t n_written, n_refused; /* files */
};

void edits_init(struct edits *edits, int root_fd);
void edits_release(struct edits *edits);

/* The file as it was read, and where the reference's URL stands in it. NULL with *ret_why when the
 * file cannot be edited, or no longer says what the scan saw. */
struct rewrite *edits_find(struct edits *edits, const struct asset_ref *ref, size_t *ret_offset,
			   size_t *ret_length_bytes, const char **ret_why);
/* Puts another URL there, escaped as its place needs it. */
bool edits_replace(struct edits *edits, const struct asset_ref *ref, const char *url,
		   const char **ret_why);
/* The same with what is written there but for the case of some letters: its escapes stay. */
bool edits_respell(struct edits *edits, const struct asset_ref *ref, const char *spelling,
		   const char **ret_why);
bool edits_is_data(const struct asset_ref *ref);

/* Of all files so far, in which nothing more is changed. Those whose data would break lose their
 * edits; `notes` gets a line for each. */
void edits_finish(struct edits *edits, struct buf *notes);
/* After that: whether the file has any. */
bool edits_are_kept(const struct edits *edits, const char *file);
size_t edits_count(const struct edits *edits); /* edits in all files */

/* What --dry-run shows. */
int edits_diff(struct edits *edits, struct replacer_preview *diff, struct buf *notes,
	       struct fault *fault);
/* Adds the files to the journal and writes it. */
int edits_record(struct edits *edits, const char *verb, struct journal *journal,
		 struct fault *fault);
int edits_write(struct edits *edits, struct buf *notes, struct fault *fault);

struct edits_restored {
	size_t files, refused;
};
/* Undoes what the journal says, or with `diff` only shows how. */
int edits_restore(int root_fd, const struct journal *journal, struct replacer_preview *diff,
		  struct buf *notes, struct edits_restored *ret_restored, struct fault *fault);

#endif
