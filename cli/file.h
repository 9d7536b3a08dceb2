/*
 * file.h: whole files of the site in and out.
 */
#ifndef FILE_H
#define FILE_H

#include "buf.h"
#include "fault.h"

/* For reading: a descriptor, or a negative errno: a symbolic link (-ELOOP) and what is no regular
 * file (-EINVAL; -EISDIR) are refused. */
int file_open(int dir_fd, const char *name);
/* Appends a file's bytes. In a folder of the site a symbolic link (-ELOOP) and what is no regular
 * file (-EINVAL; -EISDIR) are refused; AT_FDCWD stands for a path that a person gave: links and
 * pipes are read. -E2BIG over the buf's maximum. */
int file_read(int dir_fd, const char *name, struct buf *ret_text);
/* What such an error means for a file of the site. */
const char *file_error_text(int error);
/* Replaces `name` in the folder whole (see tmpfile.h), mode 0644. `folder` is for messages. */
int file_replace(int dir_fd, const char *folder, const char *name, const struct buf *text,
		 struct fault *fault);

#endif
