/*
 * file_update.h: a file of the site written anew, and replaced only where its bytes change.
 *
 *	file_update_begin(&update, folder_fd, "_data", "picdesk.json");
 *	file_update_write(&update, data, length, &fault);	... again and again
 *	if (file_update_is_change(&update)) ...
 *	file_update_end(&update, &is_changed, &fault);	  or  file_update_release(&update);
 *
 * What is written is compared with the file piece by piece, so neither is ever in memory whole;
 * from the first difference on it goes to a temporary file (tmpfile.h), which file_update_end()
 * publishes. A file that stays as it is is not touched.
 */
#ifndef FILE_UPDATE_H
#define FILE_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "tmpfile.h"

struct file_update {
	int dir_fd;
	const char *folder, *name; /* borrowed */
	int old_fd;                /* -1: there is no such file */
	uint64_t old_bytes, equal_bytes;
	struct tmpfile tmp;
	bool differs;
};

/* 0, or what file_open() says of a file that is there. `folder` is for messages. */
int file_update_begin(struct file_update *update, int dir_fd, const char *folder, const char *name);
int file_update_write(struct file_update *update, const void *data, size_t length_bytes,
		      struct fault *fault);
/* After the last byte: whether the file is to be replaced or made. */
bool file_update_is_change(const struct file_update *update);
int file_update_end(struct file_update *update, bool *ret_is_changed, struct fault *fault);
void file_update_release(struct file_update *update); /* also after an end: does nothing then */

#endif
