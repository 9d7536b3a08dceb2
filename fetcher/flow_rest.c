#include "flow.h"

#include "clock.h"
#include "log.h"

/* The time that a host names counts, unless it refuses again when that is over. */
static bool is_refused_by_host(const struct host *host, const struct task_run *run)
{
	return host->paused_ms ? run->retries > 1 : rest_is_host_refusing(&host->rest);
}

bool flow_needs_rest(const struct fetcher *fetcher, const struct task *task)
{
	const struct host *host = task_host(task);
	const struct task_run *run = task->run;

	return run && run->refused_ms && !run->is_rested && run->is_refused &&
	       run->retries == fetcher->retry.max_retries &&
	       host->stats.ok + host->stats.not_modified && is_refused_by_host(host, run) &&
	       rest_length_ms(&host->rest, fetcher->retry.base_ms);
}

bool flow_is_repeated_in_vain(const struct task *task)
{
	return task->run->is_refused && !task_host(task)->paused_ms &&
	       rest_is_all_in_vain(&task_host(task)->rest);
}

void flow_ask_after_rest(struct fetcher *fetcher, struct task *task, int64_t now_ms)
{
	struct host *host = task_host(task);
	int64_t rest_ms = rest_length_ms(&host->rest, fetcher->retry.base_ms);

	log_trace("flow", "again after a rest of %lld ms: %s", (long long)rest_ms, task->url);
	task->run->is_rested = true;
	host_queue_add_after_rest(&fetcher->queue, &host->queue, &task->item, rest_ms, now_ms);
}

static void end_rest(struct fetcher *fetcher, struct host *host, bool is_tested)
{
	host_queue_set_rest(&fetcher->queue, &host->queue,
			    rest_length_ms(&host->rest, fetcher->retry.base_ms), is_tested,
			    clock_monotonic_ms());
}

void flow_note_answer(struct fetcher *fetcher, const struct task *task)
{
	struct host *host = task_host(task);
	bool is_refused = task->run->is_refused;

	if (task->run->is_rested) {
		rest_end(&host->rest, is_refused, host->good_ms > task->run->refused_ms);
		end_rest(fetcher, host, false);
	} else if (host_queue_is_tester(&task->item) && !rest_is_given_up(&host->rest)) {
		rest_end_test(&host->rest, is_refused);
		end_rest(fetcher, host, !is_refused);
	} else if (!task->run->retries) {
		rest_note_answer(&host->rest, is_refused);
	}
}
