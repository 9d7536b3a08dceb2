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
#include "file.h"
#include "file_kind.h"
#include "html_images.h"
#include "human.h"
#include "map.h"
#include "plain_disk.h"
#include "relative_path.h"
#include "tmpfile.h"

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

static bool is_same_text(const struct buf *a, const struct buf *b)
{
	return a->length_bytes == b->length_bytes &&
	       !memcmp(buf_string(a), buf_string(b), a->length_bytes);
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

/* Another owner is only possible as root: without that the file becomes one's own. Its group stays
 * where one is in it, or others who share the site could not write it any more. */
static bool set_owner(int fd, const struct stat *status)
{
	return !fchown(fd, status->st_uid, status->st_gid) ||
	       (plain_disk_lacks(errno) &&
		(!fchown(fd, (uid_t)-1, status->st_gid) || plain_disk_lacks(errno)));
}

static int write_with_mode_of(int folder_fd, const char *file, const char *name,
			      const struct buf *text, struct fault *fault)
{
	CLEANUP(cleanup_close)
	int old_fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct tmpfile tmp = TMPFILE_INIT;
	struct stat status;
	int error = 0;

	if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return fault_raise(fault, -errno, "%s: look at: %s", file, strerror(errno));
	error = tmpfile_open(&tmp, folder_fd, file, fault);
	if (!error)
		error = tmpfile_write(&tmp, text->data, text->length_bytes, fault);
	if (!error && !set_owner(tmp.fd, &status))
		error = fault_raise(fault, -errno, "%s: set its owner: %s", file, strerror(errno));
	if (!error) {
		copy_attributes(old_fd, tmp.fd);
		error = tmpfile_publish(&tmp, name, status.st_mode & 07777, NULL);
		return error ? fault_raise(fault, error, "%s: replace it: %s", file,
					   file_error_text(error))
			     : 0;
	}
	tmpfile_discard(&tmp);
	return error;
}

/* Temporaries of a run that was killed go, once a folder: files of one folder follow each other. */
static void sweep_folder_of(int root_fd, const char *file, const char *previous)
{
	const char *slash = strrchr(file, '/');
	size_t length = slash ? (size_t)(slash - file) + 1 : 0;
	CLEANUP(cleanup_close) int folder_fd = -1;
	const char *name;

	if (previous && !strncmp(previous, file, length) && !strchr(previous + length, '/'))
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

/* 1: replaced; 0: it no longer holds `expected`. */
static int replace_file(int root_fd, const char *file, const struct buf *expected,
			const struct buf *text, struct fault *fault)
{
	CLEANUP(buf_release) struct buf now = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(cleanup_close) int folder_fd = -1;
	const char *name;
	int error = open_folder_of(root_fd, file, &folder_fd, &name, fault);

	if (error)
		return error;
	error = file_read(folder_fd, name, &now);
	if (error && error != -ENOENT && error != -ELOOP)
		return fault_raise(fault, error, "%s: read: %s", file, strerror(-error));
	if (error || !is_same_text(&now, expected))
		return 0;
	error = write_with_mode_of(folder_fd, file, name, text, fault);
	return error ? error : 1;
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

/* Behind this a quote begins a string literal of JavaScript: JSX's `{"x"}`, `{f("x")}` and
 * `{{a: 'x', b: 'y'}}`, and Vue's `:src="'x'"`. */
static bool begins_literal(struct slice before)
{
	before = slice_trim(before);
	return before.length_bytes && strchr("{(:,\"", before.data[before.length_bytes - 1]);
}

/* `before` is the text before the URL, whose last character may be a quote. In YAML, TOML, template
 * tags and scripts each has its own way to write a quote within quotes, or none: there %27 it is.
 * CSS may stand in an attribute or in an element: its own escapes are read in both. */
static void escape(const struct asset_ref *ref, struct slice before, const char *url,
		   struct buf *ret_text)
{
	char quote = before.length_bytes ? before.data[before.length_bytes - 1] : '\0';
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
		else if (strchr("[]", *url) && is_asciidoc) /* its attributes */
			buf_printf(ret_text, "%%%02X", (unsigned)*url);
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
		escape(ref, (struct slice){buf_string(&rewrite->before), offset}, new, &text);
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
	return change(edits, ref, spelling, true, ret_why);
}

void edits_finish(struct edits *edits, struct buf *notes)
{
	for (size_t i = 0; i < edits->n_files; i++) {
		struct rewrite *rewrite = edits->files[i];
		unsigned line;
		int error;

		if (rewrite->n_edits && is_read_only(edits->root_fd, rewrite->file, &error))
			note_forbidden(notes, rewrite->file, error);
		else if (!rewrite_finish(rewrite, &line))
			note_harm(notes, rewrite->file, line);
		else
			continue;
		rewrite_drop(rewrite, 0);
		edits->n_refused++;
	}
}

bool edits_are_kept(const struct edits *edits, const char *file)
{
	const struct rewrite *rewrite = map_get_string(edits->by_file, file);

	return rewrite && (const void *)rewrite != edits && rewrite->n_edits;
}

static int compare_files(const void *a, const void *b)
{
	return strcmp((*(struct rewrite *const *)a)->file, (*(struct rewrite *const *)b)->file);
}

size_t edits_count(const struct edits *edits)
{
	size_t count = 0;

	for (size_t i = 0; i < edits->n_files; i++)
		count += edits->files[i]->n_edits;
	return count;
}

static void append_diff(const struct rewrite *rewrite, struct edits_preview *diff)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(1u << 16);
	char folder[PATH_MAX];

	if (diff->root && getcwd(folder, sizeof folder))
		relative_path(&name, folder, diff->root, rewrite->file);
	else
		buf_append_string(&name, rewrite->file);
	rewrite_diff(rewrite, buf_string(&name), &diff->text);
}

void edits_diff(const struct edits *edits, struct edits_preview *diff)
{
	if (edits->n_files)
		qsort(edits->files, edits->n_files, sizeof *edits->files, compare_files);
	for (size_t i = 0; i < edits->n_files; i++)
		append_diff(edits->files[i], diff);
}

/* --- writing ------------------------------------------------------------------------------------
 */

int edits_record(struct edits *edits, const char *verb, struct journal *journal,
		 struct fault *fault)
{
	CLEANUP(cleanup_free) char *name = NULL;

	for (size_t i = 0; i < edits->n_files; i++)
		if (edits->files[i]->n_edits)
			journal_add_file(journal, edits->files[i]);
	return journal_write(journal, edits->root_fd, verb, &name, fault);
}

int edits_write(struct edits *edits, struct buf *notes, struct fault *fault)
{
	for (size_t i = 0; i < edits->n_files; i++) {
		struct rewrite *rewrite = edits->files[i];
		int done;

		sweep_folder_of(edits->root_fd, rewrite->file,
				i ? edits->files[i - 1]->file : NULL);
		if (!rewrite->n_edits)
			continue;
		done = replace_file(edits->root_fd, rewrite->file, &rewrite->before,
				    &rewrite->after, fault);
		if (done < 0 && !is_forbidden(done))
			return done;
		if (done == 1) {
			edits->n_written++;
			continue;
		}
		if (done)
			note_forbidden(notes, rewrite->file, done);
		else
			note(notes, rewrite->file, "it has changed meanwhile");
		edits->n_refused++;
		rewrite_drop(rewrite, 0);
	}
	return 0;
}

/* --- undoing ------------------------------------------------------------------------------------
 */

static void diff_back(const struct journal_file *file, struct buf *text, struct edits_preview *diff)
{
	struct rewrite rewrite;
	size_t shift = 0; /* wraps around for text that became shorter, and back */

	rewrite_init(&rewrite, file->file, text);
	for (size_t i = 0; i < file->n_edits; i++) {
		const struct rewrite_edit *edit = &file->edits[i];

		rewrite_add(&rewrite, edit->offset + shift, strlen(edit->new), edit->old, NULL);
		shift += strlen(edit->new) - strlen(edit->old);
	}
	append_diff(&rewrite, diff);
	rewrite_release(&rewrite);
}

#define IS_CHANGED 2

/* 1: undone; 0: there was nothing to undo; IS_CHANGED: it is not what we left. */
static int restore_file(int root_fd, const struct journal_file *file, struct edits_preview *diff,
			struct fault *fault)
{
	CLEANUP(buf_release) struct buf now = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf before = BUF_INIT(BUF_UNLIMITED);
	struct object_id id;
	int done;

	if (read_file(root_fd, file->file, &now, NULL))
		return IS_CHANGED;
	id = object_id_of(buf_string(&now), now.length_bytes);
	if (object_id_equals(&id, &file->before))
		return 0;
	if (!object_id_equals(&id, &file->after) ||
	    !rewrite_undo(file->edits, file->n_edits, &now, &before))
		return IS_CHANGED;
	id = object_id_of(buf_string(&before), before.length_bytes);
	if (!object_id_equals(&id, &file->before))
		return IS_CHANGED;
	if (diff) {
		diff_back(file, &now, diff);
		return 1;
	}
	done = replace_file(root_fd, file->file, &now, &before, fault);
	return done ? done : IS_CHANGED;
}

int edits_restore(int root_fd, const struct journal *journal, struct edits_preview *diff,
		  struct buf *notes, struct edits_restored *ret_restored, struct fault *fault)
{
	*ret_restored = (struct edits_restored){0};
	for (size_t i = 0; i < journal->n_files; i++) {
		int done;

		if (!diff)
			sweep_folder_of(root_fd, journal->files[i].file,
					i ? journal->files[i - 1].file : NULL);
		done = restore_file(root_fd, &journal->files[i], diff, fault);

		if (done == IS_CHANGED || is_forbidden(done)) {
			if (done == IS_CHANGED)
				note(notes, journal->files[i].file, "it has changed since");
			else
				note_forbidden(notes, journal->files[i].file, done);
			ret_restored->refused++;
		} else if (done < 0) {
			return done;
		} else {
			ret_restored->files += (size_t)done;
		}
	}
	return 0;
}
