#include "flow.h"

#include "clock.h"

/* One time: what loses the network again and again is to end. */
bool flow_ask_anew(struct fetcher *fetcher, struct task *task)
{
	if (task->run->is_asked_anew)
		return false;
	task->run->is_asked_anew = true;
	task->run->retries = 0;
	task->run->response.is_host_verdict = false;
	task->item.seen_s = 0;
	breaker_release(&host_side_of(task_host(task), task->url)->breaker);
	flow_route(fetcher, task);
	return true;
}

void flow_note_network_answer(struct fetcher *fetcher)
{
	bool was_away = network_is_away(&fetcher->network);
	struct task_list undecided;
	struct task *task;

	/* It is lost still: they are undecided, too. */
	if (was_away)
		flow_release_all_suspects(fetcher);
	undecided = fetcher->undecided;
	fetcher->undecided = (struct task_list){0};
	/* What was late was no matter of the line. */
	if (fetcher->network.is_lost) {
		line_init(&fetcher->line, fetcher->line.most);
		host_queue_set_most(&fetcher->queue, fetcher->line.limit);
	}
	fetcher->network.has_answered = true;
	fetcher->network.is_lost = false;
	fetcher->network.answered_ms = clock_monotonic_ms();
	if (was_away)
		fetcher->network.back_ms = fetcher->network.answered_ms;
	while ((task = task_list_pop(&undecided)))
		if (!was_away || !flow_ask_anew(fetcher, task))
			task_list_push(&fetcher->done, task);
}

void flow_note_silence(struct fetcher *fetcher, struct host *host)
{
	struct network *network = &fetcher->network;

	if (host->silent_at == network->n_losses + 1 ||
	    (network->is_lost && !host_has_answered(host)))
		return;
	host->silent_at = network->n_losses + 1;
	network->n_silent++;
}

void flow_note_loss(struct fetcher *fetcher, struct host *host, bool is_cut)
{
	if (fetcher->network.has_answered)
		network_lose(&fetcher->network);
	fetcher->network.is_cut |= is_cut;
	flow_note_silence(fetcher, host);
}

void flow_take_other_name(struct fetcher *fetcher, enum resolver_result result)
{
	fetcher->network.other_name = NETWORK_SILENT;
	if (result == RESOLVER_OK || result == RESOLVER_NO_NAME)
		flow_note_network_answer(fetcher);
}

/* A host with an address of its own needs no name server, and its first answer is a moment later
 * than 20 refusals of one. */
static bool may_be_disproved(struct fetcher *fetcher)
{
	struct network *network = &fetcher->network;

	if (!network_is_suspect(network))
		return false;
	if (!network->suspected_at)
		network->suspected_at = fetcher->n_started;
	for (size_t i = 0; i < fetcher->n_running; i++)
		if (fetcher->running[i]->run->number <= network->suspected_at)
			return true;
	return false;
}

/* A name is all that is silent: whether another one is answered decides. */
static bool ask_other_name(struct fetcher *fetcher)
{
	static const size_t weight = 1;
	struct network *network = &fetcher->network;

	if (network->other_name == NETWORK_NOT_ASKED && network->has_silent_name) {
		resolver_ask(fetcher->resolver, NETWORK_OTHER_NAME, &weight, NULL);
		network->other_name = NETWORK_ASKED;
	}
	return network->other_name == NETWORK_ASKED;
}

void flow_check_network(struct fetcher *fetcher)
{
	const struct network *network = &fetcher->network;
	size_t n_others = fetcher->n_pending - fetcher->done.count - fetcher->undecided.count;
	struct task *task;

	if (!(fetcher->undecided.count + fetcher->n_suspects) || may_be_disproved(fetcher))
		return;
	if (network_is_down(network, n_others,
			    n_others || network->is_proxied || network_has_route())) {
		fetcher->down_message =
			network->is_proxied
				? "the proxy makes no connection to any host: is its URL right?"
			: network->is_lost
				? "the network is down: no host answers any more"
				: "the network is down: no host and no name server answers";
		flow_cancel(fetcher, fetcher->down_message);
		return;
	}
	if (n_others || (!network->has_answered && ask_other_name(fetcher)))
		return;
	while ((task = task_list_pop(&fetcher->undecided)))
		task_list_push(&fetcher->done, task);
}
