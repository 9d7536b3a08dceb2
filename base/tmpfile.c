#include "tmpfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static void choose_name(char *ret_name, size_t size_bytes)
{
	static uint64_t counter;
	uint64_t random = 0;

	if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
		random = (uint64_t)getpid() << 32 | ++counter;
	snprintf(ret_name, size_bytes, TMPFILE_PREFIX "%016" PRIx64, random);
}

int tmpfile_open(struct tmpfile *tmp, int dir_fd, const char *dir_name, struct fault *fault)
{
	*tmp = (struct tmpfile){.fd = -1, .dir_fd = dir_fd, .dir_name = dir_name};
	tmp->fd = openat(dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (tmp->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		choose_name(tmp->name, sizeof tmp->name);
		tmp->fd = openat(dir_fd, tmp->name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	}
	/* Best effort: where there are no locks, tmpfile_sweep() finds none to be free either. */
	if (tmp->fd >= 0)
		(void)flock(tmp->fd, LOCK_EX | LOCK_NB);
	if (tmp->fd < 0) {
		int error = -errno;

		tmp->name[0] = '\0';
		return fault_raise(fault, error, "%s: make a temporary file: %s", dir_name,
				   strerror(-error));
	}
	return 0;
}

int tmpfile_write(struct tmpfile *tmp, const void *data, size_t length_bytes, struct fault *fault)
{
	const char *at = data;

	while (length_bytes) {
		ssize_t written = write(tmp->fd, at, length_bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			int error = written < 0 ? -errno : -EIO;

			return fault_raise(fault, error, "%s: write: %s", tmp->dir_name,
					   strerror(-error));
		}
		at += written;
		length_bytes -= (size_t)written;
	}
	return 0;
}

/* Gives an O_TMPFILE file a temporary name: linkat cannot replace, rename can. */
static int give_name(struct tmpfile *tmp)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", tmp->fd);
	choose_name(tmp->name, sizeof tmp->name);
	if (linkat(AT_FDCWD, path, tmp->dir_fd, tmp->name, AT_SYMLINK_FOLLOW) < 0) {
		tmp->name[0] = '\0';
		return -errno;
	}
	return 0;
}

int tmpfile_publish(struct tmpfile *tmp, const char *name, mode_t mode, struct fault *fault)
{
	const char *step = "set mode";
	int error = 0;

	if (fchmod(tmp->fd, mode) < 0)
		error = -errno;
	if (!error) {
		step = "sync";
		if (fdatasync(tmp->fd) < 0)
			error = -errno;
	}
	if (!error && !tmp->name[0]) {
		step = "link";
		error = give_name(tmp);
	}
	if (!error) {
		step = "rename";
		if (renameat(tmp->dir_fd, tmp->name, tmp->dir_fd, name) < 0)
			error = -errno;
		else
			tmp->name[0] = '\0';
	}
	if (error)
		fault_raise(fault, error, "%s/%s: %s: %s", tmp->dir_name, name, step,
			    strerror(-error));
	tmpfile_discard(tmp);
	return error;
}

void tmpfile_discard(struct tmpfile *tmp)
{
	if (tmp->fd >= 0)
		close(tmp->fd);
	if (tmp->name[0])
		unlinkat(tmp->dir_fd, tmp->name, 0);
	*tmp = TMPFILE_INIT;
}

/* Its writer holds a lock on it for as long as it lives. */
static void remove_abandoned(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(dir_fd, name, 0);
	close(fd);
}

void tmpfile_sweep(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *item;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((item = readdir(folder)))
		if (!strncmp(item->d_name, TMPFILE_PREFIX, strlen(TMPFILE_PREFIX)))
			remove_abandoned(dir_fd, item->d_name);
	closedir(folder);
}
