#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#ifdef CACHE_UNSAFE_NOSYNC

int sync_file(int fd)
{
	return fd < 0 ? -EBADF : 0;
}

int sync_folder(int fd)
{
	return sync_file(fd);
}

int sync_file_system(int fd)
{
	return sync_file(fd);
}

void sync_start(int fd)
{
	(void)fd;
}

#else

int sync_file(int fd)
{
	while (fdatasync(fd) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int sync_folder(int fd)
{
	while (fsync(fd) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int sync_file_system(int fd)
{
	while (syncfs(fd) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

void sync_start(int fd)
{
	/* A hint only: what fails here fails again, and is seen, in the sync that follows. */
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

#endif
