#include "tmpfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plain_disk.h"
#include "rename_new.h"

#define COPY_BYTES 65536
#define NAME_DIGITS 16 /* behind TMPFILE_PREFIX */

static void choose_name(char *ret_name, size_t size_bytes)
{
	static uint64_t counter;
	uint64_t random = 0;

	if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
		random = (uint64_t)getpid() << 32 | ++counter;
	snprintf(ret_name, size_bytes, TMPFILE_PREFIX "%016" PRIx64, random);
}

/* Best effort: where there are no locks, tmpfile_sweep() finds none to be free either. False: it
 * was swept away before it was locked. */
static bool lock_named(const struct tmpfile *tmp, int fd)
{
	while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
		;
	return faccessat(tmp->dir_fd, tmp->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

/* A new descriptor or a negative errno. */
static int open_with_name(struct tmpfile *tmp)
{
	for (;;) {
		int fd;

		choose_name(tmp->name, sizeof tmp->name);
		fd = openat(tmp->dir_fd, tmp->name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0) {
			tmp->name[0] = '\0';
			return -errno;
		}
		if (lock_named(tmp, fd))
			return fd;
		close(fd);
	}
}

/* Only /proc can give it a name later: where that is not mounted it would be lost. */
int tmpfile_open_unnamed(int dir_fd, mode_t mode)
{
	static atomic_bool has_proc; /* each file of a run would ask for it */
	int fd;

	if (!has_proc && access("/proc/self/fd", X_OK) < 0)
		return -EOPNOTSUPP;
	has_proc = true;
	fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
	return fd < 0 ? -errno : fd;
}

int tmpfile_open(struct tmpfile *tmp, int dir_fd, const char *dir_name, struct fault *fault)
{
	int fd;

	*tmp = (struct tmpfile){.fd = -1, .dir_fd = dir_fd, .dir_name = dir_name};
	fd = tmpfile_open_unnamed(dir_fd, 0600);
	if (fd == -EOPNOTSUPP || fd == -EISDIR || fd == -ENOENT)
		fd = open_with_name(tmp);
	if (fd < 0)
		return fault_raise(fault, fd, "%s: make a temporary file: %s", dir_name,
				   strerror(-fd));
	tmp->fd = fd;
	return 0;
}

/* 0 or a negative errno. */
static int write_all(int fd, const char *data, size_t length_bytes)
{
	while (length_bytes) {
		ssize_t written = write(fd, data, length_bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		data += written;
		length_bytes -= (size_t)written;
	}
	return 0;
}

int tmpfile_write(struct tmpfile *tmp, const void *data, size_t length_bytes, struct fault *fault)
{
	int error = write_all(tmp->fd, data, length_bytes);

	if (error)
		return fault_raise(fault, error, "%s: write: %s", tmp->dir_name, strerror(-error));
	return 0;
}

/* --- names --------------------------------------------------------------------------------------
 */

int tmpfile_set_mode(struct tmpfile *tmp, mode_t mode)
{
	/* Where a file system has none, each file has the mode of all. */
	return fchmod(tmp->fd, mode) < 0 && !plain_disk_lacks(errno) ? -errno : 0;
}

static int link_as(const struct tmpfile *tmp, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", tmp->fd);
	return linkat(AT_FDCWD, path, tmp->dir_fd, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

static int copy_bytes(int from, int to)
{
	char data[COPY_BYTES];
	off_t at = 0;
	ssize_t got;

	do {
		int error;

		got = pread(from, data, sizeof data, at);
		if (got < 0 && errno == EINTR)
			continue;
		error = got < 0 ? -errno : write_all(to, data, (size_t)got);
		if (error)
			return error;
		at += got;
	} while (got);
	return 0;
}

/* Where links are refused: the bytes again, in a file that has a name from the start. */
static int copy_with_name(struct tmpfile *tmp)
{
	struct stat status;
	int from = tmp->fd, fd = open_with_name(tmp);
	int error;

	if (fd < 0)
		return fd;
	tmp->fd = fd;
	error = copy_bytes(from, fd);
	if (!error && fstat(from, &status) < 0)
		error = -errno;
	if (!error)
		error = tmpfile_set_mode(tmp, status.st_mode & 07777);
	if (!error)
		error = plain_disk_sync(fd, fdatasync);
	close(from);
	return error;
}

/* Gives an O_TMPFILE file a temporary name: linkat cannot replace, rename can. It is locked before
 * it has one. */
static int give_temporary_name(struct tmpfile *tmp)
{
	char name[sizeof tmp->name];
	int error;

	choose_name(name, sizeof name);
	(void)flock(tmp->fd, LOCK_EX | LOCK_NB);
	error = link_as(tmp, name);
	if (!error)
		memcpy(tmp->name, name, sizeof name);
	return link_is_refused(-error) ? copy_with_name(tmp) : error;
}

int tmpfile_publish_synced(struct tmpfile *tmp, const char *name, struct fault *fault)
{
	const char *step = "link";
	int error = tmp->name[0] ? -EEXIST : link_as(tmp, name);
	bool needs_rename = error == -EEXIST || link_is_refused(-error);

	if (needs_rename)
		error = tmp->name[0] ? 0 : give_temporary_name(tmp);
	if (needs_rename && !error) {
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

int tmpfile_publish(struct tmpfile *tmp, const char *name, mode_t mode, struct fault *fault)
{
	const char *step = "set mode";
	int error = tmpfile_set_mode(tmp, mode);

	if (!error) {
		step = "sync";
		error = plain_disk_sync(tmp->fd, fdatasync);
	}
	if (!error)
		return tmpfile_publish_synced(tmp, name, fault);
	fault_raise(fault, error, "%s/%s: %s: %s", tmp->dir_name, name, step, strerror(-error));
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

/* As choose_name() makes it: in a folder of the user's there may be others. */
static bool is_chosen_name(const char *name)
{
	if (strncmp(name, TMPFILE_PREFIX, strlen(TMPFILE_PREFIX)) != 0)
		return false;
	name += strlen(TMPFILE_PREFIX);
	return strlen(name) == NAME_DIGITS && strspn(name, "0123456789abcdef") == NAME_DIGITS;
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
		if (is_chosen_name(item->d_name))
			remove_abandoned(dir_fd, item->d_name);
	closedir(folder);
}
