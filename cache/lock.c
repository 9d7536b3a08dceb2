#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "folder.h"

int lock_open(int folder_fd, const char *name, int *ret_fd, struct fault *fault)
{
	int fd = folder_open_file(folder_fd, name, O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		return fault_raise(fault, fd, "%s: open: %s", name, strerror(-fd));
	*ret_fd = fd;
	return 0;
}

static int locked(int fd, int how)
{
	while (flock(fd, how) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int lock_shared(int fd)
{
	return locked(fd, LOCK_SH);
}

int lock_exclusive(int fd)
{
	return locked(fd, LOCK_EX);
}

bool lock_try_exclusive(int fd)
{
	return locked(fd, LOCK_EX | LOCK_NB) == 0;
}

void lock_release(int fd)
{
	locked(fd, LOCK_UN);
}

int lock_range(int fd, short type, off_t offset, off_t length)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = offset,
		.l_len = length,
	};

	while (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}
