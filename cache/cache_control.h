/*
 * cache_control.h: the Cache-Control field of a response, as a private cache reads it.
 *
 * RFC 9111 section 5.2.2, RFC 5861. Names compare without case; arguments are
 * taken as tokens or quoted-strings; of a repeated directive the first counts (section 4.2.1); a
 * max-age that is no number is 0, so that invalid freshness is stale. Directives for shared caches
 * (s-maxage, proxy-revalidate) and unknown ones are skipped. Pure: values in, values out.
 */
#ifndef CACHE_CONTROL_H
#define CACHE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "http_field.h"

struct cache_control {
	bool no_store;
	bool no_cache; /* the qualified form too: what names single fields is read as all of them */
	bool must_revalidate;
	bool must_understand;
	bool is_public;
	bool has_max_age;
	int64_t max_age_s;                /* when has_max_age */
	int64_t stale_if_error_s;         /* -1: not given */
	int64_t stale_while_revalidate_s; /* -1: not given; 0: no number */
};

void cache_control_parse(const struct http_fields *fields, struct cache_control *ret_control);

/* delta-seconds (RFC 9111 section 1.2.2): digits only; what is too large counts as 2^31. */
#define DELTA_SECONDS_MAX INT64_C(2147483648)
bool delta_seconds_parse(struct slice text, int64_t *ret_s);

#endif
