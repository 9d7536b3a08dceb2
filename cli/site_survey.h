/*
 * site_survey.h: what a scan of a site would find, in numbers, and the picdesk.yml that fits it.
 */
#ifndef SITE_SURVEY_H
#define SITE_SURVEY_H

#include <stddef.h>

#include "buf.h"
#include "fault.h"
#include "map.h"
#include "scanner.h"

struct survey_count {
	char *name; /* of a host, or of a folder below the root; "." is the root itself */
	size_t count;
};

/* Names, with how often each came; sorted by site_survey(), the most frequent first. */
struct survey_tally {
	struct map *index;
	struct survey_count **items; /* owned */
	size_t count, capacity;
};

struct site_survey {
	size_t files, articles; /* read; with a reference in them */
	size_t references, remote, local, missing, embedded, templates, bad, problems;
	struct survey_tally urls;    /* remote ones */
	struct survey_tally hosts;   /* of the remote ones, each URL counted once */
	struct survey_tally folders; /* of the articles */
};

int site_survey(const struct site *site, bool no_ignore, struct site_survey *ret_survey,
		struct fault *fault);
void site_survey_release(struct site_survey *survey);

/* The counts in words, some lines. */
void site_survey_describe(const struct site *site, const struct site_survey *survey,
			  struct buf *ret_text);
/* A commented picdesk.yml. */
void site_survey_config(const struct site *site, const struct site_survey *survey,
			struct buf *ret_text);

#endif
