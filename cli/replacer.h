/*
 * replacer.h: new texts of the site's files, forth by a run of `localize` or `fix`, or back by its
 * journal. Each file is replaced whole or not at all, keeps its mode, owner and attributes, and is
 * left alone when it is not what it was.
 *
 *	replacer_init(&replacer, root_fd, diff, notes)
 *	replacer_replace(&replacer, &change, &fault) ...
 *	error = replacer_end(&replacer, error, &fault)    n_done and n_refused say what came of it
 *
 * Copies are made durable a batch at a time, side by side, before any of them takes its file's
 * place: synced one by one, each waits for the disk. What `change` names must stay until the end.
 */
#ifndef REPLACER_H
#define REPLACER_H

#include "buf.h"
#include "fault.h"
#include "object_id.h"
#include "rewrite.h"
#include "tmpfile.h"

#define REPLACER_MAX_BATCH 128

/* What --dry-run shows. */
struct replacer_preview {
	const char *root; /* files are named as seen from the current folder; NULL: from the root */
	struct buf text;
};

/* What is to become of a file: forth by a run's rewrite, or back by its journal. */
struct replacer_change {
	const char *file;
	struct rewrite *rewrite; /* NULL: back */
	const struct rewrite_edit *edits;
	size_t n_edits;
	struct object_id from, to;
};

/* A file's new text beside it, until it takes its place. */
struct replacement {
	struct replacer_change change;
	struct tmpfile tmp;
	int folder_fd, sync_error;
	const char *name; /* in the folder */
};

struct replacer {
	int root_fd;
	struct buf *notes;
	struct replacer_preview *diff; /* not NULL: nothing is replaced, only shown */
	struct map *swept;             /* folders */
	struct replacement batch[REPLACER_MAX_BATCH];
	size_t n_batch, max_batch;
	size_t n_done, n_refused; /* files */
};

/* With `diff` nothing is replaced. `notes` gets a line for each file that is left. */
void replacer_init(struct replacer *replacer, int root_fd, struct replacer_preview *diff,
		   struct buf *notes);
/* 0, also for a file that is left, or a negative errno: then no more is to be replaced. */
int replacer_replace(struct replacer *replacer, const struct replacer_change *change,
		     struct fault *fault);
/* Temporaries that a run which was killed left in the file's folder go. */
void replacer_sweep(struct replacer *replacer, const char *file);
/* `error` is why it ends; those before one that failed are replaced. Returns it, or another. */
int replacer_end(struct replacer *replacer, int error, struct fault *fault);

/* "FILE: WHY: left as it is"; and that it may not be written, by a negative errno. */
void replacer_note(struct buf *notes, const char *file, const char *why);
void replacer_note_forbidden(struct buf *notes, const char *file, int error);

#endif
