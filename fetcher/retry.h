/*
 * retry.h: whether a failed attempt is made again, and when. Pure: outcome, time and randomness in,
 * decision out.
 *
 * Repeated are: timeouts, resets, truncated bodies, and the statuses 408, 425, 429, 500, 502, 503
 * and 504. Nothing that would fail the same way again. The pause is drawn from 0..base * 2^n ("full
 * jitter"), at most 30 s; a Retry-After (RFC 9110 section 10.2.3) replaces it, and is the whole
 * host's pause. One of more than 120 s, or several in a row that come to more, end the URL as
 * FETCH_DEFERRED.
 */
#ifndef RETRY_H
#define RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "fetcher.h"

#define RETRY_MAX_BACKOFF_MS 30000
#define RETRY_AFTER_MAX_S 120

struct retry_policy {
	unsigned max_retries;
	int64_t base_ms;
};

/* One attempt's end. */
struct retry_facts {
	enum fetch_outcome outcome;
	int status;
	bool is_reset;         /* FETCH_CONNECT: the connection broke after it was made */
	bool is_bot_wall;      /* FETCH_BLOCKED: a challenge, which no repetition solves */
	unsigned retries;      /* made for this hop so far */
	int64_t retry_after_s; /* -1: none */
	int64_t paused_s;      /* so long the host has paused since its last good answer */
	bool is_lost; /* FETCH_CONNECT: what answered before refuses, or cannot be reached */
};

/* Of an answer that is asked for again, and whose Retry-After counts. */
bool retry_is_status(int status);
/* The host is asked too much: 429 and 503. */
bool retry_is_throttling(int status);

enum retry_action { RETRY_NO, RETRY_LATER, RETRY_DEFER };

struct retry_decision {
	enum retry_action action;
	int64_t wait_ms;  /* RETRY_LATER: of this URL */
	int64_t pause_ms; /* of the whole host; 0: none. May come with RETRY_NO too */
};

struct retry_decision retry_decide(const struct retry_policy *policy,
				   const struct retry_facts *facts, uint32_t random);
/* Seconds from `now_s`, by the clock of who wrote it, saturated; -1 for junk or NULL. A date in the
 * past gives 0. */
int64_t retry_after_parse(const char *value, int64_t now_s);

#endif
