#include "work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "human.h"
#include "url.h"

#define SLOW_MS 5000

/* --- asking -------------------------------------------------------------------------------------
 */

/* When the request's turn has come. */
static bool prepare(void *owner, struct fetch_details *ret_details)
{
	struct work *work = owner;
	bool is_quick = pipeline_is_quick(work->pipeline);
	bool may_start = is_quick || work->has_lease || work->is_impatient || work_may_start(work);

	ret_details->has_failed = work->entry->failure_code != NULL;
	ret_details->sink = is_quick ? work_header_sink(work) : work_body_sink(work);
	if (is_quick && !work->was_part_too_short)
		ret_details->first_bytes = WORK_HEADER_BYTES;
	if (work->entry->has_object && !work->was_asked_plainly) {
		ret_details->entity_tag = work->entry->entity_tag;
		ret_details->last_modified = work->entry->last_modified;
		ret_details->validators_url = work->entry->final_url;
	}
	return may_start;
}

static bool is_downgrade(const char *from, const char *to)
{
	return !strncmp(from, "https:", 6) && strncmp(to, "https:", 6) != 0;
}

/* They do not go everywhere where redirects lead (to another port, away from https): only on the way
 * itself can that be told. Of the origin's own host they do. */
static bool has_headers_of_its_own(const struct work *work, const char *target)
{
	const struct settings *settings = work->pipeline->settings;
	size_t origin_bytes = url_origin_prefix_bytes(target);
	const struct fetch_host_options *own;
	CLEANUP(url_release) struct url url = {0};

	if (origin_bytes && !strncmp(work->wire, target, origin_bytes))
		return false;
	if (url_parse(target, strlen(target), NULL, &url))
		return true;
	own = fetcher_host_options(settings->hosts, settings->n_hosts, &url);
	return own && own->headers;
}

/* Where redirects led that are still fresh: they are not asked for again (RFC 9111 section 4).
 * `check` asks for all, as a visitor does who comes for the first time. NULL: ask for all. */
static const char *remembered_target(const struct work *work)
{
	const struct cache_entry *entry = work->entry;

	if (!entry->has_object || !entry->redirect_lifetime_s || work->was_target_no_use ||
	    work->pipeline->options->is_check || !work->pipeline->settings->max_redirects ||
	    is_downgrade(work->wire, entry->final_url) ||
	    has_headers_of_its_own(work, entry->final_url))
		return NULL;
	return entry->final_url;
}

void work_ask(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	struct fetch_request request = {.url = work->wire,
					.owner = work,
					.seen_s = work->entry->checked_s,
					.prepare = prepare};
	const char *target = remembered_target(work);

	if (pipeline->is_full || pipeline_need_fetcher(pipeline) < 0) {
		work_enter(work, WORK_DONE);
		return;
	}
	work->is_target_asked = target;
	if (target) /* the entry may be another before the answer has come */
		request.url = arena_string(&pipeline->report->arena, target);
	work_enter(work, WORK_FETCHING);
	fetcher_submit(pipeline->fetcher, &request);
}

void work_note_redirect(struct work *work, const char *final_url, bool is_permanent)
{
	struct asset *asset = work->asset;

	asset_set_final_url(asset, final_url ? final_url : work->wire);
	if (is_permanent)
		work_add_finding(work, FINDING_PERMANENT_REDIRECT, "moved for good to %s",
				 asset->final_url);
}

/* Fetch standard, "determine nosniff": of a list the first value counts. */
static bool is_nosniff(const struct http_fields *fields)
{
	const char *value = http_fields_get(fields, "x-content-type-options");

	if (!value)
		return false;
	return slice_equals_nocase(slice_trim((struct slice){value, strcspn(value, ",")}),
				   "nosniff");
}

/* Fetch standard, "cross-origin resource policy check": several that differ are none. */
static void note_policy(struct work *work, const struct http_fields *fields)
{
	static const char name[] = "cross-origin-resource-policy";
	const char *policy = http_fields_get(fields, name);

	if (policy && http_fields_count(fields, name) > 1)
		policy = NULL;
	work->is_for_same_origin = policy && !strcmp(policy, "same-origin");
	work->is_for_same_site = policy && !strcmp(policy, "same-site");
}

static void note_type(struct work *work, const struct http_fields *fields)
{
	const char *value = http_fields_get(fields, "content-type");

	free(work->declared_type);
	work->declared_type = value ? alloc_string(value) : NULL;
	work->is_type_final = value && is_nosniff(fields);
	note_policy(work, fields);
}

void work_use_entry(struct work *work, enum asset_source source)
{
	struct asset *asset = work->asset;

	work_note_insecure(work);
	work_note_redirect(work, work->entry->final_url, work->entry->is_permanent_redirect);
	note_type(work, &work->entry->fields);
	asset->checked_s = work_seen_s(work->entry);
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
	/* A failure of this run said so already. */
	if (!work->asset->failing_since_s)
		work->asset->failing_since_s = work->entry->first_failure_s;
	work_add_finding(work, FINDING_STALE_USED, "%s; used the copy of %s ago", why,
			 buf_string(&age));
	buf_release(&age);
	work->pipeline->report->totals.from_cache += !work->is_beside;
	work_use_entry(work, ASSET_FROM_CACHE);
}

void work_fetch_again(struct work *work)
{
	work->was_asked_plainly = true;
	work->asset->has_object = false;
	work_ask(work);
}

/* --- answers ------------------------------------------------------------------------------------
 */

/* A chain of redirects is as good as its weakest link. */
static int64_t redirect_lifetime(const struct work *work, const struct fetch_response *response)
{
	int64_t least_s = work->is_target_asked ? work->entry->redirect_lifetime_s : INT64_MAX;

	for (size_t i = 0; i < response->n_hops; i++) {
		const struct fetch_hop *hop = &response->hops[i];
		int64_t lifetime_s =
			cache_redirect_lifetime(hop->status, &hop->fields, hop->response_time_s);

		least_s = lifetime_s < least_s ? lifetime_s : least_s;
	}
	return least_s;
}

static bool is_permanent(const struct work *work, const struct fetch_response *response)
{
	if (!work->is_target_asked)
		return response->is_permanent;
	return work->entry->is_permanent_redirect && (!response->n_hops || response->is_permanent);
}

static struct cache_response stored_response(const struct work *work,
					     const struct fetch_response *response)
{
	return (struct cache_response){
		.url = work->wire,
		.final_url = response->final_url,
		.is_permanent_redirect = is_permanent(work, response),
		.redirect_lifetime_s = redirect_lifetime(work, response),
		.status = response->status,
		.fields = &response->fields,
		.request_time_s = response->request_time_s,
		.response_time_s = response->response_time_s,
		.request_fields = &work_request(work)->fields,
	};
}

static void note_fetched(struct work *work, const struct fetch_response *response)
{
	struct asset *asset = work->asset;

	asset->source = ASSET_FROM_NETWORK;
	asset->http_status = response->status;
	asset->checked_s = response->response_time_s;
	work->pipeline->report->totals.fetched++;
	work_note_redirect(work, response->final_url, is_permanent(work, response));
	note_type(work, &response->fields);
}

/* So that the bytes need not be opened again. */
static int store_seen_facts(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	const struct object_id *object = &work->asset->object;
	struct cache_facts known;
	int error = cache_facts(pipeline->cache, object, &known, pipeline->fault);

	return error == -ENOENT ? cache_store_facts(pipeline->cache, object, &work->body->facts,
						    pipeline->fault)
				: error;
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
	if (!error && work->body->has_facts)
		error = store_seen_facts(work);
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
	work_ask(work);
}

/* check --quick: nothing is stored, so that no later run takes a part for the whole. */
static void take_header(struct work *work, const struct fetch_response *response)
{
	if (work->body->needs_more) {
		ask_for_all(work);
		return;
	}
	work->facts = alloc_zeroed(1, sizeof *work->facts);
	*work->facts = work->body->facts;
	note_fetched(work, response);
	work_enter(work, WORK_READY);
}

static void take_not_modified(struct work *work, struct fetch_response *response)
{
	struct pipeline *pipeline = work->pipeline;
	struct cache_response stored = stored_response(work, response);
	/* Owned: without an entry there was no condition. */
	struct cache_entry *known = (struct cache_entry *)work->entry;
	bool matches = false;
	int error = cache_store_not_modified(pipeline->cache, &stored,
					     work->entry == &work_no_entry ? NULL : known, &matches,
					     pipeline->fault);

	if (error) {
		pipeline_fail(pipeline, error);
		work_enter(work, WORK_DONE);
	} else if (matches) {
		pipeline->report->totals.revalidated++;
		work_use_entry(work, ASSET_FROM_REVALIDATED);
		work->asset->checked_s = response->response_time_s;
	} else {
		work->was_asked_plainly = true;
		work_ask(work);
	}
}

/* Where they led once the image is no more: they may lead elsewhere now. */
static void ask_for_redirects(struct work *work)
{
	work->was_target_no_use = true;
	work_ask(work);
}

/* The server has no such part (of an empty file, say), sent another one or nothing of it, or knows
 * no parts. What failed over the question (500) was asked for without one already. */
static bool is_about_the_part(const struct fetch_response *response)
{
	switch (response->status) {
	case 206:
		return response->outcome == FETCH_HTTP_ERROR || response->outcome == FETCH_EMPTY;
	case 400:
	case 416:
	case 501:
		return response->outcome == FETCH_HTTP_ERROR;
	default:
		return false;
	}
}

/* 412: of a GET a server has no reason to say so (RFC 9110 section 13.2.2). A visitor sends none.
 */
static bool is_about_the_condition(const struct work *work, const struct fetch_response *response)
{
	return response->status == 412 && work->entry->has_object && !work->was_asked_plainly;
}

/* Of what was shown at last: that a page of an error took long is no matter of the image. */
static void note_slow(struct work *work, const struct fetch_response *response)
{
	bool is_loaded = response->outcome == FETCH_OK || response->outcome == FETCH_ENOUGH ||
			 response->outcome == FETCH_NOT_MODIFIED;

	if (is_loaded && response->elapsed_ms > SLOW_MS)
		work_add_finding(work, FINDING_SLOW, "took %.1f s to load",
				 (double)response->elapsed_ms / 1000);
}

void work_take_response(struct work *work, struct fetch_response *response)
{
	struct pipeline *pipeline = work->pipeline;

	work_note_insecure(work);
	pipeline->report->totals.bytes_fetched += response->body_bytes;
	note_slow(work, response);
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
	case FETCH_WITHDRAWN:
		work_take_withdrawn(work);
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
		if (pipeline_is_quick(pipeline) && !work->was_part_too_short &&
		    !response->is_whole_asked && is_about_the_part(response))
			ask_for_all(work);
		else if (is_about_the_condition(work, response))
			work_fetch_again(work);
		else if (work->is_target_asked)
			ask_for_redirects(work);
		else
			work_take_failure(work, response);
	}
	work_body_free(work);
}
