#include "run_scan.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "fetcher.h"
#include "interrupt.h"
#include "log.h"
#include "scan_results.h"

static bool is_root(const struct run *run, const char *path)
{
	CLEANUP(cleanup_free) char *real = realpath(path, NULL);

	return real && !strcmp(real, run->site->root);
}

/* Without a path it is the current folder, where the site lies around it. */
static bool is_part_by_place(const struct run *run)
{
	const struct settings *settings = run->settings;

	return !settings->paths.count && !settings->files_from && !settings->root_dir &&
	       !is_root(run, ".");
}

static bool is_whole_site(const struct run *run)
{
	const struct settings *settings = run->settings;

	if (settings->files_from || settings->include.count || settings->exclude.count ||
	    settings->shard || settings->paths.count > 1)
		return false;
	return settings->paths.count ? is_root(run, settings->paths.items[0])
				     : !is_part_by_place(run);
}

static void tell_part(struct run *run)
{
	buf_printf(&run->epilogue, "Scanned: the current folder alone; `picdesk %s ",
		   verb_table[run->verb].name);
	run_say_path(&run->epilogue, run->site->root, "");
	buf_append_string(&run->epilogue, "` scans the whole site.\n");
}

/* What is found first says so. `check` asks for whatever is not on the disk; other runs may find
 * all of it fresh, unless there is no cache yet. */
static void expect_requests(const struct run *run, const struct image_ref *ref)
{
	bool asks = run->verb == VERB_CHECK ||
		    ((run->verb == VERB_BUILD || run->verb == VERB_WARM) && !run->cache);

	if (asks && ref->target == IMAGE_REF_REMOTE && !run->settings->offline)
		fetcher_expect();
}

static void add_reference(struct run *run, const struct image_ref *ref)
{
	report_add_reference(&run->report, ref);
	expect_requests(run, ref);
}

static void take_file(struct run *run, const struct scan_file *file)
{
	for (size_t i = 0; i < file->n_refs; i++) {
		if (shard_has(&run->shard, file->refs[i].url))
			add_reference(run, &file->refs[i]);
		else
			run->has_other_shards = true;
	}
	for (size_t i = 0; i < file->n_problems; i++) {
		const struct scan_problem *problem = &file->problems[i];

		/* What could not be read may name images: its thumbnails must stay. */
		if (problem->code == SCAN_UNREADABLE || problem->code == SCAN_LIMIT)
			run->is_partial = run->report.is_partial = true;
		report_add_problem(&run->report, scan_problem_name(problem->code), problem->file,
				   problem->line, problem->column, problem->message);
	}
}

/* A folder that nobody named on the command line: who did? */
static int explain_content(const struct run *run, bool is_content, int error, struct fault *fault)
{
	const struct settings *settings = run->settings;

	if (!is_content || !settings->content.count || !settings->config_loaded)
		return error;
	return fault_wrap(fault, error, "look at `content` of %s", settings->config_loaded);
}

/* --- what earlier scans found -------------------------------------------------------------------
 */

static bool recall(void *context, const struct object_id *key, struct slice *ret_data)
{
	const struct run *run = context;
	const void *data;

	if (!scan_results_find(run->scan_results, key, &data, &ret_data->length_bytes))
		return false;
	ret_data->data = data;
	return true;
}

static void keep(void *context, const struct object_id *key)
{
	const struct run *run = context;

	scan_results_keep(run->scan_results, key);
}

static void remember(void *context, const struct object_id *key, struct slice data)
{
	const struct run *run = context;

	scan_results_add(run->scan_results, key, data.data, data.length_bytes);
}

static bool has_memory(const struct run *run)
{
	return run->verb == VERB_BUILD || run->verb == VERB_WARM || run->verb == VERB_CHECK;
}

/* --- the scan -----------------------------------------------------------------------------------
 */

static int64_t cpu_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int scan(struct run *run, const struct scanner_options *options, int64_t started_us,
		struct fault *fault)
{
	const struct scan_file *file;
	struct scan_counts counts;
	struct scanner *scanner;
	int got = scanner_new(options, &scanner, fault);

	if (got < 0)
		return explain_content(run, !options->paths, got, fault);
	while (!interrupt_signal() && (got = scanner_next(scanner, &file, fault)) > 0)
		take_file(run, file);
	if (interrupt_signal())
		run->report.is_complete = false;
	counts = scanner_counts(scanner);
	scanner_free(scanner);
	log_trace("scanner", "%zu files of %zu bytes read, %zu of them parsed: %.1f ms of CPU",
		  counts.files, counts.bytes, counts.parsed,
		  (double)(cpu_us() - started_us) / 1000);
	return got < 0 ? explain_content(run, !options->paths, got, fault) : 0;
}

int run_scan(struct run *run, struct fault *fault)
{
	/* An empty --files-from (no file changed) means nothing, not everything. */
	static const char *const nothing[] = {NULL};
	static const char *const here[] = {".", NULL};
	const struct settings *settings = run->settings;
	const char *const own_output[] = {run->publish, run->manifest, NULL};
	const struct scan_memory memory = {run, recall, keep, remember};
	struct scanner_options options = {
		.site = run->site,
		.content = string_list_or_null(&settings->content),
		.exclude_paths = string_list_or_null(&settings->exclude_paths),
		.own_output = own_output,
		.image_keys = string_list_or_null(&settings->image_keys),
		.lazy_attributes = string_list_or_null(&settings->lazy_attributes),
		.shortcodes = string_list_or_null(&settings->shortcodes),
		.include_urls = string_list_or_null(&settings->include),
		.exclude_urls = string_list_or_null(&settings->exclude),
		.skip_unpublished = !settings->unpublished,
		.no_ignore = settings->no_ignore,
	};
	int64_t started_us;

	/* A cache that cannot be opened is complained of when the run needs it; what it knew is as
	 * good as nothing: every file is parsed. */
	if (has_memory(run))
		run_open_existing_cache(settings, run->site, &run->cache, NULL);
	started_us = cpu_us();
	if (has_memory(run))
		cache_load_scan_results(run->cache, &run->scan_results, NULL);
	run->report.is_partial = !is_whole_site(run);
	/* With --only all images are in the report, but not all are looked at. */
	run->is_partial = run->report.is_partial || settings->only;
	options.memory = run->scan_results ? &memory : NULL;
	/* The whole site is `content`; a root that was named beats nothing, there is nothing to
	 * beat. */
	if (run->is_partial && (settings->paths.count || settings->files_from))
		options.paths =
			settings->paths.count ? string_list_or_null(&settings->paths) : nothing;
	if (is_part_by_place(run)) {
		options.paths = here;
		tell_part(run);
	}
	return scan(run, &options, started_us, fault);
}
