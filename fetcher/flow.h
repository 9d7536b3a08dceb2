/*
 * flow.h: how a task moves from submission to response; the inside of fetcher.c.
 *
 *	submitted -> waiting -> running -> (waiting for a retry, or for the next hop) -> done
 *	                                -> suspect (the host may be down)             -> done
 *	                                -> undecided (the network may be down)        -> done
 *
 * flow_route() brings a task into a queue or to its end; flow_start() lets queued ones run;
 * flow_ended() judges an attempt. Every end passes through one function, which traces it.
 */
#ifndef FLOW_H
#define FLOW_H

#include "fetcher.h"
#include "hosts.h"
#include "libcurl.h"
#include "line.h"
#include "network.h"
#include "redirect.h"
#include "resolver.h"
#include "retry.h"
#include "task.h"
#include "transfer.h"

struct task_list {
	struct task *first, *last;
	size_t count;
};

struct fetcher {
	struct fetcher_options options;
	struct transfer_setup setup;
	struct retry_policy retry;
	struct redirect_policy redirect;
	CURLM *multi;
	CURL *bell; /* never performed: wakes what waits within libcurl */
	bool has_connected;
	struct resolver *resolver;
	struct hosts hosts;
	struct host_queue queue;
	struct network network;
	struct line line;
	uint64_t ended_bytes;     /* of bodies, by transfers that have ended */
	uint64_t n_started;       /* transfers */
	bool uses_tls;            /* one of them */
	int64_t performed_ms;     /* when libcurl was last called to go on, monotonic */
	bool has_read_tls;        /* a socket was ready in the last turn */
	const char *down_message; /* the network's; NULL: it is up */
	struct task **running;
	size_t n_running, max_running;
	size_t max_kept; /* connections, busy ones among them */
	struct task_list done, undecided;
	size_t n_pending;
	size_t n_suspects; /* of these: failed, and kept back until their hosts are judged */
	size_t room;       /* for requests that end by a whole answer */
	uint64_t random;
};

void task_list_push(struct task_list *list, struct task *task);
struct task *task_list_pop(struct task_list *list);

/* Each task ends in one of these; the outcome of a suspect is set already. */
void flow_finish(struct fetcher *fetcher, struct task *task, enum fetch_outcome outcome,
		 const char *message);
void flow_finish_deferred(struct fetcher *fetcher, struct task *task);
void flow_finish_by_breaker(struct fetcher *fetcher, struct task *task, struct breaker *breaker);
/* All of the failed and the waiting get the verdict of the breaker, which has opened. */
void flow_condemn(struct fetcher *fetcher, struct host *host, struct host_side *side);
/* The failed get their own: the host answers. */
void flow_release_suspects(struct fetcher *fetcher, struct host_side *side);
void flow_release_all_suspects(struct fetcher *fetcher);
/* Nothing more is asked of the host before that time (wall clock). */
void flow_defer(struct fetcher *fetcher, struct host *host, int64_t until_s);
void flow_end_transfer(struct fetcher *fetcher, struct task *task);
uint32_t flow_random(struct fetcher *fetcher);

/* transfer.h: `fetcher`, and a task that has no connection yet, or has one. */
bool flow_may_connect(void *fetcher, void *task);
bool flow_may_send(void *fetcher, void *task, bool is_shared);
bool flow_keeps_connection(void *fetcher, void *task);
void flow_note_connection(void *fetcher);

void flow_route(struct fetcher *fetcher, struct task *task);
void flow_start(struct fetcher *fetcher);
/* After libcurl had the word: those of its transfers that wait for a host's first connection. */
void flow_wake(struct fetcher *fetcher);
void flow_looked_up(struct fetcher *fetcher, struct resolver_answer *answer);

/* flow_judge.c: what becomes of a task whose attempt has ended. */
void flow_ended(struct fetcher *fetcher, struct transfer *transfer, CURLcode result);
/* After a round: those that failed at hosts that may be down get their own verdicts, when nothing
 * else is left. */
void flow_settle(struct fetcher *fetcher);

/* flow_line.c: whether the line takes so many transfers at once. */

/* Of bodies, up to now. */
uint64_t flow_received_bytes(const struct fetcher *fetcher);
/* An attempt has ended, and is none of those that run. */
void flow_note_line(struct fetcher *fetcher, const struct task *task, enum fetch_outcome outcome,
		    const struct transfer_result *result);

/* flow_network.c: whether silent hosts mean that the network is down. */
/* A host or a name server said something, whatever it was. */
void flow_note_network_answer(struct fetcher *fetcher);
void flow_note_silence(struct fetcher *fetcher, struct host *host);
/* What failed while the network was away, or is of hosts that were found down then. False: it was
 * asked anew before. */
bool flow_ask_anew(struct fetcher *fetcher, struct task *task);
/* A host that answered before is silent now, and nothing else was heard meanwhile. */
void flow_note_loss(struct fetcher *fetcher, struct host *host, bool is_cut);
/* Of NETWORK_OTHER_NAME. */
void flow_take_other_name(struct fetcher *fetcher, enum resolver_result result);
/* After a round. */
void flow_check_network(struct fetcher *fetcher);

/* flow_rest.c: how long a host is left alone before a request's last attempt (rest.h). */
/* Its next attempt is the last one after refusals, at a host that answered others, but refuses of
 * late. */
bool flow_needs_rest(const struct fetcher *fetcher, const struct task *task);
/* It was refused, as all of its host is, for longer than any rest is. */
bool flow_is_repeated_in_vain(const struct task *task);
void flow_ask_after_rest(struct fetcher *fetcher, struct task *task, int64_t now_ms);
/* An attempt brought an answer, or was refused without one. */
void flow_note_answer(struct fetcher *fetcher, const struct task *task);

void flow_defer_host(struct fetcher *fetcher, const char *name, int64_t until_s);
void flow_cancel(struct fetcher *fetcher, const char *message);

#endif
