/*
 * tmpfile.h: a file that appears under its name whole, or not at all.
 *
 *	tmpfile_open(&tmp, dir_fd, "_data", &fault);
 *	tmpfile_write(&tmp, data, length, &fault);
 *	tmpfile_publish(&tmp, "picdesk.json", 0644, &fault);    or    tmpfile_discard(&tmp);
 *
 * Made with O_TMPFILE, so a kill leaves nothing behind; where the file system has none, or there
 * are no links or no /proc to give it a name, a file named ".picdesk-tmp-*" that a kill may leave.
 * tmpfile_publish syncs the data, then replaces the name atomically. A discarded or published
 * tmpfile may be opened again.
 */
#ifndef TMPFILE_H
#define TMPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "fault.h"

#define TMPFILE_PREFIX ".picdesk-tmp-"

struct tmpfile {
	int fd; /* -1: not open */
	int dir_fd;
	const char *dir_name; /* for messages; borrowed until published or discarded */
	char name[40];        /* "" while the file has no name */
};

#define TMPFILE_INIT ((struct tmpfile){.fd = -1, .dir_fd = -1})

/* A new descriptor of a file without a name, or a negative errno. -EOPNOTSUPP, -EISDIR, -ENOENT:
 * such files are not to be had here. */
int tmpfile_open_unnamed(int dir_fd, mode_t mode);
int tmpfile_open(struct tmpfile *tmp, int dir_fd, const char *dir_name, struct fault *fault);
/* Writes all of it; short writes and EINTR are handled. */
int tmpfile_write(struct tmpfile *tmp, const void *data, size_t length_bytes, struct fault *fault);
/* Replaces `name` in the folder. On failure the temporary is gone too. */
int tmpfile_publish(struct tmpfile *tmp, const char *name, mode_t mode, struct fault *fault);
/* 0 or a negative errno. Where the file system has no modes nothing happens. */
int tmpfile_set_mode(struct tmpfile *tmp, mode_t mode);
/* As tmpfile_publish, for one whose bytes and mode are durable: many are synced at once by
 * syncfs(2).
 */
int tmpfile_publish_synced(struct tmpfile *tmp, const char *name, struct fault *fault);
void tmpfile_discard(struct tmpfile *tmp);
/* Removes the temporaries that killed processes left in the folder; those of living ones stay. */
void tmpfile_sweep(int dir_fd);

#endif
