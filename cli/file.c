#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "tmpfile.h"

/* O_NONBLOCK: a named pipe in the site would be waited for, for ever. */
int file_open(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &status) && S_ISREG(status.st_mode))
		return fd;
	close(fd);
	return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
}

const char *file_error_text(int error)
{
	return error == -ELOOP    ? "it is a symbolic link, which is not followed"
	       : error == -EINVAL ? "it is no regular file"
	       : error == -EXDEV  ? "a symbolic link leads out of the site"
				  : strerror(-error);
}

int file_read(int dir_fd, const char *name, struct buf *ret_text)
{
	CLEANUP(cleanup_close) int fd = -1;
	char chunk[65536];

	fd = dir_fd == AT_FDCWD ? open(name, O_RDONLY | O_CLOEXEC) : file_open(dir_fd, name);
	if (fd < 0)
		return dir_fd == AT_FDCWD ? -errno : fd;
	for (;;) {
		ssize_t got = read(fd, chunk, sizeof chunk);
		int error;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		error = buf_append(ret_text, chunk, (size_t)got);
		if (error)
			return error;
	}
}

int file_replace(int dir_fd, const char *folder, const char *name, const struct buf *text,
		 struct fault *fault)
{
	struct tmpfile tmp = TMPFILE_INIT;
	int error = tmpfile_open(&tmp, dir_fd, folder, fault);

	if (!error)
		error = tmpfile_write(&tmp, text->data, text->length_bytes, fault);
	if (!error)
		return tmpfile_publish(&tmp, name, 0644, fault);
	tmpfile_discard(&tmp);
	return error;
}
