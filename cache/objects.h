/*
 * objects.h: bytes by their hash.
 *
 *	object_writer_new / begin / write / commit   -> id; the object is pending
 *	objects_want(objects, id)                    something durable will name it
 *	objects_flush_bytes(), objects_flush_names() wanted pending objects become durable
 *	objects_read(objects, id, ...)               pending or stored, checked once
 *
 * An object is either whole under its name or not there. Pending objects have no name (a kill
 * leaves nothing) and can be read. Those that nothing wants are dropped by objects_free(): that is
 * how no-store bytes leave no trace. What is read is checked against its size and name once a
 * handle; damaged objects are moved to quarantine/, counted, and listed by objects_next_lost().
 */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "object_id.h"

struct objects;
struct object_writer;

/* The cache's folder is borrowed. */
int objects_open(int folder_fd, struct objects **ret_objects, struct fault *fault);
void objects_free(struct objects *objects);
/* Removes what killed runs left in tmp/. Only when no other process has the cache open. */
void objects_remove_leftovers(struct objects *objects);

struct object_writer *object_writer_new(struct objects *objects);
int object_writer_begin(struct object_writer *writer, struct fault *fault);
int object_writer_write(struct object_writer *writer, const void *data, size_t length_bytes,
			struct fault *fault);
/* After the begin: with so many bytes it will be whole (0: not known). They are sent to the disk
 * then. */
void object_writer_expect(struct object_writer *writer, uint64_t bytes);
/* Frees the writer. -EEXIST: an object of that name has other bytes. */
int object_writer_commit(struct object_writer *writer, struct object_id *ret_id,
			 uint64_t *ret_bytes, struct fault *fault);
void object_writer_free(struct object_writer *writer);

/* Written through this handle, and not durable yet. */
bool objects_is_pending(const struct objects *objects, const struct object_id *id);
/* Not there, or not of this size (then it is quarantined): false. Reads no bytes. */
bool objects_has(struct objects *objects, const struct object_id *id, uint64_t bytes);
/* Under its name, with so many bytes; pending ones are not. Changes nothing: a thread may ask while
 * no flush gives names. */
bool objects_is_stored(const struct objects *objects, const struct object_id *id, uint64_t bytes);
/* objects_has() for lookups, which looks at each object once a handle. Another process may have
 * removed it since: who reads it finds out, and before a row names it objects_has() is to be asked.
 */
bool objects_seen(struct objects *objects, const struct object_id *id, uint64_t bytes);
/* The size of a pending or stored object, from its file's metadata; -ENOENT without a fault. */
int objects_size(struct objects *objects, const struct object_id *id, uint64_t *ret_bytes);
/* -ENOENT (without a fault): not there, or damaged. The caller closes the descriptor. */
int objects_read(struct objects *objects, const struct object_id *id, int *ret_fd,
		 uint64_t *ret_bytes, struct fault *fault);

void objects_want(struct objects *objects, const struct object_id *id);
/* Of the new objects that were committed through this handle. */
uint64_t objects_added_bytes(const struct objects *objects);
/* Objects that the next flush would make durable; and those with the ones of the flush under way.
 */
size_t objects_wanted_count(const struct objects *objects);
size_t objects_undurable_count(const struct objects *objects);

/* A flush has two steps, each of which is called until it returns something else than -EINPROGRESS
 * (which it does not when `waits`; disk_work_event_fd() tells when to look again). Wanted objects
 * have whole, synced bytes after the first, durable names after the second. Objects wanted
 * meanwhile are for the next flush. On failure all of this one are wanted as before, and stay
 * readable. An object whose name another process gave to other bytes meanwhile is refused: for this
 * handle it is not there. */
int objects_flush_bytes(struct objects *objects, bool waits, struct fault *fault);
int objects_flush_names(struct objects *objects, bool waits, struct fault *fault);

/* Objects found damaged since the last call; false when there are no more. */
bool objects_next_lost(struct objects *objects, struct object_id *ret_id);
uint64_t objects_damaged_count(const struct objects *objects);

/* Checks size and hash of one stored object, now. 0, -ENOENT, -EBADMSG for damage (nothing is
 * moved), or another negative errno. */
int objects_verify(struct objects *objects, const struct object_id *id, uint64_t *ret_bytes,
		   bool with_hash);
/* Takes a damaged object out of the way, so that it counts as lost. A negative errno: it is still
 * there, and is never used all the same. */
int objects_quarantine(struct objects *objects, const struct object_id *id);
/* Removes a stored object. 0 or a negative errno. */
int objects_remove(struct objects *objects, const struct object_id *id);

/* Calls `each` for every file below objects/, in byte order: `id` is NULL when `name`
 * ("ab/cdef...") is none that an object can have. false stops. */
int objects_each(struct objects *objects,
		 bool (*each)(void *context, const char *name, const struct object_id *id,
			      uint64_t bytes, int64_t modified_s),
		 void *context, struct fault *fault);
/* Takes a file that is no object out of the way, into quarantine/. */
int objects_quarantine_name(struct objects *objects, const char *name);

/* "ab/cdef...", NUL-terminated, OBJECT_NAME_BYTES. */
#define OBJECT_NAME_BYTES (OBJECT_ID_HEX_BYTES + 1)
void object_name(const struct object_id *id, char *ret_name);

#endif
