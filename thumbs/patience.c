#include "patience.h"

/* A process that had less than this share of a core does not run. */
#define LEAST_SHARE 100

void patience_begin(struct patience *patience, int64_t limit_ms, int64_t now_ms, int64_t cpu_ms,
		    int64_t waited_ms)
{
	*patience = (struct patience){
		.limit_ms = limit_ms,
		.began_ms = now_ms,
		.looked_ms = now_ms,
		.cpu_began_ms = cpu_ms,
		.cpu_looked_ms = cpu_ms,
		.waited_began_ms = waited_ms,
		.deadline_ms = now_ms + limit_ms,
	};
}

/* Its clock stood still. */
static void excuse(struct patience *patience, int64_t waited_ms)
{
	int64_t most_ms = PATIENCE_WAIT_FACTOR * patience->limit_ms;
	int64_t all_ms = waited_ms - patience->waited_began_ms, more_ms;

	if (waited_ms < 0 || patience->waited_began_ms < 0)
		return;
	more_ms = (all_ms < most_ms ? all_ms : most_ms) - patience->excused_ms;
	if (more_ms <= 0)
		return;
	patience->excused_ms += more_ms;
	patience->began_ms += more_ms;
	patience->looked_ms += more_ms;
	patience->deadline_ms += more_ms;
}

static bool is_over(struct patience *patience, int64_t now_ms, int64_t cpu_ms)
{
	int64_t last_ms = patience->began_ms + PATIENCE_FACTOR * patience->limit_ms;
	int64_t left_ms = patience->limit_ms - (cpu_ms - patience->cpu_began_ms);
	int64_t ran_ms = cpu_ms - patience->cpu_looked_ms;

	if (now_ms < patience->deadline_ms)
		return false;
	if (cpu_ms < 0 || patience->cpu_began_ms < 0 || left_ms <= 0 || now_ms >= last_ms)
		return true;
	if (ran_ms <= 0 || ran_ms < (now_ms - patience->looked_ms) / LEAST_SHARE)
		return true;
	patience->looked_ms = now_ms;
	patience->cpu_looked_ms = cpu_ms;
	patience->deadline_ms = now_ms + left_ms < last_ms ? now_ms + left_ms : last_ms;
	return false;
}

bool patience_is_over(struct patience *patience, int64_t now_ms, int64_t cpu_ms, int64_t waited_ms)
{
	/* Who had a core for the whole limit is not excused: threads can wait for each other. */
	if (now_ms >= patience->deadline_ms && cpu_ms - patience->cpu_began_ms < patience->limit_ms)
		excuse(patience, waited_ms);
	return is_over(patience, now_ms, cpu_ms);
}
