/*
 * report_diff.h: what changed between two reports of one site: newly broken, fixed, still broken.
 *
 *	report_compare(&old, &new, &diff);        borrows both reports
 *	report_diff_write_text(&diff, &options, &text);
 *	report_diff_release(&diff);
 *
 * An image is its URL. It is broken when a finding of it is (the status of a configured severity).
 * What the new run did not look at is neither fixed nor broken: `unknown`.
 */
#ifndef REPORT_DIFF_H
#define REPORT_DIFF_H

#include "report.h"

struct report_diff {
	const struct report *before, *now;
	const struct asset **broken_newly, **fixed, **broken_still, **unknown;
	size_t n_broken_newly, n_fixed, n_broken_still, n_unknown;
};

void report_compare(const struct report *before, const struct report *now,
		    struct report_diff *ret_diff);
void report_diff_release(struct report_diff *diff);
/* Broken in its own report, and not in `before`. */
bool report_is_newly_broken(const struct report *before, const struct asset *asset);

/* "1 newly broken, 0 still broken, 2 fixed". */
void report_diff_append_counts(const struct report_diff *diff, struct buf *ret_text);
void report_diff_write_text(const struct report_diff *diff,
			    const struct report_text_options *options, struct buf *ret_text);
/* {"schema": "picdesk/diff/1", ...} */
void report_diff_write_json(const struct report_diff *diff, struct buf *ret_text);

#endif
