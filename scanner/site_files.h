/*
 * site_files.h: the site's folder as the only part of the disk there is. A path is from the root,
 * '/' separated, without a leading '/'; what lies outside, by ".." or by a symbolic link, cannot be
 * opened. Safe for threads; what was asked once is remembered.
 */
#ifndef SITE_FILES_H
#define SITE_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "scanner.h"

struct site_files;

int site_files_new(const char *root, struct site_files **ret_files, struct fault *fault);
void site_files_free(struct site_files *files);

/* A descriptor, or a negative errno: -EXDEV when the path leads outside. Safe for threads. */
int site_files_open(const struct site_files *files, const char *path, int flags);
/* A file's bytes and a NUL; the memory is used again for the next. */
struct file_text {
	char *data;
	size_t length_bytes, capacity_bytes;
	bool is_cut; /* the file is longer */
};
void file_text_release(struct file_text *text);
/* Up to `max_bytes` of a regular file: 0 or a negative errno, -EINVAL when it is none. Safe for
 * threads. */
int site_files_read(const struct site_files *files, const char *path, size_t max_bytes,
		    struct file_text *text);

/* Is there a regular file? LOCAL_CASE_MISMATCH fills *ret_actual (free() it). Remembers folders. */
enum local_state site_files_look(struct site_files *files, const char *path, char **ret_actual);
/* The same, without looking for other spellings. */
enum local_state site_files_look_exactly(struct site_files *files, const char *path);

#endif
