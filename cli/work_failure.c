#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "work.h"

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
		/* The picture was not removed, the URL alone is of no use: its bytes are kept. */
		[FETCH_BAD_SIGNATURE] = {FINDING_HTTP_ERROR, CACHE_FAILURE_BLOCKED, true, false},
		[FETCH_REMOVED] = {FINDING_GONE, CACHE_FAILURE_GONE, false, false},
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
		.request_digest = work_request(work)->digest,
	};
	int error;

	if (failure->is_own_rule)
		return;
	error = cache_store_failure(pipeline->cache, &report, pipeline->fault);
	if (error)
		pipeline_fail(pipeline, error);
}

/* Of an image that has no bytes now. */
static void keep_last_good(struct work *work)
{
	work->asset->has_last_good = work->entry->has_object;
	work->asset->object = work->entry->object;
}

int64_t work_failing_since(const struct work *work)
{
	int64_t first_s = work->entry->first_failure_s, checked_s = work->asset->checked_s;

	/* One that is to come dates from a clock that was wrong. */
	return first_s && first_s <= checked_s ? first_s : checked_s;
}

/* What was wrong, in words. */
static char *reason_of(const struct work *work, const struct fetch_response *response)
{
	char other[200];

	if (response->outcome != FETCH_REFUSED_BY_SINK || !work->body)
		return alloc_string(response->message);
	work_body_describe(work->body, http_fields_get(&response->fields, "Content-Type"), other,
			   sizeof other);
	return alloc_printf("the server sent %s", other);
}

/* Where a redirect leads that was not followed; NULL: nowhere, or a password may be in it. */
static const char *refused_target(const struct fetch_response *response)
{
	const char *location = http_fields_get(&response->fields, "Location");

	if (response->outcome != FETCH_BAD_REDIRECT && response->outcome != FETCH_DOWNGRADE &&
	    response->outcome != FETCH_REMOVED)
		return NULL;
	return location && *location && !strchr(location, '@') ? location : NULL;
}

/* And where: the URL in the article is not the one that failed. */
static char *message_of(const struct work *work, const struct fetch_response *response)
{
	CLEANUP(cleanup_free) char *reason = reason_of(work, response);
	const char *target = refused_target(response);

	if (target)
		return alloc_printf("%s: %s", reason, target);
	if (response->n_hops)
		return alloc_printf("%s (redirected to %s)", reason, response->final_url);
	return alloc_string(reason);
}

/* May the stored bytes be used for those that did not come? Not to check, and none that are broken
 * themselves: then the failure is all there is to say. */
static bool may_stand_in(const struct work *work)
{
	return work->entry->has_object && !work->entry->must_revalidate &&
	       !work->pipeline->options->is_check && !work_is_known_broken(work);
}

void work_take_failure(struct work *work, const struct fetch_response *response)
{
	struct failure failure = failure_of(response);
	struct asset *asset = work->asset;
	CLEANUP(cleanup_free) char *message = message_of(work, response);

	asset->source = ASSET_FROM_NETWORK;
	asset->http_status = response->status;
	asset->checked_s = time_of(response);
	if (!failure.is_own_rule)
		asset->failing_since_s = work_failing_since(work);
	remember_failure(work, response, &failure, message);
	if (failure.will_pass && may_stand_in(work)) {
		work_use_stale(work, message);
	} else {
		work_note_redirect(work, response->final_url, false);
		keep_last_good(work);
		work_add_finding(work, failure.code, "%s", message);
		work_enter(work, WORK_DONE);
	}
}

/* The host's wish is no failure. `build` goes on with what it has; `check` has not looked. */
static void settle_deferred(struct work *work, const char *message)
{
	work_add_finding(work, FINDING_DEFERRED, "%s", message);
	if (may_stand_in(work)) {
		work_use_stale(work, "its host asks to come back later");
		return;
	}
	keep_last_good(work);
	work_enter(work, WORK_DONE);
}

/* Later runs keep these words. The host may be one that a redirect led to. */
static char *deferral_of(const struct fetch_response *response)
{
	const char *host = response->final_url + strcspn(response->final_url, "/");
	int64_t latest_s = clock_wall_s() + CACHE_NOT_BEFORE_MAX_S;
	char until[CLOCK_RFC3339_BYTES];

	host += strspn(host, "/");
	clock_format(response->not_before_s < latest_s ? response->not_before_s : latest_s, until);
	return alloc_printf("%.*s asks to come back later than this run: not before %s",
			    (int)strcspn(host, "/"), host, until);
}

void work_take_deferred(struct work *work, const struct fetch_response *response)
{
	struct failure failure = {FINDING_DEFERRED, CACHE_FAILURE_DEFERRED, true, false};
	CLEANUP(cleanup_free) char *message = deferral_of(response);

	work->asset->http_status = response->status;
	remember_failure(work, response, &failure, message);
	settle_deferred(work, message);
}

/* An earlier run was told to come back later than now. */
bool work_is_deferred(const struct work *work)
{
	return work->entry->failure == CACHE_FAILURE_DEFERRED &&
	       work->entry->not_before_s > work->pipeline->now_s &&
	       !work->pipeline->settings->refresh;
}

void work_keep_deferred(struct work *work)
{
	work_note_insecure(work);
	work->asset->http_status = work->entry->failure_status;
	work->asset->checked_s = work->entry->checked_s;
	settle_deferred(work, work->entry->failure_message);
}

/* As failure_of() has it: the run that met the failure is not to be contradicted by the next. */
static bool will_pass(const struct cache_entry *entry, enum finding_code code)
{
	switch (entry->failure) {
	case CACHE_FAILURE_TEMPORARY:
	case CACHE_FAILURE_BLOCKED:
	case CACHE_FAILURE_DNS:
		return true;
	default:
		return code == FINDING_TLS;
	}
}

void work_take_remembered_failure(struct work *work)
{
	const struct cache_entry *entry = work->entry;
	enum finding_code code = FINDING_HTTP_ERROR;

	work_note_insecure(work);
	work->asset->http_status = entry->failure_status;
	work->asset->checked_s = entry->checked_s;
	work->asset->failing_since_s = entry->first_failure_s;
	if (entry->failure_code)
		finding_code_parse(entry->failure_code, &code);
	if (will_pass(entry, code) && may_stand_in(work)) {
		work_use_stale(work, entry->failure_message);
		return;
	}
	work->asset->source = ASSET_FROM_CACHE;
	keep_last_good(work);
	work->pipeline->report->totals.from_cache++;
	work_add_finding(work, code, "%s", entry->failure_message);
	work_enter(work, WORK_DONE);
}
