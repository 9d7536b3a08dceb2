/* Whether the line takes as many transfers at once as are under way (line.h). */
#include "flow.h"

#include "clock.h"
#include "log.h"

uint64_t flow_received_bytes(const struct fetcher *fetcher)
{
	uint64_t bytes = fetcher->ended_bytes;

	for (size_t i = 0; i < fetcher->n_running; i++)
		bytes += fetcher->running[i]->run->transfer->body_bytes;
	return bytes;
}

static unsigned count_coming(const struct fetcher *fetcher)
{
	unsigned count = 0;

	for (size_t i = 0; i < fetcher->n_running; i++)
		count += fetcher->running[i]->run->transfer->is_body_ours;
	return count;
}

static void note_lapse(struct fetcher *fetcher, const struct task *task,
		       const struct transfer_result *result)
{
	struct line_lapse lapse = {
		.bytes = result->body_bytes,
		.announced_bytes = result->announced_bytes,
		.all_bytes = flow_received_bytes(fetcher) - task->run->received_bytes,
		.n_others = count_coming(fetcher),
		.started_ms = task->item.started_ms,
		.elapsed_ms = clock_monotonic_ms() - task->item.started_ms,
	};
	unsigned limit = fetcher->line.limit;

	line_lapse(&fetcher->line, &lapse, lapse.started_ms + lapse.elapsed_ms);
	if (fetcher->line.limit < limit)
		log_trace("flow", "the line is shared by too many: %u transfers from now on",
			  fetcher->line.limit);
}

static void note_success(struct fetcher *fetcher, enum fetch_outcome outcome,
			 const struct transfer_result *result)
{
	struct line_success success = {
		.is_image = outcome == FETCH_OK || outcome == FETCH_ENOUGH,
		.n_others = count_coming(fetcher),
		.elapsed_ms = result->elapsed_ms,
		.timeout_ms = fetcher->options.timeout_ms,
	};

	line_succeed(&fetcher->line, &success);
}

void flow_note_line(struct fetcher *fetcher, const struct task *task, enum fetch_outcome outcome,
		    const struct transfer_result *result)
{
	/* What breaks off says nothing of the line. */
	bool breaks_off = outcome == FETCH_CONNECT || outcome == FETCH_TRUNCATED;

	if (outcome == FETCH_TIMEOUT && !fetcher->network.is_lost)
		note_lapse(fetcher, task, result);
	else if (outcome != FETCH_TIMEOUT && result->status && !breaks_off)
		note_success(fetcher, outcome, result);
	host_queue_set_most(&fetcher->queue, fetcher->line.limit);
}
