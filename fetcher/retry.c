#include "retry.h"

#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "http_date.h"

/* More than anyone lives to see, and far from overflow when added to a wall clock. */
#define RETRY_AFTER_SATURATED_S INT64_C(10000000000)
/* A server, a WLAN or a VPN is there again in so many times the backoff's base, or twice that. */
#define TIMES_BASE_OF_LOSS 5
/* A longer text is no date. */
#define MOST_DATE_BYTES 64

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
		return facts->is_reset || facts->is_lost;
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
	if (decision.pause_ms)
		decision.wait_ms = decision.pause_ms;
	else if (facts->is_lost)
		decision.wait_ms = TIMES_BASE_OF_LOSS * policy->base_ms;
	else
		decision.wait_ms = backoff_ms(policy->base_ms, facts->retries, random);
	return decision;
}

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

static bool parse_delay(struct slice text, int64_t *ret_s)
{
	int64_t seconds = 0;

	if (!text.length_bytes)
		return false;
	for (size_t i = 0; i < text.length_bytes; i++) {
		if (!is_digit(text.data[i]))
			return false;
		seconds = seconds * 10 + (text.data[i] - '0');
		if (seconds > RETRY_AFTER_SATURATED_S)
			seconds = RETRY_AFTER_SATURATED_S;
	}
	*ret_s = seconds;
	return true;
}

/* "+0100": seconds east of Greenwich. */
static bool parse_zone_offset(struct slice zone, int64_t *ret_s)
{
	const char *digits = zone.data + 1;
	int64_t offset_s;

	if (zone.length_bytes != 5 || (zone.data[0] != '+' && zone.data[0] != '-'))
		return false;
	for (int i = 0; i < 4; i++)
		if (!is_digit(digits[i]))
			return false;
	offset_s = ((digits[0] - '0') * 10 + digits[1] - '0') * INT64_C(3600) +
		   ((digits[2] - '0') * 10 + digits[3] - '0') * INT64_C(60);
	*ret_s = zone.data[0] == '-' ? -offset_s : offset_s;
	return true;
}

/* Programs write the zone as e-mail has it (RFC 5322 section 3.3), where HTTP has "GMT" alone: it
 * leaves no doubt of the time that is meant. */
static bool parse_zone(struct slice zone, int64_t *ret_s)
{
	static const char *const names[] = {"UTC", "UT", "Z"};

	*ret_s = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (zone.length_bytes == strlen(names[i]) &&
		    !strncasecmp(zone.data, names[i], zone.length_bytes))
			return true;
	return parse_zone_offset(zone, ret_s);
}

static bool parse_date(struct slice text, int64_t now_s, int64_t *ret_s)
{
	CLEANUP(buf_release) struct buf in_gmt = BUF_INIT(MOST_DATE_BYTES);
	const char *blank = memrchr(text.data, ' ', text.length_bytes);
	int64_t offset_s;

	if (http_date_parse(text.data, text.length_bytes, now_s, ret_s))
		return true;
	if (!blank)
		return false;
	blank++;
	if (!parse_zone((struct slice){blank, (size_t)(text.data + text.length_bytes - blank)},
			&offset_s))
		return false;
	buf_append(&in_gmt, text.data, (size_t)(blank - text.data));
	buf_append_string(&in_gmt, "GMT");
	if (!http_date_parse(in_gmt.data, in_gmt.length_bytes, now_s, ret_s))
		return false;
	*ret_s -= offset_s;
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
	if (!parse_date(text, now_s, &date_s))
		return -1;
	if (date_s <= now_s)
		return 0;
	return date_s - now_s > RETRY_AFTER_SATURATED_S ? RETRY_AFTER_SATURATED_S : date_s - now_s;
}
