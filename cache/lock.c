#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "folder.h"
#include "patience.h"

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
	while (flock(fd, how | LOCK_NB) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int locked_at_last(int fd, int how, const char *holder)
{
	struct patience patience = {0};
	int error;

	while ((error = locked(fd, how)) == -EAGAIN) {
		error = patience_pause(&patience, holder);
		if (error)
			return error;
	}
	return error;
}

int lock_shared(int fd, const char *holder)
{
	return locked_at_last(fd, LOCK_SH, holder);
}

int lock_exclusive(int fd, const char *holder)
{
	return locked_at_last(fd, LOCK_EX, holder);
}

int lock_try_shared(int fd)
{
	return locked(fd, LOCK_SH);
}

bool lock_try_exclusive(int fd)
{
	return locked(fd, LOCK_EX) == 0;
}

void lock_release(int fd)
{
	locked(fd, LOCK_UN);
}

int lock_fault(struct fault *fault, int error, const char *name, const char *holder)
{
	if (error == -ECANCELED)
		return fault_raise(fault, error, "%s: lock: interrupted while %s", name, holder);
	if (error == -ETIMEDOUT)
		return fault_raise(fault, error, "%s: lock: --max-time is over, and %s", name,
				   holder);
	return fault_raise(fault, error, "%s: lock: %s", name, strerror(-error));
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
