/*
 * ignore.h: gitignore patterns (gitignore(5)), in files of any folder.
 *
 *	ignore_add_file(ignore, "/site/docs", text, length);   deeper folders after their parents
 *	if (ignore_matches(ignore, 0, "/site/docs/drafts", true)) ... do not enter it
 *	ignore_cut(ignore, n);                                 when a folder is left
 *
 * The last pattern that matches decides: negation, anchoring, `*`, `?`, `[...]`, `**`, folders
 * only. A folder that is ignored must not be entered: nothing in it can be taken back, as in git.
 */
#ifndef IGNORE_H
#define IGNORE_H

#include <stdbool.h>
#include <stddef.h>

struct ignore;

struct ignore *ignore_new(void);
void ignore_free(struct ignore *ignore);
void ignore_add_file(struct ignore *ignore, const char *folder, const char *text,
		     size_t length_bytes);
void ignore_add_pattern(struct ignore *ignore, const char *folder, const char *pattern);
size_t ignore_count(const struct ignore *ignore);
void ignore_cut(struct ignore *ignore, size_t count); /* keeps the first `count` patterns */
/* Absolute path; looks at the patterns from `first` on. */
bool ignore_matches(const struct ignore *ignore, size_t first, const char *path, bool is_folder);

/* One glob against one path: `*` and `?` stop at '/', `**` does not. Linear but for the product of
 * the lengths. */
bool ignore_glob(const char *pattern, const char *text);

#endif
