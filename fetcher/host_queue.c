#include "host_queue.h"

#include <stdlib.h>

#include "alloc.h"

/* The latency of a host counts as risen when it is this many times the best seen, and this much
 * above it: our own load moves it by tens of milliseconds. */
#define LATENCY_RISE 4
#define LATENCY_RISE_MS 250
/* So many answers since the last cut tell what it was good for. */
#define MEASURED_LATENCIES 8
/* Where one request at a time is still too much, the distance between two grows: a refusal after a
 * good answer doubles it, up to so many times its setting, and each good answer takes a sixteenth
 * off. Where fewer good answers than a run come between refusals even so, and again, it is not the
 * pace that is refused. */
#define MOST_TIMES_INTERVAL 8
#define GOOD_RUN 3
#define SHORT_RUNS_IN_VAIN 2
/* A host that refuses what was given to it last is given the next more slowly, up to so many times.
 */
#define MOST_PATIENCE 8
/* The time of a repetition that waits for a rest: before all others. */
#define AFTER_REST INT64_MIN

void host_queue_init(struct host_queue *queue, unsigned max_running)
{
	*queue = (struct host_queue){.max_running = max_running ? max_running : 1};
}

void host_queue_set_most(struct host_queue *queue, unsigned max_running)
{
	queue->max_running = max_running;
}

void host_queue_release(struct host_queue *queue)
{
	free(queue->heap);
	*queue = (struct host_queue){0};
}

void queue_host_init(struct queue_host *host, unsigned max_running, int64_t interval_ms)
{
	*host = (struct queue_host){.max_running = max_running ? max_running : 1,
				    .interval_ms = interval_ms > 0 ? interval_ms : 0,
				    .spacing_ms = interval_ms > 0 ? interval_ms : 0,
				    .limit_cut_ms = INT64_MIN,
				    .sent_ms = INT64_MIN / 2,
				    .patience = 1};
	host->limit = host->max_running;
}

void queue_host_release(struct queue_host *host)
{
	free(host->again.items);
	free(host->later.items);
	*host = (struct queue_host){0};
}

static void push_item(struct item_heap *heap, struct queue_item *item, int64_t order)
{
	size_t at = heap->count;

	item->next = NULL;
	item->order = order;
	ALLOC_GROW(heap->items, heap->count, heap->capacity);
	for (heap->count++; at && heap->items[(at - 1) / 2]->order > order; at = (at - 1) / 2)
		heap->items[at] = heap->items[(at - 1) / 2];
	heap->items[at] = item;
}

static struct queue_item *pop_item(struct item_heap *heap)
{
	struct queue_item *taken = heap->items[0], *moved = heap->items[--heap->count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < heap->count &&
		    heap->items[child + 1]->order < heap->items[child]->order)
			child++;
		if (child >= heap->count || heap->items[child]->order >= moved->order)
			break;
		heap->items[at] = heap->items[child];
		at = child;
	}
	heap->items[at] = moved;
	return taken;
}

static bool host_is_before(const struct queue_host *a, const struct queue_host *b)
{
	if (a->ready_ms != b->ready_ms)
		return a->ready_ms < b->ready_ms;
	return a->turn < b->turn;
}

static void place_host(struct host_queue *queue, size_t at, struct queue_host *host)
{
	queue->heap[at] = host;
	host->heap_index = at + 1;
}

static void sift_host(struct host_queue *queue, size_t at)
{
	struct queue_host *host = queue->heap[at];

	for (; at && host_is_before(host, queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
		place_host(queue, at, queue->heap[(at - 1) / 2]);
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < queue->n_heap &&
		    host_is_before(queue->heap[child + 1], queue->heap[child]))
			child++;
		if (child >= queue->n_heap || !host_is_before(queue->heap[child], host))
			break;
		place_host(queue, at, queue->heap[child]);
		at = child;
	}
	place_host(queue, at, host);
}

static void remove_host(struct host_queue *queue, struct queue_host *host)
{
	size_t at = host->heap_index - 1;

	host->heap_index = 0;
	queue->n_heap--;
	if (at == queue->n_heap)
		return;
	place_host(queue, at, queue->heap[queue->n_heap]);
	sift_host(queue, at);
}

static int64_t later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Other than repetitions. */
static bool has_ready(const struct queue_host *host)
{
	return host->first || host->again.count;
}

/* Of a host in doubt, what is under way has the word first. */
static bool may_start_new(const struct queue_host *host)
{
	return has_ready(host) && !(host->is_doubtful && (host->n_running || host->later.count));
}

/* As far as what is under way lets it. */
static int64_t next_ms(const struct queue_host *host, bool may_be_new)
{
	int64_t at_ms =
		later_of(host->next_start_ms, later_of(host->pause_until_ms, host->rest_until_ms));

	if (may_be_new)
		return at_ms;
	return host->later.count ? later_of(at_ms, host->later.items[0]->not_before_ms)
				 : HOST_QUEUE_NEVER;
}

static int64_t ready_ms(const struct queue_host *host)
{
	if (!host->n_waiting || host->is_held || host->n_running >= host->limit)
		return HOST_QUEUE_NEVER;
	return next_ms(host, may_start_new(host));
}

/* After every change of a host: its place in the heap. */
static void update_host(struct host_queue *queue, struct queue_host *host)
{
	host->ready_ms = ready_ms(host);
	if (host->ready_ms == HOST_QUEUE_NEVER) {
		if (host->heap_index)
			remove_host(queue, host);
		return;
	}
	if (!host->heap_index) {
		ALLOC_GROW(queue->heap, queue->n_heap, queue->heap_capacity);
		place_host(queue, queue->n_heap++, host);
	}
	sift_host(queue, host->heap_index - 1);
}

static void append(struct queue_item **first, struct queue_item **last, struct queue_item *item)
{
	item->next = NULL;
	if (*last)
		(*last)->next = item;
	else
		*first = item;
	*last = item;
}

void host_queue_add(struct host_queue *queue, struct queue_host *host, struct queue_item *item)
{
	item->host = host;
	append(&host->first, &host->last, item);
	host->n_waiting++;
	update_host(queue, host);
}

void host_queue_add_first(struct host_queue *queue, struct queue_host *host,
			  struct queue_item *item)
{
	item->host = host;
	item->next = host->first;
	host->first = item;
	if (!host->last)
		host->last = item;
	host->n_waiting++;
	update_host(queue, host);
}

static void add_ordered(struct host_queue *queue, struct queue_host *host, struct item_heap *heap,
			struct queue_item *item, int64_t order)
{
	item->host = host;
	push_item(heap, item, order);
	host->n_waiting++;
	update_host(queue, host);
}

void host_queue_add_again(struct host_queue *queue, struct queue_host *host,
			  struct queue_item *item, int64_t seen_s)
{
	add_ordered(queue, host, &host->again, item, seen_s);
}

void host_queue_add_later(struct host_queue *queue, struct queue_host *host,
			  struct queue_item *item, int64_t not_before_ms)
{
	add_ordered(queue, host, &host->later, item, not_before_ms);
}

static bool has_one_after_rest(const struct queue_host *host)
{
	return host->later.count && host->later.items[0]->not_before_ms == AFTER_REST;
}

void host_queue_add_after_rest(struct host_queue *queue, struct queue_host *host,
			       struct queue_item *item, int64_t rest_ms, int64_t now_ms)
{
	host->rest_ms = rest_ms;
	if (!has_one_after_rest(host))
		host->rest_until_ms = now_ms + rest_ms;
	host_queue_add_later(queue, host, item, AFTER_REST);
}

void host_queue_set_rest(struct host_queue *queue, struct queue_host *host, int64_t rest_ms,
			 bool is_tested, int64_t now_ms)
{
	host->rest_ms = rest_ms;
	host->is_rest_tested = is_tested;
	host->rest_until_ms = now_ms + (has_one_after_rest(host) ? rest_ms : 0);
	update_host(queue, host);
}

bool host_queue_is_tester(const struct queue_item *item)
{
	return item->host->tester == item;
}

static struct queue_item *take_later(struct queue_host *host)
{
	host->n_waiting--;
	return pop_item(&host->later);
}

static struct queue_item *take_ready(struct queue_host *host)
{
	struct queue_item *taken = host->first;

	host->n_waiting--;
	if (!taken)
		return pop_item(&host->again);
	host->first = taken->next;
	if (!host->first)
		host->last = NULL;
	taken->next = NULL;
	return taken;
}

static struct queue_item *take_of_resting(struct queue_host *host)
{
	struct queue_item *item;

	host->is_rest_tested = !host->is_rest_tested && may_start_new(host);
	if (!host->is_rest_tested)
		return take_later(host);
	item = take_ready(host);
	host->tester = item;
	return item;
}

struct queue_item *host_queue_take(struct host_queue *queue, int64_t now_ms)
{
	struct queue_item *item;
	struct queue_host *host;

	if (queue->n_running >= queue->max_running || !queue->n_heap ||
	    queue->heap[0]->ready_ms > now_ms)
		return NULL;
	host = queue->heap[0];
	host->tester = NULL;
	if (has_one_after_rest(host))
		item = take_of_resting(host);
	else if (host->later.count &&
		 (!may_start_new(host) || host->later.items[0]->not_before_ms <= now_ms))
		item = take_later(host);
	else
		item = take_ready(host);
	if (has_one_after_rest(host))
		host->rest_until_ms = now_ms + host->rest_ms;
	item->started_ms = now_ms;
	queue->n_running++;
	host->n_running++;
	host->next_start_ms = now_ms + host->spacing_ms;
	host->turn = ++queue->turn;
	update_host(queue, host);
	return item;
}

static void set_limit(struct queue_host *host, unsigned limit)
{
	host->limit = limit;
	host->successes = 0;
}

static void widen_spacing(struct queue_host *host, int64_t now_ms)
{
	int64_t most_ms = MOST_TIMES_INTERVAL * host->interval_ms;

	if (!host->good_run || host->is_pace_in_vain)
		return;
	if (2 * host->spacing_ms <= most_ms) {
		host->spacing_ms *= 2;
		host->short_runs = 0;
	} else {
		host->spacing_ms = most_ms;
		host->short_runs = host->good_run < GOOD_RUN ? host->short_runs + 1 : 0;
	}
	if (host->short_runs == SHORT_RUNS_IN_VAIN) {
		host->is_pace_in_vain = true;
		host->spacing_ms = host->interval_ms;
	}
	host->next_start_ms = later_of(host->next_start_ms, now_ms + host->spacing_ms);
}

static void narrow_spacing(struct queue_host *host)
{
	int64_t step_ms = host->spacing_ms / 16 / host->patience + 1;

	host->spacing_ms = later_of(host->interval_ms, host->spacing_ms - step_ms);
	host->has_grown = true;
}

/* Only what started after the last cut can tell whether that cut was enough. */
static void cut_limit(struct queue_host *host, const struct queue_item *item, bool is_refusal,
		      int64_t now_ms)
{
	if (item->started_ms < host->limit_cut_ms)
		return;
	host->limit_cut_ms = now_ms;
	host->n_latencies = 0;
	if (is_refusal && host->has_grown && host->patience < MOST_PATIENCE)
		host->patience *= 2;
	host->has_grown = false;
	/* Of slots that were not in use fewer change nothing. */
	if (is_refusal && (host->limit == 1 || !host->n_running))
		widen_spacing(host, now_ms);
	if (!is_refusal || host->limit > 1)
		set_limit(host, host->limit > 1 ? host->limit / 2 : 1);
}

/* What its first refusal changed. */
static void undo_cut(struct queue_host *host)
{
	unsigned limit = 2 * host->limit;

	host->spacing_ms = later_of(host->interval_ms, host->spacing_ms / 2);
	set_limit(host, limit < host->max_running ? limit : host->max_running);
	host->patience -= host->patience / 2;
}

static void raise_limit(struct queue_host *host)
{
	if (host->spacing_ms > host->interval_ms)
		narrow_spacing(host);
	else if (++host->successes >= host->limit * host->patience &&
		 host->limit < host->max_running) {
		set_limit(host, host->limit + 1);
		host->pressed_latency_us = 0;
		host->has_grown = true;
	}
}

/* The limit is cut when the first of many that were started together are slow: what the others
 * take, which are still under way then, says more of what all slots are to the host. */
static void note_pressed(struct queue_host *host, int64_t latency_us)
{
	if (host->pressed_latency_us)
		host->pressed_latency_us += (latency_us - host->pressed_latency_us) / 5;
}

/* A smoothed latency far above the best one: the host is being pressed. */
static bool latency_has_risen(struct queue_host *host, const struct queue_item *item,
			      int64_t latency_ms)
{
	int64_t latency_us = latency_ms * 1000 + 1;

	if (item->started_ms < host->limit_cut_ms) {
		note_pressed(host, latency_us);
		return false;
	}
	if (!host->best_latency_us || (!host->is_slow_alone && latency_us < host->best_latency_us))
		host->best_latency_us = latency_us;
	if (!host->n_latencies)
		host->smooth_latency_us = 0;
	host->n_latencies += host->n_latencies < MEASURED_LATENCIES;
	host->smooth_latency_us += (latency_us - host->smooth_latency_us) / host->n_latencies;
	host->is_relieved = host->is_relieved && host->n_latencies < MEASURED_LATENCIES;
	return host->n_latencies == MEASURED_LATENCIES &&
	       host->smooth_latency_us > host->best_latency_us * LATENCY_RISE &&
	       host->smooth_latency_us > host->best_latency_us + LATENCY_RISE_MS * 1000;
}

/* With half the slots it takes more than half as long as with all. */
static bool is_relief_in_vain(const struct queue_host *host)
{
	return host->pressed_latency_us && host->smooth_latency_us > host->pressed_latency_us / 2;
}

/* What single requests take, or half as many, is no matter of our load: a host that has a few
 * answers at hand, and makes the others first, is as slow as that. */
static void relieve(struct queue_host *host, const struct queue_item *item, int64_t now_ms)
{
	if (host->limit > 1 && !is_relief_in_vain(host)) {
		cut_limit(host, item, false, now_ms);
		host->is_relieved = true;
		host->pressed_latency_us = host->smooth_latency_us;
		return;
	}
	host->pressed_latency_us = 0;
	host->best_latency_us = host->smooth_latency_us;
	host->is_slow_alone = true;
	host->n_latencies = 0;
}

void host_queue_finish(struct host_queue *queue, struct queue_item *item, enum queue_result result,
		       int64_t latency_ms, int64_t now_ms)
{
	struct queue_host *host = item->host;
	bool is_pressed = latency_ms >= 0 && latency_has_risen(host, item, latency_ms);

	queue->n_running--;
	host->n_running--;
	if (result == QUEUE_THROTTLED)
		cut_limit(host, item, true, now_ms);
	else if (result == QUEUE_ODD_ONE)
		undo_cut(host);
	else if (is_pressed)
		relieve(host, item, now_ms);
	else if (result == QUEUE_OK && !host->is_relieved)
		raise_limit(host);
	if (result == QUEUE_OK || result == QUEUE_THROTTLED)
		host->good_run = result == QUEUE_OK ? host->good_run + 1 : 0;
	update_host(queue, host);
}

bool host_queue_may_send(const struct queue_host *host, bool is_shared, int64_t now_ms)
{
	return now_ms >= host->pause_until_ms &&
	       (!is_shared || now_ms >= host->sent_ms + host->spacing_ms);
}

bool host_queue_send(struct host_queue *queue, struct queue_host *host, bool is_shared,
		     int64_t now_ms)
{
	if (!host_queue_may_send(host, is_shared, now_ms))
		return false;
	host->sent_ms = now_ms;
	host->next_start_ms = later_of(host->next_start_ms, now_ms + host->spacing_ms);
	update_host(queue, host);
	return true;
}

void host_queue_give_back(struct host_queue *queue, struct queue_item *item, int64_t now_ms)
{
	queue->n_running--;
	item->host->n_running--;
	item->host->next_start_ms = later_of(now_ms, item->host->sent_ms + item->host->spacing_ms);
	update_host(queue, item->host);
}

void host_queue_hold(struct host_queue *queue, struct queue_host *host, bool is_held)
{
	host->is_held = is_held;
	update_host(queue, host);
}

void host_queue_doubt(struct host_queue *queue, struct queue_host *host, bool is_doubtful)
{
	if (host->is_doubtful == is_doubtful)
		return;
	host->is_doubtful = is_doubtful;
	update_host(queue, host);
}

void host_queue_pause(struct host_queue *queue, struct queue_host *host, int64_t until_ms)
{
	host->pause_until_ms = later_of(host->pause_until_ms, until_ms);
	update_host(queue, host);
}

struct queue_item *host_queue_drain(struct host_queue *queue, struct queue_host *host)
{
	struct queue_item *item;

	if (!host->n_waiting)
		return NULL;
	item = has_ready(host) ? take_ready(host) : take_later(host);
	update_host(queue, host);
	return item;
}

/* What is picked out of a host. */
struct pick {
	bool (*is_wanted)(const struct queue_item *item);
	struct queue_item *first, *last;
};

static bool picks(struct pick *pick, struct queue_host *host, struct queue_item *item)
{
	if (!pick->is_wanted(item))
		return false;
	append(&pick->first, &pick->last, item);
	host->n_waiting--;
	return true;
}

static void pick_of_list(struct pick *pick, struct queue_host *host)
{
	struct queue_item *item = host->first, *next;

	host->first = host->last = NULL;
	for (; item; item = next) {
		next = item->next;
		if (!picks(pick, host, item))
			append(&host->first, &host->last, item);
	}
}

/* What stays is put where something was that was looked at before. */
static void pick_of_heap(struct pick *pick, struct queue_host *host, struct item_heap *heap)
{
	size_t count = heap->count;

	heap->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct queue_item *item = heap->items[i];

		if (!picks(pick, host, item))
			push_item(heap, item, item->order);
	}
}

struct queue_item *host_queue_pick(struct host_queue *queue, struct queue_host *host,
				   bool (*is_wanted)(const struct queue_item *item))
{
	struct pick pick = {.is_wanted = is_wanted};

	pick_of_list(&pick, host);
	pick_of_heap(&pick, host, &host->again);
	pick_of_heap(&pick, host, &host->later);
	update_host(queue, host);
	return pick.first;
}

/* Of the heap from `at` on. What is not before is above nothing that is. */
static size_t count_before(const struct host_queue *queue, size_t at, int64_t ready_ms, size_t most)
{
	size_t count = 1;

	if (!most || at >= queue->n_heap || queue->heap[at]->ready_ms >= ready_ms)
		return 0;
	count += count_before(queue, 2 * at + 1, ready_ms, most - count);
	return count + count_before(queue, 2 * at + 2, ready_ms, most - count);
}

size_t host_queue_before(const struct host_queue *queue, const struct queue_host *host, size_t most)
{
	return count_before(queue, 0, next_ms(host, has_ready(host)), most);
}

int64_t host_queue_next_ms(const struct host_queue *queue)
{
	if (queue->n_running >= queue->max_running || !queue->n_heap)
		return HOST_QUEUE_NEVER;
	return queue->heap[0]->ready_ms;
}
