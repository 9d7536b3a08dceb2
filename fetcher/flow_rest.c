#include "flow.h"

#include "clock.h"
#include "log.h"

bool flow_needs_rest(const struct fetcher *fetcher, const struct task *task,
		     const struct retry_decision *decision)
{
	const struct host *host = task_host(task);

	return !decision->pause_ms && retry_is_throttling(task->run->response.status) &&
	       task->run->retries + 1 == fetcher->retry.max_retries &&
	       host->stats.ok + host->stats.not_modified &&
	       rest_length_ms(&host->rest, fetcher->retry.base_ms);
}

void flow_ask_after_rest(struct fetcher *fetcher, struct task *task, int64_t now_ms)
{
	struct host *host = task_host(task);
	int64_t rest_ms = rest_length_ms(&host->rest, fetcher->retry.base_ms);

	log_trace("flow", "again after a rest of %lld ms: %s", (long long)rest_ms, task->url);
	task->run->is_rested = true;
	task->run->is_single = host->good_ms > task->run->refused_ms;
	host_queue_add_after_rest(&fetcher->queue, &host->queue, &task->item, rest_ms, now_ms);
}

void flow_end_rest(struct fetcher *fetcher, const struct task *task, int status)
{
	struct host *host = task_host(task);

	rest_end(&host->rest, retry_is_throttling(status), task->run->is_single);
	host_queue_set_rest(&fetcher->queue, &host->queue,
			    rest_length_ms(&host->rest, fetcher->retry.base_ms),
			    clock_monotonic_ms());
}
