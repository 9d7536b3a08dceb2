/*
 * freshness.h: may a stored response be used without asking, and when is a failure due again?
 *
 * RFC 9111 sections 4.2.1 to 4.2.4 for a private cache. Pure: the stored values, the policy and the
 * time go in, a verdict comes out; no clock, no disk.
 */
#ifndef FRESHNESS_H
#define FRESHNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cache.h"
#include "http_field.h"

struct freshness_input {
	int status;
	const struct http_fields *fields;
	int64_t request_time_s, response_time_s;
	bool was_redirected;
	int64_t redirect_lifetime_s; /* from response_time_s; see freshness_of_redirect() */
};

struct freshness {
	int64_t lifetime_s; /* after the policy's clamps */
	int64_t age_s;
	bool is_fresh;
	bool may_be_used_meanwhile; /* stale-while-revalidate (RFC 5861 section 3) */
	/* By must-revalidate or no-cache, or staler than stale-if-error allows (RFC 5861
	 * section 4). */
	bool must_revalidate;
};

void freshness_evaluate(const struct freshness_input *input, const struct cache_policy *policy,
			int64_t now_s, struct freshness *ret_freshness);

/* The lifetime that the response itself states, by max-age or Expires, less its Age; -1 when it
 * states none. */
int64_t freshness_explicit_lifetime(const struct http_fields *fields, int64_t response_time_s);

/* How long a redirect may be followed without asking: as it states; else for ever when it is
 * permanent (INT64_MAX), and not at all when it is temporary (RFC 9110 section 15.4.3) or varies by
 * what no request says ("Vary: *"). */
int64_t freshness_of_redirect(int status, const struct http_fields *fields,
			      int64_t response_time_s);

/* For how long from now on the redirects to a stored response may still be followed without asking;
 * 0: they are to be asked. One that states no lifetime counts for a week at most, as other
 * heuristics do. */
int64_t freshness_of_stored_redirect(const struct freshness_input *input,
				     const struct cache_policy *policy, int64_t now_s);

/* no-store is in force: not when must-understand stands beside it and the status is one that we
 * know how to cache (RFC 9111 section 5.2.2.3). */
bool freshness_forbids_storing(int status, const struct http_fields *fields);

/* A list that contains "*" (RFC 9110 section 12.5.5): no request will ever match. */
bool freshness_varies_by_all(const struct http_fields *fields);

/* What is remembered of a failure. */
struct failure_memory {
	enum cache_failure failure;
	int64_t last_failure_s;
	int64_t not_before_s;        /* 0: none */
	int64_t explicit_lifetime_s; /* -1: none */
	unsigned streak;             /* failures in a row, this one counted */
	uint64_t request_digest;     /* 0: not known */
};

/* The clock stands before the failure: it was set back since, and all that was said of times is
 * void. */
bool failure_is_to_come(int64_t last_failure_s, int64_t now_s);

/* Still remembered: the origin need not be asked now. One that is to come is due. */
bool failure_is_remembered(const struct failure_memory *memory, const struct cache_policy *policy,
			   int64_t now_s);

#endif
