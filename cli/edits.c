#include "edits.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
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
#include "file_kind.h"
#include "html_images.h"
#include "human.h"
#include "map.h"
#include "plain_disk.h"
#include "relative_path.h"
#include "tmpfile.h"

/* Copies made durable at once before any of them takes its file's place: synced one by one, each
 * waits for the disk. */
#define MAX_BATCH 128
/* A copy and its folder, and as much for the others who take a share of what may be open. */
#define DESCRIPTORS_A_COPY 8

/* What is to become of a file: forth by a run's rewrite, or back by its journal. */
struct change {
	const char *file;
	struct rewrite *rewrite; /* NULL: back */
	const struct rewrite_edit *edits;
	size_t n_edits;
	struct object_id from, to;
};

/* A file's new text beside it, until it takes its place. */
struct replacement {
	struct change change;
	struct tmpfile tmp;
	int folder_fd, sync_error;
	const char *name; /* in the folder */
};

struct replacer {
	int root_fd;
	struct buf *notes;
	struct edits_preview *diff; /* not NULL: nothing is replaced, only shown */
	struct map *swept;          /* folders */
	struct replacement batch[MAX_BATCH];
	size_t n_batch, max_batch;
	size_t n_done, n_refused; /* files */
};

void edits_init(struct edits *edits, int root_fd)
{
	*edits = (struct edits){.root_fd = root_fd, .by_file = map_new()};
}

void edits_release(struct edits *edits)
{
	for (size_t i = 0; i < edits->n_files; i++) {
		rewrite_release(edits->files[i]);
		free(edits->files[i]);
	}
	free(edits->files);
	map_free(edits->by_file);
}

static void note(struct buf *notes, const char *file, const char *why)
{
	human_text(notes, file);
	buf_printf(notes, ": %s: left as it is\n", why);
}

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

static int read_file(int root_fd, const char *file, struct buf *ret_text, struct fault *fault)
{
	CLEANUP(cleanup_close) int folder_fd = -1;
	const char *name;
	int error = open_folder_of(root_fd, file, &folder_fd, &name, fault);

	if (error)
		return error;
	error = file_read(folder_fd, name, ret_text);
	if (error)
		return fault_raise(fault, error, "%s: read: %s", file,
				   error == -ELOOP ? "it is a symbolic link" : strerror(-error));
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

/* Temporaries of a run that was killed go, once a folder: to look for them reads all of it. */
static void sweep_folder_of(int root_fd, const char *file, struct map *swept)
{
	const char *slash = strrchr(file, '/');
	size_t length = slash ? (size_t)(slash - file) + 1 : 0;
	CLEANUP(cleanup_close) int folder_fd = -1;
	const char *name;

	if (map_put(swept, file, length, swept))
		return;
	if (!open_folder_of(root_fd, file, &folder_fd, &name, NULL))
		tmpfile_sweep(folder_fd);
}

/* This file alone may not be written: the others may. EBUSY: an article that a container was given
 * by itself is a mount, in whose place no new file can be put. */
static bool is_forbidden(int error)
{
	return error == -EACCES || error == -EPERM || error == -EROFS || error == -EBUSY;
}

static void note_forbidden(struct buf *notes, const char *file, int error)
{
	CLEANUP(cleanup_free)
	char *why = alloc_printf("it may not be written (%s)",
				 error == -EBUSY ? "it is mounted by itself" : strerror(-error));

	note(notes, file, why);
}

/* By the first change that does it. */
static void note_harm(struct buf *notes, const char *file, unsigned line)
{
	CLEANUP(cleanup_free) char *place = alloc_printf("%s:%u", file, line);

	note(notes, place, "its data would mean something else");
}

/* A new file could take the place of a read-only one, but who made it so meant it. What cannot be
 * told beforehand (old sandboxes answer EPERM to the question itself), the writing tells. */
static bool is_read_only(int root_fd, const char *file, int *ret_error)
{
	const char *name;
	CLEANUP(cleanup_close) int folder_fd = beneath_open_parent(root_fd, file, &name);

	if (folder_fd >= 0 && !faccessat(folder_fd, name, W_OK, AT_EACCESS) &&
	    !faccessat(folder_fd, ".", W_OK | X_OK, AT_EACCESS))
		return false;
	*ret_error = -errno;
	return errno == EACCES || errno == EROFS;
}

/* --- collecting ---------------------------------------------------------------------------------
 */

bool edits_is_data(const struct asset_ref *ref)
{
	return !strcmp(ref->kind, image_ref_kind_name(IMAGE_REF_FRONT_MATTER)) ||
	       !strcmp(ref->kind, image_ref_kind_name(IMAGE_REF_DATA));
}

static bool is_kind(const struct asset_ref *ref, enum image_ref_kind kind)
{
	return !strcmp(ref->kind, image_ref_kind_name(kind));
}

static struct rewrite *load(struct edits *edits, const char *file, const char **ret_why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(2 * (size_t)SCANNER_MAX_FILE_BYTES);
	void *known = map_get_string(edits->by_file, file);
	struct rewrite *rewrite;

	*ret_why = "it cannot be read, or is a symbolic link";
	if (known)
		return known == edits ? NULL : known;
	if (read_file(edits->root_fd, file, &text, NULL)) {
		map_put_string(edits->by_file, file, edits);
		return NULL;
	}
	rewrite = alloc_zeroed(1, sizeof *rewrite);
	rewrite_init(rewrite, file, &text);
	ALLOC_GROW(edits->files, edits->n_files, edits->files_capacity);
	edits->files[edits->n_files++] = rewrite;
	map_put_string(edits->by_file, file, rewrite);
	return rewrite;
}

struct rewrite *edits_find(struct edits *edits, const struct asset_ref *ref, size_t *ret_offset,
			   size_t *ret_length_bytes, const char **ret_why)
{
	struct rewrite *rewrite = load(edits, ref->file, ret_why);
	unsigned line = ref->defined_line ? ref->defined_line : ref->line;
	unsigned column = ref->defined_line ? ref->defined_column : ref->column;

	if (!rewrite)
		return NULL;
	*ret_why = "the URL is not written there in one piece";
	if (!rewrite_place(rewrite, line, column, ret_offset))
		return NULL;
	*ret_length_bytes =
		rewrite_written_length(rewrite, *ret_offset, ref->written, edits_is_data(ref));
	return *ret_length_bytes ? rewrite : NULL;
}

/* Whether a character reference begins at '&': "&copy;", and in HTML's attributes "&lt" as well. */
static bool is_reference(const char *at)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	size_t n = 1 + strcspn(at + 1, "&");

	html_decode_attribute(at, n, &text);
	return text.length_bytes != n;
}

/* In other letters "&Copy.png" is "&copy.png", which shows another name. */
static bool keeps_references(const char *written, const char *spelling)
{
	for (size_t i = 0; spelling[i] && written[i]; i++)
		if (spelling[i] == '&' && is_reference(spelling + i) != is_reference(written + i))
			return false;
	return true;
}

/* Behind this a quote begins a string literal of JavaScript: JSX's `{"x"}`, `{f("x")}` and
 * `{{a: 'x', b: 'y'}}`, and Vue's `:src="'x'"`. */
static bool begins_literal(struct slice before)
{
	before = slice_trim(before);
	return before.length_bytes && strchr("{(:,\"", before.data[before.length_bytes - 1]);
}

/* A value of data without quotes that ends where its list, mapping or row goes on: [a, b] of YAML,
 * CSV. */
static bool is_bare_item(const struct asset_ref *ref, char quote, struct slice after)
{
	if (!edits_is_data(ref) || quote == '"' || quote == '\'')
		return false;
	after = slice_trim(after);
	return file_kind_of(ref->file) == FILE_CSV ||
	       (after.length_bytes && strchr(",]}", after.data[0]));
}

/* The last character, in data that before a value's blanks: `" http://…"`. Rows of CSV end in
 * quotes, too. */
static char quote_before(const struct asset_ref *ref, struct slice before)
{
	const char *blanks = file_kind_of(ref->file) == FILE_CSV ? " \t" : " \t\r\n";
	size_t n = before.length_bytes;

	while (edits_is_data(ref) && n && before.data[n - 1] && strchr(blanks, before.data[n - 1]))
		n--;
	return n ? before.data[n - 1] : '\0';
}

/* `before` is the text before the URL, whose last character may be a quote. In YAML, TOML, template
 * tags and scripts each has its own way to write a quote within quotes, or none: there %27 it is.
 * CSS may stand in an attribute or in an element: its own escapes are read in both. */
static void escape(const struct asset_ref *ref, struct slice before, struct slice after,
		   const char *url, struct buf *ret_text)
{
	char quote = quote_before(ref, before);
	bool is_literal = quote && strchr("'\"`", quote) &&
			  begins_literal((struct slice){before.data, before.length_bytes - 1});
	bool is_html = is_kind(ref, IMAGE_REF_HTML) && !is_literal;
	bool is_markdown = is_kind(ref, IMAGE_REF_MARKDOWN), is_css = is_kind(ref, IMAGE_REF_CSS);
	bool is_quoted = quote == '\'' && !is_html && !is_css;
	bool is_data = edits_is_data(ref), is_asciidoc = is_kind(ref, IMAGE_REF_ASCIIDOC);
	bool has_references =
		is_data && (strstr(ref->written, "&amp;") || strstr(ref->written, "&#"));
	/* In a paragraph of Markdown a tag without quotes ends where one has a '='. */
	bool is_bare = is_html && quote == '=' && file_kind_of(ref->file) == FILE_MARKDOWN;
	bool is_item = is_bare_item(ref, quote, after);

	for (; *url; url++) {
		if (*url == '&' &&
		    (is_html || has_references || ((is_markdown || is_data) && is_reference(url))))
			buf_append_string(ret_text, "&amp;");
		else if (*url == '&' && is_css && is_reference(url))
			buf_append_string(ret_text, "\\26 ");
		else if (strchr("\"\\<>` ", *url)) /* of the old URL's fragment, which stays */
			buf_printf(ret_text, "%%%02X", (unsigned)*url);
		else if (strchr("{}", *url)) /* a template would run what a server says */
			buf_printf(ret_text, "%%%02X", (unsigned)*url);
		else if (strchr("[]", *url) && (is_asciidoc || is_item)) /* attributes; a list */
			buf_printf(ret_text, "%%%02X", (unsigned)*url);
		else if (*url == ',' && is_item)
			buf_append_string(ret_text, "%2C");
		else if (*url == '=' && is_bare)
			buf_append_string(ret_text, "&#61;");
		else if (*url == ',' && !url[1] && is_html) /* of a srcset, no part of the URL */
			buf_append_string(ret_text, "%2C");
		else if (*url == '\'' && is_quoted)
			buf_append_string(ret_text, "%27");
		else if (*url == '\'' && is_html)
			buf_append_string(ret_text, "&#39;");
		else if (*url == '\'' && is_css)
			buf_append_string(ret_text, "\\27 ");
		else if ((strchr("()", *url) && (is_markdown || is_css)) ||
			 (*url == '|' && is_markdown)) /* which ends a table's cell */
			buf_printf(ret_text, "\\%c", *url);
		else
			buf_append_char(ret_text, *url);
	}
}

/* `new` is a URL, to be escaped as its place needs it, or the written one in other letters. */
static bool change(struct edits *edits, const struct asset_ref *ref, const char *new,
		   bool is_spelling, const char **ret_why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	bool is_data = edits_is_data(ref);
	size_t offset, length;
	struct rewrite *rewrite = edits_find(edits, ref, &offset, &length, ret_why);

	if (!rewrite)
		return false;
	if (is_spelling)
		rewrite_respell(rewrite, offset, ref->written, new, is_data, &text);
	else
		escape(ref, (struct slice){buf_string(&rewrite->before), offset},
		       slice_from((struct slice){buf_string(&rewrite->before),
						 rewrite->before.length_bytes},
				  offset + length),
		       new, &text);
	*ret_why = "another change stands in the same place";
	if (!is_data)
		return rewrite_add(rewrite, offset, length, buf_string(&text), NULL);
	return rewrite_add_within(rewrite, offset, length, buf_string(&text), ref->written,
				  is_spelling ? new : buf_string(&text));
}

bool edits_replace(struct edits *edits, const struct asset_ref *ref, const char *url,
		   const char **ret_why)
{
	return change(edits, ref, url, false, ret_why);
}

bool edits_respell(struct edits *edits, const struct asset_ref *ref, const char *spelling,
		   const char **ret_why)
{
	*ret_why = "in other letters it holds a character reference";
	return keeps_references(ref->written, spelling) &&
	       change(edits, ref, spelling, true, ret_why);
}

static void refuse_file(struct edits *edits, struct rewrite *rewrite)
{
	rewrite_drop(rewrite, 0);
	edits->n_refused++;
}

void edits_finish(struct edits *edits, struct buf *notes)
{
	for (; edits->n_finished < edits->n_files; edits->n_finished++) {
		struct rewrite *rewrite = edits->files[edits->n_finished];
		unsigned line;
		int error;

		if (rewrite->n_edits && is_read_only(edits->root_fd, rewrite->file, &error)) {
			note_forbidden(notes, rewrite->file, error);
			refuse_file(edits, rewrite);
		} else if (!rewrite_finish(rewrite, &line)) {
			note_harm(notes, rewrite->file, line);
			refuse_file(edits, rewrite);
		}
		rewrite_pack(rewrite);
	}
}

bool edits_are_kept(const struct edits *edits, const char *file)
{
	const struct rewrite *rewrite = map_get_string(edits->by_file, file);

	return rewrite && (const void *)rewrite != edits && rewrite->n_edits;
}

size_t edits_count(const struct edits *edits)
{
	size_t count = 0;

	for (size_t i = 0; i < edits->n_files; i++)
		count += edits->files[i]->n_edits;
	return count;
}

int edits_record(struct edits *edits, const char *verb, struct journal *journal,
		 struct fault *fault)
{
	CLEANUP(cleanup_free) char *name = NULL;

	for (size_t i = 0; i < edits->n_files; i++)
		if (edits->files[i]->n_edits)
			journal_add_file(journal, edits->files[i]);
	return journal_write(journal, edits->root_fd, verb, &name, fault);
}

/* --- the new text -------------------------------------------------------------------------------
 */

#define IS_CHANGED 2

/* 1: `ret_text` is it; 0: the file has it already; IS_CHANGED: the file is not what it was. */
static int make_text(const struct change *change, const struct buf *now, struct buf *ret_text)
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
static int read_error(const struct change *change, int error)
{
	return !change->rewrite || error == -ENOENT || error == -ELOOP ? IS_CHANGED : error;
}

/* Takes the text. */
static void append_diff(const struct change *change, struct buf *now, struct edits_preview *diff)
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
static void refuse(struct replacer *replacer, const struct change *change, int error)
{
	if (error != IS_CHANGED)
		note_forbidden(replacer->notes, change->file, error);
	else
		note(replacer->notes, change->file,
		     change->rewrite ? "it has changed meanwhile" : "it has changed since");
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

static int replace(struct replacer *replacer, const struct change *change, struct fault *fault)
{
	CLEANUP(buf_release) struct buf now = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	struct replacement new = {.change = *change, .tmp = TMPFILE_INIT, .folder_fd = -1};
	int error = read_text(&new, replacer->root_fd, &now, fault);
	int done = error ? read_error(change, error) : make_text(change, &now, &text);

	if (!replacer->diff)
		sweep_folder_of(replacer->root_fd, change->file, replacer->swept);
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

static void replacer_init(struct replacer *replacer, int root_fd, struct edits_preview *diff,
			  struct buf *notes)
{
	*replacer = (struct replacer){
		.root_fd = root_fd,
		.notes = notes,
		.diff = diff,
		.swept = map_new(),
		.max_batch =
			descriptors_room(DESCRIPTORS_OF_PROGRAM, DESCRIPTORS_A_COPY, 1, MAX_BATCH),
	};
}

/* Those before one that failed are replaced. */
static int replacer_end(struct replacer *replacer, int error, struct fault *fault)
{
	int batch_error = end_batch(replacer, error ? NULL : fault);

	map_free(replacer->swept);
	return error ? error : batch_error;
}

static int change_files(struct edits *edits, struct edits_preview *diff, struct buf *notes,
			struct fault *fault)
{
	struct replacer replacer;
	int error = 0;

	replacer_init(&replacer, edits->root_fd, diff, notes);
	for (size_t i = 0; i < edits->n_files && !error; i++) {
		struct rewrite *rewrite = edits->files[i];
		const struct change change = {rewrite->file,      rewrite,
					      rewrite->edits,     rewrite->n_edits,
					      rewrite->before_id, rewrite->after_id};

		if (rewrite->n_edits)
			error = replace(&replacer, &change, fault);
	}
	error = replacer_end(&replacer, error, fault);
	edits->n_written = diff ? 0 : replacer.n_done;
	edits->n_refused += replacer.n_refused;
	return error;
}

int edits_diff(struct edits *edits, struct edits_preview *diff, struct buf *notes,
	       struct fault *fault)
{
	return change_files(edits, diff, notes, fault);
}

int edits_write(struct edits *edits, struct buf *notes, struct fault *fault)
{
	return change_files(edits, NULL, notes, fault);
}

int edits_restore(int root_fd, const struct journal *journal, struct edits_preview *diff,
		  struct buf *notes, struct edits_restored *ret_restored, struct fault *fault)
{
	struct replacer replacer;
	int error = 0;

	replacer_init(&replacer, root_fd, diff, notes);
	for (size_t i = 0; i < journal->n_files && !error; i++) {
		const struct journal_file *file = &journal->files[i];
		const struct change change = {file->file,    NULL,        file->edits,
					      file->n_edits, file->after, file->before};

		error = replace(&replacer, &change, fault);
	}
	for (size_t i = 0; i < journal->n_added && !diff; i++)
		sweep_folder_of(root_fd, journal->added[i].file, replacer.swept);
	error = replacer_end(&replacer, error, fault);
	*ret_restored = (struct edits_restored){replacer.n_done, replacer.n_refused};
	return error;
}
