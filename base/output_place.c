#include "output_place.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"

#define MOST_LINKS 16
#define DESCRIPTOR_DIGITS 9

/* N of /dev/fd/N and /proc/self/fd/N; -1: another path. */
static int descriptor_number(const char *path)
{
	static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		size_t length = strlen(folders[i]);
		const char *digits = path + length;

		if (!strncmp(path, folders[i], length) && isdigit((unsigned char)*digits) &&
		    strlen(digits) <= DESCRIPTOR_DIGITS &&
		    digits[strspn(digits, "0123456789")] == '\0')
			return atoi(digits);
	}
	return -1;
}

/* What the link holds, as a path from where `path` is one; NULL: it is no link. */
static char *read_link(const char *path)
{
	const char *slash = strrchr(path, '/');
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof target - 1);

	if (length < 0)
		return NULL;
	target[length] = '\0';
	if (target[0] == '/' || !slash)
		return alloc_string(target);
	return alloc_printf("%.*s/%s", (int)(slash - path), path, target);
}

/* Where links lead to from `path`, there or not; *ret_number is the descriptor that this is, or
 * -1. */
static char *follow(const char *path, int *ret_number)
{
	char *at = alloc_string(path);

	*ret_number = descriptor_number(at);
	for (int i = 0; *ret_number < 0 && i < MOST_LINKS; i++) {
		char *next = read_link(at);

		if (!next)
			return at;
		free(at);
		at = next;
		*ret_number = descriptor_number(at);
	}
	return at;
}

/* Not one that this process has opened itself. */
static int duplicate(int number)
{
	int flags = fcntl(number, F_GETFD);

	if (flags < 0 || (flags & FD_CLOEXEC)) {
		errno = EBADF;
		return -1;
	}
	return fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* The umask can only be read by setting it: for a moment to one that lets nobody else in. */
static mode_t mode_of_new(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return 0666 & ~mask;
}

int output_place_find(const char *path, struct output_place *ret_place, struct fault *fault)
{
	int number, fd;
	CLEANUP(cleanup_free) char *end = follow(path, &number);
	struct stat status;
	bool is_there = !stat(path, &status);

	if (number < 0 && (!is_there || S_ISREG(status.st_mode))) {
		ret_place->fd = -1;
		ret_place->path = end;
		ret_place->mode = is_there ? status.st_mode & 0777 : mode_of_new();
		end = NULL;
		return 0;
	}
	fd = number >= 0 ? duplicate(number) : open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fault_raise(fault, -errno, "%s: open: %s", path, strerror(errno));
	*ret_place = (struct output_place){.fd = fd};
	return 0;
}

void output_place_release(struct output_place *place)
{
	cleanup_close(&place->fd);
	free(place->path);
	place->path = NULL;
}
