/*
 * file.h: whole files of the site in and out.
 */
#ifndef FILE_H
#define FILE_H

#include "buf.h"
#include "fault.h"

/* Appends a file's bytes; a symbolic link in the last place is refused (-ELOOP). -E2BIG over the
 * buf's maximum. */
int file_read(int dir_fd, const char *name, struct buf *ret_text);
/* Replaces `name` in the folder whole (see tmpfile.h), mode 0644. `folder` is for messages. */
int file_replace(int dir_fd, const char *folder, const char *name, const struct buf *text,
		 struct fault *fault);

#endif
