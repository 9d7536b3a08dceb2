#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "config.h"
#include "clock.h"
#include "disk_work.h"
#include "files_from.h"
#include "human.h"
#include "interrupt.h"
#include "last_report.h"
#include "lock.h"
#include "pipeline.h"
#include "publish.h"
#include "relative_path.h"
#include "report_diff.h"
#include "report_output.h"
#include "run_scan.h"
#include "scan_results.h"
#include "text_output.h"
#include "waiting.h"

#define LARGE_SITE_REFS 20000

/* --- paths --------------------------------------------------------------------------------------
 */

char *run_cache_dir(const struct settings *settings, const struct site *site)
{
	if (settings->cache_dir)
		return alloc_string(settings->cache_dir);
	return alloc_printf("%s/.cache/picdesk", site->root);
}

void run_shown_path(struct buf *ret_text, const char *root, const char *path)
{
	char folder[PATH_MAX];

	if (getcwd(folder, sizeof folder))
		relative_path(ret_text, folder, root, path);
	else
		buf_printf(ret_text, "%s/%s", root, path);
}

void run_say_path(struct buf *ret_text, const char *root, const char *path)
{
	CLEANUP(buf_release) struct buf shown = BUF_INIT(BUF_UNLIMITED);

	run_shown_path(&shown, root, path);
	human_text(ret_text, buf_string(&shown));
}

static char *shown_root(const char *root)
{
	struct buf shown = BUF_INIT(1u << 16);

	run_shown_path(&shown, root, "");
	return buf_steal(&shown);
}

/* --- the beginning -------------------------------------------------------------------------------
 */

/* Before anything is done: a run is not made for a comparison that cannot be. */
static int read_baseline(struct run *run, struct fault *fault)
{
	struct report baseline;
	int error;

	if (!run->settings->baseline)
		return 0;
	error = report_read_file(run->settings->baseline, &baseline, fault);
	if (error)
		return fault_wrap(fault, error, "read the report that --baseline names");
	run->baseline = alloc_zeroed(1, sizeof *run->baseline);
	*run->baseline = baseline;
	return 0;
}

/* All that can be wrong before the articles are looked at. */
static int prepare(struct run *run, enum verb verb, struct settings *settings,
		   const struct site *site, struct fault *fault)
{
	int error = 0;

	*run = (struct run){
		.verb = verb,
		.settings = settings,
		.site = site,
		.root_fd = open(site->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.started_ms = clock_monotonic_ms(),
		.publish = alloc_string(config_publish(settings, site)),
		.manifest = alloc_string(config_manifest(settings, site)),
		.epilogue = BUF_INIT(1u << 16),
	};
	report_init(&run->report);
	run->report.version = alloc_string(PICDESK_VERSION);
	run->report.verb = alloc_string(verb_table[verb].name);
	run->report.root = alloc_string(site->root);
	run->report.root_shown = shown_root(site->root);
	run->report.started_s = clock_wall_s();
	if (run->root_fd < 0)
		return fault_raise(fault, -errno, "%s: open the site's folder: %s", site->root,
				   strerror(errno));
	if (settings->shard)
		shard_parse(settings->shard, &run->shard);
	error = report_output_check(settings, site, fault);
	if (!error)
		error = read_baseline(run, fault);
	if (!error && settings->files_from)
		error = files_from_read(settings, fault);
	if (!error && settings->publish)
		error = publish_check_folder(run->root_fd, run->publish, fault);
	return error;
}

static int64_t deadline_of(const struct run *run)
{
	int64_t max_time_ms = run->settings->max_time_ms;

	return max_time_ms > INT64_MAX - run->started_ms ? INT64_MAX
							 : run->started_ms + max_time_ms;
}

/* Until the run is released: one run at a time writes into a site. */
static int lock_site(const struct run *run, struct fault *fault)
{
	CLEANUP(cleanup_free)
	char *holder = alloc_printf("another run works on %s", run->site->root);
	int error = lock_exclusive(run->root_fd, holder);

	return error ? lock_fault(fault, error, "the site's folder", holder) : 0;
}

static int begin(struct run *run, enum verb verb, struct settings *settings,
		 const struct site *site, bool is_alone, struct fault *fault)
{
	int error = prepare(run, verb, settings, site, fault);

	waiting_set_deadline(deadline_of(run));
	/* Who waited reads what the articles say by then. */
	if (!error && is_alone)
		error = lock_site(run, fault);
	if (!error)
		error = run_scan(run, fault);
	report_count(&run->report);
	run->has_begun = !error && verb == VERB_SCAN;
	return error;
}

int run_begin(struct run *run, enum verb verb, struct settings *settings, const struct site *site,
	      struct fault *fault)
{
	return begin(run, verb, settings, site, false, fault);
}

int run_begin_alone(struct run *run, enum verb verb, struct settings *settings,
		    const struct site *site, struct fault *fault)
{
	return begin(run, verb, settings, site, true, fault);
}

/* --- the run ------------------------------------------------------------------------------------
 */

static int explain_full_disk(const struct run *run, int error, struct fault *fault)
{
	CLEANUP(cleanup_free) char *directory = NULL;

	if (!fault_is_no_room(error))
		return error;
	directory = run_cache_dir(run->settings, run->site);
	if (error == -EFBIG)
		return fault_wrap(
			fault, error,
			"%s: a file of the cache may not be so long here (see `ulimit -f`)",
			directory);
	return fault_wrap(fault, error,
			  "%s: no room for the cache (make some, or put it elsewhere with "
			  "--cache-dir DIR)",
			  directory);
}

/* Another folder, on another file system perhaps, may do. */
static bool is_of_place(int error)
{
	static const int errors[] = {EACCES, EROFS,  ENOTDIR,    ENOTEMPTY,
				     EPERM,  ENOLCK, EOPNOTSUPP, ENOSYS};

	for (size_t i = 0; i < ARRAY_LENGTH(errors); i++)
		if (error == -errors[i])
			return true;
	return false;
}

int run_open_cache(struct run *run, struct fault *fault)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(run->settings, run->site);
	int error;

	if (run->cache) /* what earlier scans found was read from it */
		return 0;
	error = cache_open(directory, &run->cache, fault);
	if (is_of_place(error))
		fault_wrap(fault, error, "open the cache (--cache-dir DIR puts it elsewhere)");
	return explain_full_disk(run, error, fault);
}

/* An empty folder is none yet, and who looks makes none of it. A link that leads nowhere is one
 * that cannot be looked into. */
static bool is_there(const char *directory)
{
	DIR *folder = opendir(directory);
	const struct dirent *item;
	bool is_empty = folder;
	struct stat status;

	if (!folder)
		return errno != ENOENT || !lstat(directory, &status);
	while (is_empty && (errno = 0, item = readdir(folder)))
		is_empty = !strcmp(item->d_name, ".") || !strcmp(item->d_name, "..") ||
			   !strcmp(item->d_name, "lost+found"); /* a volume of its own */
	is_empty = is_empty && !errno;
	closedir(folder);
	return !is_empty;
}

int run_open_existing_cache(const struct settings *settings, const struct site *site,
			    struct cache **ret_cache, struct fault *fault)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(settings, site);

	if (!is_there(directory))
		return 0;
	return cache_open(directory, ret_cache, fault);
}

int run_look_into_cache(const struct settings *settings, const struct site *site,
			struct cache **ret_cache, struct fault *fault)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(settings, site);
	int error = run_open_existing_cache(settings, site, ret_cache, fault);

	if (error != -EROFS && error != -EACCES && error != -EPERM)
		return error;
	fault_clear(fault);
	return cache_open_read_only(directory, ret_cache, fault);
}

/* With the first batch; of a large site, where it takes as much memory as the images that are going
 * to wait, at once. */
static int store_scan_results(struct run *run, struct fault *fault)
{
	int error = run->scan_results
			    ? cache_store_scan_results(run->cache, run->scan_results, fault)
			    : 0;

	scan_results_free(run->scan_results);
	run->scan_results = NULL;
	if (error || run->report.n_refs < LARGE_SITE_REFS)
		return error;
	error = cache_flush(run->cache, true, fault);
	cache_release_memory(run->cache);
	malloc_trim(0);
	return error;
}

int run_pipeline(struct run *run, bool wants_thumbs, bool is_check, struct fault *fault)
{
	struct pipeline_options options = {
		.settings = run->settings,
		.site = run->site,
		.cache = run->cache,
		.wants_thumbs = wants_thumbs,
		.is_check = is_check,
		.publisher = run->publisher,
		.progress = &run->progress,
		.deadline_ms = deadline_of(run),
	};
	int error;

	run->has_begun = true;
	run->progress.mode =
		progress_mode_for_stderr(run->settings->no_progress || run->settings->quiet);
	waiting_set_progress(&run->progress);
	error = store_scan_results(run, fault);
	if (!error)
		error = pipeline_run(&options, &run->report, fault);
	waiting_set_progress(NULL);
	return explain_full_disk(run, error, fault);
}

/* --- outputs ------------------------------------------------------------------------------------
 */

int run_write_text(const struct buf *text, const char *path, struct fault *fault)
{
	struct text_output output;
	int error = text_output_begin(&output, path, fault);

	if (error)
		return error;
	for (size_t at = 0; at < text->length_bytes; at += BUF_PIECE_BYTES) {
		size_t left = text->length_bytes - at;

		buf_append(&output.text, text->data + at,
			   left < BUF_PIECE_BYTES ? left : BUF_PIECE_BYTES);
	}
	return text_output_end(&output, fault);
}

/* --- the end ------------------------------------------------------------------------------------
 */

void run_print_fault(const struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 14);
	CLEANUP(cleanup_free) char *lines = alloc_string(fault->text);
	char *rest, *line;
	const char *separator = "picdesk: ";

	for (line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		buf_append_string(&text, separator);
		human_text(&text, line);
		separator = "\n         while: ";
	}
	fprintf(stderr, "%s\n", buf_string(&text));
}

static int fail_on_of(const struct run *run)
{
	if (run->settings->fail_on >= 0)
		return run->settings->fail_on;
	return run->verb == VERB_CHECK ? FAIL_ON_BROKEN : FAIL_ON_NEVER;
}

/* The least severity that ends the run with 2. */
static enum severity gravity_of(int fail_on)
{
	switch (fail_on) {
	case FAIL_ON_NEVER:
		return SEVERITY_OFF;
	case FAIL_ON_WARNING:
		return SEVERITY_WARNING;
	default:
		return SEVERITY_BROKEN;
	}
}

/* --fail-after: what fails for a shorter time may pass. What has no beginning (it is of the
 * article, a local file or a setting) counts at once. */
static bool has_failed_long_enough(const struct run *run, const struct asset *asset)
{
	int64_t age_s = clock_wall_s() - asset->failing_since_s;

	/* A clock that was set back makes no failure younger than new. */
	return !asset->failing_since_s || !run->settings->fail_after_ms ||
	       age_s >= run->settings->fail_after_ms / 1000;
}

static bool has_problem_at(const struct run *run, enum severity least)
{
	const struct report *report = &run->report;

	if (least <= SEVERITY_WARNING && report_problem_fails(report))
		return true;
	for (size_t i = 0; i < report->n_images; i++)
		if (asset_fails_at(report->images[i], least) &&
		    has_failed_long_enough(run, report->images[i]))
			return true;
	return false;
}

/* Broken now, and not broken in the baseline. */
static bool has_new(const struct run *run)
{
	for (size_t i = 0; i < run->report.n_images; i++)
		if (report_is_newly_broken(run->baseline, run->report.images[i]) &&
		    has_failed_long_enough(run, run->report.images[i]))
			return true;
	return false;
}

static int status_of_findings(const struct run *run)
{
	switch (fail_on_of(run)) {
	case FAIL_ON_BROKEN:
		return has_problem_at(run, SEVERITY_BROKEN) ? EXIT_FINDINGS : 0;
	case FAIL_ON_WARNING:
		return has_problem_at(run, SEVERITY_WARNING) ? EXIT_FINDINGS : 0;
	case FAIL_ON_NEW:
		if (!run->baseline)
			return has_problem_at(run, SEVERITY_BROKEN) ? EXIT_FINDINGS : 0;
		return has_new(run) ? EXIT_FINDINGS : 0;
	default:
		return 0;
	}
}

static int keep_report(struct run *run, struct fault *fault)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(run->settings, run->site);

	return last_report_keep(run->cache, directory, run->site->root, &run->report, fault);
}

/* The run goes on as if nothing had been: that something was is for people to know. */
static void tell_of_damage(const struct run *run)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 12);
	struct cache_damage damage;

	if (!run->cache || run->settings->quiet)
		return;
	cache_found_damage(run->cache, &damage);
	if (damage.index_was_rebuilt)
		buf_append_string(&text, "picdesk: the cache's index was damaged or lost, and "
					 "rebuilt from its records\n");
	if (damage.parts) {
		buf_append_string(&text, "picdesk: of the cache's folder ");
		human_count(&text, damage.parts, "part was", "parts were");
		buf_append_string(&text, " something else, and set aside in its quarantine\n");
	}
	if (damage.objects) {
		buf_append_string(&text, "picdesk: ");
		human_count(&text, damage.objects, "stored file was", "stored files were");
		buf_append_string(&text, " damaged: set aside in the cache's quarantine, and "
					 "fetched or made again where it is needed\n");
	}
	fputs(buf_string(&text), stderr);
}

/* Once; keeps the first error. */
static int close_cache(struct run *run, int error, struct fault *fault)
{
	int close_error = cache_close(run->cache, error ? NULL : fault);

	run->cache = NULL;
	return error ? error : explain_full_disk(run, close_error, fault);
}

/* -ECANCELED: a signal ended the wait for another process, and something is lost. */
static bool is_interrupted(int error)
{
	return interrupt_signal() && (error == -EINTR || error == -ECANCELED);
}

static int finish(struct run *run, int error, struct fault *fault)
{
	enum severity shown_fail_on = gravity_of(fail_on_of(run));
	struct fault second;
	int output_error = 0;

	fault_clear(&second);
	run->report.seconds = (double)(clock_monotonic_ms() - run->started_ms) / 1000;
	tell_of_damage(run);
	if (run->cache && !error)
		error = keep_report(run, fault);
	/* Nobody is kept waiting for a cache while a pager shows the report. */
	if (!report_output_needs_cache(run->settings))
		error = close_cache(run, error, fault);
	run->report.has_failed = error && !is_interrupted(error);
	if (run->has_begun)
		output_error =
			report_output_all(&run->report, run->settings, run->site->root, run->cache,
					  shown_fail_on, buf_string(&run->epilogue), &second);
	error = close_cache(run, error, fault);
	/* A terminal that has gone takes no report, and nobody may come to read a pipe. */
	if (output_error && interrupt_signal() != SIGHUP && !is_interrupted(output_error)) {
		run_print_fault(&second);
		return EXIT_RUNTIME;
	}
	if (error && !(error == -EINTR && interrupt_signal()))
		run_print_fault(fault);
	if (error && !is_interrupted(error))
		return EXIT_RUNTIME;
	if (interrupt_signal() && error != -ECANCELED)
		fputs("picdesk: interrupted; what was finished is kept\n", stderr);
	if (interrupt_signal())
		return 128 + interrupt_signal();
	if (run->settings->fail_if_empty && !run->report.n_images && !run->has_other_shards) {
		fputs("picdesk: no image was found (--fail-if-empty)\n", stderr);
		return EXIT_RUNTIME;
	}
	return status_of_findings(run);
}

void run_release(struct run *run)
{
	disk_work_end();
	report_release(&run->report);
	if (run->baseline)
		report_release(run->baseline);
	free(run->baseline);
	scan_results_free(run->scan_results);
	buf_release(&run->epilogue);
	free(run->publish);
	free(run->manifest);
	if (run->root_fd >= 0)
		close(run->root_fd);
}

int run_end(struct run *run, int error, struct fault *fault)
{
	int status = finish(run, error, fault);

	run_release(run);
	return status;
}
