#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cleanup.h"
#include "tmpfile.h"

int file_read(int dir_fd, const char *name, struct buf *ret_text)
{
	CLEANUP(cleanup_close) int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char chunk[65536];

	if (fd < 0)
		return -errno;
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
