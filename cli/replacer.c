#include "replacer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "alloc.h"
#include "beneath.h"
#include "cleanup.h"
#include "descriptors.h"
#include "disk_work.h"
#include "file.h"
#include "human.h"
#include "map.h"
#include "plain_disk.h"
#include "relative_path.h"

/* A copy and its folder, and as much for the others who take a share of what may be open. */
#define DESCRIPTORS_A_COPY 8

/* --- files --------------------------------------------------------------------------------------
 */

/* The folder that holds it; *ret_name points into `file`. */
static int open_folder_of(int root_fd, const char *file, int *ret_fd, const char **ret_name,
			  struct fault *fault)
{
	int fd = beneath_open_parent(root_fd, file, ret_name);

	if (fd < 0)
		return fault_raise(fault, -errno, "%s: open its folder: %s", file,
				   file_error_text(-errno));
	*ret_fd = fd;
	return 0;
}

/* Access lists, security labels and what people put there; what may not be set is not. */
static void copy_attributes(int from_fd, int to_fd)
{
	ssize_t n = from_fd < 0 ? -1 : flistxattr(from_fd, NULL, 0);
	CLEANUP(cleanup_free) char *names = n > 0 ? alloc_zeroed((size_t)n, 1) : NULL;

	n = names ? flistxattr(from_fd, names, (size_t)n) : 0;
	for (const char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
		ssize_t length = fgetxattr(from_fd, name, NULL, 0);
		CLEANUP(cleanup_free) char *value = NULL;

		if (length < 0)
			continue;
		value = alloc_zeroed((size_t)length + 1, 1);
		length = fgetxattr(from_fd, name, value, (size_t)length);
		if (length >= 0)
			fsetxattr(to_fd, name, value, (size_t)length, 0);
	}
}

/* Also true where it cannot be: another owner is only possible as root, and neither on each file
 * system nor for one that a container's user namespace has no number for. */
static bool give_if_possible(int fd, uid_t owner, gid_t group)
{
	return !fchown(fd, owner, group) || plain_disk_lacks(errno);
}

/* Without that the file becomes one's own. Its group stays where one is in it, or others who share
 * the site could not write it any more. */
static bool set_owner(int fd, const struct stat *status)
{
	return !fchown(fd, status->st_uid, status->st_gid) ||
	       (give_if_possible(fd, status->st_uid, (gid_t)-1) &&
		give_if_possible(fd, (uid_t)-1, status->st_gid));
}

/* With the mode, the owner and the attributes of the file that it is to replace. */
static int write_copy(struct replacement *new, const char *file, const struct buf *text,
		      struct fault *fault)
{
	CLEANUP(cleanup_close)
	int old_fd =
		openat(new->folder_fd, new->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	int error;

	if (fstatat(new->folder_fd, new->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return fault_raise(fault, -errno, "%s: look at: %s", file, strerror(errno));
	error = tmpfile_open(&new->tmp, new->folder_fd, file, fault);
	if (!error)
		error = tmpfile_write(&new->tmp, text->data, text->length_bytes, fault);
	if (!error && !set_owner(new->tmp.fd, &status))
		error = fault_raise(fault, -errno, "%s: set its owner: %s", file, strerror(errno));
	if (error)
		return error;
	copy_attributes(old_fd, new->tmp.fd);
	error = tmpfile_set_mode(&new->tmp, status.st_mode & 07777);
	return error ? fault_raise(fault, error, "%s: set its mode: %s", file, strerror(-error))
		     : 0;
}

/* Once a folder: to look for them reads all of it. */
void replacer_sweep(struct replacer *replacer, const char *file)
{
	const char *slash = strrchr(file, '/');
	size_t length = slash ? (size_t)(slash - file) + 1 : 0;
	CLEANUP(cleanup_close) int folder_fd = -1;
	const char *name;

	if (map_put(replacer->swept, file, length, replacer))
		return;
	if (!open_folder_of(replacer->root_fd, file, &folder_fd, &name, NULL))
		tmpfile_sweep(folder_fd);
}

void replacer_note(struct buf *notes, const char *file, const char *why)
{
	human_text(notes, file);
	buf_printf(notes, ": %s: left as it is\n", why);
}

/* This file alone may not be written: the others may. EBUSY: an article that a container was given
 * by itself is a mount, in whose place no new file can be put. */
static bool is_forbidden(int error)
{
	return error == -EACCES || error == -EPERM || error == -EROFS || error == -EBUSY;
}

void replacer_note_forbidden(struct buf *notes, const char *file, int error)
{
	CLEANUP(cleanup_free)
	char *why = alloc_printf("it may not be written (%s)",
				 error == -EBUSY ? "it is mounted by itself" : strerror(-error));

	replacer_note(notes, file, why);
}

/* --- the new text -------------------------------------------------------------------------------
 */

#define IS_CHANGED 2

/* 1: `ret_text` is it; 0: the file has it already; IS_CHANGED: the file is not what it was. */
static int make_text(const struct replacer_change *change, const struct buf *now,
		     struct buf *ret_text)
{
	struct object_id id = object_id_of(buf_string(now), now->length_bytes);

	if (object_id_equals(&id, &change->to))
		return 0;
	if (!object_id_equals(&id, &change->from))
		return IS_CHANGED;
	if (change->rewrite)
		rewrite_redo(change->edits, change->n_edits, now, ret_text);
	else if (!rewrite_undo(change->edits, change->n_edits, now, ret_text))
		return IS_CHANGED;
	id = object_id_of(buf_string(ret_text), ret_text->length_bytes);
	return object_id_equals(&id, &change->to) ? 1 : IS_CHANGED;
}

/* As -errno, or IS_CHANGED: no such file is there any more. A run that goes back leaves what it
 * cannot read. */
static int read_error(const struct replacer_change *change, int error)
{
	return !change->rewrite || error == -ENOENT || error == -ELOOP ? IS_CHANGED : error;
}

/* Takes the text. */
static void append_diff(const struct replacer_change *change, struct buf *now,
			struct replacer_preview *diff)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(1u << 16);
	struct rewrite rewrite;
	size_t shift = 0; /* wraps around for text that became shorter, and back */
	char folder[PATH_MAX];

	rewrite_init(&rewrite, change->file, now);
	for (size_t i = 0; i < change->n_edits; i++) {
		const struct rewrite_edit *edit = &change->edits[i];
		size_t n_old = strlen(edit->old), n_new = strlen(edit->new);

		if (change->rewrite) {
			rewrite_add(&rewrite, edit->offset, n_old, edit->new, NULL);
			continue;
		}
		rewrite_add(&rewrite, edit->offset + shift, n_new, edit->old, NULL);
		shift += n_new - n_old;
	}
	if (diff->root && getcwd(folder, sizeof folder))
		relative_path(&name, folder, diff->root, change->file);
	else
		buf_append_string(&name, change->file);
	rewrite_diff(&rewrite, buf_string(&name), &diff->text);
	rewrite_release(&rewrite);
}

/* --- replacing ----------------------------------------------------------------------------------
 */

static void replacement_release(struct replacement *new)
{
	tmpfile_discard(&new->tmp);
	cleanup_close(&new->folder_fd);
}

/* `error` forbids it, or it IS_CHANGED. */
static void refuse(struct replacer *replacer, const struct replacer_change *change, int error)
{
	if (error != IS_CHANGED)
		replacer_note_forbidden(replacer->notes, change->file, error);
	else
		replacer_note(replacer->notes, change->file,
			      change->rewrite ? "it has changed meanwhile"
					      : "it has changed since");
	replacer->n_refused++;
	if (change->rewrite)
		rewrite_drop(change->rewrite, 0);
}

/* The file still is what the copy was made of: an editor may have saved it while the disk was
 * waited for. */
static int check_is_same(const struct replacement *new, struct fault *fault)
{
	CLEANUP(buf_release) struct buf now = BUF_INIT(BUF_UNLIMITED);
	int error = file_read(new->folder_fd, new->name, &now);
	struct object_id id = object_id_of(buf_string(&now), now.length_bytes);

	if (!error)
		return object_id_equals(&id, &new->change.from) ? 0 : IS_CHANGED;
	error = read_error(&new->change, error);
	return error == IS_CHANGED ? error
				   : fault_raise(fault, error, "%s: read: %s", new->change.file,
						 strerror(-error));
}

static int put_in_place(struct replacement *new, struct fault *fault)
{
	int error = check_is_same(new, fault);

	if (error)
		return error;
	error = new->sync_error ? new->sync_error
				: tmpfile_publish_synced(&new->tmp, new->name, NULL);
	return error ? fault_raise(fault, error, "%s: replace it: %s", new->change.file,
				   file_error_text(error))
		     : 0;
}

static int sync_copy(void *context, size_t i)
{
	struct replacement *new = (struct replacement *)context + i;

	new->sync_error = plain_disk_sync(new->tmp.fd, fdatasync);
	return 0;
}

/* What is not to be replaced is noted; another error, of the first that has one, ends it. */
static int end_batch(struct replacer *replacer, struct fault *fault)
{
	struct disk_work *syncs;
	int error = 0;

	if (!replacer->n_batch)
		return 0;
	syncs = disk_work_start(sync_copy, replacer->batch, replacer->n_batch);
	disk_work_wait(syncs);
	disk_work_free(syncs);
	for (size_t i = 0; i < replacer->n_batch; i++) {
		struct replacement *new = &replacer->batch[i];
		int done = error ? error : put_in_place(new, fault);

		if (!error && (done == IS_CHANGED || is_forbidden(done)))
			refuse(replacer, &new->change, done);
		else
			error = done;
		replacer->n_done += !done;
		replacement_release(new);
	}
	replacer->n_batch = 0;
	return error;
}

static int add_to_batch(struct replacer *replacer, const struct replacement *new,
			struct fault *fault)
{
	replacer->batch[replacer->n_batch++] = *new;
	return replacer->n_batch == replacer->max_batch ? end_batch(replacer, fault) : 0;
}

static int read_text(struct replacement *new, int root_fd, struct buf *ret_text,
		     struct fault *fault)
{
	const char *file = new->change.file;
	int error = open_folder_of(root_fd, file, &new->folder_fd, &new->name, fault);

	if (error)
		return error;
	error = file_read(new->folder_fd, new->name, ret_text);
	return error ? fault_raise(fault, error, "%s: read: %s", file, strerror(-error)) : 0;
}

/* Where a disk has no room beside the copies that wait: each gives back what its file took. */
static int make_room_and_copy(struct replacer *replacer, struct replacement *new,
			      const struct buf *text, struct fault *fault)
{
	int error = write_copy(new, new->change.file, text, fault);

	if (!fault_is_no_room(error) || !replacer->n_batch)
		return error;
	tmpfile_discard(&new->tmp);
	error = end_batch(replacer, fault);
	return error ? error : write_copy(new, new->change.file, text, fault);
}

int replacer_replace(struct replacer *replacer, const struct replacer_change *change,
		     struct fault *fault)
{
	CLEANUP(buf_release) struct buf now = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	struct replacement new = {.change = *change, .tmp = TMPFILE_INIT, .folder_fd = -1};
	int error = read_text(&new, replacer->root_fd, &now, fault);
	int done = error ? read_error(change, error) : make_text(change, &now, &text);

	if (!replacer->diff)
		replacer_sweep(replacer, change->file);
	if (done == 1 && !replacer->diff) {
		done = make_room_and_copy(replacer, &new, &text, fault);
		if (!done)
			return add_to_batch(replacer, &new, fault);
	} else if (done == 1) {
		append_diff(change, &now, replacer->diff);
		replacer->n_done++;
		done = 0;
	}
	replacement_release(&new);
	if (done != IS_CHANGED && !is_forbidden(done))
		return done;
	refuse(replacer, change, done);
	return 0;
}

void replacer_init(struct replacer *replacer, int root_fd, struct replacer_preview *diff,
		   struct buf *notes)
{
	*replacer = (struct replacer){
		.root_fd = root_fd,
		.notes = notes,
		.diff = diff,
		.swept = map_new(),
		.max_batch = descriptors_room(DESCRIPTORS_OF_PROGRAM, DESCRIPTORS_A_COPY, 1,
					      REPLACER_MAX_BATCH),
	};
}

int replacer_end(struct replacer *replacer, int error, struct fault *fault)
{
	int batch_error = end_batch(replacer, error ? NULL : fault);

	map_free(replacer->swept);
	return error ? error : batch_error;
}
