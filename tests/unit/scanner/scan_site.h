/*
 * scan_site.h: a site made of a table of files, scanned, and what was found as text: one line a
 * reference or problem.
 *
 *	_posts/a.md:3:10 markdown remote https://example.org/x.png
 *	_posts/a.md:4:1 problem bad-front-matter did not find expected key
 */
#ifndef SCAN_SITE_H
#define SCAN_SITE_H

#include "scanner.h"

struct site_file {
	const char *path;
	const char *text;
	size_t length_bytes; /* 0: the text's */
};

/* Ends with an entry without a path. `path` (NULL: the whole site) is from the root. free() it. */
char *scan_site(const struct site_file *files, const char *path,
		const struct scanner_options *options);
/* Only the first files that something was found in; then the scanner is freed. */
char *scan_site_begin(const struct site_file *files, const struct scanner_options *options,
		      size_t max_files);

/* Fails the test, and names the case, when something else is found. */
void scan_site_check(const char *name, const struct site_file *files, const char *path,
		     const char *expected);

#define SCAN_CASE_MAX_FILES 14

struct scan_case {
	const char *name;
	struct site_file files[SCAN_CASE_MAX_FILES];
	const char *expected; /* of the whole site */
};

void scan_site_check_all(const struct scan_case *cases, size_t count);

#endif
