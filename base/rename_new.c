#include "rename_new.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

bool link_is_refused(int error)
{
	switch (error) {
	case 0:
	case EEXIST:
	case ENOENT:
	case ENOSPC:
	case EDQUOT:
	case EROFS:
		return false;
	default: /* also EIO (rclone), ERANGE (CryFS), EXDEV (AFS), EACCES (Android) */
		return true;
	}
}

int rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
	struct stat status;

	if (!renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (!fstatat(to_fd, to, &status, AT_SYMLINK_NOFOLLOW))
		return -EEXIST;
	if (errno != ENOENT)
		return -errno;
	return renameat(from_fd, from, to_fd, to) < 0 ? -errno : 0;
}
