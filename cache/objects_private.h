/*
 * objects_private.h: what objects.c (stored objects), object_writer.c (objects in the making),
 * object_flush.c (on their way to the disk), object_name.c (how they get their names) and
 * object_walk.c (all of them) share. Nobody else includes this.
 */
#ifndef OBJECTS_PRIVATE_H
#define OBJECTS_PRIVATE_H

#include "hash_set.h"
#include "map.h"
#include "objects.h"

/* An object whose bytes are written, and which has no name under objects/ yet. */
struct pending_object {
	struct object_id id;
	uint64_t bytes;
	int fd;        /* -1: only the name is left */
	char name[64]; /* in tmp/; "" while the file has none */
	bool is_wanted;
	bool is_early;   /* its bytes are being synced before its batch is */
	bool is_unsound; /* its bytes were not synced: the file may lack what it seems to have */
	bool is_done;
	int link_error; /* why its name could not be given by a thread; 0: it was */
};

/* Wanted objects whose bytes are synced while others of their batch are still to come: a batch that
 * fills slowly is synced at once, so that the file system's journal is written once. */
#define EARLY_GROUP_OBJECTS 16
#define MOST_EARLY_GROUPS 4

struct early_syncs {
	struct sync_batch *groups[MOST_EARLY_GROUPS];
	size_t count;
};

enum flush_stage {
	FLUSH_NONE,
	FLUSH_BYTES, /* of the files are being synced */
	FLUSH_LINKS, /* are being made by threads, and their folders synced */
	FLUSH_NAMES, /* that needed a closer look are there, and their folders are being synced */
};

/* One that gets new names, and is synced then. */
struct flush_folder {
	int parent_fd; /* borrowed */
	char name[3];
	int first; /* byte of the ids that belong there; -1: none do */
};

/* What is on its way to be durable. */
struct object_flush {
	enum flush_stage stage;
	struct pending_object **objects; /* they stay in objects.pending until it has ended */
	size_t count;
	struct early_syncs early;
	struct sync_batch *sync;
	struct disk_work *names;
	struct flush_folder folders[258];
	size_t folder_count;
	bool has_moved; /* files out of tmp/, where links are refused */
};

struct objects {
	int objects_fd, tmp_fd, quarantine_fd;
	struct map *pending;     /* id -> struct pending_object *, those with is_done not counted */
	struct hash_set checked; /* ids whose bytes this handle wrote or has verified */
	struct hash_set seen;    /* ids and sizes that objects_seen() found in place */
	struct map *refused;     /* ids whose name another process gave to other bytes than ours */
	struct object_flush flush;
	/* Of the objects that are wanted and not in `flush`: */
	struct early_syncs early;
	struct pending_object *group[EARLY_GROUP_OBJECTS]; /* the next one */
	size_t group_count;
	size_t wanted; /* and not in `flush` */
	size_t unwanted_open, most_unwanted_open;
	bool lacks_links; /* linkat(2) was refused: files need a name in tmp/ to be moved */
	bool fanout_is_plain[256];
	struct object_id *lost;
	size_t lost_count, lost_capacity, lost_taken;
	uint64_t damaged, added_bytes;
};

struct pending_object *objects_pending(const struct objects *objects, const struct object_id *id);
/* A new descriptor on the bytes, for reading. */
int pending_object_open(const struct objects *objects, const struct pending_object *pending);
/* Closes, removes the name in tmp/, frees. */
void pending_object_discard(struct objects *objects, struct pending_object *pending);
/* Takes the object over. */
void objects_add_pending(struct objects *objects, struct pending_object *pending);

bool objects_is_refused(const struct objects *objects, const struct object_id *id);
void objects_mark_checked(struct objects *objects, const struct object_id *id);
void objects_add_lost(struct objects *objects, const struct object_id *id);

/* objects/ab is a folder, and no symbolic link out of the cache. Asked once a handle. */
bool objects_fanout_is_plain(struct objects *objects, unsigned char first);

/* Writes the bytes of a pending object anew, to another file. -EIO: they are no longer what they
 * were.
 */
int pending_object_rewrite(struct objects *objects, struct pending_object *pending);

/* Links the file there, and changes nothing of ours: 0 or a negative errno. */
int pending_object_link(const struct objects *objects, const struct pending_object *pending,
			int folder_fd, const char *name);
/* Gives the file its name under objects/. -EEXIST: something stands there; or another negative
 * errno.
 */
int pending_object_give_name(struct objects *objects, struct pending_object *pending,
			     const char *name);
/* Gives the file a name in tmp/, so that its descriptor is not needed. False: that cannot be. */
bool pending_object_park(struct objects *objects, struct pending_object *pending);

/* A wanted object with a descriptor: has its bytes synced, soon. */
void object_flush_begin_early(struct objects *objects, struct pending_object *pending);
/* Waits for what was begun so. */
void object_flush_end_early(struct objects *objects);

/* Forgets a flush that is under way; the objects are wanted as before. */
void object_flush_abandon(struct objects *objects);

/* Is what stands under this name equal to the file? 1 equal, 0 nothing (or something damaged, which
 * is now in quarantine), -EEXIST other bytes of the same hash, or another negative errno. */
int objects_compare(struct objects *objects, const struct object_id *id, int fd);

#endif
