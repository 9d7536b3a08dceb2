#include "patience.h"

/* A process that had less than this share of a core does not run. */
#define LEAST_SHARE 100

void patience_begin(struct patience *patience, int64_t limit_ms, int64_t now_ms, int64_t cpu_ms)
{
	*patience = (struct patience){
		.limit_ms = limit_ms,
		.began_ms = now_ms,
		.looked_ms = now_ms,
		.cpu_began_ms = cpu_ms,
		.cpu_looked_ms = cpu_ms,
		.deadline_ms = now_ms + limit_ms,
	};
}

bool patience_is_over(struct patience *patience, int64_t now_ms, int64_t cpu_ms)
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
