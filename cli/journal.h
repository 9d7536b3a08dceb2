/*
 * journal.h: what `localize` and `fix` changed in the articles, so that --restore can undo it.
 *
 * One file a run, in .cache/picdesk-undo below the root, beside the cache's usual place and
 * outlasting it: "0001-localize". It is complete on disk before the first article is touched. Lines
 * of words; bytes that are blanks, '%', controls or not ASCII are %XX:
 *
 *	picdesk-undo 1
 *	file <hash before> <hash after> _news/x.md
 *	edit <offset before> <old> <new>
 *	folder assets/images
 *	added <hash> assets/images/0123.jpg
 *
 * The edits of a file follow it, by offset; a folder that was not there follows the one it is in.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>

#include "fault.h"
#include "object_id.h"
#include "rewrite.h"

struct journal_file {
	char *file; /* from the root */
	struct object_id before, after;
	struct rewrite_edit *edits; /* without `means` */
	size_t n_edits, edits_capacity;
};

struct journal_added {
	char *file;
	struct object_id hash;
};

struct journal {
	struct journal_file *files;
	size_t n_files, files_capacity;
	struct journal_added *added;
	size_t n_added, added_capacity;
	char **folders; /* made by the run, the outermost first */
	size_t n_folders, folders_capacity;
};

void journal_release(struct journal *journal);
void journal_file_release(struct journal_file *file);
/* Takes the packed rewrite's edits as a copy. */
void journal_add_file(struct journal *journal, const struct rewrite *rewrite);
void journal_add_added(struct journal *journal, const char *file, const struct object_id *hash);
/* Those of the folder and its parents, from the root, that are not there yet. */
void journal_add_folders(struct journal *journal, int root_fd, const char *folder);

/* As the verb's next one. *ret_name is its name, for messages; free() it. */
int journal_write(const struct journal *journal, int root_fd, const char *verb, char **ret_name,
		  struct fault *fault);
/* The verb's last one. -ENOENT without a fault when there is none. */
int journal_read_last(int root_fd, const char *verb, struct journal *ret_journal, char **ret_name,
		      struct fault *fault);
int journal_remove(int root_fd, const char *name, struct fault *fault);
/* Whether there is any of the verb. */
bool journal_is_there(int root_fd, const char *verb);
/* The verb of the last run of all. NULL: there is none; free() it. */
char *journal_last_verb(int root_fd);

#endif
