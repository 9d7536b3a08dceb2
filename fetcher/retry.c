#include "retry.h"

#include <string.h>

#include "buf.h"
#include "http_date.h"

/* More than anyone lives to see, and far from overflow when added to a wall clock. */
#define RETRY_AFTER_SATURATED_S INT64_C(10000000000)

bool retry_is_status(int status)
{
	switch (status) {
	case 408:
	case 425:
	case 429:
	case 500:
	case 502:
	case 503:
	case 504:
		return true;
	}
	return false;
}

bool retry_is_throttling(int status)
{
	return status == 429 || status == 503;
}

/* The host says when to come back: no matter what its page looks like. */
static bool names_a_time(const struct retry_facts *facts)
{
	return facts->retry_after_s >= 0 && retry_is_status(facts->status);
}

static bool is_retryable(const struct retry_facts *facts)
{
	switch (facts->outcome) {
	case FETCH_TIMEOUT:
	case FETCH_TRUNCATED:
		return true;
	case FETCH_CONNECT:
		return facts->is_reset;
	case FETCH_HTTP_ERROR:
		return retry_is_status(facts->status);
	case FETCH_BLOCKED:
		return retry_is_status(facts->status) &&
		       (!facts->is_bot_wall || names_a_time(facts));
	default:
		return false;
	}
}

static int64_t backoff_ms(int64_t base_ms, unsigned retries, uint32_t random)
{
	int64_t most_ms = base_ms < 0 ? 0 : base_ms;

	for (unsigned i = 0; i < retries && most_ms < RETRY_MAX_BACKOFF_MS; i++)
		most_ms *= 2;
	if (most_ms > RETRY_MAX_BACKOFF_MS)
		most_ms = RETRY_MAX_BACKOFF_MS;
	return (int64_t)((uint64_t)random * (uint64_t)(most_ms + 1) >> 32);
}

struct retry_decision retry_decide(const struct retry_policy *policy,
				   const struct retry_facts *facts, uint32_t random)
{
	struct retry_decision decision = {.action = RETRY_NO};

	if (!is_retryable(facts))
		return decision;
	if (names_a_time(facts)) {
		if (facts->retry_after_s > RETRY_AFTER_MAX_S - facts->paused_s) {
			decision.action = RETRY_DEFER;
			return decision;
		}
		decision.pause_ms = facts->retry_after_s * 1000;
	}
	if (facts->retries >= policy->max_retries)
		return decision;
	decision.action = RETRY_LATER;
	decision.wait_ms = decision.pause_ms ? decision.pause_ms
					     : backoff_ms(policy->base_ms, facts->retries, random);
	return decision;
}

static bool parse_delay(struct slice text, int64_t *ret_s)
{
	int64_t seconds = 0;

	if (!text.length_bytes)
		return false;
	for (size_t i = 0; i < text.length_bytes; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		seconds = seconds * 10 + (text.data[i] - '0');
		if (seconds > RETRY_AFTER_SATURATED_S)
			seconds = RETRY_AFTER_SATURATED_S;
	}
	*ret_s = seconds;
	return true;
}

int64_t retry_after_parse(const char *value, int64_t now_s)
{
	int64_t seconds, date_s;
	struct slice text;

	if (!value)
		return -1;
	text = slice_trim(slice_of(value));
	if (parse_delay(text, &seconds))
		return seconds;
	if (!http_date_parse(text.data, text.length_bytes, now_s, &date_s))
		return -1;
	if (date_s <= now_s)
		return 0;
	return date_s - now_s > RETRY_AFTER_SATURATED_S ? RETRY_AFTER_SATURATED_S : date_s - now_s;
}
