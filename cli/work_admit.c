#include "work.h"

#include <stdlib.h>
#include <string.h>

#include "ages.h"
#include "alloc.h"
#include "clock.h"
#include "url.h"

/* --- the cache's word ---------------------------------------------------------------------------
 */

static struct cache_policy policy_of(const struct work *work)
{
	const struct pipeline *pipeline = work->pipeline;
	const struct settings *settings = pipeline->settings;
	const struct work_request *request = work_request(work);
	struct cache_policy policy = ages_policy(settings);

	policy.ignore_failures = pipeline->options->is_check && !settings->offline;
	policy.refresh = settings->refresh && !settings->offline;
	policy.wants_facts = true;
	policy.answered_since_s = work->awaited_since_s;
	policy.request_fields = &request->fields;
	policy.request_digest = request->digest;
	return policy;
}

int64_t work_seen_s(const struct cache_entry *entry)
{
	return entry->failure == CACHE_FAILURE_DEFERRED ? entry->last_success_s : entry->checked_s;
}

/* --accept may be another one than that of the run which stored it. */
static bool is_still_accepted(const struct work *work)
{
	return status_set_has(&work->pipeline->accepted, work->entry->status);
}

/* Also a failure that is due again, when nobody asks again. */
static bool is_known_to_fail(const struct work *work)
{
	return work->entry->failure != CACHE_FAILURE_NONE &&
	       work->entry->failure != CACHE_FAILURE_DEFERRED;
}

/* `check` trusts what it saw itself within --max-age (1 day), whatever the server allows, nothing
 * older, and nothing that was broken. That its host asked for a rest since then does not count. */
static bool is_trusted_by_check(const struct work *work)
{
	const struct settings *settings = work->pipeline->settings;
	int64_t max_age_ms = settings->max_age_ms < 0 ? CLOCK_DAY_S * 1000 : settings->max_age_ms;
	int64_t age_s = clock_wall_s() - work_seen_s(work->entry);

	return work->entry->has_object && work->entry->is_selected && !is_known_to_fail(work) &&
	       !work->entry->first_failure_s && (!settings->refresh || work->is_left_out) &&
	       age_s >= 0 && age_s <= max_age_ms / 1000 && max_age_ms > 0;
}

static bool is_good_for_this_run(const struct work *work)
{
	return is_still_accepted(work) &&
	       (work->entry->state == CACHE_FRESH ||
		(work->pipeline->options->is_check && is_trusted_by_check(work)));
}

static void admit_without_network(struct work *work, const char *why)
{
	bool is_known = is_known_to_fail(work);

	work_note_insecure(work);
	if (is_known) {
		work_take_remembered_failure(work);
	} else if (work->entry->has_object &&
		   (is_good_for_this_run(work) || work_is_known_broken(work))) {
		work->pipeline->report->totals.from_cache++;
		work_use_entry(work, ASSET_FROM_CACHE);
	} else if (work->entry->has_object) {
		work_use_stale(work, why);
	} else if (work_is_deferred(work)) {
		work_keep_deferred(work);
	} else {
		work_enter(work, WORK_DONE);
	}
}

/* What another process was told while this one waited for it is fresh to `check`, too. */
static bool is_fresh(const struct work *work)
{
	bool is_check = work->pipeline->options->is_check;

	if (!is_still_accepted(work))
		return false;
	if (work->entry->state == CACHE_FRESH && (!is_check || work->awaited_since_s))
		return true;
	return is_check && is_trusted_by_check(work);
}

/* The origin allows it; `check` wants to know what a visitor sees now. */
static bool may_use_stale_meanwhile(const struct work *work)
{
	return work->entry->may_be_used_meanwhile && !work->is_beside && !work->has_lease &&
	       !work->pipeline->options->is_check;
}

void work_admit_by_cache(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;

	if (pipeline->settings->offline || pipeline->is_full) {
		admit_without_network(work, pipeline->is_full ? "the disk is full" : "offline");
	} else if (is_fresh(work)) {
		pipeline->report->totals.from_cache += !work->is_beside;
		work_use_entry(work, ASSET_FROM_CACHE);
	} else if (work->is_left_out) {
		admit_without_network(work, "not asked (--only)");
	} else if (work_is_deferred(work)) {
		work_keep_deferred(work);
	} else if (work->entry->state == CACHE_NEGATIVE) {
		work_take_remembered_failure(work);
	} else if (may_use_stale_meanwhile(work)) {
		pipeline->report->totals.from_cache++;
		work_revalidate_beside(work);
		work_use_entry(work, ASSET_FROM_CACHE);
	} else {
		work_ask(work);
	}
}

const struct cache_entry work_no_entry = {.state = CACHE_MISS};

void work_free_entry(const struct cache_entry *entry)
{
	if (entry == &work_no_entry)
		return;
	cache_entry_release((struct cache_entry *)entry);
	free((struct cache_entry *)entry);
}

void work_drop_entry(struct work *work)
{
	work_free_entry(work->entry);
	work->entry = &work_no_entry;
}

/* Of many images the cache knows nothing: those waiting for the network cost no entry. */
static bool look_up_by(struct work *work, const struct cache_policy *policy)
{
	struct pipeline *pipeline = work->pipeline;
	int64_t now_s = work->state == WORK_WAITING ? pipeline->now_s : clock_wall_s();
	struct cache_entry entry, *kept;
	int error =
		cache_lookup(pipeline->cache, work->wire, policy, now_s, &entry, pipeline->fault);

	if (error) {
		pipeline_fail(pipeline, error);
		return false;
	}
	work_drop_entry(work);
	work->generation = entry.generation;
	if (entry.state == CACHE_MISS && entry.failure == CACHE_FAILURE_NONE && !entry.checked_s) {
		cache_entry_release(&entry);
		return true;
	}
	kept = alloc_zeroed(1, sizeof *kept);
	*kept = entry;
	work->entry = kept;
	cache_mark_used(pipeline->cache, work->wire);
	return true;
}

bool work_look_up(struct work *work)
{
	struct cache_policy policy = policy_of(work);

	return look_up_by(work, &policy);
}

/* Whether an image is left out depends on its entry; what is left out is not refreshed. */
static bool look_up_first(struct work *work)
{
	const struct only *only = &work->pipeline->only;
	struct cache_policy policy = policy_of(work);
	bool is_refresh = policy.refresh;

	policy.refresh = is_refresh && only->kind == ONLY_ALL;
	if (!look_up_by(work, &policy))
		return false;
	work->is_left_out = !only_has(only, work->asset->url, work->entry);
	if (work->is_left_out || policy.refresh == is_refresh)
		return true;
	return work_look_up(work);
}

/* Mostly the two read the same. */
static void keep_wire(struct work *work, char *wire)
{
	work->wire = strcmp(wire, work->asset->url) != 0 ? wire : work->asset->url;
	if (work->wire != wire)
		free(wire);
}

static bool parse_wire(struct work *work)
{
	const char *text = work->asset->url;
	struct url url;
	enum url_error error;
	bool is_good = false;

	if (url_is_plain(text)) {
		work->wire = text;
		return true;
	}
	error = url_parse(text, strlen(text), NULL, &url);
	if (error != URL_OK) {
		work_add_finding(work, FINDING_BAD_URL, "%s", url_error_text(error));
		return false;
	}
	if (!url_is_http(&url))
		work_add_finding(work, FINDING_BAD_URL, "%s: is no http or https URL", url.scheme);
	else if (url.username[0] || url.password[0])
		work_add_finding(
			work, FINDING_BAD_URL,
			"a user name or password in the URL is refused: everybody could read it");
	else
		is_good = true;
	if (is_good)
		keep_wire(work, url_serialize(&url, false));
	url_release(&url);
	return is_good;
}

static bool follow_same_request(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	size_t found = key_table_find(&pipeline->by_wire, pipeline, work->wire);
	struct work *leader;

	if (found == KEY_TABLE_NONE) {
		key_table_add(&pipeline->by_wire, pipeline, (size_t)(work - pipeline->works));
		return false;
	}
	leader = &pipeline->works[found];
	if (leader->state == WORK_DONE) {
		work->next = NULL;
		work_enter(work, WORK_FOLLOWING);
		work_follow(work, leader);
		return true;
	}
	work->next = leader->followers;
	leader->followers = work;
	work_enter(work, WORK_FOLLOWING);
	return true;
}

void work_mark_used(struct work *work)
{
	const char *text = work->asset->url;
	struct url url;
	char *wire;

	if (work->asset->target != IMAGE_REF_REMOTE)
		return;
	if (url_is_plain(text)) {
		cache_mark_used(work->pipeline->cache, text);
		return;
	}
	if (url_parse(text, strlen(text), NULL, &url) != URL_OK)
		return;
	wire = url_serialize(&url, false);
	cache_mark_used(work->pipeline->cache, wire);
	free(wire);
	url_release(&url);
}

void work_admit_remote(struct work *work)
{
	if (!parse_wire(work)) {
		work_enter(work, WORK_DONE);
		return;
	}
	if (follow_same_request(work))
		return;
	if (look_up_first(work))
		work_admit_by_cache(work);
	else
		work_enter(work, WORK_DONE);
}
