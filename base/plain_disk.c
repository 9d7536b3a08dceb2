#include "plain_disk.h"

#include <errno.h>
#include <unistd.h>

bool plain_disk_lacks(int error)
{
	/* EINVAL: an owner that a user namespace has no number for. */
	return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EINVAL;
}

static int repeat(int fd, int (*call)(int fd))
{
	while (call(fd) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int plain_disk_sync(int fd, int (*call)(int fd))
{
	int error = repeat(fd, call);

	if (error == -EINVAL || error == -EOPNOTSUPP || error == -ENOSYS)
		return repeat(fd, syncfs);
	return error;
}
