/*
 * An article or data file whose remote images `localize` brings into the site; the first byte
 * chooses the kind of file. What was edited names the new image when it is read again, what was not
 * is as it was, and undoing it gives back each byte.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/scratch.h"
#include "alloc.h"
#include "cleanup.h"
#include "edits.h"
#include "file.h"
#include "fuzz.h"
#include "scanner.h"

#define IMAGE "assets/images/0123456789abcdef0123456789abcdef.jpg"
#define MOST_REFS 200

static char root[SCRATCH_BYTES];
static int root_fd = -1;

static const char *const names[] = {"a.md",  "a.mdx", "a.html", "a.yml", "a.json", "a.toml",
				    "a.csv", "a.njk", "a.css",  "a.rst", "a.adoc"};

struct seen {
	char *written, *url;
	enum image_ref_kind kind;
	enum image_ref_target target;
	bool is_edited;
};

struct seen_list {
	struct seen items[MOST_REFS];
	size_t count;
};

static void remove_site(void)
{
	scratch_remove(root);
}

static void put(const char *name, const void *data, size_t length_bytes)
{
	int fd = openat(root_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fuzz_require(fd >= 0 && write(fd, data, length_bytes) == (ssize_t)length_bytes);
	close(fd);
}

static void make_site(void)
{
	fuzz_require(!scratch_make(root));
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fuzz_require(root_fd >= 0 && !mkdirat(root_fd, "assets", 0700) &&
		     !mkdirat(root_fd, "assets/images", 0700));
	put(IMAGE, "x", 1);
	atexit(remove_site);
}

/* As `localize` chooses them. */
static bool is_wanted(const struct image_ref *ref)
{
	return ref->target == IMAGE_REF_REMOTE && !ref->is_below_other_base &&
	       !strstr(ref->written, "{{") && !strstr(ref->written, "{%");
}

static bool edit(struct edits *edits, const struct image_ref *ref)
{
	const struct asset_ref place = {
		.file = ref->file,
		.kind = image_ref_kind_name(ref->kind),
		.data_path = ref->data_path,
		.written = ref->written,
		.line = ref->line,
		.column = ref->column,
		.defined_line = ref->defined_line,
		.defined_column = ref->defined_column,
	};
	const char *fragment = strchr(ref->url, '#'), *why = NULL;
	CLEANUP(cleanup_free) char *url = alloc_printf("/" IMAGE "%s", fragment ? fragment : "");

	return edits_replace(edits, &place, url, &why);
}

/* Edits too, with `edits`. */
static void scan(const char *name, struct edits *edits, struct seen_list *list)
{
	static const char *const none[] = {NULL};
	struct site site = {.root = root,
			    .baseurl = (char *)"",
			    .url = (char *)"",
			    .builder = "none",
			    .public_folder = (char *)""};
	CLEANUP(cleanup_free) char *path = alloc_printf("%s/%s", root, name);
	const char *paths[] = {path, NULL};
	struct scanner_options options = {.site = &site,
					  .paths = paths,
					  .own_output = none,
					  .n_threads = 1,
					  .no_ignore = true};
	const struct scan_file *file;
	struct scanner *scanner;
	struct fault fault = {0};

	list->count = 0;
	fuzz_require(!scanner_new(&options, &scanner, &fault));
	while (scanner_next(scanner, &file, &fault) > 0)
		for (size_t i = 0; i < file->n_refs && list->count < MOST_REFS; i++) {
			const struct image_ref *ref = &file->refs[i];

			list->items[list->count++] = (struct seen){
				alloc_string(ref->written), alloc_string(ref->url), ref->kind,
				ref->target, edits && is_wanted(ref) && edit(edits, ref)};
		}
	scanner_free(scanner);
}

static void list_release(struct seen_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].written);
		free(list->items[i].url);
	}
}

static void compare(const struct seen_list *before, const struct seen_list *after)
{
	fuzz_require(before->count == after->count);
	for (size_t i = 0; i < before->count; i++) {
		const struct seen *old = &before->items[i], *new = &after->items[i];

		fuzz_require(old->kind == new->kind);
		if (old->is_edited)
			fuzz_require(!strcmp(new->url, "/" IMAGE));
		else if (!strstr(old->written, "{{")) /* a shortcode in it may have been edited */
			fuzz_require(!strcmp(old->url, new->url) &&
				     !strcmp(old->written, new->written));
	}
}

/* From the file as it is now. */
static void undo(const struct edits *edits, const char *name, const uint8_t *data,
		 size_t length_bytes)
{
	const struct rewrite *rewrite = edits->files[0];
	CLEANUP(buf_release) struct buf now = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf before = BUF_INIT(BUF_UNLIMITED);

	fuzz_require(!file_read(root_fd, name, &now));
	fuzz_require(rewrite_undo(rewrite->edits, rewrite->n_edits, &now, &before));
	fuzz_require(before.length_bytes == length_bytes &&
		     !memcmp(buf_string(&before), data, length_bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	static struct seen_list before, after;
	CLEANUP(buf_release) struct buf notes = BUF_INIT(BUF_UNLIMITED);
	struct fault fault = {0};
	struct edits edits;
	const char *name;

	if (length_bytes == 0)
		return 0;
	if (root_fd < 0)
		make_site();
	name = names[data[0] % ARRAY_LENGTH(names)];
	put(name, data + 1, length_bytes - 1);
	edits_init(&edits, root_fd);
	scan(name, &edits, &before);
	edits_finish(&edits, &notes);
	if (before.count < MOST_REFS && edits_are_kept(&edits, name)) {
		fuzz_require(!edits_write(&edits, &notes, &fault));
		scan(name, NULL, &after);
		compare(&before, &after);
		undo(&edits, name, data + 1, length_bytes - 1);
		list_release(&after);
	}
	list_release(&before);
	edits_release(&edits);
	unlinkat(root_fd, name, 0);
	return 0;
}
