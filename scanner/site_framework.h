/*
 * site_framework.h: what builds a site that none of our generators does. Its configuration marks a
 * root as well; the framework's defaults tell which folder a browser sees, and where the built site
 * lies (of mdBook its settings, site_folders.c).
 */
#ifndef SITE_FRAMEWORK_H
#define SITE_FRAMEWORK_H

#include <stdbool.h>

struct site_framework {
	const char *name;          /* "Docusaurus" */
	const char *public_folder; /* whose files a browser sees, with its '/' */
	const char *output;        /* where it builds; NULL: in a folder that is never scanned */
	const char *base_key; /* the site's path in its configuration, "baseUrl"; NULL: none that
				 authors write themselves */
	const char *markers[5];
	const char *word; /* that the marker must have in it; NULL: its name says enough */
	bool is_myst;     /* its Markdown has MyST's directives */
};

/* NULL: none that is known. *ret_marker is what told, or what the disk does not tell of. */
const struct site_framework *site_framework_of(const char *root, const char **ret_marker);

/* Whether a mark of one lies at, or below, a file or folder of this name. */
bool site_framework_mark_begins_with(const char *name);

#endif
