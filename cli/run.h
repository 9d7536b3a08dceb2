/*
 * run.h: what the verbs that look at a site have in common: scan, cache, outputs, exit status.
 *
 *	struct run run;
 *	error = run_begin(&run, verb, settings, site, &fault);     the report holds the references
 *	error = run_open_cache(&run, &fault);
 *	...
 *	status = run_end(&run, error, &fault);                     prints, remembers, releases
 */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "cache.h"
#include "fault.h"
#include "option_table.h"
#include "progress.h"
#include "report.h"
#include "settings.h"
#include "shard.h"

enum {
	EXIT_ALL_WELL = 0,
	EXIT_RUNTIME = 1,
	EXIT_FINDINGS = 2,
	EXIT_CONFIG = 3,
};

struct run {
	enum verb verb;
	struct settings *settings;
	const struct site *site;
	struct report report;
	struct report *baseline; /* --baseline; NULL: not given */
	struct cache *cache;
	struct scan_results *scan_results; /* of the cache, and what this scan found; NULL: none */
	struct publisher *publisher;       /* of `build`; NULL: nothing is published */
	struct progress progress;
	int root_fd;
	struct shard shard;
	bool has_other_shards; /* some images are not of this run's shard */
	int64_t started_ms;
	bool has_begun;      /* the report has something to say, also after a fault */
	bool is_partial;     /* not the whole site was looked at: nothing may be removed */
	char *publish;       /* folder of thumbnails, from the root */
	char *manifest;      /* from the root */
	struct buf epilogue; /* lines for people after the text report */
};

int run_begin(struct run *run, enum verb verb, struct settings *settings, const struct site *site,
	      struct fault *fault);
/* The same for verbs that write into the site: waits first, and says so, while another such run
 * works on it. -ETIMEDOUT: it still did when --max-time was over. */
int run_begin_alone(struct run *run, enum verb verb, struct settings *settings,
		    const struct site *site, struct fault *fault);
int run_open_cache(struct run *run, struct fault *fault);
/* Everything from the references to the verdicts (pipeline.h). */
int run_pipeline(struct run *run, bool wants_thumbs, bool is_check, struct fault *fault);
/* Writes the outputs, keeps the report for `picdesk report`, closes the cache, prints a fault, and
 * gives the exit status. */
int run_end(struct run *run, int error, struct fault *fault);

/* For verbs that print no report: instead of run_end(), after the cache is closed. */
void run_release(struct run *run);

/* The cache's folder: --cache-dir, else .cache/picdesk in the root. free() it. */
char *run_cache_dir(const struct settings *settings, const struct site *site);
/* For verbs that only look: opens it when it is there; *ret_cache stays NULL when it is not. */
int run_open_existing_cache(const struct settings *settings, const struct site *site,
			    struct cache **ret_cache, struct fault *fault);
/* The same; where nothing can be written, for reading alone. */
int run_look_into_cache(const struct settings *settings, const struct site *site,
			struct cache **ret_cache, struct fault *fault);
/* "picdesk: " and the fault, outermost step last, on stderr. */
void run_print_fault(const struct fault *fault);
/* To a file (replaced whole), or to stdout when `path` is NULL. */
int run_write_text(const struct buf *text, const char *path, struct fault *fault);
/* Appends a path of the site ("" is its root) as seen from the current folder. */
void run_shown_path(struct buf *ret_text, const char *root, const char *path);
/* The same for people: without what a terminal would act on (human_text()). */
void run_say_path(struct buf *ret_text, const char *root, const char *path);

#endif
