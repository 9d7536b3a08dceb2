#include "flow.h"

void flow_note_network_answer(struct fetcher *fetcher)
{
	struct task *task;

	if (fetcher->network.has_answered)
		return;
	fetcher->network.has_answered = true;
	while ((task = task_list_pop(&fetcher->undecided)))
		task_list_push(&fetcher->done, task);
}

void flow_note_silence(struct fetcher *fetcher, struct host *host)
{
	if (host->is_silent)
		return;
	host->is_silent = true;
	fetcher->network.n_silent++;
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
				: "the network is down: no host and no name server answers";
		flow_cancel(fetcher, fetcher->down_message);
		return;
	}
	if (n_others || ask_other_name(fetcher))
		return;
	while ((task = task_list_pop(&fetcher->undecided)))
		task_list_push(&fetcher->done, task);
}
