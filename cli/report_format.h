/*
 * report_format.h: the forms of a report that other programs read, and what their writers share.
 *
 *	struct report_context context = {.now_s = now, .prefix = prefix, .cache = cache};
 *	report_write_junit(&report, &context, &text);
 *
 * A report holds what strangers wrote: URLs, titles, file names. Each writer escapes for its own
 * reader; controls and bytes that are no UTF-8 come out as \xNN everywhere (human_text()).
 *
 * Standards: JUnit XML as Jenkins' schema has it, SARIF 2.1.0 (OASIS), GitHub's workflow commands,
 * GitHub Flavored Markdown.
 */
#ifndef REPORT_FORMAT_H
#define REPORT_FORMAT_H

#include "buf.h"
#include "cache.h"
#include "report.h"

struct report_context {
	int64_t now_s;
	const char *root;    /* absolute: the folder's name is the site's */
	const char *prefix;  /* of paths: the site's root seen from its repository, "docs/" or "" */
	int root_fd;         /* the site, for its published thumbnails; -1: not there */
	const char *to_root; /* from the HTML file's folder to the root: "../"; NULL: unknown */
	struct cache *cache; /* thumbnails; NULL: none */
	/* the report is of what broke newly alone: "1 newly broken..."; NULL: it is whole */
	const char *diff;
};

/* The folder that holds `.git`, upwards from the root, decides. free() the result. */
char *report_repository_prefix(const char *root);

void report_write_junit(const struct report *report, const struct report_context *context,
			struct buf *ret_text);
/* At most REPORT_SARIF_MOST results, the gravest first: what GitHub takes in. */
#define REPORT_SARIF_MOST 5000
void report_write_sarif(const struct report *report, const struct report_context *context,
			struct buf *ret_text);
/* Annotations, at most 10 errors and 10 warnings: what GitHub shows of a step; then all in a fold.
 */
#define REPORT_GITHUB_MOST 10
void report_write_github(const struct report *report, const struct report_context *context,
			 struct buf *ret_text);
/* At most about `most_bytes`: what does not fit is counted. An issue's body may have 65,536
 * characters, a job summary 1 MiB. */
#define REPORT_ISSUE_BYTES ((size_t)60000)
#define REPORT_SUMMARY_BYTES ((size_t)1000000)
void report_write_markdown(const struct report *report, const struct report_context *context,
			   size_t most_bytes, struct buf *ret_text);
/* One file without anything from outside; thumbnails in it up to REPORT_HTML_THUMB_BYTES in all. */
#define REPORT_HTML_THUMB_BYTES ((size_t)16 << 20)
void report_write_html(const struct report *report, const struct report_context *context,
		       struct buf *ret_text);

/* --- for the writers ----------------------------------------------------------------------------
 */

/* One finding or problem. */
struct report_note {
	enum severity severity;
	const char *code, *message;
	const struct asset *asset;     /* NULL: a problem */
	const struct finding *finding; /* NULL: a problem */
	const char *file;              /* of its first place; NULL: of the run */
	unsigned line, column;         /* 0: none */
};
/* All at or above `least`, the gravest first, else in the report's order. free() the result. */
struct report_note *report_notes(const struct report *report, enum severity least,
				 size_t *ret_count);
/* The i-th place of a note of an image; NULL after the last. */
const struct asset_ref *report_note_place(const struct report_note *note, size_t i);
/* "Not found on the server": what its code means, the heading of its group. */
const char *report_note_heading(const struct report_note *note);
/* ", failing since 3 days ago", of a broken or blocked image that has failed for a minute or
 * more. */
void report_append_age(struct buf *ret_text, const struct report_note *note, int64_t now_s);
/* human_text(), with & < > " and ' as character references: for XML and HTML. */
void report_escape_markup(struct buf *ret_text, const char *text);
/* "docs/_posts/x.md:4:7". */
void report_append_place(struct buf *ret_text, const char *prefix, const char *file, unsigned line,
			 unsigned column);
/* "The run ended before everything was looked at: ..."; nothing where it did not. */
void report_append_incomplete(struct buf *ret_text, const struct report *report);
/* "Only the headers of 3 images were read (--quick): ..."; nothing where there are none. */
void report_append_headers_only(struct buf *ret_text, const struct report *report);
/* "12 images: 10 ok, 2 broken". */
void report_append_counts(struct buf *ret_text, const struct report *report);
/* "35 references to 22 images, 1 embedded". */
void report_append_references(struct buf *ret_text, const struct report *report);
/* The URL's host as the report calls it, "example.org" or "example.org:8080"; "" for files of the
 * site. free() the result. */
char *report_host_of(const struct asset *asset);

#endif
