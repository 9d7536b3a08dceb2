/*
 * room.h: what the processes that share a cache are about to put into it, for `cache.max_size`.
 *
 *	room_tell(room, bytes)      so much of this one is not in the index yet
 *	room_of_others(room)        what each other one told, at most, since
 *	room_count_anew(room)       the index is about to be counted
 *
 * It is told by the length of a lock: a process takes one of 16 slots of the file leases/room, and
 * locks one byte more of it than it has bytes under way (fcntl(2), F_OFD_SETLK). The kernel drops
 * the lock with its process, however that ends, and nothing is written. What goes into the index
 * leaves the lock at that moment, and who counted the index before would miss it: hence "at most,
 * since". Where there are no such locks, or no slot is free, nothing is told.
 */
#ifndef ROOM_H
#define ROOM_H

#include <stdbool.h>
#include <stdint.h>

#define ROOM_NAME "room" /* in the folder leases */

struct room;

/* The descriptor of the cache's folder is borrowed. Nothing is opened before the first call. */
struct room *room_new(int cache_folder_fd);
/* NULL is allowed. */
void room_free(struct room *room);

void room_tell(struct room *room, uint64_t bytes);
uint64_t room_of_others(struct room *room);
void room_count_anew(struct room *room);
/* Whether others have less under way than they told before: it came into the index, or nowhere. */
bool room_of_others_has_fallen(struct room *room);

#endif
