/*
 * rewrite.h: exact edits of one article or data file: find the place, keep every other byte, show
 * the difference, and check that the data in it still means the same. Pure: no files.
 *
 *	rewrite_init(&rewrite, "_news/x.md", text)              takes the bytes
 *	rewrite_place(&rewrite, line, column, &offset)
 *	rewrite_written_length(&rewrite, offset, written, is_data)   the bytes there, or 0: refuse
 *	rewrite_add(&rewrite, offset, length, new, means)
 *	rewrite_finish(&rewrite, &line)                         the new text, or where it may not be
 *	rewrite_diff(&rewrite, rewrite.file, &diff)             for `patch -p1`
 *	rewrite_pack(&rewrite)                                  of thousands that wait to be written
 *	rewrite_release(&rewrite)
 *
 * Edits lie inside one line each and do not overlap; the same edit twice (an alias of YAML, a
 * definition of Markdown that two images use) is one.
 */
#ifndef REWRITE_H
#define REWRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "object_id.h"

struct rewrite_edit {
	size_t offset; /* in the old text */
	size_t old_bytes;
	char *old, *new;
	/* In front matter and data, escapes of their syntax undone: what stood there, and what is
	 * to. Without `was` it is the whole value; without `means` it is not in data. */
	char *was, *means;
};

/* From here the columns of a long line are counted: JSON may be one line of megabytes. */
struct rewrite_mark {
	unsigned line, column;
	size_t offset;
};

struct rewrite {
	char *file;                 /* from the root */
	struct buf before, after;   /* `after` is set by rewrite_finish() */
	struct rewrite_edit *edits; /* by offset once finished */
	size_t n_edits, edits_capacity;
	size_t *lines; /* offset of each line */
	size_t n_lines, lines_capacity;
	struct rewrite_mark *marks; /* places within long lines, in their order */
	size_t n_marks, marks_capacity;
	unsigned char *taken; /* a bit for each byte that an edit replaces */
	struct map *by_place; /* edits by their offset and length; dropped ones may be in it */
	struct rewrite_values *values;        /* rewrite_data.c's */
	struct object_id before_id, after_id; /* rewrite_pack()'s */
};

/* Moves the bytes out of `text`. */
void rewrite_init(struct rewrite *rewrite, const char *file, struct buf *text);
void rewrite_release(struct rewrite *rewrite);

/* Lines and columns as the scanner counts them (position.h); false when there is no such place. */
bool rewrite_place(const struct rewrite *rewrite, unsigned line, unsigned column,
		   size_t *ret_offset);
/* How many bytes at that offset are `written`; with `is_data` also behind escapes: "\/", "\u00e9",
 * a doubled quote. 0: something else stands there. */
size_t rewrite_written_length(const struct rewrite *rewrite, size_t offset, const char *written,
			      bool is_data);
/* What has to stand there for `new`, which differs from `written` in single characters alone: the
 * others keep their escapes. */
void rewrite_respell(const struct rewrite *rewrite, size_t offset, const char *written,
		     const char *new, bool is_data, struct buf *ret_text);
/* False when it overlaps another edit, or one that says something else. `means` may be NULL. */
bool rewrite_add(struct rewrite *rewrite, size_t offset, size_t length_bytes, const char *new,
		 const char *means);
/* The same in data, where it need not be the whole value: an image in a value that is HTML. */
bool rewrite_add_within(struct rewrite *rewrite, size_t offset, size_t length_bytes,
			const char *new, const char *was, const char *means);
/* Of the bytes from `first` to before `last` one is replaced by an edit. */
bool rewrite_has_edit(const struct rewrite *rewrite, size_t first, size_t last);
/* Takes back all edits but the first `n_kept`; before rewrite_finish(). */
void rewrite_drop(struct rewrite *rewrite, size_t n_kept);
/* Sorts the edits and makes the new text. False, with the line of the first edit that does it, when
 * front matter or data would no longer parse to the same values but the edited ones; then drop the
 * rewrite. */
bool rewrite_finish(struct rewrite *rewrite, unsigned *ret_line);
/* Keeps the edits and the hashes of both texts alone: no more places are found, and nothing is
 * added. */
void rewrite_pack(struct rewrite *rewrite);
/* Appends a unified diff with three lines of context, names as "a/NAME" and "b/NAME". */
void rewrite_diff(const struct rewrite *rewrite, const char *name, struct buf *ret_text);

/* The new text out of the old one; the edits are by offset. */
void rewrite_redo(const struct rewrite_edit *edits, size_t n_edits, const struct buf *before,
		  struct buf *ret_after);
/* The old text out of the new one. False when the edits do not stand there. */
bool rewrite_undo(const struct rewrite_edit *edits, size_t n_edits, const struct buf *after,
		  struct buf *ret_before);

#endif
