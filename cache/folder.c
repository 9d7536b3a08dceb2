#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

#define COMPARE_BYTES 65536

/* One part after the other, for kernels without openat2. */
static int open_part_by_part(int folder_fd, const char *path, int flags, mode_t mode)
{
	CLEANUP(cleanup_close) int at_fd = -1;
	const char *slash;
	char part[64];
	int fd;

	while ((slash = strchr(path, '/'))) {
		size_t part_bytes = (size_t)(slash - path);

		if (part_bytes >= sizeof part)
			return -ENAMETOOLONG;
		memcpy(part, path, part_bytes);
		part[part_bytes] = '\0';
		fd = openat(at_fd < 0 ? folder_fd : at_fd, part,
			    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		cleanup_close(&at_fd);
		at_fd = fd;
		path = slash + 1;
	}
	fd = openat(at_fd < 0 ? folder_fd : at_fd, path, flags | O_NOFOLLOW | O_CLOEXEC, mode);
	return fd < 0 ? -errno : fd;
}

int folder_open_file(int folder_fd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	/* Not asked again: the answer is the kernel's, or that of a sandbox, for good. */
	static bool has_openat2 = true;
	long fd;

	if (!has_openat2)
		return open_part_by_part(folder_fd, path, flags, mode);
	/* EAGAIN is that of another program's lease (fcntl(2), F_SETLEASE), which may take most of
	 * a minute: that of a rename while the path was walked comes with ".." in a path alone. */
	do {
		fd = syscall(SYS_openat2, folder_fd, path, &how, sizeof how);
	} while (fd < 0 && errno == EINTR);
	if (fd >= 0)
		return (int)fd;
	if (errno != ENOSYS && errno != EPERM)
		return -errno;
	has_openat2 = errno != ENOSYS;
	return open_part_by_part(folder_fd, path, flags, mode);
}

bool folder_is_other_type(int error)
{
	return error == -ELOOP || error == -EISDIR || error == -ENXIO || error == -ENOTDIR ||
	       error == -EXDEV;
}

int folder_open_folder(int folder_fd, const char *name, int *ret_was_made)
{
	int was_made = mkdirat(folder_fd, name, 0700) == 0;
	int fd;

	if (!was_made && errno != EEXIST)
		return -errno;
	fd = folder_open_file(folder_fd, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd >= 0 && ret_was_made)
		*ret_was_made = was_made;
	return fd;
}

int folder_is_listed(const struct dirent *item)
{
	const char *name = item->d_name;

	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strncmp(name, ".nfs", 4) != 0 &&
	       strncmp(name, ".fuse_hidden", 12) != 0;
}

static ssize_t read_at(int fd, void *data, size_t size_bytes, off_t offset)
{
	size_t length_bytes = 0;

	while (length_bytes < size_bytes) {
		ssize_t got = pread(fd, (char *)data + length_bytes, size_bytes - length_bytes,
				    offset + (off_t)length_bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		length_bytes += (size_t)got;
	}
	return (ssize_t)length_bytes;
}

int folder_compare_files(int a_fd, int b_fd)
{
	static char a[COMPARE_BYTES], b[COMPARE_BYTES];

	for (off_t offset = 0;; offset += COMPARE_BYTES) {
		ssize_t a_bytes = read_at(a_fd, a, sizeof a, offset);
		ssize_t b_bytes = read_at(b_fd, b, sizeof b, offset);

		if (a_bytes < 0 || b_bytes < 0)
			return (int)(a_bytes < 0 ? a_bytes : b_bytes);
		if (a_bytes != b_bytes || memcmp(a, b, (size_t)a_bytes))
			return 0;
		if (a_bytes < COMPARE_BYTES)
			return 1;
	}
}

int folder_write_all(int fd, const void *data, size_t length_bytes)
{
	const char *at = data;

	while (length_bytes) {
		ssize_t written = write(fd, at, length_bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		at += written;
		length_bytes -= (size_t)written;
	}
	return 0;
}
