/*
 * run_scan.h: a run's first step, from the site to the references in its report.
 */
#ifndef RUN_SCAN_H
#define RUN_SCAN_H

#include "run.h"

/*
 * Fills the report, and is_partial. `build`, `warm` and `check` parse no file anew that an earlier
 * run has parsed: what is known comes from the cache, if there is one (it stays open then), and
 * run->scan_results holds what is to be stored in it.
 */
int run_scan(struct run *run, struct fault *fault);

#endif
