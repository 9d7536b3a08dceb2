/*
 * patience.h: how long a renderer may take, on a machine that may be busy with other things.
 *
 * A limit is wall time. But a decoder that got no core is not one that hangs: what was the
 * machine's fault must not be held against an image, and remembered. When the limit is over, a
 * renderer that ran since it was last looked at has the rest of the limit as CPU time, up to
 * PATIENCE_FACTOR times the limit in all; one that did not run (it sleeps, waits or was stopped) is
 * given up at once, one that had a core the whole time, too. What it waited for a core while it
 * could have run does not count at all, as far as the kernel tells it, up to PATIENCE_WAIT_FACTOR
 * times the limit: beside others a process of low priority gets next to nothing.
 */
#ifndef PATIENCE_H
#define PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_FACTOR 6
#define PATIENCE_WAIT_FACTOR 60

struct patience {
	int64_t limit_ms, began_ms; /* monotonic */
	int64_t looked_ms;
	int64_t cpu_began_ms, cpu_looked_ms; /* CPU time of the process so far */
	int64_t waited_began_ms, excused_ms; /* for a core: before it began, and since */
	int64_t deadline_ms;                 /* when to look next */
};

/* cpu_ms, waited_ms: what the process has had, and for how long it waited for a core, so far. < 0:
 * not known, as of a process that has ended. */
void patience_begin(struct patience *patience, int64_t limit_ms, int64_t now_ms, int64_t cpu_ms,
		    int64_t waited_ms);
/* Is it over? Before the deadline never; after it the deadline may have moved. */
bool patience_is_over(struct patience *patience, int64_t now_ms, int64_t cpu_ms, int64_t waited_ms);

#endif
