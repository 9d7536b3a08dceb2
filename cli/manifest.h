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
#include <stddef.h>

#include "fault.h"
#include "report.h"

/* How each manifest of ours begins. */
#define MANIFEST_HEADING "{\n  \"schema\": \"picdesk/manifest/1\",\n"

struct manifest_options {
	int root_fd;
	const char *path;        /* relative to the root: "_data/picdesk.json" */
	bool keeps_others;       /* a partial run: entries of images it did not see stay */
	const char *url_prefix;  /* what stands before a published path in a URL: "/algorithm/" */
	const char *path_prefix; /* what does not belong to the URL: "static/"; "" for none */
	/* The generator reads JSON as YAML (Jekyll), whose parser ends at keys of more than 1,022
	 * characters and at what is no UTF-8: entries with such are left out. */
	bool is_read_as_yaml;
};

struct manifest_result {
	bool is_changed; /* the file was written */
	size_t left_out; /* spellings that the generator could not read */
};

/* A file of that name that is no manifest is refused, never overwritten. */
int manifest_write(const struct report *report, const struct manifest_options *options,
		   struct manifest_result *ret_result, struct fault *fault);
/* Whether a manifest that picdesk wrote is there, by how it begins. */
bool manifest_is_ours(int root_fd, const char *path);

#endif
