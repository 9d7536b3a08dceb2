#include "freshness.h"

#include <string.h>

#include "buf.h"
#include "cache_control.h"
#include "cleanup.h"
#include "clock.h"
#include "http_date.h"

#define MINUTE_S INT64_C(60)
#define HOUR_S (60 * MINUTE_S)

/* RFC 9111 section 4.2.2 suggests 10 %; the cap keeps old files from being fresh for years. */
#define HEURISTIC_MAX_S (7 * CLOCK_DAY_S)
/* A clock may be corrected by this much without entries losing their freshness. */
#define CLOCK_SLACK_S (5 * MINUTE_S)

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool date_of(const struct http_fields *fields, const char *name, int64_t now_s,
		    int64_t *ret_s)
{
	const char *value = http_fields_get(fields, name);

	return value && http_date_parse(value, strlen(value), now_s, ret_s);
}

/* A response without a valid Date counts as made when it came (RFC 9110 section 6.6.1). */
static int64_t date_value(const struct http_fields *fields, int64_t response_time_s)
{
	int64_t date_s;

	return date_of(fields, "Date", response_time_s, &date_s) ? date_s : response_time_s;
}

/* RFC 9110 section 15.1. */
static bool is_heuristically_cacheable(int status)
{
	static const int statuses[] = {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501};

	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (statuses[i] == status)
			return true;
	return false;
}

bool freshness_forbids_storing(int status, const struct http_fields *fields)
{
	struct cache_control control;

	cache_control_parse(fields, &control);
	return control.no_store && !(control.must_understand && is_heuristically_cacheable(status));
}

bool freshness_varies_by_all(const struct http_fields *fields)
{
	CLEANUP(buf_release) struct buf joined = BUF_INIT(BUF_UNLIMITED);
	struct slice value, element;
	size_t offset = 0;

	if (!http_fields_list(fields, "Vary", &joined, &value))
		return false;
	while (http_list_next(value.data, value.length_bytes, &offset, &element))
		if (slice_equals(element, "*"))
			return true;
	return false;
}

static int64_t explicit_lifetime(const struct cache_control *control,
				 const struct http_fields *fields, int64_t response_time_s)
{
	int64_t expires_s;

	if (control->has_max_age)
		return control->max_age_s;
	if (!http_fields_get(fields, "Expires"))
		return -1;
	/* "0" and other invalid dates mean "already expired" (section 5.3). */
	if (!date_of(fields, "Expires", response_time_s, &expires_s))
		return 0;
	return most(0, expires_s - date_value(fields, response_time_s));
}

/* Section 5.1: of several values the first counts; one that is no number is ignored. */
static int64_t age_value(const struct http_fields *fields)
{
	const char *value = http_fields_get(fields, "Age");
	struct slice first;
	size_t offset = 0;
	int64_t age_s;

	if (!value || !http_list_next(value, strlen(value), &offset, &first))
		return 0;
	return delta_seconds_parse(first, &age_s) ? age_s : 0;
}

int64_t freshness_explicit_lifetime(const struct http_fields *fields, int64_t response_time_s)
{
	struct cache_control control;
	int64_t lifetime_s;

	cache_control_parse(fields, &control);
	/* Both forbid reuse without asking. */
	if (control.no_cache || control.no_store)
		return 0;
	lifetime_s = explicit_lifetime(&control, fields, response_time_s);
	return lifetime_s < 0 ? -1 : most(0, lifetime_s - age_value(fields));
}

int64_t freshness_of_redirect(int status, const struct http_fields *fields, int64_t response_time_s)
{
	int64_t lifetime_s = freshness_explicit_lifetime(fields, response_time_s);

	if (freshness_varies_by_all(fields))
		return 0;
	if (lifetime_s >= 0)
		return lifetime_s;
	return is_heuristically_cacheable(status) ? INT64_MAX : 0;
}

int64_t freshness_of_stored_redirect(const struct freshness_input *input,
				     const struct cache_policy *policy, int64_t now_s)
{
	int64_t age_s = now_s - input->response_time_s;
	int64_t lifetime_s = input->redirect_lifetime_s == INT64_MAX ? HEURISTIC_MAX_S
								     : input->redirect_lifetime_s;

	if (!input->was_redirected || policy->refresh || age_s < -CLOCK_SLACK_S)
		return 0;
	return most(0, least(lifetime_s, policy->max_age_s) - most(0, age_s));
}

static int64_t heuristic_lifetime(int status, const struct cache_control *control,
				  const struct http_fields *fields, int64_t response_time_s)
{
	int64_t modified_s;

	if (!is_heuristically_cacheable(status) && !control->is_public)
		return 0;
	if (!date_of(fields, "Last-Modified", response_time_s, &modified_s))
		return 0;
	modified_s = date_value(fields, response_time_s) - modified_s;
	return least(most(0, modified_s / 10), HEURISTIC_MAX_S);
}

/* Section 4.2.3, with its names. */
static int64_t current_age(const struct freshness_input *input, int64_t now_s)
{
	int64_t date_s = date_value(input->fields, input->response_time_s);
	int64_t apparent_age_s = most(0, input->response_time_s - date_s);
	int64_t response_delay_s = most(0, input->response_time_s - input->request_time_s);
	int64_t corrected_age_value_s = age_value(input->fields) + response_delay_s;
	int64_t corrected_initial_age_s = most(apparent_age_s, corrected_age_value_s);

	return corrected_initial_age_s + most(0, now_s - input->response_time_s);
}

/* A time from the response's arrival on as an age, which counts what it came with, too. */
static int64_t as_age(int64_t since_arrival_s, int64_t initial_age_s)
{
	return since_arrival_s > INT64_MAX - initial_age_s ? INT64_MAX
							   : since_arrival_s + initial_age_s;
}

/* The way to the response ages from its arrival on. */
static int64_t bounded_by_redirects(int64_t lifetime_s, int64_t initial_age_s,
				    const struct freshness_input *input)
{
	if (!input->was_redirected)
		return lifetime_s;
	return least(lifetime_s, as_age(input->redirect_lifetime_s, initial_age_s));
}

/* The user's bounds count from when the origin was asked: a proxy's Age of months neither shortens
 * --min-age nor makes --max-age ask for ever. */
static int64_t raised(int64_t lifetime_s, int64_t initial_age_s, const struct cache_policy *policy)
{
	if (policy->min_age_s <= 0)
		return lifetime_s;
	return most(lifetime_s, as_age(policy->min_age_s, initial_age_s));
}

/* Not what the user's own --max-age calls too old. */
static bool may_be_used_meanwhile(const struct cache_control *control,
				  const struct cache_policy *policy,
				  const struct freshness *freshness, int64_t resident_s)
{
	if (control->no_cache || control->must_revalidate || policy->refresh)
		return false;
	return freshness->age_s - freshness->lifetime_s < control->stale_while_revalidate_s &&
	       resident_s < policy->max_age_s;
}

/* Without stale-if-error nothing bounds how stale (RFC 9111 section 4.2.4). It counts from the end
 * of the response's own lifetime: --max-age and the way to it only say when to ask again. */
static bool must_revalidate(const struct cache_control *control, int64_t stale_s)
{
	return control->must_revalidate || control->no_cache ||
	       (control->stale_if_error_s >= 0 && stale_s > control->stale_if_error_s);
}

void freshness_evaluate(const struct freshness_input *input, const struct cache_policy *policy,
			int64_t now_s, struct freshness *ret_freshness)
{
	struct freshness result = {0};
	struct cache_control control;
	int64_t resident_s = most(0, now_s - input->response_time_s), initial_age_s, own_lifetime_s;
	bool clock_was_set_back = now_s < input->response_time_s - CLOCK_SLACK_S;
	bool is_answer_to_us =
		policy->answered_since_s && input->response_time_s >= policy->answered_since_s;
	bool varies_by_all = freshness_varies_by_all(input->fields), must_be_asked;

	cache_control_parse(input->fields, &control);
	result.lifetime_s = explicit_lifetime(&control, input->fields, input->response_time_s);
	if (result.lifetime_s < 0)
		result.lifetime_s = heuristic_lifetime(input->status, &control, input->fields,
						       input->response_time_s);
	result.age_s = current_age(input, now_s);
	initial_age_s = result.age_s - resident_s;
	own_lifetime_s = raised(result.lifetime_s, initial_age_s, policy);
	result.lifetime_s = bounded_by_redirects(result.lifetime_s, initial_age_s, input);
	result.lifetime_s = raised(result.lifetime_s, initial_age_s, policy);
	result.lifetime_s = least(result.lifetime_s, as_age(policy->max_age_s, initial_age_s));
	result.must_revalidate = must_revalidate(&control, result.age_s - own_lifetime_s);
	/* Whatever the server says, the user said --min-age. */
	must_be_asked = (control.no_cache || varies_by_all) && resident_s >= policy->min_age_s;
	result.is_fresh = result.lifetime_s > result.age_s && !must_be_asked && !policy->refresh;
	result.is_fresh =
		(result.is_fresh || (is_answer_to_us && !varies_by_all)) && !clock_was_set_back;
	result.may_be_used_meanwhile =
		!result.is_fresh && may_be_used_meanwhile(&control, policy, &result, resident_s) &&
		!clock_was_set_back && !varies_by_all;
	*ret_freshness = result;
}

/* 5 min, doubled by each further failure in a row, to 6 h. */
static int64_t doubled(unsigned streak)
{
	int64_t memory_s = 5 * MINUTE_S;

	while (streak-- > 1 && memory_s < 6 * HOUR_S)
		memory_s *= 2;
	return least(memory_s, 6 * HOUR_S);
}

static int64_t default_memory(const struct failure_memory *memory)
{
	switch (memory->failure) {
	case CACHE_FAILURE_NONE:
	case CACHE_FAILURE_DEFERRED:
		return 0;
	case CACHE_FAILURE_GONE:
	case CACHE_FAILURE_NOT_AN_IMAGE:
		return CLOCK_DAY_S;
	case CACHE_FAILURE_BLOCKED:
		return 6 * HOUR_S;
	case CACHE_FAILURE_TEMPORARY:
		return doubled(memory->streak);
	case CACHE_FAILURE_DNS:
	case CACHE_FAILURE_OTHER:
		break;
	}
	return HOUR_S;
}

bool failure_is_to_come(int64_t last_failure_s, int64_t now_s)
{
	return now_s < last_failure_s - CLOCK_SLACK_S;
}

bool failure_is_remembered(const struct failure_memory *memory, const struct cache_policy *policy,
			   int64_t now_s)
{
	int64_t memory_s;

	if (memory->failure == CACHE_FAILURE_NONE)
		return false;
	if (policy->answered_since_s && memory->last_failure_s >= policy->answered_since_s)
		return true;
	if (policy->refresh || policy->ignore_failures)
		return false;
	if (failure_is_to_come(memory->last_failure_s, now_s))
		return false;
	if (now_s < memory->not_before_s)
		return true;
	if (memory->failure == CACHE_FAILURE_DEFERRED)
		return false;
	if (memory->request_digest && policy->request_digest &&
	    memory->request_digest != policy->request_digest)
		return false;
	memory_s = memory->explicit_lifetime_s;
	if (policy->negative_age_s >= 0)
		memory_s = policy->negative_age_s;
	else if (memory_s >= 0)
		memory_s = least(memory_s, policy->max_age_s);
	else
		memory_s = default_memory(memory);
	return now_s - memory->last_failure_s < memory_s;
}
