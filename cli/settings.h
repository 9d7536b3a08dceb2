/*
 * settings.h: everything a run can be told, and where each value came from.
 *
 *	settings_init(&settings);                        the defaults
 *	options_parse(argc, argv, &settings, ...)        flags (options.c)
 *	config_environment(&settings, ...)               PICDESK_... (config.c)
 *	config_file(&settings, path, ...)                picdesk.yml (config.c)
 *
 * Strength: flag, environment, picdesk.yml, default. A weaker source never replaces a stronger one:
 * `origins` remembers where each setting came from. One table (option_table.c) names every setting,
 * its flag, its key in picdesk.yml, its default, its range, its help text and the verbs it fits;
 * help, completions, `picdesk config` and the man page come from it. Sizes in bytes, durations in
 * ms (INT64_MAX: `*`, for ever).
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetcher.h"
#include "thumbs.h"

enum setting_source {
	SOURCE_DEFAULT,
	SOURCE_FILE,
	SOURCE_ENVIRONMENT,
	SOURCE_FLAG,
};

/* One a setting; `headers` and the like are one setting as a whole. */
enum setting {
	SETTING_CONFIG,
	SETTING_CACHE_DIR,
	SETTING_ROOT_DIR,
	SETTING_FILES_FROM,
	SETTING_CONTENT,
	SETTING_EXCLUDE_PATHS,
	SETTING_IMAGE_KEYS,
	SETTING_LAZY_ATTRIBUTES,
	SETTING_SHORTCODES,
	SETTING_UNPUBLISHED,
	SETTING_INCLUDE,
	SETTING_EXCLUDE,
	SETTING_SHARD,
	SETTING_NO_IGNORE,
	SETTING_FAIL_IF_EMPTY,
	SETTING_MAX_CONCURRENCY,
	SETTING_HOST_CONCURRENCY,
	SETTING_HOST_INTERVAL,
	SETTING_MAX_RETRIES,
	SETTING_TIMEOUT,
	SETTING_CONNECT_TIMEOUT,
	SETTING_MAX_TIME,
	SETTING_MAX_REDIRECTS,
	SETTING_MAX_BYTES,
	SETTING_MAX_PIXELS,
	SETTING_ACCEPT,
	SETTING_HEADERS,
	SETTING_USER_AGENT,
	SETTING_PROXY,
	SETTING_CACERT,
	SETTING_INSECURE,
	SETTING_ALLOW_PRIVATE,
	SETTING_ALLOW_DOWNGRADE,
	SETTING_REQUIRE_SANDBOX,
	SETTING_HOSTS,
	SETTING_OFFLINE,
	SETTING_REFRESH,
	SETTING_QUICK,
	SETTING_ONLY,
	SETTING_MIN_AGE,
	SETTING_MAX_AGE,
	SETTING_NEGATIVE_AGE,
	SETTING_CACHE_MAX_SIZE,
	SETTING_UNUSED_FOR,
	SETTING_GONE,
	SETTING_DRY_RUN,
	SETTING_RESTORE,
	SETTING_HOST,
	SETTING_FULL,
	SETTING_REPAIR,
	SETTING_THUMBS,
	SETTING_PUBLISH,
	SETTING_MANIFEST,
	SETTING_JOBS,
	SETTING_FAIL_ON,
	SETTING_BASELINE,
	SETTING_FAIL_AFTER,
	SETTING_CHECK_IGNORE,
	SETTING_SEVERITY,
	SETTING_FORMAT,
	SETTING_OUTPUT,
	SETTING_NO_PROGRESS,
	SETTING_QUIET,
	SETTING_VERBOSE,
	SETTING_COLOR,
	SETTING_COUNT,
};

struct setting_origin {
	enum setting_source source;
	unsigned line; /* SOURCE_FILE: of `config_loaded` */
};

/* A NULL-terminated list of owned strings. Never set: items is NULL, and the stages' default holds;
 * set to nothing (`shortcodes: []`): items[0] is NULL. */
struct string_list {
	char **items;
	size_t count, capacity;
};
void string_list_add(struct string_list *list, const char *text);
void string_list_clear(struct string_list *list); /* sets it to nothing */
void string_list_release(struct string_list *list);
/* For the stages' NULL-terminated lists; NULL when the list was never set. */
const char *const *string_list_or_null(const struct string_list *list);

enum fail_on {
	FAIL_ON_NEVER,
	FAIL_ON_BROKEN,
	FAIL_ON_WARNING,
	FAIL_ON_NEW,
};

enum report_format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_JSONL,
	FORMAT_JUNIT,
	FORMAT_SARIF,
	FORMAT_GITHUB,
	FORMAT_MARKDOWN,
	FORMAT_HTML,
	FORMAT_COUNT,
};

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

struct report_output {
	enum report_format format;
	char *path; /* NULL: stdout */
};

#define SETTINGS_MAX_OUTPUTS 16

/* `check: severity:` overrides. */
struct severity_override {
	char *code;
	char *severity; /* "broken", "blocked", "warning", "info", "off" */
};

struct settings {
	struct setting_origin origins[SETTING_COUNT];
	char *config_loaded; /* the file that config_file() read, as given; NULL: none */
	bool asks_no_one;    /* no request is made: what only they need may be missing (${TOKEN}) */
	/* where */
	struct string_list paths; /* what stands behind the verb: also URLs, hashes, verbs */
	char *config_path;        /* -c; NULL: picdesk.yml of the root */
	char *cache_dir;          /* NULL: .cache/picdesk in the root */
	char *root_dir;           /* NULL: found */
	char *files_from;         /* "-": stdin */
	/* what */
	struct string_list content, exclude_paths, image_keys, lazy_attributes, shortcodes;
	struct string_list include, exclude; /* URLs */
	char *shard;                         /* "I/N" (shard.h); NULL: all */
	bool no_ignore, fail_if_empty;
	bool unpublished; /* scan articles with published: false or draft: true; default true */
	/* fetching */
	int64_t max_concurrency, host_concurrency, host_interval_ms, max_retries, timeout_ms,
		connect_timeout_ms, max_time_ms, max_redirects, max_bytes, max_pixels;
	char *accept;
	struct string_list headers;
	char *user_agent; /* NULL: picdesk's own */
	char *proxy, *cacert;
	bool insecure, allow_private, allow_downgrade, require_sandbox;
	struct fetch_cidr *allow_cidrs;
	size_t n_allow_cidrs;
	struct fetch_host_options *hosts; /* strings owned here */
	size_t n_hosts;
	/* freshness; max_age_ms -1: the verb's default (check: 1 d; else for ever, i.e. no clamp)
	 */
	bool offline, refresh;
	bool quick; /* check: read headers only */
	char *only; /* "broken", "new" or a pattern (only.h): what is fetched; NULL: all */
	int64_t min_age_ms, max_age_ms,
		negative_age_ms; /* negative_age_ms -1: the defaults by kind */
	/* thumbnails and publishing */
	struct thumb_spec specs[THUMB_MAX_SPECS];
	size_t n_specs;
	char *publish, *manifest; /* relative to the root; NULL: the generator's default */
	int64_t jobs;             /* 0: cores */
	/* verdicts and reports */
	int fail_on; /* enum fail_on; -1: the verb's default */
	char *baseline;
	int64_t fail_after_ms; /* what fails for a shorter time does not decide the exit status */
	struct string_list check_ignore; /* of URLs that check leaves unchecked */
	struct severity_override *severities;
	size_t n_severities;
	struct report_output outputs[SETTINGS_MAX_OUTPUTS]; /* pair by pair */
	size_t n_outputs;
	bool no_progress, quiet;
	int verbose;
	enum color_mode color;
	int64_t cache_max_size_bytes; /* INT64_MAX: none given */
	/* upkeep */
	int64_t unused_for_ms; /* INT64_MAX: however long */
	bool gone, dry_run, full, repair;
	/* localize, fix */
	bool restore;
	struct string_list host_names; /* none: all */
};

void settings_init(struct settings *settings);
void settings_release(struct settings *settings);
/* Sets where a setting comes from; false when a stronger source has set it: then leave it alone. */
bool settings_claim(struct settings *settings, enum setting setting, enum setting_source source,
		    unsigned line);

#endif
