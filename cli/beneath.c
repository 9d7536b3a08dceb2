#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "file.h"

static bool read_real_path(int fd, char *ret_path)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = readlink(link, ret_path, PATH_MAX - 1);
	if (length < 0)
		return false;
	ret_path[length] = '\0';
	return true;
}

/* Where the kernel or a sandbox has no openat2, or a link on the way is absolute: opened, then kept
 * only when its real path is below the root's. */
static int open_and_compare(int root_fd, const char *path)
{
	char root[PATH_MAX], real[PATH_MAX];
	size_t root_bytes;
	int fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (read_real_path(root_fd, root) && read_real_path(fd, real)) {
		root_bytes = strcmp(root, "/") ? strlen(root) : 0;
		if (!strncmp(real, root, root_bytes) &&
		    (real[root_bytes] == '/' || !real[root_bytes]))
			return fd;
	}
	close(fd);
	errno = EXDEV;
	return -1;
}

int beneath_open(int root_fd, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH,
	};
	int fd;

	/* EAGAIN: something was renamed meanwhile, and the kernel could not tell. */
	do {
		fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof how);
	} while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	if (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == EXDEV))
		return open_and_compare(root_fd, path);
	return fd;
}

int beneath_open_parent(int root_fd, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(cleanup_free)
	char *folder = slash ? alloc_string_n(path, (size_t)(slash - path)) : alloc_string(".");

	*ret_name = slash ? slash + 1 : path;
	return beneath_open(root_fd, folder);
}

/* A web server is to reach the files, which have mode 0644 whatever the umask is. What the umask
 * and the folder above give beyond that stays: a group that shares the site writes there, too. */
static int make_folder(int root_fd, const char *path)
{
	const char *name;
	CLEANUP(cleanup_close) int fd = beneath_open_parent(root_fd, path, &name);
	struct stat status;
	int changed;

	if (fd < 0)
		return -errno;
	if (mkdirat(fd, name, 0777) < 0)
		return errno == EEXIST ? 0 : -errno;
	if (!fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW)) {
		changed = fchmodat(fd, name, (status.st_mode & 07777) | 0755, 0);
		(void)changed; /* there are file systems without modes */
	}
	return 0;
}

int beneath_make(int root_fd, const char *folder, int *ret_fd, struct fault *fault)
{
	CLEANUP(cleanup_free) char *path = alloc_string(folder);
	int error = 0, fd;

	for (char *slash = strchr(path, '/'); slash && !error; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		error = make_folder(root_fd, path);
		*slash = '/';
	}
	if (!error)
		error = make_folder(root_fd, path);
	if (error)
		return fault_raise(fault, error, "%s: make the folder: %s", folder,
				   file_error_text(error));
	fd = beneath_open(root_fd, path);
	if (fd < 0) {
		error = -errno;
		return fault_raise(fault, error, "%s: open the folder: %s", folder,
				   file_error_text(error));
	}
	*ret_fd = fd;
	return 0;
}
