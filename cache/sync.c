#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AT_ONCE 64

#ifdef CACHE_UNSAFE_NOSYNC

int sync_file(int fd)
{
	return fd < 0 ? -EBADF : 0;
}

int sync_folder(int fd)
{
	return sync_file(fd);
}

int sync_files(const int *fds, size_t count, int file_system_fd)
{
	(void)fds, (void)count;
	return sync_file(file_system_fd);
}

int sync_folders(const int *fds, size_t count, int file_system_fd)
{
	return sync_files(fds, count, file_system_fd);
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

static int sync_file_system(int fd)
{
	while (syncfs(fd) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* The kernel's queue for asynchronous calls (io_setup(2)); 0: there is none. One for the life of
 * the process: to give it back takes longer than a sync. A child does not inherit it. */
static aio_context_t queue(void)
{
	static aio_context_t context;
	static pid_t owner;

	if (owner == getpid())
		return context;
	context = 0;
	owner = getpid();
	if (syscall(SYS_io_setup, AT_ONCE, &context) < 0)
		context = 0;
	return context;
}

/* Waits for `least` of them, or more; returns how many ended, and keeps the first error. */
static long collect(aio_context_t context, size_t least, int *error)
{
	struct io_event events[AT_ONCE];
	long count;

	do {
		count = syscall(SYS_io_getevents, context, (long)least, (long)AT_ONCE, events,
				NULL);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	for (long i = 0; i < count; i++)
		if (events[i].res < 0 && !*error)
			*error = (int)events[i].res;
	return count;
}

/* At most AT_ONCE. What was submitted is always waited for. */
static int sync_some(aio_context_t context, const int *fds, size_t count, int opcode)
{
	struct iocb calls[AT_ONCE] = {0}, *list[AT_ONCE];
	size_t submitted = 0, ended = 0;
	int error = 0;

	for (size_t i = 0; i < count; i++) {
		calls[i].aio_fildes = (uint32_t)fds[i];
		calls[i].aio_lio_opcode = (uint16_t)opcode;
		list[i] = &calls[i];
	}
	while (ended < count) {
		long done = 0;

		if (submitted < count && !error) {
			done = syscall(SYS_io_submit, context, (long)(count - submitted),
				       list + submitted);
			if (done > 0)
				submitted += (size_t)done;
			else if (submitted == ended)
				error = done < 0 ? -errno : -EAGAIN;
		}
		if (submitted == ended)
			return error;
		done = collect(context, submitted - ended, &error);
		if (done < 0)
			return (int)done;
		ended += (size_t)done;
		if (error && ended == submitted)
			return error;
	}
	return error;
}

/* -EINVAL and -EOPNOTSUPP: the file system has no such call. */
static int sync_all(const int *fds, size_t count, int opcode, int file_system_fd)
{
	aio_context_t context = count ? queue() : 0;
	int error = context || !count ? 0 : -ENOSYS;

	for (size_t at = 0; at < count && !error; at += AT_ONCE)
		error = sync_some(context, fds + at, count - at < AT_ONCE ? count - at : AT_ONCE,
				  opcode);
	if (error == -ENOSYS || error == -EINVAL || error == -EOPNOTSUPP || error == -EAGAIN ||
	    error == -EPERM)
		return sync_file_system(file_system_fd);
	return error;
}

int sync_files(const int *fds, size_t count, int file_system_fd)
{
	return count == 1 ? sync_file(fds[0])
			  : sync_all(fds, count, IOCB_CMD_FDSYNC, file_system_fd);
}

int sync_folders(const int *fds, size_t count, int file_system_fd)
{
	return count == 1 ? sync_folder(fds[0])
			  : sync_all(fds, count, IOCB_CMD_FSYNC, file_system_fd);
}

void sync_start(int fd)
{
	/* A hint only: what fails here fails again, and is seen, in the sync that follows. */
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

#endif
