/*
 * host_queue.h: which waiting request starts next, so that no host gets more than it likes.
 *
 *	host_queue_add(&queue, &host, &item);          waits at the host's end
 *	while ((item = host_queue_take(&queue, now_ms)))
 *		start it
 *	host_queue_finish(&queue, &item, result, latency_ms, now_ms);   its slot is free again
 *
 * Each host has slots, a least time between starts, a pause (Retry-After), and a limit that adapts
 * as TCP does (AIMD): halved when the host says 429 or 503 or its latency rises, one more after as
 * many successes as the limit, never above its setting. A host that says so to single requests gets
 * them at up to 8 times the distance, however many slots it has; one that takes about as long for
 * half as many at a time is slow by itself, and gets its slots back. Hosts take turns. A repetition
 * waits without a slot (host_queue_add_later()), and goes first when it is due.
 *
 * Every step costs O(log n): a heap of the hosts that could start something, by the time they can;
 * a list and two heaps of requests in each. Pure: the time is an argument. Items are embedded in
 * the caller's structs and owned by it.
 */
#ifndef HOST_QUEUE_H
#define HOST_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_QUEUE_NEVER INT64_MAX

struct queue_item {
	struct queue_host *host;
	struct queue_item *next;
	union {
		int64_t order;         /* in a heap: the least one is first */
		int64_t not_before_ms; /* of a waiting repetition */
		int64_t seen_s;        /* of one whose image was looked at before */
		int64_t started_ms;    /* of a running one */
	};
};

struct item_heap {
	struct queue_item **items;
	size_t count, capacity;
};

/* One host; embedded in what the caller knows of it. */
struct queue_host {
	struct queue_item *first, *last; /* ready */
	struct item_heap again;          /* ready when none of these is left, by seen_s */
	struct item_heap later;          /* repetitions, by not_before_ms */
	size_t n_waiting;                /* all */
	unsigned n_running;
	unsigned max_running; /* its setting */
	unsigned limit;       /* the adapted one, 1..max_running */
	unsigned successes;   /* since the limit changed */
	unsigned good_run;    /* good answers since it refused one (429, 503) */
	unsigned short_runs;  /* of them, in a row, at the largest spacing */
	unsigned patience;    /* windows of successes before it gets more */
	bool has_grown;       /* it got more since it was cut */
	bool is_pace_in_vain; /* larger spacings did not help */
	int64_t interval_ms;  /* its setting */
	int64_t spacing_ms;   /* the adapted one */
	int64_t next_start_ms, pause_until_ms;
	int64_t sent_ms;                            /* of the last request that went out */
	int64_t rest_ms, rest_until_ms;             /* before each of those that wait for one */
	bool is_rest_tested;                        /* a new one went first */
	const struct queue_item *tester;            /* that one, under way */
	int64_t limit_cut_ms;                       /* when it was halved */
	int64_t best_latency_us, smooth_latency_us; /* 0: none yet */
	int64_t pressed_latency_us; /* smoothed, of what started before the limit was cut for it; 0:
				     * it got more since */
	int64_t n_latencies;        /* since the limit was cut, up to a bound */
	bool is_relieved;   /* its limit was cut for its latency, and that is measured anew */
	bool is_slow_alone; /* the best latency is what it takes by itself, not the least one */
	bool is_held;       /* its name is being looked up */
	bool is_doubtful;   /* it may be down */
	size_t heap_index;  /* of the queue's heap, plus one; 0: not in it */
	int64_t ready_ms;   /* its key there */
	uint64_t turn;      /* among equal keys */
};

struct host_queue {
	struct queue_host **heap;
	size_t n_heap, heap_capacity;
	unsigned n_running, max_running;
	uint64_t turn;
};

enum queue_result {
	QUEUE_OK,        /* the host answered well */
	QUEUE_THROTTLED, /* 429, 503, or a connection that is closed without a word */
	QUEUE_ODD_ONE,   /* the same for the second time, while others are answered well: neither
			  * refusal said anything of the pace */
	QUEUE_NEUTRAL,   /* says nothing about the host's strength */
};

void host_queue_init(struct host_queue *queue, unsigned max_running);
void host_queue_release(struct host_queue *queue);
/* From now on: what runs goes on. */
void host_queue_set_most(struct host_queue *queue, unsigned max_running);
void queue_host_init(struct queue_host *host, unsigned max_running, int64_t interval_ms);
void queue_host_release(struct queue_host *host); /* its items are the caller's */

void host_queue_add(struct host_queue *queue, struct queue_host *host, struct queue_item *item);
/* Behind all that is new, the one first that was not looked at for the longest time: so runs that
 * are cut off get through a site by and by. */
void host_queue_add_again(struct host_queue *queue, struct queue_host *host,
			  struct queue_item *item, int64_t seen_s);
/* Before all others: a redirect's next hop. */
void host_queue_add_first(struct host_queue *queue, struct queue_host *host,
			  struct queue_item *item);
void host_queue_add_later(struct host_queue *queue, struct queue_host *host,
			  struct queue_item *item, int64_t not_before_ms);
/* NULL: nothing can start now. */
struct queue_item *host_queue_take(struct host_queue *queue, int64_t now_ms);
/* `latency_ms` is the time to the first byte; negative: unknown. */
void host_queue_finish(struct host_queue *queue, struct queue_item *item, enum queue_result result,
		       int64_t latency_ms, int64_t now_ms);
/* A request of the host is about to go out: it may have waited for a connection since it was taken.
 * False: not now, give it back, for the host has begun to pause; or, where nothing is lost by that
 * (`is_shared`: another one's connection), because it would follow upon the one before too soon. */
bool host_queue_send(struct host_queue *queue, struct queue_host *host, bool is_shared,
		     int64_t now_ms);
/* The same question, before there is a connection. */
bool host_queue_may_send(const struct queue_host *host, bool is_shared, int64_t now_ms);
/* Taken, and not started after all: as if it had never waited. */
void host_queue_give_back(struct host_queue *queue, struct queue_item *item, int64_t now_ms);
/* Nothing of this host starts while it is held. */
void host_queue_hold(struct host_queue *queue, struct queue_host *host, bool is_held);
/* The host may be down: repetitions go on, what is new starts only when none is left, and alone. */
void host_queue_doubt(struct host_queue *queue, struct queue_host *host, bool is_doubtful);
/* Nothing of this host starts before `until_ms`. */
void host_queue_pause(struct host_queue *queue, struct queue_host *host, int64_t until_ms);
/* A repetition that goes before all others, when nothing of its host has started for `rest_ms`; but
 * before each of them one that is new tells whether the rest was long enough, if one waits: it has
 * attempts left. */
void host_queue_add_after_rest(struct host_queue *queue, struct queue_host *host,
			       struct queue_item *item, int64_t rest_ms, int64_t now_ms);
/* Under way, and that one. */
bool host_queue_is_tester(const struct queue_item *item);
/* How long the rest is from now on, for those that wait for one, too. `is_tested`: one of them is
 * next, nothing new. */
void host_queue_set_rest(struct host_queue *queue, struct queue_host *host, int64_t rest_ms,
			 bool is_tested, int64_t now_ms);
/* Takes one waiting item out without starting it; NULL when none waits. */
struct queue_item *host_queue_drain(struct host_queue *queue, struct queue_host *host);
/* Takes those out that are wanted, as a list; the others keep their turns. */
struct queue_item *host_queue_pick(struct host_queue *queue, struct queue_host *host,
				   bool (*is_wanted)(const struct queue_item *item));
/* How many other hosts have their turn before its next one, `most` at most; where nothing of it
 * waits: how many have one. */
size_t host_queue_before(const struct host_queue *queue, const struct queue_host *host,
			 size_t most);
/* When the next take can succeed, as far as time decides it; HOST_QUEUE_NEVER: a finish must come
 * first. */
int64_t host_queue_next_ms(const struct host_queue *queue);

#endif
