#include "work.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "log.h"

static const char *const state_names[WORK_STATE_COUNT] = {
	[WORK_WAITING] = "waiting",     [WORK_AWAITING] = "awaiting", [WORK_FETCHING] = "fetching",
	[WORK_FOLLOWING] = "following", [WORK_READY] = "ready",       [WORK_PARKED] = "parked",
	[WORK_RENDERING] = "rendering", [WORK_DONE] = "done",
};

/* --- states -------------------------------------------------------------------------------------
 */

/* What was rendered goes first: it needs no room with the renderers, and is done in a moment. */
static void push_ready(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;

	work->next = work->was_rendered ? pipeline->ready_first : NULL;
	if (!pipeline->ready_first) {
		pipeline->ready_first = pipeline->ready_last = work;
	} else if (work->was_rendered) {
		pipeline->ready_first = work;
	} else {
		pipeline->ready_last->next = work;
		pipeline->ready_last = work;
	}
}

static void release_followers(struct work *work)
{
	struct work *follower = work->followers;

	work->followers = NULL;
	while (follower) {
		struct work *next = follower->next;

		work_follow(follower, work);
		follower = next;
	}
}

/* For the progress display: what was looked up, what needs a request, what has its answer. */
static void count_at_host(struct work *work, enum work_state state)
{
	struct host_load *load = work->load;

	if (!load)
		return;
	load->n_looked += work->state == WORK_WAITING;
	load->n_asked += state == WORK_FETCHING && work->state != WORK_FETCHING;
	load->n_done += state != WORK_FETCHING && work->state == WORK_FETCHING;
}

void work_enter(struct work *work, enum work_state state)
{
	log_trace("pipeline", "%s: %s -> %s", work->asset->url, state_names[work->state],
		  state_names[state]);
	count_at_host(work, state);
	work->state = state;
	if (state != WORK_FETCHING)
		work_end_lease(work);
	if (work->is_beside) {
		work->pipeline->n_beside -= state == WORK_READY || state == WORK_DONE;
		return;
	}
	if (state == WORK_READY)
		push_ready(work);
	if (state != WORK_DONE)
		return;
	work_note_insecure(work);
	work_drop_entry(work);
	work_drop_thumbs(work);
	if (!pipeline_is_quick(work->pipeline) || work_is_local(work))
		work_drop_facts(work);
	work->pipeline->n_done++;
	work->pipeline->n_broken += work->asset->status == ASSET_BROKEN;
	release_followers(work);
}

static void copy_finding(struct work *work, const struct finding *finding)
{
	switch (finding->code) {
	case FINDING_INSECURE:
	case FINDING_SIZE_MISMATCH:
	case FINDING_UNSIZED:
		return; /* of the leader's own spelling and references */
	default:
		work_add_finding(work, finding->code, "%s", finding->message);
	}
}

/* Of the request and its answer, whatever the bytes turn out to be. */
static bool is_of_answer(enum finding_code code)
{
	return code == FINDING_PERMANENT_REDIRECT || code == FINDING_STALE_USED ||
	       code == FINDING_SLOW || code == FINDING_DEFERRED;
}

static void copy_findings_of_answer(struct work *work, const struct asset *from)
{
	for (size_t i = 0; i < from->n_findings; i++)
		if (is_of_answer(from->findings[i].code))
			copy_finding(work, &from->findings[i]);
}

static char *copy_or_null(const char *text)
{
	return text ? alloc_string(text) : NULL;
}

void work_follow(struct work *work, const struct work *leader)
{
	struct asset *asset = work->asset;
	const struct asset *from = leader->asset;

	work_note_insecure(work);
	asset->source = from->source;
	asset->http_status = from->http_status;
	asset->failing_since_s = from->failing_since_s;
	asset->checked_s = from->checked_s;
	asset_set_final_url(asset, from->final_url);
	free(work->declared_type);
	work->declared_type = copy_or_null(leader->declared_type);
	work->is_type_final = leader->is_type_final;
	work->is_for_same_origin = leader->is_for_same_origin;
	work->is_for_same_site = leader->is_for_same_site;
	work->is_stale = leader->is_stale;
	work->was_rendered = leader->was_rendered;
	asset->has_object = from->has_object;
	asset->has_last_good = from->has_last_good;
	asset->object = from->object;
	asset->bytes = from->bytes;
	if (leader->facts) {
		work->facts = alloc_zeroed(1, sizeof *work->facts);
		*work->facts = *leader->facts;
	}
	if (from->status == ASSET_OK || from->status == ASSET_STALE) {
		copy_findings_of_answer(work, from);
		work_enter(work, WORK_READY);
		return;
	}
	asset->status = from->status;
	asset->type = from->type;
	asset->width_px = from->width_px;
	asset->height_px = from->height_px;
	for (size_t i = 0; i < from->n_findings; i++)
		copy_finding(work, &from->findings[i]);
	work_enter(work, WORK_DONE);
}

/* --- findings ---------------------------------------------------------------------------------
 */

static bool severity_override(const struct settings *settings, enum finding_code code,
			      enum severity *ret_severity)
{
	for (size_t i = 0; i < settings->n_severities; i++)
		if (!strcmp(settings->severities[i].code, finding_code_name(code)))
			return severity_parse(settings->severities[i].severity, ret_severity);
	return false;
}

struct finding *work_add_finding(struct work *work, enum finding_code code, const char *format, ...)
{
	struct asset *asset = work->asset;
	enum severity severity = finding_default_severity(code);
	struct finding *finding;
	va_list arguments;

	if (severity == SEVERITY_BROKEN)
		asset->status = ASSET_BROKEN;
	else if (severity == SEVERITY_BLOCKED)
		asset->status = ASSET_BLOCKED;
	severity_override(work->pipeline->settings, code, &severity);
	if (severity == SEVERITY_OFF)
		return NULL;
	va_start(arguments, format);
	finding = report_add_finding_of(work->pipeline->report, asset, code, format, arguments);
	va_end(arguments);
	finding->severity = severity;
	return finding;
}

/* Not when it is admitted: the findings of a hundred thousand that wait would be half of their
 * memory. */
void work_note_insecure(struct work *work)
{
	if (work->wire && !work->is_beside && !strncmp(work->wire, "http:", 5) &&
	    !asset_has_finding(work->asset, FINDING_INSECURE))
		work_add_finding(work, FINDING_INSECURE, "loaded over plain http");
}
