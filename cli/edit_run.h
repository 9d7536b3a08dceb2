/*
 * edit_run.h: what `localize` and `fix` have in common: the scan, the fetching, the dry run, the
 * journal, the undoing and what people are told.
 *
 *	struct edit_run run;
 *	error = edit_run_begin(&run, VERB_FIX, settings, site, &fault);
 *	error = edit_run_fetch(&run, wants, &fault);
 *	edit_run_edit(&run, wants, edit, context);
 *		...edits_replace(&run.edits, ...), edit_run_note(&run, ref, why)...
 *	error = edit_run_write(&run, prepare, &fault);
 *	return edit_run_end(&run, error, &fault);
 */
#ifndef EDIT_RUN_H
#define EDIT_RUN_H

#include "edits.h"
#include "run.h"

struct edit_run {
	struct run run;
	struct edits edits;
	struct journal journal;
	struct buf notes;   /* what was left alone and why, a line each */
	struct buf summary; /* what was done */
};

int edit_run_begin(struct edit_run *run, enum verb verb, struct settings *settings,
		   const struct site *site, struct fault *fault);
/* Looks at the images that `wants` says, fetching what is missing as `warm` does, without
 * thumbnails. -EINTR without a fault after an interruption: nothing is edited then. */
int edit_run_fetch(struct edit_run *run, bool (*wants)(const struct asset *asset, void *context),
		   void *context, struct fault *fault);
/* Calls `edit` for each reference of the images that `wants` says, by their places in the report,
 * file by file, and finishes each file. */
void edit_run_edit(struct edit_run *run, bool (*wants)(const struct asset *asset, void *context),
		   void (*edit)(void *context, size_t image, size_t ref), void *context);
/* A remote image of one of the hosts of --host, or of any when none was given. */
bool edit_run_is_of_host(const struct settings *settings, const struct asset *asset);
/* "_news/x.md:4:10: why: left as it is". */
void edit_run_note(struct edit_run *run, const struct asset_ref *ref, const char *why);
/* Adds to the summary that some images are neither good nor bad: out of time, offline, put off. */
void edit_run_count_unchecked(struct edit_run *run, size_t count);

/* The dry run's diff on stdout, or: journal, `prepare` (may be NULL: puts new files into the site),
 * articles. */
int edit_run_write(struct edit_run *run, int (*prepare)(struct edit_run *run, struct fault *fault),
		   struct fault *fault);
/* Prints notes and summary, releases, gives the exit status. */
int edit_run_end(struct edit_run *run, int error, struct fault *fault);

/* --restore: undoes the verb's last run. Gives the exit status. */
int edit_run_restore(enum verb verb, struct settings *settings, const struct site *site);

#endif
