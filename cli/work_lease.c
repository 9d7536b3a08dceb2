#include "work.h"

#include <stdlib.h>

#include "alloc.h"
#include "clock.h"
#include "fetcher.h"

/* How often those that await another process's answer look for it, and others are looked for. */
#define LOOK_INTERVAL_MS 20
/* How much later when nothing else is to be done: they wait for it. */
#define SHARE_LATER_MS 80
/* When none of them has come for so many times --timeout, the process that asks has stopped. */
#define PATIENCE_TIMEOUTS 4
/* A lease outlives its answer until the batch is stored: a second, in whole seconds. */
#define ANSWER_TO_LEASE_S 2

/* --- leases -------------------------------------------------------------------------------------
 */

void work_end_lease(struct work *work)
{
	if (work->has_lease)
		cache_lease_end(work->pipeline->cache, work->wire);
	work->has_lease = false;
}

/* The entry is what it was when the request was made. */
static bool is_unchanged(const struct cache_entry *a, const struct cache_entry *b)
{
	return a->state == b->state && a->has_object == b->has_object &&
	       a->checked_s == b->checked_s && a->failure_streak == b->failure_streak;
}

bool work_may_start(struct work *work)
{
	const struct cache_entry *before = work->entry;
	bool is_wanted;

	if (!cache_lease(work->pipeline->cache, work->wire))
		return false;
	work->has_lease = true;
	/* Others may have asked since it was looked up. */
	if (cache_is_unchanged(work->pipeline->cache, work->wire, work->generation))
		return true;
	work->entry = &work_no_entry;
	is_wanted = work_look_up(work) && is_unchanged(before, work->entry);
	cache_end_reads(work->pipeline->cache); /* the network comes next */
	work_free_entry(before);
	return is_wanted;
}

static void push_awaiting(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;

	work->next = NULL;
	if (pipeline->awaiting_first)
		pipeline->awaiting_last->next = work;
	else
		pipeline->awaiting_first = work;
	pipeline->awaiting_last = work;
}

static void begin_to_await(struct work *work)
{
	if (!work->awaited_since_s)
		work->awaited_since_s = clock_wall_s() - ANSWER_TO_LEASE_S;
	if (!work->pipeline->awaiting_first)
		work->pipeline->lease_came_ms = clock_monotonic_ms();
	push_awaiting(work);
	work_enter(work, WORK_AWAITING);
}

void work_take_withdrawn(struct work *work)
{
	if (work->has_lease)
		work_admit_by_cache(work);
	else
		begin_to_await(work);
}

/* true: it awaits no longer. */
static bool ask_for_lease(struct work *work, bool is_patient)
{
	struct pipeline *pipeline = work->pipeline;

	work->has_lease = cache_lease(pipeline->cache, work->wire);
	if (!work->has_lease && is_patient)
		return false;
	work->is_impatient = !work->has_lease;
	if (work->has_lease)
		pipeline->lease_came_ms = clock_monotonic_ms();
	if (work_look_up(work))
		work_admit_by_cache(work);
	else
		work_enter(work, WORK_DONE);
	return true;
}

static struct work *take_awaiting(struct pipeline *pipeline)
{
	struct work *first = pipeline->awaiting_first;

	pipeline->awaiting_first = NULL;
	return first;
}

void work_ask_for_leases(struct pipeline *pipeline)
{
	int64_t now_ms = clock_monotonic_ms();
	int64_t waited_ms = now_ms - pipeline->lease_came_ms;
	/* Who can store nothing more asks for nothing, and may hold what others await until it
	 * ends. */
	bool is_patient = !pipeline->is_full &&
			  waited_ms / PATIENCE_TIMEOUTS < pipeline->settings->timeout_ms;
	struct work *work, *next;

	if (now_ms < pipeline->leases_due_ms || pipeline->is_stopping)
		return;
	pipeline->leases_due_ms = now_ms + LOOK_INTERVAL_MS;
	cache_share_leases(pipeline->cache);
	for (work = take_awaiting(pipeline); work; work = next) {
		next = work->next;
		work->next = NULL;
		if (!ask_for_lease(work, is_patient))
			push_awaiting(work);
	}
}

int64_t work_leases_due_ms(const struct pipeline *pipeline)
{
	if (pipeline->awaiting_first)
		return pipeline->leases_due_ms;
	return cache_has_spare_leases(pipeline->cache) ? pipeline->leases_due_ms + SHARE_LATER_MS
						       : INT64_MAX;
}

void work_stop_awaiting(struct pipeline *pipeline)
{
	struct work *work, *next;

	for (work = take_awaiting(pipeline); work; work = next) {
		next = work->next;
		work_enter(work, WORK_DONE);
	}
}

/* --- stale while revalidating (RFC 5861 section 3) ----------------------------------------------
 */

static struct asset *asset_of_its_own(struct report *report, const struct asset *asset)
{
	struct asset *copy = arena_zeroed(&report->arena, sizeof *copy);

	copy->url = asset->url;
	copy->target = asset->target;
	copy->status = ASSET_UNCHECKED;
	return copy;
}

/* A work that nobody waits for: what it finds out goes into the cache, and into no report. */
void work_revalidate_beside(const struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	struct work *beside = alloc_zeroed(1, sizeof *beside);

	*beside = (struct work){
		.pipeline = pipeline,
		.asset = asset_of_its_own(pipeline->report, work->asset),
		.wire = alloc_string(work->wire),
		.entry = &work_no_entry,
		.is_beside = true,
	};
	ALLOC_GROW(pipeline->beside, pipeline->beside_count, pipeline->beside_capacity);
	pipeline->beside[pipeline->beside_count++] = beside;
	pipeline->n_beside++;
	if (work_look_up(beside))
		work_ask(beside);
	else
		work_enter(beside, WORK_DONE);
}

void work_free_beside(struct pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->beside_count; i++) {
		work_release(pipeline->beside[i]);
		asset_release(pipeline->beside[i]->asset);
		free(pipeline->beside[i]);
	}
	free(pipeline->beside);
}
