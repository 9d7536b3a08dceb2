/*
 * unread.c: loaded into a renderer by test_renderers.py, a disk that gives it nothing.
 */
#include <errno.h>
#include <sys/types.h>

ssize_t pread64(int fd, void *data, size_t size_bytes, off_t offset)
{
	(void)fd, (void)data, (void)size_bytes, (void)offset;
	errno = EIO;
	return -1;
}
