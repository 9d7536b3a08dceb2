#include "flow.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "log.h"

/* Of hosts whose images are nearly done with. */
#define FEW_REQUESTS 16

void task_list_push(struct task_list *list, struct task *task)
{
	task->item.next = NULL;
	if (list->last)
		list->last->item.next = &task->item;
	else
		list->first = task;
	list->last = task;
	list->count++;
}

struct task *task_list_pop(struct task_list *list)
{
	struct task *task = list->first;

	if (!task)
		return NULL;
	list->first = task_after(task);
	if (!list->first)
		list->last = NULL;
	list->count--;
	return task;
}

/* xorshift64*: spreads retries, decides nothing that matters to an attacker. */
uint32_t flow_random(struct fetcher *fetcher)
{
	fetcher->random ^= fetcher->random >> 12;
	fetcher->random ^= fetcher->random << 25;
	fetcher->random ^= fetcher->random >> 27;
	return (uint32_t)((fetcher->random * UINT64_C(0x2545f4914f6cdd1d)) >> 32);
}

/* Nothing has been heard since its host was tried, of any other either: the network may be down. */
static bool is_silence(const struct fetcher *fetcher, const struct task *task)
{
	enum fetch_outcome outcome = task->run->response.outcome;
	const struct network *network = &fetcher->network;
	const struct host *host = task_host(task);

	if (!host || (outcome != FETCH_DNS && outcome != FETCH_CONNECT && outcome != FETCH_TIMEOUT))
		return false;
	if (network->is_lost)
		return true;
	return network->has_answered ? host->tried_ms > network->answered_ms
				     : host->silent_at == network->n_losses + 1;
}

/* Every task ends here. Its outcome is set. */
static void deliver(struct fetcher *fetcher, struct task *task)
{
	log_trace("flow", "%s: %s: %s", fetch_outcome_name(task->run->response.outcome), task->url,
		  task->run->response.message);
	if (task->run->response.outcome == FETCH_OK && fetcher->room)
		fetcher->room--;
	task_list_push(is_silence(fetcher, task) ? &fetcher->undecided : &fetcher->done, task);
}

void flow_finish(struct fetcher *fetcher, struct task *task, enum fetch_outcome outcome,
		 const char *message)
{
	task_set_outcome(task, outcome, message);
	deliver(fetcher, task);
}

void flow_release_suspects(struct fetcher *fetcher, struct host_side *side)
{
	struct task *task;

	while ((task = side->suspects)) {
		side->suspects = task_after(task);
		fetcher->n_suspects--;
		deliver(fetcher, task);
	}
}

void flow_release_all_suspects(struct fetcher *fetcher)
{
	for (size_t i = 0; i < map_count(fetcher->hosts.by_name); i++) {
		struct host *host = map_at(fetcher->hosts.by_name, i, NULL);

		flow_release_suspects(fetcher, &host->sides[0]);
		flow_release_suspects(fetcher, &host->sides[1]);
	}
}

void flow_finish_by_breaker(struct fetcher *fetcher, struct task *task, struct breaker *breaker)
{
	breaker->n_verdicts++;
	task_response(task)->is_host_verdict = true;
	flow_finish(fetcher, task, breaker->outcome, breaker->message);
}

/* Takes every waiting task of the host; the caller ends or requeues them. */
static struct task *drain(struct fetcher *fetcher, struct host *host)
{
	struct task_list list = {0};
	struct queue_item *item;

	while ((item = host_queue_drain(&fetcher->queue, &host->queue)))
		task_list_push(&list, task_of_item(item));
	return list.first;
}

static struct breaker *breaker_of(const struct queue_item *item)
{
	const struct task *task = (const struct task *)(const void *)item;

	return &host_side_of(task_host(task), task->url)->breaker;
}

static bool is_condemned(const struct queue_item *item)
{
	return breaker_of(item)->is_open;
}

/* The breaker of one side has opened: one verdict for the failed and the waiting. */
void flow_condemn(struct fetcher *fetcher, struct host *host, struct host_side *side)
{
	struct queue_item *item, *next_item;
	struct task *task = side->suspects, *next;

	log_trace("flow", "%s is down: %s", host->name, side->breaker.message);
	side->suspects = NULL;
	for (; task; task = next) {
		next = task_after(task);
		fetcher->n_suspects--;
		flow_finish_by_breaker(fetcher, task, &side->breaker);
	}
	for (item = host_queue_pick(&fetcher->queue, &host->queue, is_condemned); item;
	     item = next_item) {
		next_item = item->next;
		flow_finish_by_breaker(fetcher, task_of_item(item), breaker_of(item));
	}
}

void flow_finish_deferred(struct fetcher *fetcher, struct task *task)
{
	task_response(task)->not_before_s = task_host(task)->deferred_until_s;
	flow_finish(fetcher, task, FETCH_DEFERRED,
		    "the host asks to come back later than this run");
}

void flow_defer(struct fetcher *fetcher, struct host *host, int64_t until_s)
{
	struct task *task, *next;

	if (until_s > host->deferred_until_s)
		host->deferred_until_s = until_s;
	for (task = drain(fetcher, host); task; task = next) {
		next = task_after(task);
		flow_finish_deferred(fetcher, task);
	}
}

static void look_up(struct fetcher *fetcher, struct host *host)
{
	if (!host->lookup_name) {
		host->state = HOST_READY;
		return;
	}
	host->state = HOST_LOOKING_UP;
	host_queue_hold(&fetcher->queue, &host->queue, true);
	resolver_ask(fetcher->resolver, host->lookup_name, &host->queue.n_waiting, host);
}

static void enqueue(struct fetcher *fetcher, struct task *task)
{
	struct host *host = task_host(task);
	struct host_side *side = host_side_of(host, task->url);

	if (host->state == HOST_FORBIDDEN) {
		flow_finish(fetcher, task, FETCH_FORBIDDEN_ADDRESS,
			    "the host's name leads to an address that is not public");
		return;
	}
	if (side->breaker.is_open) {
		flow_finish_by_breaker(fetcher, task, &side->breaker);
		return;
	}
	if (host->deferred_until_s > clock_wall_s()) {
		flow_finish_deferred(fetcher, task);
		return;
	}
	/* A redirect's next hop goes first: its request has waited already. */
	if (task->run && task->run->response.n_hops)
		host_queue_add_first(&fetcher->queue, &host->queue, &task->item);
	else if (task->item.seen_s > 0)
		host_queue_add_again(&fetcher->queue, &host->queue, &task->item, task->item.seen_s);
	else
		host_queue_add(&fetcher->queue, &host->queue, &task->item);
	if (host->state == HOST_NEW)
		look_up(fetcher, host);
}

/* The host, where the URL may be asked for. */
static enum fetch_outcome admit(struct fetcher *fetcher, const char *text, struct host **ret_host,
				const char **ret_message)
{
	CLEANUP(url_release) struct url url = {0};
	enum fetch_outcome outcome;
	enum url_error error;

	*ret_host = hosts_get_by_origin(&fetcher->hosts, text);
	if (*ret_host)
		return FETCH_OK;
	error = url_parse(text, strlen(text), NULL, &url);
	if (error) {
		*ret_message = url_error_text(error);
		return FETCH_BAD_URL;
	}
	outcome = admission_check_url(&fetcher->setup.admission, &url, ret_message);
	if (outcome != FETCH_OK)
		return outcome;
	*ret_host = hosts_get(&fetcher->hosts, &url);
	hosts_remember_origin(&fetcher->hosts, text, *ret_host);
	return FETCH_OK;
}

void flow_route(struct fetcher *fetcher, struct task *task)
{
	struct host *host;
	const char *message = "";
	enum fetch_outcome outcome;

	task_set_host(task, NULL);
	if (fetcher->down_message) {
		flow_finish(fetcher, task, FETCH_CANCELLED, fetcher->down_message);
		return;
	}
	outcome = admit(fetcher, task->url, &host, &message);
	if (outcome != FETCH_OK) {
		flow_finish(fetcher, task, outcome, message);
		return;
	}
	task_set_host(task, host);
	enqueue(fetcher, task);
}

/* A default port is not in the name: with 80 it is that of https. */
static const char *scheme_of(const char *host_name)
{
	size_t length = strlen(host_name);

	return length > 3 && !strcmp(host_name + length - 3, ":80") ? "https" : "http";
}

/* The rest of a pause that an earlier run was cut off in is waited for, where it is no longer than
 * a backoff: else a host that names a second would have all its images left out. */
void flow_defer_host(struct fetcher *fetcher, const char *name, int64_t until_s)
{
	CLEANUP(cleanup_free) char *text = alloc_printf("%s://%s/", scheme_of(name), name);
	CLEANUP(url_release) struct url url = {0};
	int64_t left_ms = (until_s - clock_wall_s()) * 1000;
	struct host *host;

	if (left_ms <= 0 || url_parse(text, strlen(text), NULL, &url))
		return;
	host = hosts_get(&fetcher->hosts, &url);
	if (left_ms > RETRY_MAX_BACKOFF_MS)
		flow_defer(fetcher, host, until_s);
	else
		host_queue_pause(&fetcher->queue, &host->queue, clock_monotonic_ms() + left_ms);
}

void flow_end_transfer(struct fetcher *fetcher, struct task *task)
{
	struct transfer *transfer = task->run->transfer;
	size_t index = task->run->running_index;

	libcurl.multi_remove_handle(fetcher->multi, transfer->handle);
	task->run->transfer = NULL;
	fetcher->ended_bytes += transfer->body_bytes;
	fetcher->running[index] = fetcher->running[--fetcher->n_running];
	fetcher->running[index]->run->running_index = index;
	transfer_free(transfer);
}

static bool start_transfer(struct fetcher *fetcher, struct task *task)
{
	struct task_run *run = task_run(task);
	const struct fetch_details *details = &run->details;
	struct host *host = task_host(task);
	bool is_validated = !details->validators_url || !strcmp(details->validators_url, task->url);
	struct transfer_job job = {
		.url = task->url,
		.origin = host_side_origin(host_side_of(host, task->url), task->url),
		.addresses = host->addresses,
		.headers = task_headers(task),
		.entity_tag = is_validated ? details->entity_tag : NULL,
		.last_modified = is_validated ? details->last_modified : NULL,
		.sink = &details->sink,
		.first_bytes = details->first_bytes,
		.is_raw = run->is_raw,
		.is_fresh = run->is_fresh,
		.owner = task,
	};

	run->transfer = transfer_new(&fetcher->setup, &job);
	if (!run->transfer)
		return false;
	run->number = ++fetcher->n_started;
	fetcher->uses_tls |= !strncmp(task->url, "https:", 6);
	run->received_bytes = flow_received_bytes(fetcher);
	run->running_index = fetcher->n_running;
	fetcher->running[fetcher->n_running++] = task;
	if (!libcurl.multi_add_handle(fetcher->multi, run->transfer->handle))
		return true;
	flow_end_transfer(fetcher, task);
	return false;
}

/* The host may have asked for a pause since this was started. */
bool flow_may_connect(void *context, void *owner)
{
	struct host *host = task_host(owner);

	(void)context;
	return host->deferred_until_s <= clock_wall_s() &&
	       host_queue_may_send(&host->queue, true, clock_monotonic_ms());
}

bool flow_may_send(void *context, void *owner, bool is_shared)
{
	struct fetcher *fetcher = context;
	struct host *host = task_host(owner);

	return host->deferred_until_s <= clock_wall_s() &&
	       host_queue_send(&fetcher->queue, &host->queue, is_shared, clock_monotonic_ms());
}

/* Of HTTP/2 they may get the same one. */
static bool has_unsent(const struct fetcher *fetcher, const struct host *host)
{
	for (size_t i = 0; i < fetcher->n_running; i++)
		if (task_host(fetcher->running[i]) == host &&
		    !fetcher->running[i]->run->transfer->n_sent)
			return true;
	return false;
}

/* Few hosts have room for all that they may still want. Of many, one whose turn comes behind as
 * many others as connections are kept would find it closed; one that has had more than a few
 * requests may get more by redirects. */
bool flow_keeps_connection(void *context, void *owner)
{
	const struct fetcher *fetcher = context;
	const struct host *host = task_host(owner);
	size_t most = fetcher->max_kept;

	if (map_count(fetcher->hosts.by_name) <= most ||
	    (host->queue.n_running > 1 && has_unsent(fetcher, host)))
		return true;
	return (host->queue.n_waiting || host->stats.requests > FEW_REQUESTS) &&
	       host_queue_before(&fetcher->queue, &host->queue, most) < most;
}

void flow_note_connection(void *context)
{
	struct fetcher *fetcher = context;

	fetcher->has_connected = true;
}

/* libcurl 8.14 looks at them again when the connection speaks HTTP/2, and else only when a transfer
 * begins or ends: of HTTP/1.1 all would wait for the first answer, however late that comes. */
void flow_wake(struct fetcher *fetcher)
{
	if (!fetcher->has_connected)
		return;
	fetcher->has_connected = false;
	if (!libcurl.multi_add_handle(fetcher->multi, fetcher->bell))
		libcurl.multi_remove_handle(fetcher->multi, fetcher->bell);
}

void flow_start(struct fetcher *fetcher)
{
	int64_t now_ms = clock_monotonic_ms();
	struct queue_item *item;

	while ((item = host_queue_take(&fetcher->queue, now_ms))) {
		struct task *task = task_of_item(item);

		/* The host may have begun to refuse since this was put off. */
		if (flow_needs_rest(fetcher, task)) {
			host_queue_give_back(&fetcher->queue, item, now_ms);
			flow_ask_after_rest(fetcher, task, now_ms);
			continue;
		}
		/* A queue may be long: is what was asked for then still wanted now? */
		if (!task_prepare(task)) {
			host_queue_give_back(&fetcher->queue, item, now_ms);
			flow_finish(fetcher, task, FETCH_WITHDRAWN, "another process asks");
			continue;
		}
		if (start_transfer(fetcher, task)) {
			task_response(task)->requests++;
			task_host(task)->stats.requests++;
			continue;
		}
		host_queue_finish(&fetcher->queue, item, QUEUE_NEUTRAL, -1, now_ms);
		flow_finish(fetcher, task, FETCH_OWN_FAULT, "libcurl could not start a transfer");
	}
}

/* The name has no address: what no attempt can mend is said of all URLs at once. */
static void condemn_name(struct fetcher *fetcher, struct host *host, const char *message)
{
	for (int i = 0; i < 2; i++)
		breaker_open(&host->sides[i].breaker, FETCH_DNS, message);
	flow_condemn(fetcher, host, &host->sides[0]);
	flow_condemn(fetcher, host, &host->sides[1]);
}

static void finish_waiting(struct fetcher *fetcher, struct host *host, enum fetch_outcome outcome,
			   const char *message)
{
	struct task *task, *next;

	for (task = drain(fetcher, host); task; task = next) {
		next = task_after(task);
		flow_finish(fetcher, task, outcome, message);
	}
}

void flow_looked_up(struct fetcher *fetcher, struct resolver_answer *answer)
{
	struct host *host = answer->owner;

	if (!host) {
		flow_take_other_name(fetcher, answer->result);
		return;
	}
	host->state = HOST_READY;
	host_queue_hold(&fetcher->queue, &host->queue, false);
	if (!answer->is_local &&
	    (answer->result == RESOLVER_OK || answer->result == RESOLVER_NO_NAME))
		flow_note_network_answer(fetcher);
	switch (answer->result) {
	case RESOLVER_OK:
		if (host_set_addresses(host, answer, &fetcher->setup.admission))
			return;
		host->state = HOST_FORBIDDEN;
		finish_waiting(fetcher, host, FETCH_FORBIDDEN_ADDRESS,
			       "the host's name leads to an address that is not public");
		return;
	case RESOLVER_NO_NAME:
		condemn_name(fetcher, host, "the host's name has no address");
		return;
	case RESOLVER_NO_ANSWER:
		fetcher->network.has_silent_name = true;
		host->tried_ms = clock_monotonic_ms() - RESOLVER_LIMIT_MS;
		flow_note_silence(fetcher, host);
		condemn_name(fetcher, host,
			     answer->is_timeout ? "the name server did not answer in time"
						: "the name server could not look up the host");
		return;
	case RESOLVER_OWN_FAULT:
		host->state = HOST_NEW;
		finish_waiting(fetcher, host, FETCH_OWN_FAULT,
			       "the name could not be looked up: no descriptor or memory left");
		return;
	}
}

static void cancel_running(struct fetcher *fetcher, const char *message)
{
	while (fetcher->n_running) {
		struct task *task = fetcher->running[fetcher->n_running - 1];

		flow_end_transfer(fetcher, task);
		host_queue_finish(&fetcher->queue, &task->item, QUEUE_NEUTRAL, -1,
				  clock_monotonic_ms());
		flow_finish(fetcher, task, FETCH_CANCELLED, message);
	}
}

/* A run that ends within a pause of a host: the next one is not to break it. The second that the
 * clock shows may be as good as over. */
static void keep_pause(struct host *host)
{
	int64_t left_ms = host->queue.pause_until_ms - clock_monotonic_ms();

	if (host->queue.n_waiting && left_ms > 0 && !host->deferred_until_s)
		host->deferred_until_s = clock_wall_s() + 1 + (left_ms + 999) / 1000;
}

void flow_cancel(struct fetcher *fetcher, const char *message)
{
	bool is_excused = fetcher->down_message || network_is_away(&fetcher->network);
	struct task *task;

	cancel_running(fetcher, message);
	for (size_t i = 0; i < map_count(fetcher->hosts.by_name); i++) {
		struct host *host = map_at(fetcher->hosts.by_name, i, NULL);

		keep_pause(host);
		finish_waiting(fetcher, host, FETCH_CANCELLED, message);
	}
	flow_settle(fetcher);
	while ((task = task_list_pop(&fetcher->undecided))) {
		if (is_excused) {
			task->run->response.is_host_verdict = false;
			task_set_outcome(task, FETCH_CANCELLED, message);
		}
		task_list_push(&fetcher->done, task);
	}
}
