#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "folder.h"
#include "lease.h"
#include "lock.h"

#define SLOTS 16
#define SLOT_BYTES (UINT64_C(1) << 58)

struct room {
	int folder_fd;
	int fd;   /* -1: not opened yet */
	int slot; /* -1: not taken yet; SLOTS: none was free */
	uint64_t told_bytes;
	uint64_t most_bytes[SLOTS]; /* that others told */
};

struct room *room_new(int cache_folder_fd)
{
	struct room *room = alloc_zeroed(1, sizeof *room);

	room->folder_fd = cache_folder_fd;
	room->fd = room->slot = -1;
	return room;
}

void room_free(struct room *room)
{
	if (!room)
		return;
	cleanup_close(&room->fd);
	free(room);
}

static off_t begin_of(int slot)
{
	return (off_t)((uint64_t)slot * SLOT_BYTES);
}

static bool is_open(struct room *room)
{
	if (room->fd < 0)
		room->fd = folder_open_file(room->folder_fd, LEASES_NAME "/" ROOM_NAME,
					    O_RDWR | O_CREAT, 0600);
	return room->fd >= 0;
}

static bool has_slot(struct room *room)
{
	if (room->slot < 0 && is_open(room)) {
		room->slot = 0;
		while (room->slot < SLOTS &&
		       lock_range(room->fd, F_WRLCK, begin_of(room->slot), 1) < 0)
			room->slot++;
	}
	return room->slot >= 0 && room->slot < SLOTS;
}

void room_tell(struct room *room, uint64_t bytes)
{
	off_t from;

	if (bytes >= SLOT_BYTES)
		bytes = SLOT_BYTES - 1;
	if (!has_slot(room) || bytes == room->told_bytes)
		return;
	from = begin_of(room->slot) + 1;
	/* Ranges that touch are one lock. */
	if (bytes > room->told_bytes)
		lock_range(room->fd, F_WRLCK, from + (off_t)room->told_bytes,
			   (off_t)(bytes - room->told_bytes));
	else
		lock_range(room->fd, F_UNLCK, from + (off_t)bytes,
			   (off_t)(room->told_bytes - bytes));
	room->told_bytes = bytes;
}

/* How long somebody else's lock in the range is; 0: there is none. `length` 0: to the end. */
static uint64_t length_of_lock(const struct room *room, off_t begin, off_t length)
{
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = begin, .l_len = length};

	if (fcntl(room->fd, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	return (uint64_t)lock.l_len;
}

/* The first byte of the lock only says that the slot is taken. */
static uint64_t told_in(const struct room *room, int slot)
{
	uint64_t length = length_of_lock(room, begin_of(slot), (off_t)SLOT_BYTES);

	return length ? length - 1 : 0;
}

static void look_at_slots(struct room *room)
{
	for (int slot = 0; slot < SLOTS; slot++) {
		uint64_t told_bytes = told_in(room, slot);

		if (told_bytes > room->most_bytes[slot])
			room->most_bytes[slot] = told_bytes;
	}
}

uint64_t room_of_others(struct room *room)
{
	uint64_t all_bytes = 0;

	if (!is_open(room))
		return 0;
	if (length_of_lock(room, 0, 0))
		look_at_slots(room);
	for (int slot = 0; slot < SLOTS; slot++)
		all_bytes += room->most_bytes[slot];
	return all_bytes;
}

bool room_of_others_has_fallen(struct room *room)
{
	for (int slot = 0; slot < SLOTS; slot++)
		if (room->most_bytes[slot] && told_in(room, slot) < room->most_bytes[slot])
			return true;
	return false;
}

void room_count_anew(struct room *room)
{
	for (int slot = 0; slot < SLOTS; slot++)
		room->most_bytes[slot] = 0;
	room_of_others(room);
}
