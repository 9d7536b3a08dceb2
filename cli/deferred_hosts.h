/*
 * deferred_hosts.h: hosts that asked to be left alone for longer than a run (Retry-After, RFC 9110
 * section 10.2.3), so that later runs keep it.
 *
 * An entry of the cache says it of one URL; the wish is the host's, and of a URL that redirects it
 * is another host's. So the cache has a document besides: a line "SECONDS HOST" each, SECONDS the
 * wall clock before which nothing is asked there, HOST as in the report ("example.org:8080").
 */
#ifndef DEFERRED_HOSTS_H
#define DEFERRED_HOSTS_H

#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "fetcher.h"

/* What earlier runs were told, and what is not over; before the first request. */
int deferred_hosts_apply(struct cache *cache, struct fetcher *fetcher, int64_t now_s,
			 struct fault *fault);
/* What the hosts of this run said. One that was asked and did not repeat its wish has none. */
int deferred_hosts_keep(struct cache *cache, const struct fetch_host_stats *hosts, size_t n_hosts,
			int64_t now_s, struct fault *fault);

#endif
