/* What becomes of a task whose attempt has ended. */
#include "flow.h"

#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "http_date.h"
#include "log.h"

static void collect(struct task *task, struct transfer *transfer,
		    const struct transfer_result *result)
{
	struct fetch_response *response = task_response(task);

	response->body_bytes += result->body_bytes;
	response->elapsed_ms = result->elapsed_ms;
	response->request_time_s = transfer->request_time_s;
	response->response_time_s = transfer->response_time_s;
	/* Where no answer came, that of an earlier attempt is no word on this one. */
	http_fields_release(&response->fields);
	response->fields = result->status ? transfer->fields : (struct http_fields){0};
	if (result->status)
		transfer->fields = (struct http_fields){0};
	response->status = result->status;
}

static bool is_failure(enum fetch_outcome outcome, int status)
{
	switch (outcome) {
	case FETCH_OK:
	case FETCH_ENOUGH:
	case FETCH_NOT_MODIFIED:
		return false;
	case FETCH_HTTP_ERROR:
		return !redirect_is_status(status);
	default:
		return true;
	}
}

static void count(struct fetcher *fetcher, struct host_stats *stats, enum fetch_outcome outcome,
		  const struct transfer_result *result)
{
	stats->bytes += result->body_bytes;
	stats->ok += outcome == FETCH_OK || outcome == FETCH_ENOUGH;
	stats->not_modified += outcome == FETCH_NOT_MODIFIED;
	if (retry_is_throttling(result->status))
		stats->throttled++;
	else
		stats->failed += is_failure(outcome, result->status);
	if (result->status)
		host_stats_add_duration(stats, result->elapsed_ms, flow_random(fetcher));
}

static void follow(struct fetcher *fetcher, struct task *task)
{
	struct fetch_response *response = task_response(task);
	CLEANUP(url_release) struct url from = {0};
	struct url target;
	const char *message;
	enum fetch_outcome outcome;

	url_parse(task->url, strlen(task->url), NULL, &from);
	outcome = redirect_decide(&fetcher->redirect, &from, response->hops, response->n_hops,
				  &response->fields, &target, &message);
	if (outcome != FETCH_OK) {
		flow_finish(fetcher, task, outcome, message);
		return;
	}
	task_follow(task, response->status, url_serialize(&target, false));
	url_release(&target);
	flow_route(fetcher, task);
}

/* The host did not answer at all. True when its breaker is open now, and the task has its verdict.
 */
static bool blame_host(struct fetcher *fetcher, struct task *task, const struct verdict *verdict)
{
	struct host_side *side = host_side_of(task_host(task), task->url);

	if (!breaker_fail(&side->breaker, verdict->outcome, verdict->message))
		return false;
	flow_finish_by_breaker(fetcher, task, &side->breaker);
	flow_condemn(fetcher, task_host(task), side);
	return true;
}

/* It was under way when its host was found to be down: it has that verdict, too, and is not
 * repeated. */
static bool finish_condemned(struct fetcher *fetcher, struct task *task)
{
	struct breaker *breaker = &host_side_of(task_host(task), task->url)->breaker;

	if (breaker->is_open)
		flow_finish_by_breaker(fetcher, task, breaker);
	return breaker->is_open;
}

/* Others got answers while this attempt was under way: it is no sign that the host is down. */
static bool has_answered_meanwhile(const struct task *task)
{
	return host_side_of(task_host(task), task->url)->answered_ms > task->item.started_ms;
}

/* Or since it was closed for the first time: it may be this URL. A few of these have their
 * repetitions one after the other while a slow image holds up the others. */
static bool has_answered_since_closed(const struct task *task)
{
	return task->run->is_refused &&
	       host_side_of(task_host(task), task->url)->answered_ms > task->run->refused_ms;
}

/* No further attempt. */
static void conclude(struct fetcher *fetcher, struct task *task, const struct verdict *verdict)
{
	struct host_side *side = host_side_of(task_host(task), task->url);

	if (!verdict->is_host_failure) {
		flow_finish(fetcher, task, verdict->outcome, verdict->message);
		return;
	}
	/* Begun while the network was away. */
	if (task->item.started_ms < fetcher->network.back_ms && flow_ask_anew(fetcher, task))
		return;
	if (finish_condemned(fetcher, task) ||
	    (!has_answered_meanwhile(task) && !has_answered_since_closed(task) &&
	     blame_host(fetcher, task, verdict)))
		return;
	task_set_outcome(task, verdict->outcome, verdict->message);
	task->item.next = side->suspects ? &side->suspects->item : NULL;
	side->suspects = task;
	fetcher->n_suspects++;
}

/* How much of its pauses a host has had: of those that overlap one. */
static int64_t paused_ms(const struct host *host, int64_t now_ms)
{
	int64_t left_ms = host->queue.pause_until_ms - now_ms;
	int64_t had_ms = host->paused_ms - (left_ms > 0 ? left_ms : 0);

	return had_ms > 0 ? had_ms : 0;
}

static void pause_host(struct fetcher *fetcher, struct host *host, int64_t pause_ms, int64_t now_ms)
{
	int64_t had_ms = paused_ms(host, now_ms);

	host_queue_pause(&fetcher->queue, &host->queue, now_ms + pause_ms);
	host->paused_ms = had_ms + host->queue.pause_until_ms - now_ms;
}

/* As the host's clock has it, by which it says when to come back: neither it nor ours need be
 * right. */
static int64_t time_at_host(const struct http_fields *fields)
{
	int64_t now_s = clock_wall_s(), date_s;
	const char *date = http_fields_get(fields, "Date");

	return date && http_date_parse(date, strlen(date), now_s, &date_s) ? date_s : now_s;
}

/* It answered before, and now there is no connection to it: it is started anew, or the way to it
 * is. Of a proxy that is no more than its word. */
static bool is_lost(const struct fetcher *fetcher, const struct task *task,
		    const struct verdict *verdict)
{
	return verdict->outcome == FETCH_CONNECT && !verdict->is_reset &&
	       !fetcher->network.is_proxied && host_has_answered(task_host(task));
}

static struct retry_decision decide_retry(struct fetcher *fetcher, struct task *task,
					  const struct verdict *verdict, int64_t *ret_retry_after_s)
{
	const struct fetch_response *response = task_response(task);
	struct retry_facts facts = {
		.outcome = verdict->outcome,
		.status = response->status,
		.is_reset = verdict->is_reset,
		.is_lost = is_lost(fetcher, task, verdict),
		.is_bot_wall = verdict->is_bot_wall,
		.retries = task->run->retries,
		.retry_after_s =
			retry_after_parse(http_fields_get(&response->fields, "Retry-After"),
					  time_at_host(&response->fields)),
		.paused_s = paused_ms(task_host(task), clock_monotonic_ms()) / 1000,
	};

	*ret_retry_after_s = facts.retry_after_s;
	return retry_decide(&fetcher->retry, &facts, flow_random(fetcher));
}

/* Some servers fail over a question for parts. */
static void ask_for_all(struct task *task)
{
	task->run->details.first_bytes = 0;
	task_response(task)->is_whole_asked = true;
}

/* No repetition is left that would show whether it is about the part. */
static bool is_last_about_the_part(const struct task *task, const struct verdict *verdict)
{
	return task->run->response.status == 500 && verdict->outcome == FETCH_HTTP_ERROR &&
	       task->run->details.first_bytes;
}

static void retry_or_conclude(struct fetcher *fetcher, struct task *task,
			      const struct verdict *verdict, bool was_connected)
{
	struct host *host = task_host(task);
	int64_t now_ms = clock_monotonic_ms(), retry_after_s;
	struct retry_decision decision = decide_retry(fetcher, task, verdict, &retry_after_s);

	if (decision.pause_ms)
		pause_host(fetcher, host, decision.pause_ms, now_ms);
	switch (decision.action) {
	case RETRY_NO:
		if (is_last_about_the_part(task, verdict)) {
			ask_for_all(task);
			host_queue_add_first(&fetcher->queue, &host->queue, &task->item);
			return;
		}
		conclude(fetcher, task, verdict);
		return;
	case RETRY_DEFER:
		flow_defer(fetcher, host, clock_wall_s() + retry_after_s);
		flow_finish_deferred(fetcher, task);
		return;
	case RETRY_LATER:
		break;
	}
	if (verdict->is_host_failure && finish_condemned(fetcher, task))
		return;
	/* No connection at all counts by the attempt, and so does one that is flooded, for it costs
	 * a second; a silent one, or one that was reset or lost, only when its retries are spent. */
	if (verdict->is_host_failure &&
	    (verdict->is_flood ||
	     (!was_connected && !verdict->is_reset && !is_lost(fetcher, task, verdict))) &&
	    !has_answered_meanwhile(task) && blame_host(fetcher, task, verdict))
		return;
	if (host->deferred_until_s > clock_wall_s()) {
		flow_finish_deferred(fetcher, task);
		return;
	}
	if (flow_is_repeated_in_vain(task)) {
		conclude(fetcher, task, verdict);
		return;
	}
	task->run->retries++;
	if (task_response(task)->status == 500)
		ask_for_all(task);
	if (flow_needs_rest(fetcher, task)) {
		flow_ask_after_rest(fetcher, task, now_ms);
		return;
	}
	log_trace("flow", "again in %lld ms: %s: %s", (long long)decision.wait_ms, task->url,
		  verdict->message);
	host_queue_add_later(&fetcher->queue, &host->queue, &task->item, now_ms + decision.wait_ms);
}

/* Each attempt counts as one when it starts, also where it gets no connection. */
static void count_requests(struct task *task, int more)
{
	task_response(task)->requests += more;
	task_host(task)->stats.requests += more;
}

/* By another connection, or later: nothing was sent on that one. */
static void ask_again(struct fetcher *fetcher, struct task *task)
{
	if (task_host(task)->deferred_until_s > clock_wall_s()) {
		flow_finish_deferred(fetcher, task);
		return;
	}
	host_queue_add_first(&fetcher->queue, &task_host(task)->queue, &task->item);
}

/* As browsers do: the connection was no good. */
static void ask_again_afresh(struct fetcher *fetcher, struct task *task)
{
	task->run->is_fresh = true;
	host_queue_add_first(&fetcher->queue, &task_host(task)->queue, &task->item);
}

/* Stores write "Content-Encoding: aws-chunked" or "utf-8" on plain images; browsers take no notice.
 */
static void ask_again_raw(struct fetcher *fetcher, struct task *task)
{
	task->run->is_raw = true;
	host_queue_add_first(&fetcher->queue, &task_host(task)->queue, &task->item);
}

/* Where all others are fresh in the cache, dead hosts are all that a run asks for. A proxy that
 * tries for longer than we wait is as silent as one that hangs. */
static bool is_old_news(const struct fetcher *fetcher, const struct task *task,
			const struct verdict *verdict)
{
	return fetcher->network.is_proxied && task->run->details.has_failed &&
	       (!verdict->is_proxy_mute || verdict->outcome == FETCH_TIMEOUT);
}

/* Of what was waited for in vain only a connection that came about says that anything is there: an
 * old one may lead nowhere by now. */
static bool is_heard(const struct fetcher *fetcher, const struct verdict *verdict,
		     const struct transfer_result *result)
{
	if (verdict->outcome == FETCH_TIMEOUT)
		return fetcher->network.is_proxied ? result->was_connected : result->has_connected;
	return result->was_connected || verdict->outcome == FETCH_CONNECT ||
	       verdict->outcome == FETCH_TLS;
}

static void note_silence(struct fetcher *fetcher, const struct task *task,
			 const struct verdict *verdict)
{
	struct host *host = task_host(task);

	host->tried_ms = task->item.started_ms;
	if (verdict->is_unreachable) {
		fetcher->network.has_proxy_spoken |= !verdict->is_proxy_mute;
		if (!is_old_news(fetcher, task, verdict))
			flow_note_silence(fetcher, host);
	}
	if (!fetcher->network.is_proxied && host_has_answered(host) &&
	    fetcher->network.answered_ms < host->tried_ms)
		flow_note_loss(fetcher, host, verdict->is_unreachable);
}

/* A connection or a stream of HTTP/2 that is closed without a word may be one too many: limits on
 * connections and on requests are kept so, too (nginx's 444). */
static bool is_closed(const struct verdict *verdict, const struct transfer_result *result)
{
	return !result->status && !verdict->is_unreachable && !verdict->is_flood &&
	       (verdict->is_reset || verdict->outcome == FETCH_TRUNCATED);
}

static void note_refusal(const struct task *task, const struct verdict *verdict,
			 const struct transfer_result *result)
{
	struct task_run *run = task->run;

	run->is_refused = retry_is_throttling(result->status) || is_closed(verdict, result);
	if (run->is_refused && !run->retries)
		run->refused_ms = clock_monotonic_ms();
}

/* What an attempt says about the host and the network, whatever it says about the image. */
static void note_signs(struct fetcher *fetcher, const struct task *task,
		       const struct verdict *verdict, const struct transfer_result *result)
{
	struct host *host = task_host(task);
	struct host_side *side = host_side_of(host, task->url);

	if (!verdict->is_unreachable && is_heard(fetcher, verdict, result))
		flow_note_network_answer(fetcher);
	else if (verdict->is_unreachable || (verdict->outcome == FETCH_TIMEOUT && !result->status))
		note_silence(fetcher, task, verdict);
	if (verdict->is_host_failure)
		host->failed_attempts += !has_answered_meanwhile(task);
	else if (result->status)
		host->failed_attempts = 0;
	host_queue_doubt(&fetcher->queue, &host->queue, host->failed_attempts >= BREAKER_FAILURES);
	note_refusal(task, verdict, result);
	if (result->status || task->run->is_refused)
		flow_note_answer(fetcher, task);
	if (!result->status)
		return;
	if (!retry_is_status(result->status))
		host->paused_ms = 0;
	side->answered_ms = clock_monotonic_ms();
	if (!task->run->is_refused)
		host->good_ms = side->answered_ms;
	breaker_answer(&side->breaker);
	flow_release_suspects(fetcher, side);
}

/* As long as anything else is under way, a redirect may lead to their host and be the fifth. */
void flow_settle(struct fetcher *fetcher)
{
	size_t n_ended = fetcher->done.count + fetcher->undecided.count;

	if (!fetcher->n_suspects || fetcher->n_pending > n_ended + fetcher->n_suspects)
		return;
	flow_release_all_suspects(fetcher);
}

/* A connection that is closed may be one too many; so may one that did not come about while others
 * brought answers. When it is closed again, or refused, it may be this request, where others are
 * not. */
static enum queue_result strain_of(const struct task *task, const struct verdict *verdict,
				   const struct transfer_result *result)
{
	const struct task_run *run = task->run;
	bool is_throttling = retry_is_throttling(result->status);
	bool is_one_too_many = verdict->is_reset || verdict->outcome == FETCH_TRUNCATED;
	bool is_shut_out = verdict->outcome == FETCH_TIMEOUT && !result->was_connected &&
			   has_answered_meanwhile(task);
	bool is_odd_one = (is_throttling || is_closed(verdict, result)) && run->refused_ms &&
			  run->retries == 1 && !rest_is_host_refusing(&task_host(task)->rest);

	if (is_odd_one)
		return QUEUE_ODD_ONE;
	if (is_throttling)
		return !run->refused_ms || rest_is_host_refusing(&task_host(task)->rest)
			       ? QUEUE_THROTTLED
			       : QUEUE_NEUTRAL;
	if (result->status)
		return QUEUE_OK;
	return (is_one_too_many || is_shut_out) && !run->retries ? QUEUE_THROTTLED : QUEUE_NEUTRAL;
}

void flow_ended(struct fetcher *fetcher, struct transfer *transfer, CURLcode curl_result)
{
	struct task *task = transfer->job.owner;
	struct host *host = task_host(task);
	struct transfer_result result;
	struct verdict verdict;

	transfer_end(transfer, curl_result, &verdict, &result);
	collect(task, transfer, &result);
	flow_end_transfer(fetcher, task);
	if (result.n_sent || verdict.is_unasked)
		count_requests(task, (int)result.n_sent - 1);
	if (verdict.is_unasked) {
		host_queue_give_back(&fetcher->queue, &task->item, clock_monotonic_ms());
		ask_again(fetcher, task);
		return;
	}
	if (verdict.is_given_up && !task->run->is_fresh) {
		host_queue_finish(&fetcher->queue, &task->item, QUEUE_NEUTRAL, -1,
				  clock_monotonic_ms());
		ask_again_afresh(fetcher, task);
		return;
	}
	/* There are servers that hang over the second request in a connection, and idle connections
	 * that a router has forgotten. */
	if (verdict.outcome == FETCH_TIMEOUT && !result.status && result.was_reused)
		task->run->is_fresh = true;
	count(fetcher, &host->stats, verdict.outcome, &result);
	flow_note_line(fetcher, task, verdict.outcome, &result);
	host_queue_finish(&fetcher->queue, &task->item, strain_of(task, &verdict, &result),
			  result.latency_ms, clock_monotonic_ms());
	note_signs(fetcher, task, &verdict, &result);
	if (verdict.outcome == FETCH_HTTP_ERROR && redirect_is_status(result.status))
		follow(fetcher, task);
	else if (verdict.is_unknown_encoding && !task->run->is_raw)
		ask_again_raw(fetcher, task);
	else
		retry_or_conclude(fetcher, task, &verdict, result.was_connected);
}
