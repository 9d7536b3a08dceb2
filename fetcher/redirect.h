/*
 * redirect.h: what to do with a response whose status is 301, 302, 303, 307 or 308 (RFC 9110
 * section 15.4). Pure: URLs in, decision out. Where the decision is to follow, the target still has
 * to pass admission and its own host's queue.
 */
#ifndef REDIRECT_H
#define REDIRECT_H

#include <stdbool.h>
#include <stddef.h>

#include "fetcher.h"
#include "http_field.h"
#include "url.h"

struct redirect_policy {
	unsigned max_redirects;
	bool allow_downgrade;
};

bool redirect_is_status(int status);
bool redirect_is_permanent(int status); /* 301, 308 */

/* FETCH_OK with *ret_target filled (url_release() it): follow. Else the URL's outcome, and
 * *ret_message (a constant). `hops` are the URLs that redirected before `from`; `fields` have the
 * Location. Several that differ lead nowhere (Fetch standard, "location URL"). */
enum fetch_outcome redirect_decide(const struct redirect_policy *policy, const struct url *from,
				   const struct fetch_hop *hops, size_t n_hops,
				   const struct http_fields *fields, struct url *ret_target,
				   const char **ret_message);

#endif
