/*
 * report.h: what a run found, as a value: the images with their references and findings, problems
 * of articles, hosts, totals. pipeline.c fills it; report_text.c and report_json.c print it;
 * report_read.c makes it again from the JSON of an earlier run.
 *
 *	report_init(&report);
 *	report_add_reference(&report, &ref) ...           one asset per URL
 *	...the run...
 *	report_count(&report)                             totals
 *	report_write_json(&report, &buf) / report_write_text(...)
 *	report_release(&report);
 *
 * Order is stable: images by their first reference (file order, then place), references by place.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "fault.h"
#include "finding.h"
#include "key_table.h"
#include "media_type.h"
#include "object_id.h"
#include "scanner.h"

struct map;

enum asset_status {
	ASSET_OK,
	ASSET_STALE,
	ASSET_BROKEN,
	ASSET_BLOCKED,
	ASSET_UNCHECKED,
	ASSET_EMBEDDED,
	ASSET_TEMPLATE,
	ASSET_STATUS_COUNT,
};
const char *asset_status_name(enum asset_status status);

enum asset_source {
	ASSET_FROM_NONE,
	ASSET_FROM_NETWORK,
	ASSET_FROM_REVALIDATED,
	ASSET_FROM_CACHE,
	ASSET_FROM_LOCAL,
};
const char *asset_source_name(enum asset_source source);

struct asset_ref {
	const char *file; /* from the root */
	const char *kind;
	const char *data_path; /* NULL: none */
	const char *written;
	const char *title; /* NULL: none */
	unsigned line, column, defined_line, defined_column;
	int width_px, height_px;  /* declared; 0: not declared */
	uint32_t order;           /* of the scan: ascending over files and places */
	bool is_below_other_base; /* a path there does not lead to the site */
	bool is_in_inner_site;    /* whose paths are its own */
	bool is_display_size; /* declared by HTML: scaled by the browser, only the ratio counts */
};

struct asset_thumb {
	const char *name; /* of the spec; borrowed */
	const char
		*path; /* from the root, where it is published; NULL: not published; the arena's */
	struct object_id object;
	uint64_t bytes;
	int width_px, height_px;
	enum media_type type : 8;
	bool is_published : 1; /* or about to be: publish.c's */
};

/* There is one for each of a hundred thousand URLs that wait: what few of them have is not in
 * it. */
struct asset {
	const char *url;       /* identity */
	const char *final_url; /* asset_set_final_url(); NULL: not fetched */
	struct asset_ref *refs;
	struct finding *findings;
	struct asset_thumb *thumbs;
	union {
		const char *actual; /* what a case-mismatched file is called */
		const char *why;    /* of IMAGE_REF_BAD */
	};
	uint64_t bytes;
	/* 0: not failing, or not for a reason that has a beginning (of the article, a local file,
	 * or a setting). */
	int64_t failing_since_s;
	int64_t checked_s; /* when the origin last said something; 0: never */
	/* Hash of the bytes, when has_object; of the last good ones, when has_last_good. */
	struct object_id object;
	unsigned n_refs, n_findings, n_thumbs;
	int http_status;         /* 0: none */
	int width_px, height_px; /* 0: not known */
	enum image_ref_target target : 8;
	enum asset_status status : 8;
	enum asset_source source : 8;
	enum media_type type : 8;
	enum local_state local : 8; /* of local files */
	bool has_object : 1;
	bool has_last_good : 1; /* broken now, good once: its thumbnails stay */
	struct asset_ref
		first_ref; /* `refs`, when it is the only one: most images are named once */
};

struct problem {
	char *code; /* "bad-front-matter", "host-down"... */
	char *file; /* NULL: of the run */
	unsigned line, column;
	char *message;
};

struct host_report {
	char *host;
	uint64_t requests, ok, not_modified, failed, throttled, bytes;
	int64_t p50_ms, p95_ms;
};

struct report_totals {
	uint64_t references, images, by_status[ASSET_STATUS_COUNT];
	uint64_t fetched, revalidated, from_cache, bytes_fetched, thumbs_made, thumbs_reused;
};

struct report {
	struct arena arena; /* of the assets, and of what the scan said of them */
	char *version, *verb;
	char *root;       /* absolute */
	char *root_shown; /* from the current folder: "." */
	char *sandbox;    /* what confined the renderers; NULL when none ran */
	int64_t started_s;
	double seconds;
	bool is_complete;
	bool is_partial; /* not the whole site's images are in it: some paths, a shard, --include */
	bool has_failed; /* a fault of ours ended it: what to do is said with that */
	struct asset **images;
	size_t n_images, images_capacity, n_refs;
	const char *last_file;   /* of the reference added last; NULL: none */
	struct key_table by_url; /* of images */
	struct map *messages;    /* of findings, in the arena; NULL: none */
	struct problem *problems;
	size_t n_problems, problems_capacity;
	struct host_report *hosts;
	size_t n_hosts;
	struct report_totals totals;
	size_t n_headers_only; /* images of which no more than the header was read */
};

/* Frees what the run found out of it; the rest is an arena's. */
void asset_release(struct asset *asset);

void report_init(struct report *report);
void report_release(struct report *report);

/* A new asset; `url` is copied. */
struct asset *report_add_asset(struct report *report, const char *url);
/* Room for one more reference, not yet filled; the others may move. */
struct asset_ref *asset_add_ref(struct asset *asset);
/* Copied, unless it is the asset's own URL. NULL: not fetched. */
void asset_set_final_url(struct asset *asset, const char *final_url);
/* Of a local file: its path from the root, of which the URL is made. */
const char *asset_disk_path(const struct asset *asset);
/* The asset of this reference's URL, made when it is new; the reference is copied. */
struct asset *report_add_reference(struct report *report, const struct image_ref *ref);
/* NULL when there is none of that identity. */
struct asset *report_find(const struct report *report, const char *url);
void report_add_problem(struct report *report, const char *code, const char *file, unsigned line,
			unsigned column, const char *message);
/* Counts by status and references; the counters of the run (fetched and so on) are the caller's. */
void report_count(struct report *report);

/* The finding is added to an asset of the report, at its default severity; equal messages are kept
 * once. Returns it for its refs. */
__attribute__((format(printf, 4, 5))) struct finding *report_add_finding(struct report *report,
									 struct asset *asset,
									 enum finding_code code,
									 const char *format, ...);
__attribute__((format(printf, 4, 0))) struct finding *
report_add_finding_of(struct report *report, struct asset *asset, enum finding_code code,
		      const char *format, va_list arguments);
void finding_add_ref(struct finding *finding, unsigned ref);
/* Those that were added after the first `n_kept`. */
void asset_drop_findings(struct asset *asset, unsigned n_kept);
bool asset_has_finding(const struct asset *asset, enum finding_code code);
/* The gravest severity among its findings, SEVERITY_OFF when there are none. */
enum severity asset_severity(const struct asset *asset);
/* Whether a finding of it is at or above `least`, as --fail-on counts: `stale-used` only where
 * picdesk.yml makes more of it than it is, for stale alone is exit status 0. */
bool asset_fails_at(const struct asset *asset, enum severity least);
/* Whether a problem is a failure under --fail-on warning. That a host is down is one in its images:
 * these are broken, or stale. */
bool report_problem_fails(const struct report *report);
/* When it was looked at, as a kept report has it: 0 for a local image, which each run looks at, so
 * that the report need not be written again; it is given the run's time when it is read. */
int64_t asset_kept_time_s(const struct asset *asset);

/* JSON "picdesk/report/1"; a line of jsonl is one element of its `images`. */
void report_write_json(const struct report *report, struct buf *ret_text);
/* The same, to be kept: what every run changes, and the images, each on one line; and one document
 * of the two again, for report_read(), which gives local images the run's time. */
void report_write_run(const struct report *report, struct buf *ret_text);
void report_write_images(const struct report *report, struct buf *ret_text);
/* All that report_write_images() depends on, to be hashed. */
void report_outline_images(const struct report *report, struct buf *ret_text);
void report_join_parts(const char *run, const char *images, struct buf *ret_text);
void report_write_jsonl(const struct report *report, struct buf *ret_text);
/* An earlier report_write_json(); -EINVAL with a fault when it is none. Thumbnails' objects are not
 * in it. `name` is for messages. */
int report_read(const char *name, const char *text, size_t length_bytes, struct report *ret_report,
		struct fault *fault);

struct report_text_options {
	bool is_verbose; /* nothing is folded */
	bool has_color;
	/* Only what is broken or blocked or what `fail_on` counts, and no totals when there is
	 * nothing. */
	bool is_quiet;
	int64_t now_s;
	const char *folder, *root; /* absolute: files are shown as seen from `folder` */
	enum severity fail_on;     /* SEVERITY_OFF: never */
	/* Of the terminal: prose and totals are folded to it. 0: no terminal, every line in one
	 * piece. */
	unsigned columns;
	/* The terminal shows links (OSC 8): URLs are links, and those wider than it are shortened
	 * to the eye alone. */
	bool has_links;
	bool is_offline;      /* --offline was given */
	bool has_filters;     /* --include and the like may have left everything out */
	const char *epilogue; /* lines before the totals: what was published; NULL: none */
};
/* Groups by what to do, and at the end one line of totals and the next step. */
void report_write_text(const struct report *report, const struct report_text_options *options,
		       struct buf *ret_text);
/* One line a reference, in the order of the scan: "file:line:column  url". */
void report_write_scan_text(const struct report *report, const struct report_text_options *options,
			    struct buf *ret_text);

#endif
