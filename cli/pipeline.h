/*
 * pipeline.h: carries each asset from its reference to its verdict, once: cache, fetch, store,
 * decode, thumbnails. The only place where stages meet.
 *
 *	pipeline_run(&options, &report, &fault);     report has the scan's references
 *
 * One thread runs the loop (docs/decisions.md, "One loop"). An asset's way:
 *
 *	WAITING -> FETCHING -> READY -> RENDERING -> DONE      remote, not fresh
 *	WAITING -> AWAITING -> READY -> DONE                   another process asks for it
 *	WAITING -> READY -> DONE                               fresh, decoded before: nothing to do
 *	WAITING -> FOLLOWING -> DONE                           another spelling of a request
 *	READY -> PARKED -> READY                               the same bytes are being rendered
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdbool.h>

#include "cache.h"
#include "fault.h"
#include "report.h"
#include "settings.h"

struct progress;
struct publisher;

struct pipeline_options {
	const struct settings *settings;
	const struct site *site;
	struct cache *cache;
	bool wants_thumbs; /* build, warm; else every image is decoded to verify it */
	bool is_check; /* trust by max-age, look at every failure again, never call stale bytes ok
			*/
	struct publisher *publisher; /* takes images as they are done; NULL: none does */
	struct progress *progress;
	int64_t deadline_ms; /* monotonic; INT64_MAX: none */
};

/* 0: the report says all, also when the run was interrupted or ran out of time (then it is not
 * `is_complete`). Negative: a fault of ours; what was finished is in the report. */
int pipeline_run(const struct pipeline_options *options, struct report *report,
		 struct fault *fault);

#endif
