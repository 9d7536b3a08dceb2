#include "edit_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "alloc.h"
#include "beneath.h"
#include "cleanup.h"
#include "file.h"
#include "file_kind.h"
#include "host_name.h"
#include "human.h"
#include "interrupt.h"
#include "map.h"
#include "moved_articles.h"
#include "scanner.h"
#include "url.h"

DEFINE_CLEANUP_POINTER(struct map, map_free)

#define MOST_NOTES_BYTES (16u << 20)

static bool is_unreadable(const struct problem *problem)
{
	return problem->file && !strcmp(problem->code, scan_problem_name(SCAN_UNREADABLE));
}

/* An article that could not be read is left as one that may not be written is. */
static int note_unreadable(struct edit_run *run, struct fault *fault)
{
	const struct report *report = &run->run.report;

	for (size_t i = 0; i < report->n_problems; i++) {
		const struct problem *problem = &report->problems[i];

		if (!is_unreadable(problem))
			continue;
		if (scanner_is_ignore_file(problem->file))
			return fault_raise(fault, -EIO,
					   "%s: %s: what it leaves out must not be changed",
					   problem->file, problem->message);
		human_text(&run->notes, problem->file);
		buf_printf(&run->notes, ": %s: left as it is\n", problem->message);
		run->edits.n_refused++;
	}
	return 0;
}

int edit_run_begin(struct edit_run *run, enum verb verb, struct settings *settings,
		   const struct site *site, struct fault *fault)
{
	int error;

	*run = (struct edit_run){
		.notes = BUF_INIT(MOST_NOTES_BYTES),
		.summary = BUF_INIT(1u << 16),
	};
	error = run_begin_alone(&run->run, verb, settings, site, fault);
	edits_init(&run->edits, run->run.root_fd);
	if (!error && !settings->restore)
		error = note_unreadable(run, fault);
	if (!error && !settings->restore)
		error = run_open_cache(&run->run, fault);
	return error;
}

void edit_run_note(struct edit_run *run, const struct asset_ref *ref, const char *why)
{
	human_text(&run->notes, ref->file);
	buf_printf(&run->notes, ":%u:%u: %s: left as it is\n", ref->line, ref->column, why);
}

/* --- which images -------------------------------------------------------------------------------
 */

bool edit_run_is_of_host(const struct settings *settings, const struct asset *asset)
{
	bool is_one = !settings->host_names.count;
	struct url url;

	if (asset->target != IMAGE_REF_REMOTE ||
	    url_parse(asset->url, strlen(asset->url), NULL, &url) != URL_OK)
		return false;
	for (size_t i = 0; i < settings->host_names.count && url.host && !is_one; i++)
		is_one = host_name_matches(settings->host_names.items[i], &url);
	url_release(&url);
	return is_one;
}

int edit_run_fetch(struct edit_run *run, bool (*wants)(const struct asset *asset, void *context),
		   void *context, struct fault *fault)
{
	struct report *report = &run->run.report;
	size_t n_images = report->n_images, n_wanted = 0;
	int error;

	/* The wanted ones first; the pipeline sees no others. */
	for (size_t i = 0; i < n_images; i++) {
		struct asset *asset = report->images[i];

		if (!wants(asset, context))
			continue;
		report->images[i] = report->images[n_wanted];
		report->images[n_wanted++] = asset;
	}
	report->n_images = n_wanted;
	error = run_pipeline(&run->run, false, false, fault);
	report->n_images = n_images;
	return !error && interrupt_signal() ? -EINTR : error;
}

/* --- which places -------------------------------------------------------------------------------
 */

struct place {
	uint32_t image, ref;
};

static const char *file_of(const struct report *report, const struct place *place)
{
	return report->images[place->image]->refs[place->ref].file;
}

/* Within a file in the order of the images. */
static int compare_places(const void *a, const void *b, void *report)
{
	const struct place *one = a, *other = b;
	int order = strcmp(file_of(report, one), file_of(report, other));

	if (!order && one->image != other->image)
		order = one->image < other->image ? -1 : 1;
	return order ? order : (one->ref > other->ref) - (one->ref < other->ref);
}

static struct place *places_of(struct edit_run *run,
			       bool (*wants)(const struct asset *asset, void *context),
			       size_t *ret_count)
{
	struct report *report = &run->run.report;
	struct place *places = NULL;
	size_t count = 0, capacity = 0;

	for (uint32_t i = 0; i < report->n_images; i++) {
		if (!wants(report->images[i], run->run.settings))
			continue;
		for (uint32_t k = 0; k < report->images[i]->n_refs; k++) {
			ALLOC_GROW(places, count, capacity);
			places[count++] = (struct place){i, k};
		}
	}
	if (count)
		qsort_r(places, count, sizeof *places, compare_places, report);
	*ret_count = count;
	return places;
}

void edit_run_edit(struct edit_run *run, bool (*wants)(const struct asset *asset, void *context),
		   void (*edit)(void *context, size_t image, size_t ref), void *context)
{
	const struct report *report = &run->run.report;
	size_t count;
	CLEANUP(cleanup_free) struct place *places = places_of(run, wants, &count);

	for (size_t i = 0; i < count; i++) {
		if (i && strcmp(file_of(report, &places[i - 1]), file_of(report, &places[i])) != 0)
			edits_finish(&run->edits, &run->notes);
		edit(context, places[i].image, places[i].ref);
	}
	edits_finish(&run->edits, &run->notes);
}

void edit_run_count_unchecked(struct edit_run *run, size_t count)
{
	if (!count)
		return;
	human_count(&run->summary, count, "image was", "images were");
	buf_append_string(&run->summary,
			  run->run.settings->offline
				  ? " not looked at: not in the cache, and --offline asks no one\n"
				  : " not looked at: run it again\n");
}

/* --- writing ------------------------------------------------------------------------------------
 */

static void count_changes(struct edit_run *run, size_t n_files, const char *verb)
{
	struct buf *text = &run->summary;

	human_count(text, edits_count(&run->edits), "change", "changes");
	buf_append_string(text, " in ");
	human_count(text, n_files, "file", "files");
	if (n_files && !run->run.settings->dry_run)
		buf_printf(text, "; picdesk %s --restore undoes it", verb);
	buf_append_char(text, '\n');
}

static size_t count_files(const struct edits *edits)
{
	size_t count = 0;

	for (size_t i = 0; i < edits->n_files; i++)
		count += edits->files[i]->n_edits > 0;
	return count;
}

static void diff_release(struct replacer_preview *diff)
{
	buf_release(&diff->text);
}

static bool is_below_here(const struct edit_run *run, const char *file)
{
	CLEANUP(buf_release) struct buf shown = BUF_INIT(1u << 16);

	run_shown_path(&shown, run->run.site->root, file);
	return strncmp(buf_string(&shown), "../", 3) != 0;
}

/* On a terminal nothing of an article is obeyed; what goes elsewhere may be for `patch`. */
static int show_diff(const struct replacer_preview *diff, struct fault *fault)
{
	CLEANUP(buf_release) struct buf shown = BUF_INIT(BUF_UNLIMITED);

	if (!isatty(STDOUT_FILENO))
		return run_write_text(&diff->text, NULL, fault);
	human_lines(&shown, buf_string(&diff->text));
	return run_write_text(&shown, NULL, fault);
}

/* `patch -p1` takes the diff in the current folder where all that it changes lies below that;
 * otherwise in the root, for it takes no "..". */
static int write_diff(struct edit_run *run, struct fault *fault)
{
	CLEANUP(diff_release)
	struct replacer_preview diff = {run->run.site->root, BUF_INIT(BUF_UNLIMITED)};
	int error;

	for (size_t i = 0; i < run->edits.n_files; i++)
		if (run->edits.files[i]->n_edits && !is_below_here(run, run->edits.files[i]->file))
			diff.root = NULL;
	error = edits_diff(&run->edits, &diff, &run->notes, fault);
	return error ? error : show_diff(&diff, fault);
}

int edit_run_write(struct edit_run *run, int (*prepare)(struct edit_run *run, struct fault *fault),
		   struct fault *fault)
{
	const char *verb = run->run.report.verb;
	size_t n_files = count_files(&run->edits);
	int error = 0;

	cache_end_reads(run->run.cache); /* whoever reads the diff takes their time */
	buf_append_string(&run->summary, buf_string(&run->run.epilogue));
	if (run->run.settings->dry_run) {
		count_changes(run, n_files, verb);
		return write_diff(run, fault);
	}
	if (n_files) {
		error = edits_record(&run->edits, verb, &run->journal, fault);
		if (!error && prepare)
			error = prepare(run, fault);
		if (!error)
			error = edits_write(&run->edits, &run->notes, fault);
	}
	count_changes(run, run->edits.n_written, verb);
	return error;
}

/* --- the end ------------------------------------------------------------------------------------
 */

/* Each line begins with a file of the site: it is shown as seen from the current folder. */
static void print_notes(const struct edit_run *run)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(2 * MOST_NOTES_BYTES);
	CLEANUP(cleanup_free) char *lines = alloc_string(buf_string(&run->notes));
	char *rest;

	for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		run_say_path(&text, run->run.site->root, line);
		buf_append_char(&text, '\n');
	}
	fputs(buf_string(&text), stderr);
}

/* A fault in the midst, as a full disk. */
static void say_what_is_done(const struct edit_run *run)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024);

	if (!run->edits.n_written)
		return;
	buf_append_string(&text, "picdesk: before that ");
	human_count(&text, run->edits.n_written, "file was", "files were");
	fprintf(stderr, "%s changed; another run goes on, picdesk %s --restore undoes it\n",
		buf_string(&text), run->run.report.verb);
}

static int finish(struct edit_run *run, int error, struct fault *fault)
{
	const struct settings *settings = run->run.settings;
	int close_error = cache_close(run->run.cache, error ? NULL : fault);

	error = error ? error : close_error;
	print_notes(run);
	if (error == -EINTR && interrupt_signal()) {
		fputs("picdesk: interrupted; no article was touched\n", stderr);
		return 128 + interrupt_signal();
	}
	if (error) {
		run_print_fault(fault);
		say_what_is_done(run);
		return error == -ECANCELED ? 128 + interrupt_signal() : EXIT_RUNTIME;
	}
	if (!settings->quiet)
		fputs(buf_string(&run->summary), settings->dry_run ? stderr : stdout);
	return run->edits.n_refused ? EXIT_RUNTIME : EXIT_ALL_WELL;
}

int edit_run_end(struct edit_run *run, int error, struct fault *fault)
{
	int status = finish(run, error, fault);

	edits_release(&run->edits);
	journal_release(&run->journal);
	buf_release(&run->notes);
	buf_release(&run->summary);
	run_release(&run->run);
	return status;
}

/* --- undoing ------------------------------------------------------------------------------------
 */

/* The files that are named by whole URLs of the site, as localize writes them into a <meta>: from
 * the folder that is published, without what the server does not see of them. */
static struct map *named_by_whole_urls(const struct site *site, const struct report *report)
{
	CLEANUP(cleanup_free) char *start = alloc_printf("%s%s/", site->url, site->baseurl);
	size_t start_bytes = strlen(start);
	struct map *names = map_new();

	for (size_t i = 0; i < report->n_images && site->url[0]; i++) {
		struct asset *asset = report->images[i];
		const char *path = asset->url + start_bytes;

		if (asset->n_refs && !strncasecmp(asset->url, start, start_bytes))
			map_put(names, path, strcspn(path, "?#"), asset);
	}
	return names;
}

/* Whether an article names the file now. */
static bool is_used(const struct site *site, const struct report *report,
		    const struct map *by_whole_urls, const char *file)
{
	CLEANUP(cleanup_free) char *url = alloc_printf("/%s", file);
	const struct asset *asset = report_find(report, url);
	size_t public_bytes = strlen(site->public_folder);

	return (asset && asset->n_refs) || (!strncmp(file, site->public_folder, public_bytes) &&
					    map_get_string(by_whole_urls, file + public_bytes));
}

/* When it has these bytes still, and a name as localize gives it. Never outside the site: the
 * journal is a file of the site, and may have come with it. */
static int remove_original(int root_fd, const struct journal_added *added, size_t *ret_removed,
			   struct fault *fault)
{
	CLEANUP(buf_release) struct buf bytes = BUF_INIT(BUF_UNLIMITED);
	const char *name;
	CLEANUP(cleanup_close) int folder_fd = beneath_open_parent(root_fd, added->file, &name);
	char hash[OBJECT_ID_HEX_BYTES];
	struct object_id id;
	int error = folder_fd < 0 ? -errno : file_read(folder_fd, name, &bytes);

	object_id_format(&added->hash, hash);
	if (strncmp(name, hash, strlen(hash)) != 0)
		return 0;
	if (error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -EXDEV)
		return 0;
	if (error)
		return fault_raise(fault, error, "%s: read: %s", added->file, strerror(-error));
	id = object_id_of(buf_string(&bytes), bytes.length_bytes);
	if (!object_id_equals(&id, &added->hash))
		return 0;
	if (unlinkat(folder_fd, name, 0) < 0 && errno != ENOENT)
		return fault_raise(fault, -errno, "%s: remove: %s", added->file, strerror(errno));
	++*ret_removed;
	return 0;
}

/* The images that the run brought, unless somebody uses or has changed them. */
static int remove_added(const struct edit_run *run, const struct report *now, size_t *ret_removed,
			struct fault *fault)
{
	const struct site *site = run->run.site;
	CLEANUP(map_free_pointer) struct map *by_whole_urls = named_by_whole_urls(site, now);
	int error = 0;

	for (size_t i = 0; i < run->journal.n_added && !error; i++)
		if (!is_used(site, now, by_whole_urls, run->journal.added[i].file))
			error = remove_original(run->run.root_fd, &run->journal.added[i],
						ret_removed, fault);
	return error;
}

/* The folders that the run made, unless something lies in them by now. */
static void remove_folders(const struct edit_run *run)
{
	for (size_t i = run->journal.n_folders; i-- > 0;) {
		const char *name;
		CLEANUP(cleanup_close)
		int folder_fd =
			beneath_open_parent(run->run.root_fd, run->journal.folders[i], &name);

		if (folder_fd >= 0)
			unlinkat(folder_fd, name, AT_REMOVEDIR);
	}
}

/* What changed the files since may have been the other verb. A journal may have come with the site:
 * people are told to type nothing but a verb. */
static void say_what_comes_first(struct edit_run *run)
{
	CLEANUP(cleanup_free) char *last = journal_last_verb(run->run.root_fd);
	enum verb verb = last ? verb_parse(last) : VERB_NONE;

	if (verb != run->run.verb && (verb == VERB_LOCALIZE || verb == VERB_FIX))
		buf_printf(&run->summary,
			   "; picdesk %s ran after it: undo that first, with picdesk %s --restore",
			   last, last);
}

static void describe_restored(struct edit_run *run, const struct edits_restored *restored,
			      size_t removed)
{
	struct buf *text = &run->summary;

	human_count(text, restored->files, "file", "files");
	buf_append_string(text, run->run.settings->dry_run ? " would be restored" : " restored");
	if (removed) {
		buf_append_string(text, ", ");
		human_count(text, removed, "image", "images");
		buf_append_string(text, " removed");
	}
	/* A run that was killed is one of its own: what it began is not undone with the next one.
	 */
	if (!run->run.settings->dry_run && !restored->refused &&
	    journal_is_there(run->run.root_fd, run->run.report.verb))
		buf_printf(text, "; picdesk %s --restore undoes the run before it, too",
			   run->run.report.verb);
	if (restored->refused)
		say_what_comes_first(run);
	buf_append_char(text, '\n');
}

/* Whatever part of it this run is about: an article elsewhere may name an image. */
static struct settings whole_site(const struct edit_run *run)
{
	struct settings settings = *run->run.settings;

	settings.paths = settings.include = settings.exclude = (struct string_list){0};
	settings.files_from = NULL;
	settings.root_dir = run->run.site->root;
	settings.unpublished = true;
	return settings;
}

/* What could not be read may name an image, or be an article that was renamed. */
static int check_was_read(const struct report *now, const char *why, struct fault *fault)
{
	for (size_t i = 0; i < now->n_problems; i++)
		if (is_unreadable(&now->problems[i]))
			return fault_raise(fault, -EIO, "%s: %s: %s", now->problems[i].file,
					   now->problems[i].message, why);
	return 0;
}

static int remove_images(struct edit_run *run, const struct report *now, size_t *ret_removed,
			 struct fault *fault)
{
	int error = run->journal.n_added
			    ? check_was_read(now, "it may use the images, which are left", fault)
			    : 0;

	if (!error)
		error = remove_added(run, now, ret_removed, fault);
	if (error)
		return fault_wrap(fault, error,
				  "the articles are restored; another --restore removes the rest");
	remove_folders(run);
	return 0;
}

/* When all articles are as they were: the images go, and the journal. */
static int clear_up(struct edit_run *run, const char *name, size_t *ret_removed,
		    struct fault *fault)
{
	struct settings settings = whole_site(run);
	struct run again;
	int error = run_begin(&again, run->run.verb, &settings, run->run.site, fault);

	if (!error)
		error = remove_images(run, &again.report, ret_removed, fault);
	run_release(&again);
	return error ? error : journal_remove(run->run.root_fd, name, fault);
}

/* In the whole root: what is put aside (a folder of drafts) is often excluded. */
static int find_in_all(struct edit_run *run, struct fault *fault)
{
	struct settings settings = whole_site(run);
	struct run all;
	int error;

	settings.content = settings.exclude_paths = (struct string_list){0};
	settings.no_ignore = true;
	error = run_begin(&all, run->run.verb, &settings, run->run.site, fault);
	if (!error)
		moved_articles_find(run->run.root_fd, &all.report, &run->journal);
	if (!error && moved_articles_are_any(run->run.root_fd, &run->journal))
		error = check_was_read(
			&all.report, "it may be an article that was renamed: nothing was restored",
			fault);
	run_release(&all);
	return error;
}

/* Articles that were renamed since are found where they are now. */
static int find_moved(struct edit_run *run, size_t *ret_parted, struct fault *fault)
{
	struct settings settings = whole_site(run);
	struct run again;
	int error;

	if (!moved_articles_are_any(run->run.root_fd, &run->journal))
		return 0;
	error = run_begin(&again, run->run.verb, &settings, run->run.site, fault);
	if (!error)
		moved_articles_find(run->run.root_fd, &again.report, &run->journal);
	if (!error && moved_articles_are_any(run->run.root_fd, &run->journal))
		error = find_in_all(run, fault);
	if (!error)
		*ret_parted = moved_articles_drop_gone(run->run.root_fd, &again.report,
						       &run->journal, &run->notes);
	run_release(&again);
	return error;
}

static struct map *files_of(const struct report *report)
{
	struct map *files = map_new();

	for (size_t i = 0; i < report->n_images; i++)
		for (size_t k = 0; k < report->images[i]->n_refs; k++)
			map_put_string(files, report->images[i]->refs[k].file, files);
	return files;
}

/* A file that is no article by its name is changed where it is named, and only there. A journal
 * may have come with the site: it says nothing of what else lies in it, as programs. */
static size_t drop_unnamed(struct edit_run *run)
{
	CLEANUP(map_free_pointer) struct map *read = files_of(&run->run.report);
	struct journal *journal = &run->journal;
	size_t n_kept = 0, n_dropped;

	for (size_t i = 0; i < journal->n_files; i++) {
		struct journal_file *file = &journal->files[i];

		if (file_kind_of(file->file) != FILE_NONE || map_get_string(read, file->file) ||
		    faccessat(run->run.root_fd, file->file, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
			journal->files[n_kept++] = *file;
			continue;
		}
		human_text(&run->notes, file->file);
		buf_append_string(&run->notes, ": no article by its name: it is restored when it "
					       "is named, as it was then: left as it is\n");
		journal_file_release(file);
	}
	n_dropped = journal->n_files - n_kept;
	journal->n_files = n_kept;
	return n_dropped;
}

static int restore(struct edit_run *run, struct fault *fault)
{
	CLEANUP(diff_release)
	struct replacer_preview diff = {run->run.site->root, BUF_INIT(BUF_UNLIMITED)};
	CLEANUP(cleanup_free) char *name = NULL;
	struct edits_restored restored = {0};
	bool is_dry_run = run->run.settings->dry_run;
	const char *verb = run->run.report.verb;
	size_t removed = 0, parted = 0, unnamed = 0;
	int error = journal_read_last(run->run.root_fd, verb, &run->journal, &name, fault);

	if (error == -ENOENT)
		return fault_raise(fault, error, "there is no run of %s to undo", verb);
	if (!error)
		unnamed = drop_unnamed(run);
	if (!error)
		error = find_moved(run, &parted, fault);
	for (size_t i = 0; i < run->journal.n_files; i++)
		if (!is_below_here(run, run->journal.files[i].file))
			diff.root = NULL;
	if (!error)
		error = edits_restore(run->run.root_fd, &run->journal, is_dry_run ? &diff : NULL,
				      &run->notes, &restored, fault);
	restored.refused += parted + unnamed;
	if (!error && !is_dry_run && !restored.refused)
		error = clear_up(run, name, &removed, fault);
	if (error)
		return error;
	run->edits.n_refused = restored.refused;
	describe_restored(run, &restored, removed);
	return is_dry_run ? show_diff(&diff, fault) : 0;
}

int edit_run_restore(enum verb verb, struct settings *settings, const struct site *site)
{
	struct fault fault = {0};
	struct edit_run run;
	int error = edit_run_begin(&run, verb, settings, site, &fault);

	if (!error)
		error = restore(&run, &fault);
	return edit_run_end(&run, error, &fault);
}
