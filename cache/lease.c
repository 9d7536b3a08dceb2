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
#include "lock.h"

#define FILES 16
#define FILE_SHIFT 60
#define OFFSET_MASK ((UINT64_C(1) << FILE_SHIFT) - 1)

struct lease_file {
	int fd;        /* opened when it is needed; -1: not yet */
	bool is_whole; /* one lock stands for all leases in it */
	size_t taken;  /* and not sealed */
};

/* Of URLs; one that was taken twice stands there twice. */
struct hashes {
	uint64_t *items;
	size_t count, capacity;
};

struct leases {
	int folder_fd;
	int present_fd; /* -1: no lease was taken yet */
	bool is_shared; /* other processes have come: a lock each, from now on */
	bool has_generation;
	uint32_t generation; /* of leases_note_generation() */
	struct lease_file files[FILES];
	struct hashes held; /* taken, and not released, under locks on whole files */
	struct hashes ended, sealed;
};

int leases_open(int folder_fd, struct leases **ret_leases, struct fault *fault)
{
	int fd = folder_open_folder(folder_fd, LEASES_NAME, NULL);

	if (fd < 0)
		return fault_raise(fault, fd, LEASES_NAME ": open the folder: %s", strerror(-fd));
	*ret_leases = alloc_zeroed(1, sizeof **ret_leases);
	(*ret_leases)->folder_fd = fd;
	(*ret_leases)->present_fd = -1;
	for (size_t i = 0; i < FILES; i++)
		(*ret_leases)->files[i].fd = -1;
	return 0;
}

void leases_free(struct leases *leases)
{
	if (!leases)
		return;
	for (size_t i = 0; i < FILES; i++)
		cleanup_close(&leases->files[i].fd);
	cleanup_close(&leases->present_fd);
	cleanup_close(&leases->folder_fd);
	free(leases->held.items);
	free(leases->ended.items);
	free(leases->sealed.items);
	free(leases);
}

/* --- hashes -------------------------------------------------------------------------------------
 */

static uint64_t hash_of(const char *url)
{
	return XXH3_64bits(url, strlen(url));
}

static void add(struct hashes *hashes, uint64_t hash)
{
	ALLOC_GROW(hashes->items, hashes->count, hashes->capacity);
	hashes->items[hashes->count++] = hash;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static void sort(struct hashes *hashes)
{
	if (hashes->count)
		qsort(hashes->items, hashes->count, sizeof *hashes->items, compare);
}

/* Takes each of the others out once. */
static void subtract(struct hashes *hashes, struct hashes *others)
{
	size_t kept = 0, other = 0;

	sort(hashes);
	sort(others);
	for (size_t i = 0; i < hashes->count; i++) {
		while (other < others->count && others->items[other] < hashes->items[i])
			other++;
		if (other < others->count && others->items[other] == hashes->items[i])
			other++;
		else
			hashes->items[kept++] = hashes->items[i];
	}
	hashes->count = kept;
}

/* --- locks --------------------------------------------------------------------------------------
 */

/* Its descriptor may be a negative errno. */
static struct lease_file *file_at(struct leases *leases, size_t number)
{
	struct lease_file *file = &leases->files[number];
	char name[2];

	if (file->fd >= 0)
		return file;
	snprintf(name, sizeof name, "%zx", number & (FILES - 1));
	file->fd = folder_open_file(leases->folder_fd, name, O_RDWR | O_CREAT, 0600);
	return file;
}

static bool others_are_present(const struct leases *leases)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

	return fcntl(leases->present_fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static void become_present(struct leases *leases)
{
	leases->present_fd =
		folder_open_file(leases->folder_fd, LEASES_PRESENT_NAME, O_RDWR | O_CREAT, 0600);
	if (leases->present_fd < 0)
		leases->is_shared =
			true; /* nobody can see it: it must not lock more than it needs */
	else if (lock_range(leases->present_fd, F_RDLCK, 0, 1) == 0)
		leases->is_shared = others_are_present(leases);
}

/* The lock on the whole file becomes one on each lease that is held. */
static void narrow(struct leases *leases, size_t number)
{
	struct lease_file *file = &leases->files[number];
	off_t from = 0;

	for (size_t i = 0; i < leases->held.count; i++) {
		uint64_t hash = leases->held.items[i];
		off_t offset = (off_t)(hash & OFFSET_MASK);

		if (hash >> FILE_SHIFT != number)
			continue;
		if (offset > from)
			lock_range(file->fd, F_UNLCK, from, offset - from);
		from = offset + 1;
	}
	lock_range(file->fd, F_UNLCK, from, 0);
	file->is_whole = false;
}

static void begin_to_share(struct leases *leases)
{
	leases->is_shared = true;
	sort(&leases->held);
	for (size_t i = 0; i < FILES; i++)
		if (leases->files[i].is_whole)
			narrow(leases, i);
	leases->held.count = 0;
}

static void unlock_all(struct lease_file *file)
{
	lock_range(file->fd, F_UNLCK, 0, 0);
	file->is_whole = false;
}

/* false: another process has locks. Without locks in the file system nothing is whole. */
static bool take_whole(struct leases *leases)
{
	if (leases->held.count)
		return true;
	leases->has_generation = false;
	for (size_t i = 0; i < FILES; i++) {
		struct lease_file *file = file_at(leases, i);
		int error = file->fd < 0 ? file->fd : lock_range(file->fd, F_WRLCK, 0, 0);

		if (error == -EAGAIN)
			return false;
		file->is_whole = !error;
	}
	return true;
}

static bool take_one(const struct lease_file *file, uint64_t hash)
{
	return lock_range(file->fd, F_WRLCK, (off_t)(hash & OFFSET_MASK), 1) != -EAGAIN;
}

/* --- leases -------------------------------------------------------------------------------------
 */

bool lease_take(struct leases *leases, const char *url)
{
	uint64_t hash = hash_of(url);
	struct lease_file *file;

	if (leases->present_fd < 0)
		become_present(leases);
	if (!leases->is_shared && !take_whole(leases))
		begin_to_share(leases);
	file = file_at(leases, (size_t)(hash >> FILE_SHIFT));
	if (!leases->is_shared)
		add(&leases->held, hash);
	else if (file->fd >= 0 && !take_one(file, hash))
		return false;
	file->taken++;
	return true;
}

void lease_end(struct leases *leases, const char *url)
{
	add(&leases->ended, hash_of(url));
}

/* Under locks on whole files: only when nothing is held at all. */
static void release_whole(struct leases *leases)
{
	subtract(&leases->held, &leases->sealed);
	for (size_t i = 0; i < FILES && !leases->held.count; i++)
		if (leases->files[i].is_whole)
			unlock_all(&leases->files[i]);
}

static void release_each(struct leases *leases)
{
	for (size_t i = 0; i < FILES; i++)
		if (leases->files[i].fd >= 0 && !leases->files[i].taken)
			unlock_all(&leases->files[i]);
	for (size_t i = 0; i < leases->sealed.count; i++) {
		uint64_t hash = leases->sealed.items[i];
		const struct lease_file *file = &leases->files[hash >> FILE_SHIFT];

		if (file->fd >= 0 && file->taken)
			lock_range(file->fd, F_UNLCK, (off_t)(hash & OFFSET_MASK), 1);
	}
}

void leases_seal_ended(struct leases *leases)
{
	for (size_t i = 0; i < leases->ended.count; i++) {
		uint64_t hash = leases->ended.items[i];

		leases->files[hash >> FILE_SHIFT].taken--;
		add(&leases->sealed, hash);
	}
	leases->ended.count = 0;
}

void leases_release_sealed(struct leases *leases)
{
	if (!leases->sealed.count)
		return;
	if (leases->is_shared)
		release_each(leases);
	else
		release_whole(leases);
	leases->sealed.count = 0;
}

static bool are_all_whole(const struct leases *leases)
{
	for (size_t i = 0; i < FILES; i++)
		if (!leases->files[i].is_whole)
			return false;
	return true;
}

void leases_note_generation(struct leases *leases, uint32_t generation)
{
	if (!leases || leases->has_generation || !are_all_whole(leases))
		return;
	leases->has_generation = true;
	leases->generation = generation;
}

bool leases_have_generation(const struct leases *leases, uint32_t generation)
{
	return leases && leases->has_generation && leases->generation == generation &&
	       are_all_whole(leases);
}

bool leases_have_spare(const struct leases *leases)
{
	return leases && leases->held.count;
}

void leases_share(struct leases *leases)
{
	if (leases_have_spare(leases) && others_are_present(leases))
		begin_to_share(leases);
}
