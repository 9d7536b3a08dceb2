/*
 * last_report.h: the last run's report in the cache, for `picdesk report`.
 *
 * In two documents: that of the images is large, and seldom another. A cache that lies in its site
 * has that site's report; one that several sites share has a report for each of the
 * LAST_REPORT_SITES that ran last, told apart by their roots.
 */
#ifndef LAST_REPORT_H
#define LAST_REPORT_H

#include "cache.h"
#include "report.h"

#define LAST_REPORT_SITES 16

/* `cache_dir` and `root` are paths of folders that are there. The report is borrowed until the
 * cache is closed or flushed. */
int last_report_keep(struct cache *cache, const char *cache_dir, const char *root,
		     const struct report *report, struct fault *fault);
/* Appends it as JSON. -ENOENT, without a fault: there is none. */
int last_report_read(struct cache *cache, const char *cache_dir, const char *root,
		     struct buf *ret_json, struct fault *fault);
/* Whether the cache is that one site's: it lies in it. */
bool last_report_is_alone(const char *cache_dir, const char *root);

#endif
