/*
 * report_output.h: a report to all places, in all forms, that were asked for.
 */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include "cache.h"
#include "fault.h"
#include "report.h"
#include "scanner.h"
#include "settings.h"

#define REPORT_MOST_BYTES ((size_t)1 << 31)

/* `root` is the site's, absolute; `cache` has thumbnails for HTML, or is NULL; `epilogue` are lines
 * for people after the text report, or NULL. With the form for GitHub, and GITHUB_STEP_SUMMARY set,
 * the job's summary is written as well. */
int report_output_all(const struct report *report, const struct settings *settings,
		      const char *root, struct cache *cache, enum severity fail_on,
		      const char *epilogue, struct fault *fault);
/* After a run all of whose forms went into files: one line on a terminal's standard error,
 * `summary` and where it was written; nothing with --quiet. */
void report_output_say_written(const struct settings *settings, const char *summary);
/* Before a run that may take long: each file that a form goes to can be made there, and is nothing
 * that is not to be replaced, or a fault. */
int report_output_check(const struct settings *settings, const struct site *site,
			struct fault *fault);

enum output_obstacle {
	OUTPUT_OBSTACLE_NONE,
	OUTPUT_OBSTACLE_CONFIG,
	OUTPUT_OBSTACLE_CONFIG_NAME,
	OUTPUT_OBSTACLE_LINK,
	OUTPUT_OBSTACLE_CACHE,
	OUTPUT_OBSTACLE_MANIFEST,
	OUTPUT_OBSTACLE_ARTICLE,
};

/* What is there that a new file must not replace: what the site reads and is no report of picdesk,
 * a manifest, the configuration, or a part of the cache; or that a link of the site leads out of
 * it. */
enum output_obstacle report_output_obstacle(const char *path, const struct settings *settings,
					    const struct site *site);
/* "it is the configuration", for a message. */
const char *report_output_obstacle_text(enum output_obstacle obstacle);
/* Whether a form that was asked for shows thumbnails. */
bool report_output_needs_cache(const struct settings *settings);
/* Of standard output. */
bool report_output_wants_color(const struct settings *settings);
/* A file that --format json wrote. */
int report_read_file(const char *path, struct report *ret_report, struct fault *fault);

#endif
