/*
 * rename_new.h: names for new files where hard links are not to be had (FAT, exFAT, some of FUSE,
 *9P and SMB; sandboxes).
 *
 *	if (linkat(...) < 0 && link_is_refused(errno))
 *		error = rename_new(tmp_fd, "new-1", dir_fd, "a.jpg");
 */
#ifndef RENAME_NEW_H
#define RENAME_NEW_H

#include <stdbool.h>

/* Whether an errno of linkat(2) may say that there are no hard links: file systems have many words
 * for it. Where it meant something else, the renaming that follows fails as well. */
bool link_is_refused(int error);

/* Renames a file unless the other name is taken, on one file system: 0, -EEXIST, or another
 * negative errno; then nothing has changed. Where neither the kernel nor the file system knows how
 * (RENAME_NOREPLACE), it looks first: a file that somebody puts there at that moment is replaced.
 */
int rename_new(int from_fd, const char *from, int to_fd, const char *to);

#endif
