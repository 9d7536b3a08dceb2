/*
 * patience.h: how long a renderer may take, on a machine that may be busy with other things.
 *
 * A limit is wall time. But a decoder that got no core is not one that hangs: what was the
 * machine's fault must not be held against an image, and remembered. When the limit is over, a
 * renderer that ran since it was last looked at has the rest of the limit as CPU time, up to
 * PATIENCE_FACTOR times the limit in all; one that did not run (it sleeps, waits or was stopped) is
 * given up at once, one that had a core the whole time, too.
 */
#ifndef PATIENCE_H
#define PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_FACTOR 6

struct patience {
	int64_t limit_ms, began_ms; /* monotonic */
	int64_t looked_ms;
	int64_t cpu_began_ms, cpu_looked_ms; /* CPU time of the process so far */
	int64_t deadline_ms;                 /* when to look next */
};

void patience_begin(struct patience *patience, int64_t limit_ms, int64_t now_ms, int64_t cpu_ms);
/* Is it over? Before the deadline never; after it the deadline may have moved. cpu_ms < 0: unknown,
 * as of a process that has ended. */
bool patience_is_over(struct patience *patience, int64_t now_ms, int64_t cpu_ms);

#endif
