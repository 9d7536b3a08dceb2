/*
 * manifest.h: the file by which templates find an image's thumbnails ("picdesk/manifest/1").
 *
 * One key for each spelling that an article uses; a relative spelling that means two files in two
 * articles is keyed "file:written". Broken images are absent, no times are in it, keys are sorted:
 * equal runs write equal bytes, and an unchanged file is not touched.
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include <stdbool.h>

#include "fault.h"
#include "report.h"

struct manifest_options {
	int root_fd;
	const char *path;        /* relative to the root: "_data/picdesk.json" */
	bool keeps_others;       /* a partial run: entries of images it did not see stay */
	const char *url_prefix;  /* what stands before a published path in a URL: "/algorithm/" */
	const char *path_prefix; /* what does not belong to the URL: "static/"; "" for none */
};

/* *ret_is_changed: the file was written. A file of that name that is no manifest is refused, never
 * overwritten. */
int manifest_write(const struct report *report, const struct manifest_options *options,
		   bool *ret_is_changed, struct fault *fault);

#endif
