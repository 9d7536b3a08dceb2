#include "edits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "beneath.h"
#include "cleanup.h"
#include "file.h"
#include "file_kind.h"
#include "html_images.h"
#include "map.h"
#include "replacer.h"

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

/* --- files --------------------------------------------------------------------------------------
 */

static int read_file(int root_fd, const char *file, struct buf *ret_text)
{
	const char *name;
	CLEANUP(cleanup_close) int folder_fd = beneath_open_parent(root_fd, file, &name);

	return folder_fd < 0 ? -errno : file_read(folder_fd, name, ret_text);
}

/* By the first change that does it. */
static void note_harm(struct buf *notes, const char *file, unsigned line)
{
	CLEANUP(cleanup_free) char *place = alloc_printf("%s:%u", file, line);

	replacer_note(notes, place, "its data would mean something else");
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
	if (read_file(edits->root_fd, file, &text)) {
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
		else if (strchr("\"\\<>` ", *url) || (unsigned char)*url < ' ')
			/* of the old URL's fragment, which stays */
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
			replacer_note_forbidden(notes, rewrite->file, error);
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

/* --- the files ----------------------------------------------------------------------------------
 */

static int change_files(struct edits *edits, struct replacer_preview *diff, struct buf *notes,
			struct fault *fault)
{
	struct replacer replacer;
	int error = 0;

	replacer_init(&replacer, edits->root_fd, diff, notes);
	for (size_t i = 0; i < edits->n_files && !error; i++) {
		struct rewrite *rewrite = edits->files[i];
		const struct replacer_change change = {rewrite->file,      rewrite,
						       rewrite->edits,     rewrite->n_edits,
						       rewrite->before_id, rewrite->after_id};

		if (rewrite->n_edits)
			error = replacer_replace(&replacer, &change, fault);
	}
	error = replacer_end(&replacer, error, fault);
	edits->n_written = diff ? 0 : replacer.n_done;
	edits->n_refused += replacer.n_refused;
	return error;
}

int edits_diff(struct edits *edits, struct replacer_preview *diff, struct buf *notes,
	       struct fault *fault)
{
	return change_files(edits, diff, notes, fault);
}

int edits_write(struct edits *edits, struct buf *notes, struct fault *fault)
{
	return change_files(edits, NULL, notes, fault);
}

int edits_restore(int root_fd, const struct journal *journal, struct replacer_preview *diff,
		  struct buf *notes, struct edits_restored *ret_restored, struct fault *fault)
{
	struct replacer replacer;
	int error = 0;

	replacer_init(&replacer, root_fd, diff, notes);
	for (size_t i = 0; i < journal->n_files && !error; i++) {
		const struct journal_file *file = &journal->files[i];
		const struct replacer_change change = {file->file,    NULL,        file->edits,
						       file->n_edits, file->after, file->before};

		error = replacer_replace(&replacer, &change, fault);
	}
	for (size_t i = 0; i < journal->n_added && !diff; i++)
		replacer_sweep(&replacer, journal->added[i].file);
	error = replacer_end(&replacer, error, fault);
	*ret_restored = (struct edits_restored){replacer.n_done, replacer.n_refused};
	return error;
}
