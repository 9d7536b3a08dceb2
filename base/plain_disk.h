/*
 * plain_disk.h: file systems without some of what Linux's own have (FAT, some of FUSE, 9P and SMB;
 * folders that are shared with a virtual machine).
 *
 *	if (fchmod(fd, mode) < 0 && !plain_disk_lacks(errno))
 *		return -errno;
 *	error = plain_disk_sync(fd, fdatasync);
 */
#ifndef PLAIN_DISK_H
#define PLAIN_DISK_H

#include <stdbool.h>

/* Whether an errno of a call that sets modes, owners or times says that the file system has none,
 * or that they are not ours to set. */
bool plain_disk_lacks(int error);

/* fsync(2) or fdatasync(2); where a file system has no such call, for folders above all, all that
 * anybody wrote there is waited for. 0 or a negative errno. */
int plain_disk_sync(int fd, int (*call)(int fd));

#endif
