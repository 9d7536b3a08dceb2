#include "lease.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"
#include "cleanup.h"
#include "folder.h"

#define FILES 16
/* The largest offset whose lock ends before the largest that the kernel knows. */
#define OFFSET_MASK (UINT64_MAX >> 4)

struct leases {
	int folder_fd;
	int fds[FILES];  /* opened when they are needed; -1: not yet */
	uint64_t *ended; /* the URLs' hashes */
	size_t ended_count, ended_capacity;
};

int leases_open(int folder_fd, struct leases **ret_leases, struct fault *fault)
{
	int fd = folder_open_folder(folder_fd, LEASES_NAME, NULL);

	if (fd < 0)
		return fault_raise(fault, fd, LEASES_NAME ": open the folder: %s", strerror(-fd));
	*ret_leases = alloc_zeroed(1, sizeof **ret_leases);
	(*ret_leases)->folder_fd = fd;
	for (size_t i = 0; i < FILES; i++)
		(*ret_leases)->fds[i] = -1;
	return 0;
}

void leases_free(struct leases *leases)
{
	if (!leases)
		return;
	for (size_t i = 0; i < FILES; i++)
		cleanup_close(&leases->fds[i]);
	cleanup_close(&leases->folder_fd);
	free(leases->ended);
	free(leases);
}

static uint64_t hash_of(const char *url)
{
	return XXH3_64bits(url, strlen(url));
}

/* The file of that hash, or a negative errno. */
static int file_of(struct leases *leases, uint64_t hash)
{
	static const char digits[] = "0123456789abcdef";
	size_t number = (size_t)(hash >> 60);
	const char name[] = {digits[number], '\0'};

	if (leases->fds[number] >= 0)
		return leases->fds[number];
	leases->fds[number] = folder_open_file(leases->folder_fd, name, O_RDWR | O_CREAT, 0600);
	return leases->fds[number];
}

/* 0 or a negative errno. Never waits. */
static int set_lock(struct leases *leases, short type, uint64_t hash)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)(hash & OFFSET_MASK),
		.l_len = 1,
	};
	int fd = file_of(leases, hash);

	if (fd < 0)
		return fd;
	while (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

bool lease_take(struct leases *leases, const char *url)
{
	return set_lock(leases, F_WRLCK, hash_of(url)) != -EAGAIN;
}

void lease_end(struct leases *leases, const char *url)
{
	ALLOC_GROW(leases->ended, leases->ended_count, leases->ended_capacity);
	leases->ended[leases->ended_count++] = hash_of(url);
}

void leases_release_ended(struct leases *leases)
{
	for (size_t i = 0; i < leases->ended_count; i++)
		set_lock(leases, F_UNLCK, leases->ended[i]);
	leases->ended_count = 0;
}
