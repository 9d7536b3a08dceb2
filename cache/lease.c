#include "lease.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"
#include "cleanup.h"
#include "folder.h"

#define FILES 16
#define FILE_SHIFT 60
#define OFFSET_MASK ((UINT64_C(1) << FILE_SHIFT) - 1)

struct leases {
	int folder_fd;
	int fds[FILES];      /* opened when they are needed; -1: not yet */
	size_t taken[FILES]; /* and not ended */
	uint64_t *ended;     /* the URLs' hashes */
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
	size_t number = (size_t)(hash >> FILE_SHIFT);
	char name[2];

	if (leases->fds[number] >= 0)
		return leases->fds[number];
	snprintf(name, sizeof name, "%zx", number);
	leases->fds[number] = folder_open_file(leases->folder_fd, name, O_RDWR | O_CREAT, 0600);
	return leases->fds[number];
}

/* 0 or a negative errno. Never waits. */
static int set_lock(int fd, short type, off_t offset, off_t length)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = offset,
		.l_len = length,
	};

	while (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

bool lease_take(struct leases *leases, const char *url)
{
	uint64_t hash = hash_of(url);
	int fd = file_of(leases, hash);

	if (fd >= 0 && set_lock(fd, F_WRLCK, (off_t)(hash & OFFSET_MASK), 1) == -EAGAIN)
		return false;
	leases->taken[hash >> FILE_SHIFT]++;
	return true;
}

void lease_end(struct leases *leases, const char *url)
{
	uint64_t hash = hash_of(url);

	leases->taken[hash >> FILE_SHIFT]--;
	ALLOC_GROW(leases->ended, leases->ended_count, leases->ended_capacity);
	leases->ended[leases->ended_count++] = hash;
}

size_t leases_ended_count(const struct leases *leases)
{
	return leases->ended_count;
}

void leases_release_ended(struct leases *leases, size_t count)
{
	bool is_held[FILES] = {false};

	if (!count)
		return;
	for (size_t i = count; i < leases->ended_count; i++)
		is_held[leases->ended[i] >> FILE_SHIFT] = true;
	for (size_t i = 0; i < FILES; i++) {
		is_held[i] = is_held[i] || leases->taken[i];
		if (leases->fds[i] >= 0 && !is_held[i])
			set_lock(leases->fds[i], F_UNLCK, 0, 0); /* all of it */
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t hash = leases->ended[i];
		int fd = leases->fds[hash >> FILE_SHIFT];

		if (fd >= 0 && is_held[hash >> FILE_SHIFT])
			set_lock(fd, F_UNLCK, (off_t)(hash & OFFSET_MASK), 1);
	}
	leases->ended_count -= count;
	memmove(leases->ended, leases->ended + count, leases->ended_count * sizeof *leases->ended);
}
