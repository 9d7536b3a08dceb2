#include "work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "human.h"
#include "url.h"

#define SLOW_MS 5000

/* --- asking -------------------------------------------------------------------------------------
 */

static void submit(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	bool is_conditional = work->entry->has_object && !work->was_asked_plainly;
	bool is_quick = pipeline_is_quick(pipeline);
	struct fetch_request request = {
		.url = work->wire,
		.entity_tag = is_conditional ? work->entry->entity_tag : NULL,
		.last_modified = is_conditional ? work->entry->last_modified : NULL,
		.validators_url = is_conditional ? work->entry->final_url : NULL,
		.first_bytes = is_quick && !work->was_part_too_short ? WORK_HEADER_BYTES : 0,
		.sink = is_quick ? work_header_sink(work) : work_body_sink(work),
		.owner = work,
	};

	if (pipeline->is_full || pipeline_need_fetcher(pipeline) < 0) {
		work_enter(work, WORK_DONE);
		return;
	}
	work_enter(work, WORK_FETCHING);
	fetcher_submit(pipeline->fetcher, &request);
}

void work_note_redirect(struct work *work, const char *final_url, bool is_permanent)
{
	struct asset *asset = work->asset;

	free(asset->final_url);
	asset->final_url = alloc_string(final_url ? final_url : work->wire);
	if (is_permanent)
		work_add_finding(work, FINDING_PERMANENT_REDIRECT, "moved for good to %s",
				 asset->final_url);
}

static void note_type(struct work *work, const struct http_fields *fields)
{
	const char *value = http_fields_get(fields, "content-type");
	enum media_type declared = value ? media_type_parse(value, strlen(value)) : MEDIA_NONE;

	free(work->declared_type);
	work->declared_type = NULL;
	if (value && (declared != MEDIA_NONE || !strncasecmp(value, "text/", 5)))
		work->declared_type = alloc_string(value);
}

void work_use_entry(struct work *work, enum asset_source source)
{
	struct asset *asset = work->asset;

	work_note_redirect(work, work->entry->final_url, work->entry->is_permanent_redirect);
	note_type(work, &work->entry->fields);
	asset->checked_s = work->entry->checked_s;
	asset->source = source;
	asset->object = work->entry->object;
	asset->has_object = true;
	asset->bytes = work->entry->object_bytes;
	asset->http_status = work->entry->status;
	work_enter(work, WORK_READY);
}

/* The last good bytes stand in: for a failure that will pass, or without a network. */
void work_use_stale(struct work *work, const char *why)
{
	struct buf age = BUF_INIT(64);

	human_age(&age, work->pipeline->now_s - work->entry->last_success_s);
	work->is_stale = true;
	work->asset->failing_since_s = work->entry->first_failure_s;
	work_add_finding(work, FINDING_STALE_USED, "%s; used the copy of %s ago", why,
			 buf_string(&age));
	buf_release(&age);
	work_use_entry(work, ASSET_FROM_CACHE);
}

void work_fetch_again(struct work *work)
{
	work->was_asked_plainly = true;
	work->asset->has_object = false;
	submit(work);
}

/* --- the cache's word ---------------------------------------------------------------------------
 */

static struct cache_policy policy_of(const struct pipeline *pipeline)
{
	const struct settings *settings = pipeline->settings;
	int64_t max_age_ms = settings->max_age_ms;
	struct cache_policy policy = {
		.min_age_s = settings->min_age_ms / 1000,
		.max_age_s =
			max_age_ms < 0 || max_age_ms == INT64_MAX ? INT64_MAX : max_age_ms / 1000,
		.negative_age_s = settings->negative_age_ms < 0 ? -1
				  : settings->negative_age_ms == INT64_MAX
					  ? INT64_MAX
					  : settings->negative_age_ms / 1000,
		.ignore_failures = pipeline->options->is_check && !settings->offline,
		.refresh = settings->refresh && !settings->offline,
	};

	if (settings->min_age_ms == INT64_MAX)
		policy.min_age_s = INT64_MAX;
	return policy;
}

/* `check` trusts what it saw itself within --max-age (1 day), whatever the server allows, nothing
 * older, and nothing that was broken. */
static bool is_trusted_by_check(const struct work *work)
{
	const struct settings *settings = work->pipeline->settings;
	int64_t max_age_ms = settings->max_age_ms < 0 ? 86400000 : settings->max_age_ms;
	int64_t age_s = work->pipeline->now_s - work->entry->checked_s;

	return work->entry->has_object && work->entry->failure == CACHE_FAILURE_NONE &&
	       !work->entry->first_failure_s && (!settings->refresh || work->is_left_out) &&
	       age_s >= 0 && age_s <= max_age_ms / 1000 && max_age_ms > 0;
}

/* Also a failure that is due again, when nobody asks again. */
static bool is_known_to_fail(const struct work *work)
{
	return work->entry->failure != CACHE_FAILURE_NONE &&
	       work->entry->failure != CACHE_FAILURE_DEFERRED;
}

static void admit_without_network(struct work *work, const char *why)
{
	if (is_known_to_fail(work)) {
		work_take_remembered_failure(work);
	} else if (work->entry->has_object && work->entry->state == CACHE_FRESH) {
		work_use_entry(work, ASSET_FROM_CACHE);
	} else if (work->entry->has_object) {
		work_use_stale(work, why);
	} else if (work_is_deferred(work)) {
		work_keep_deferred(work);
	} else {
		work_enter(work, WORK_DONE);
	}
}

static void admit_by_cache(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	bool is_fresh = pipeline->options->is_check ? is_trusted_by_check(work)
						    : work->entry->state == CACHE_FRESH;

	if (pipeline->settings->offline || pipeline->is_full) {
		admit_without_network(work, pipeline->is_full ? "the disk is full" : "offline");
	} else if (is_fresh) {
		pipeline->report->totals.from_cache++;
		work_use_entry(work, ASSET_FROM_CACHE);
	} else if (work->is_left_out) {
		admit_without_network(work, "not asked (--only)");
	} else if (work_is_deferred(work)) {
		work_keep_deferred(work);
	} else if (work->entry->state == CACHE_NEGATIVE) {
		work_take_remembered_failure(work);
	} else {
		submit(work);
	}
}

static bool parse_wire(struct work *work)
{
	const char *text = work->asset->url;
	struct url url;
	enum url_error error = url_parse(text, strlen(text), NULL, &url);
	bool is_good = false;

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
	if (is_good && !strcmp(url.scheme, "http"))
		work_add_finding(work, FINDING_INSECURE, "loaded over plain http");
	if (is_good)
		work->wire = url_serialize(&url, false);
	if (is_good && !strcmp(work->wire, text)) {
		free(work->wire);
		work->wire = work->asset->url;
	}
	url_release(&url);
	return is_good;
}

static bool follow_same_request(struct work *work)
{
	struct map *by_wire = work->pipeline->by_wire;
	struct work *leader = map_get_string(by_wire, work->wire);

	if (!leader) {
		map_put_borrowed(by_wire, work->wire, work);
		return false;
	}
	if (leader->state == WORK_DONE) {
		work->next_follower = NULL;
		work_enter(work, WORK_FOLLOWING);
		work_follow(work, leader);
		return true;
	}
	work->next_follower = leader->followers;
	leader->followers = work;
	work_enter(work, WORK_FOLLOWING);
	return true;
}

void work_mark_used(struct work *work)
{
	const char *text = work->asset->url;
	struct url url;
	char *wire;

	if (work->asset->target != IMAGE_REF_REMOTE ||
	    url_parse(text, strlen(text), NULL, &url) != URL_OK)
		return;
	wire = url_serialize(&url, false);
	cache_mark_used(work->pipeline->cache, wire);
	free(wire);
	url_release(&url);
}

const struct cache_entry work_no_entry = {.state = CACHE_MISS, .stale_if_error_s = -1};

void work_drop_entry(struct work *work)
{
	if (work->entry != &work_no_entry) {
		cache_entry_release((struct cache_entry *)work->entry);
		free((struct cache_entry *)work->entry);
	}
	work->entry = &work_no_entry;
}

/* Of many images the cache knows nothing: those waiting for the network cost no entry. */
static int take_entry(struct work *work, const struct cache_policy *policy)
{
	struct pipeline *pipeline = work->pipeline;
	struct cache_entry entry, *kept;
	int error = cache_lookup(pipeline->cache, work->wire, policy, pipeline->now_s, &entry,
				 pipeline->fault);

	if (error)
		return error;
	work_drop_entry(work);
	if (entry.state == CACHE_MISS && entry.failure == CACHE_FAILURE_NONE && !entry.checked_s) {
		cache_entry_release(&entry);
		return 0;
	}
	kept = alloc_zeroed(1, sizeof *kept);
	*kept = entry;
	work->entry = kept;
	cache_mark_used(pipeline->cache, work->wire);
	return 0;
}

/* Whether an image is left out depends on its entry; what is left out is not refreshed. */
static int look_up(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	struct cache_policy policy = policy_of(pipeline);
	bool is_refresh = policy.refresh;
	int error;

	policy.refresh = is_refresh && pipeline->only.kind == ONLY_ALL;
	error = take_entry(work, &policy);
	if (error)
		return error;
	work->is_left_out = !only_has(&pipeline->only, work->asset->url, work->entry);
	if (work->is_left_out || policy.refresh == is_refresh)
		return 0;
	policy.refresh = is_refresh;
	return take_entry(work, &policy);
}

void work_admit_remote(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	int error;

	if (!parse_wire(work)) {
		work_enter(work, WORK_DONE);
		return;
	}
	if (follow_same_request(work))
		return;
	error = look_up(work);
	if (error) {
		pipeline_fail(pipeline, error);
		work_enter(work, WORK_DONE);
		return;
	}
	admit_by_cache(work);
}

/* --- answers ------------------------------------------------------------------------------------
 */

/* A chain of redirects is as good as its weakest link. */
static int64_t redirect_lifetime(const struct fetch_response *response)
{
	int64_t least_s = INT64_MAX;

	for (size_t i = 0; i < response->n_hops; i++) {
		const struct fetch_hop *hop = &response->hops[i];
		int64_t lifetime_s =
			cache_redirect_lifetime(hop->status, &hop->fields, hop->response_time_s);

		least_s = lifetime_s < least_s ? lifetime_s : least_s;
	}
	return least_s;
}

static struct cache_response stored_response(const struct work *work,
					     const struct fetch_response *response)
{
	return (struct cache_response){
		.url = work->wire,
		.final_url = response->final_url,
		.is_permanent_redirect = response->is_permanent,
		.redirect_lifetime_s = redirect_lifetime(response),
		.status = response->status,
		.fields = &response->fields,
		.request_time_s = response->request_time_s,
		.response_time_s = response->response_time_s,
	};
}

static void note_fetched(struct work *work, const struct fetch_response *response)
{
	struct asset *asset = work->asset;

	asset->source = ASSET_FROM_NETWORK;
	asset->http_status = response->status;
	asset->checked_s = response->response_time_s;
	work->pipeline->report->totals.fetched++;
	work_note_redirect(work, response->final_url, response->is_permanent);
	note_type(work, &response->fields);
}

static void take_bytes(struct work *work, struct fetch_response *response)
{
	struct pipeline *pipeline = work->pipeline;
	struct cache_response stored = stored_response(work, response);
	struct asset *asset = work->asset;
	int error = cache_writer_commit(work->body->writer, &asset->object, &asset->bytes,
					pipeline->fault);

	work->body->writer = NULL;
	if (error == -EEXIST) {
		work_add_finding(work, FINDING_HASH_COLLISION,
				 "other bytes are stored under the same hash: these are refused");
		work_enter(work, WORK_DONE);
		return;
	}
	if (!error)
		error = cache_store_response(pipeline->cache, &stored, &asset->object,
					     pipeline->fault);
	if (error) {
		pipeline_fail(pipeline, error);
		work_enter(work, WORK_DONE);
		return;
	}
	asset->has_object = true;
	note_fetched(work, response);
	work_enter(work, WORK_READY);
}

static void ask_for_all(struct work *work)
{
	work->was_part_too_short = true;
	submit(work);
}

/* check --quick: nothing is stored, so that no later run takes a part for the whole. */
static void take_header(struct work *work, const struct fetch_response *response)
{
	if (work->body->needs_more) {
		ask_for_all(work);
		return;
	}
	work->header = alloc_zeroed(1, sizeof *work->header);
	*work->header = work->body->facts;
	note_fetched(work, response);
	work_enter(work, WORK_READY);
}

static void take_not_modified(struct work *work, struct fetch_response *response)
{
	struct pipeline *pipeline = work->pipeline;
	struct cache_response stored = stored_response(work, response);
	bool matches = false;
	int error = cache_store_not_modified(pipeline->cache, &stored, &matches, pipeline->fault);

	if (error) {
		pipeline_fail(pipeline, error);
		work_enter(work, WORK_DONE);
	} else if (matches) {
		pipeline->report->totals.revalidated++;
		work_use_entry(work, ASSET_FROM_REVALIDATED);
		work->asset->checked_s = response->response_time_s;
	} else {
		work->was_asked_plainly = true;
		submit(work);
	}
}

void work_take_response(struct work *work, struct fetch_response *response)
{
	struct pipeline *pipeline = work->pipeline;

	pipeline->report->totals.bytes_fetched += response->body_bytes;
	if (response->elapsed_ms > SLOW_MS && response->status)
		work_add_finding(work, FINDING_SLOW, "took %.1f s to load",
				 (double)response->elapsed_ms / 1000);
	switch (response->outcome) {
	case FETCH_OK:
	case FETCH_ENOUGH:
		if (pipeline_is_quick(pipeline))
			take_header(work, response);
		else
			take_bytes(work, response);
		break;
	case FETCH_NOT_MODIFIED:
		take_not_modified(work, response);
		break;
	case FETCH_DEFERRED:
		work_take_deferred(work, response);
		break;
	case FETCH_CANCELLED:
	case FETCH_SINK_FAULT:
		work_enter(work, WORK_DONE);
		break;
	case FETCH_OWN_FAULT:
		pipeline_fail(pipeline, fault_raise(pipeline->fault, -EIO, "%s: fetch: %s",
						    work->wire, response->message));
		work_enter(work, WORK_DONE);
		break;
	default:
		/* An empty file has no part to send. */
		if (response->status == 416 && pipeline_is_quick(pipeline) &&
		    !work->was_part_too_short)
			ask_for_all(work);
		else
			work_take_failure(work, response);
	}
	work_body_free(work);
}
