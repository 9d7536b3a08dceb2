#include "lease.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"
#include "cleanup.h"
#include "lock.h"

/* The largest offset whose lock ends before the largest that the kernel knows. */
#define OFFSET_MASK (UINT64_MAX >> 2)

struct leases {
	int fd;
	off_t *ended;
	size_t ended_count, ended_capacity;
};

int leases_open(int folder_fd, struct leases **ret_leases, struct fault *fault)
{
	int fd;
	int error = lock_open(folder_fd, LEASES_NAME, &fd, fault);

	if (error)
		return error;
	*ret_leases = alloc_zeroed(1, sizeof **ret_leases);
	(*ret_leases)->fd = fd;
	return 0;
}

void leases_free(struct leases *leases)
{
	if (!leases)
		return;
	cleanup_close(&leases->fd);
	free(leases->ended);
	free(leases);
}

static off_t offset_of(const char *url)
{
	return (off_t)(XXH3_64bits(url, strlen(url)) & OFFSET_MASK);
}

/* 0 or a negative errno. Never waits. */
static int set_lock(const struct leases *leases, short type, off_t offset)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = offset,
		.l_len = 1,
	};

	while (fcntl(leases->fd, F_OFD_SETLK, &lock) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

bool lease_take(struct leases *leases, const char *url)
{
	int error = set_lock(leases, F_WRLCK, offset_of(url));

	return error != -EAGAIN && error != -EACCES;
}

void lease_end(struct leases *leases, const char *url)
{
	ALLOC_GROW(leases->ended, leases->ended_count, leases->ended_capacity);
	leases->ended[leases->ended_count++] = offset_of(url);
}

bool leases_have_ended(const struct leases *leases, size_t count)
{
	return leases && leases->ended_count >= count;
}

void leases_release_ended(struct leases *leases)
{
	for (size_t i = 0; i < leases->ended_count; i++)
		set_lock(leases, F_UNLCK, leases->ended[i]);
	leases->ended_count = 0;
}
