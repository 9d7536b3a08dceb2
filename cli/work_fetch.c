#include "work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "clock.h"
#include "human.h"

#define SLOW_MS 5000

/* --- bodies -------------------------------------------------------------------------------------
 */

void work_body_free(struct work *work)
{
	if (!work->body)
		return;
	cache_writer_free(work->body->writer);
	buf_release(&work->body->header);
	free(work->body);
	work->body = NULL;
}

static enum body_verdict body_fault(struct work *work, int error)
{
	pipeline_fail(work->pipeline, error);
	return BODY_FAULT;
}

/* 0 when the response does not say. */
static uint64_t stated_length(const struct http_fields *fields, int64_t max_bytes)
{
	const char *value = http_fields_get(fields, "content-length");

	uint64_t bytes = value ? strtoull(value, NULL, 10) : 0;

	return bytes < (uint64_t)max_bytes ? bytes : (uint64_t)max_bytes;
}

static enum body_verdict body_begin(void *context, int status, const struct http_fields *fields)
{
	struct work *work = context;
	struct pipeline *pipeline = work->pipeline;
	int error;

	(void)status;
	if (!work->body) {
		work->body = alloc_zeroed(1, sizeof *work->body);
		error = cache_writer_new(pipeline->cache, &work->body->writer, pipeline->fault);
		if (error)
			return body_fault(work, error);
	}
	work->body->head_bytes = 0;
	work->body->is_known = false;
	error = cache_reserve(pipeline->cache, stated_length(fields, pipeline->settings->max_bytes),
			      pipeline->fault);
	if (!error)
		error = cache_writer_begin(work->body->writer, pipeline->fault);
	return error ? body_fault(work, error) : BODY_CONTINUE;
}

static enum body_verdict write_through(struct work *work, const void *data, size_t length_bytes)
{
	int error =
		cache_writer_write(work->body->writer, data, length_bytes, work->pipeline->fault);

	return error ? body_fault(work, error) : BODY_CONTINUE;
}

/* Is it an image? Decided as soon as the bytes allow, so nothing else is downloaded. */
static enum body_verdict sniff(struct work *work, bool is_whole)
{
	struct work_body *body = work->body;
	enum media_type type;

	switch (media_type_sniff(body->head, body->head_bytes, is_whole, &type)) {
	case MEDIA_SNIFF_NEEDS_MORE:
		if (body->head_bytes < sizeof body->head)
			return BODY_CONTINUE;
		break;
	case MEDIA_SNIFF_NOT_AN_IMAGE:
		break;
	case MEDIA_SNIFF_KNOWN:
		body->is_known = true;
		return write_through(work, body->head, body->head_bytes);
	}
	media_type_describe_other(body->head, body->head_bytes, body->other, sizeof body->other);
	return BODY_REFUSE;
}

static enum body_verdict body_write(void *context, const void *data, size_t length_bytes)
{
	struct work *work = context;
	struct work_body *body = work->body;
	size_t room = sizeof body->head - body->head_bytes;
	size_t taken = length_bytes < room ? length_bytes : room;
	enum body_verdict verdict;

	if (body->is_known)
		return write_through(work, data, length_bytes);
	memcpy(body->head + body->head_bytes, data, taken);
	body->head_bytes += taken;
	verdict = sniff(work, false);
	if (verdict != BODY_CONTINUE || !body->is_known || taken == length_bytes)
		return verdict;
	return write_through(work, (const char *)data + taken, length_bytes - taken);
}

static enum body_verdict body_end(void *context)
{
	struct work *work = context;

	return work->body->is_known || !work->body->head_bytes ? BODY_CONTINUE : sniff(work, true);
}

/* --- asking -------------------------------------------------------------------------------------
 */

void work_ask(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	bool is_conditional = work->entry.has_object && !work->was_asked_plainly;
	bool is_quick = pipeline_is_quick(pipeline);
	struct fetch_request request = {
		.url = work->wire,
		.entity_tag = is_conditional ? work->entry.entity_tag : NULL,
		.last_modified = is_conditional ? work->entry.last_modified : NULL,
		.validators_url = is_conditional ? work->entry.final_url : NULL,
		.first_bytes = is_quick && !work->was_part_too_short ? WORK_HEADER_BYTES : 0,
		.sink = is_quick ? work_header_sink(work)
				 : (struct body_sink){work, body_begin, body_write, body_end},
		.owner = work,
		.may_start =
			is_quick || work->has_lease || work->is_impatient ? NULL : work_may_start,
	};

	if (pipeline->is_full || pipeline_need_fetcher(pipeline) < 0) {
		work_enter(work, WORK_DONE);
		return;
	}
	work_enter(work, WORK_FETCHING);
	fetcher_submit(pipeline->fetcher, &request);
}

static void note_redirect(struct work *work, const char *final_url, bool is_permanent)
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

	note_redirect(work, work->entry.final_url, work->entry.is_permanent_redirect);
	note_type(work, &work->entry.fields);
	asset->checked_s = work->entry.checked_s;
	asset->source = source;
	asset->object = work->entry.object;
	asset->has_object = true;
	asset->bytes = work->entry.object_bytes;
	asset->http_status = work->entry.status;
	work_enter(work, WORK_READY);
}

/* The last good bytes stand in: for a failure that will pass, or without a network. */
void work_use_stale(struct work *work, const char *why)
{
	struct buf age = BUF_INIT(64);

	human_age(&age, work->pipeline->now_s - work->entry.last_success_s);
	work->is_stale = true;
	work->asset->failing_since_s = work->entry.first_failure_s;
	work_add_finding(work, FINDING_STALE_USED, "%s; used the copy of %s ago", why,
			 buf_string(&age));
	buf_release(&age);
	work_use_entry(work, ASSET_FROM_CACHE);
}

void work_fetch_again(struct work *work)
{
	work->was_asked_plainly = true;
	work->asset->has_object = false;
	work_ask(work);
}

/* --- failures -----------------------------------------------------------------------------------
 */

struct failure {
	enum finding_code code;
	enum cache_failure kind;
	bool will_pass;   /* the last good bytes may stand in (RFC 5861, stale-if-error) */
	bool is_own_rule; /* a setting of this run decided: not remembered */
};

static struct failure failure_of_status(int status)
{
	if (status == 404 || status == 410)
		return (struct failure){FINDING_GONE, CACHE_FAILURE_GONE, false, false};
	if (status >= 500 || status == 408 || status == 425)
		return (struct failure){FINDING_HTTP_ERROR, CACHE_FAILURE_TEMPORARY, true, false};
	return (struct failure){FINDING_HTTP_ERROR, CACHE_FAILURE_OTHER, false, false};
}

static struct failure failure_of(const struct fetch_response *response)
{
	static const struct failure failures[] = {
		[FETCH_BLOCKED] = {FINDING_BLOCKED, CACHE_FAILURE_BLOCKED, true, false},
		[FETCH_DNS] = {FINDING_DNS, CACHE_FAILURE_DNS, true, false},
		[FETCH_CONNECT] = {FINDING_CONNECT, CACHE_FAILURE_TEMPORARY, true, false},
		[FETCH_TIMEOUT] = {FINDING_TIMEOUT, CACHE_FAILURE_TEMPORARY, true, false},
		[FETCH_TLS] = {FINDING_TLS, CACHE_FAILURE_OTHER, true, false},
		[FETCH_REDIRECT_LOOP] = {FINDING_REDIRECT_LOOP, CACHE_FAILURE_OTHER, false, false},
		[FETCH_DOWNGRADE] = {FINDING_DOWNGRADE, CACHE_FAILURE_OTHER, false, true},
		[FETCH_TOO_LARGE] = {FINDING_TOO_LARGE, CACHE_FAILURE_OTHER, false, true},
		[FETCH_REFUSED_BY_SINK] = {FINDING_NOT_AN_IMAGE, CACHE_FAILURE_NOT_AN_IMAGE, false,
					   false},
		[FETCH_TRUNCATED] = {FINDING_TRUNCATED, CACHE_FAILURE_TEMPORARY, true, false},
		[FETCH_EMPTY] = {FINDING_EMPTY, CACHE_FAILURE_NOT_AN_IMAGE, false, false},
		[FETCH_FORBIDDEN_ADDRESS] = {FINDING_FORBIDDEN_ADDRESS, CACHE_FAILURE_OTHER, false,
					     true},
		[FETCH_BAD_URL] = {FINDING_BAD_URL, CACHE_FAILURE_OTHER, false, true},
		[FETCH_BAD_REDIRECT] = {FINDING_HTTP_ERROR, CACHE_FAILURE_OTHER, false, false},
		[FETCH_PROTOCOL] = {FINDING_HTTP_ERROR, CACHE_FAILURE_TEMPORARY, true, false},
	};

	if (response->outcome == FETCH_HTTP_ERROR)
		return failure_of_status(response->status);
	return failures[response->outcome];
}

/* Of the answer, or of there being none. */
static int64_t time_of(const struct fetch_response *response)
{
	return response->response_time_s ? response->response_time_s : clock_wall_s();
}

static void remember_failure(struct work *work, const struct fetch_response *response,
			     const struct failure *failure, const char *message)
{
	struct pipeline *pipeline = work->pipeline;
	struct cache_failure_report report = {
		.url = work->wire,
		.failure = failure->kind,
		.code = finding_code_name(failure->code),
		.message = message,
		.status = response->status,
		.fields = response->status ? &response->fields : NULL,
		.now_s = time_of(response),
		.not_before_s = response->not_before_s,
	};
	int error;

	if (failure->is_own_rule)
		return;
	error = cache_store_failure(pipeline->cache, &report, pipeline->fault);
	if (error)
		pipeline_fail(pipeline, error);
}

static void take_failure(struct work *work, const struct fetch_response *response)
{
	struct failure failure = failure_of(response);
	struct asset *asset = work->asset;
	const char *message = response->message;
	char *other = NULL;

	if (response->outcome == FETCH_REFUSED_BY_SINK && work->body)
		message = other = alloc_printf("the server sent %s", work->body->other);
	asset->source = ASSET_FROM_NETWORK;
	asset->http_status = response->status;
	asset->checked_s = time_of(response);
	asset->failing_since_s =
		work->entry.failure_streak ? work->entry.first_failure_s : asset->checked_s;
	remember_failure(work, response, &failure, message);
	if (failure.will_pass && work->entry.has_object && !work->entry.must_revalidate &&
	    !work->pipeline->options->is_check) {
		work_use_stale(work, message);
	} else {
		note_redirect(work, response->final_url, false);
		asset->has_last_good = work->entry.has_object;
		asset->last_good = work->entry.object;
		work_add_finding(work, failure.code, "%s", message);
		work_enter(work, WORK_DONE);
	}
	free(other);
}

/* The host's wish is no failure. `build` goes on with what it has; `check` has not looked. */
static void settle_deferred(struct work *work, const char *message)
{
	work_add_finding(work, FINDING_DEFERRED, "%s", message);
	if (work->entry.has_object && !work->entry.must_revalidate &&
	    !work->pipeline->options->is_check) {
		work_use_stale(work, message);
		return;
	}
	work->asset->has_last_good = work->entry.has_object;
	work->asset->last_good = work->entry.object;
	work_enter(work, WORK_DONE);
}

/* An earlier run was told to come back later than now. */
bool work_is_still_deferred(const struct work *work)
{
	return work->entry.failure == CACHE_FAILURE_DEFERRED &&
	       work->entry.not_before_s > work->pipeline->now_s &&
	       !work->pipeline->settings->refresh;
}

/* The pause is the host's: nothing else of it is asked either. */
void work_keep_deferred(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;

	work->asset->http_status = work->entry.failure_status;
	work->asset->checked_s = work->entry.checked_s;
	if (!pipeline->settings->offline && pipeline_need_fetcher(pipeline) == 0)
		fetcher_defer_host(pipeline->fetcher, work->wire, work->entry.not_before_s);
	settle_deferred(work, work->entry.failure_message);
}

void work_take_remembered_failure(struct work *work)
{
	struct cache_entry *entry = &work->entry;
	enum finding_code code = FINDING_HTTP_ERROR;

	work->asset->http_status = entry->failure_status;
	work->asset->checked_s = entry->checked_s;
	work->asset->failing_since_s = entry->first_failure_s;
	if (entry->failure_code)
		finding_code_parse(entry->failure_code, &code);
	if (entry->has_object && !entry->must_revalidate && code != FINDING_GONE &&
	    code != FINDING_NOT_AN_IMAGE && code != FINDING_EMPTY &&
	    !work->pipeline->options->is_check) {
		work_use_stale(work, entry->failure_message);
		return;
	}
	work->asset->source = ASSET_FROM_CACHE;
	work->asset->has_last_good = entry->has_object;
	work->asset->last_good = entry->object;
	work->pipeline->report->totals.from_cache++;
	work_add_finding(work, code, "%s", entry->failure_message);
	work_enter(work, WORK_DONE);
}

/* --- answers ------------------------------------------------------------------------------------
 */

static struct cache_response stored_response(const struct work *work,
					     const struct fetch_response *response)
{
	return (struct cache_response){
		.url = work->wire,
		.final_url = response->final_url,
		.is_permanent_redirect = response->is_permanent,
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
	note_redirect(work, response->final_url, response->is_permanent);
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
	work_ask(work);
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
		work_ask(work);
	}
}

static void take_deferred(struct work *work, struct fetch_response *response)
{
	struct failure failure = {FINDING_DEFERRED, CACHE_FAILURE_DEFERRED, true, false};

	work->asset->http_status = response->status;
	remember_failure(work, response, &failure, response->message);
	settle_deferred(work, response->message);
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
	case FETCH_WITHDRAWN:
		work_take_withdrawn(work);
		break;
	case FETCH_DEFERRED:
		take_deferred(work, response);
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
			take_failure(work, response);
	}
	work_body_free(work);
}
