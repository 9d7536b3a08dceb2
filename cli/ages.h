/*
 * ages.h: --min-age, --max-age and --negative-age, as the cache is asked by them.
 */
#ifndef AGES_H
#define AGES_H

#include "cache.h"
#include "settings.h"

/* All else of the policy is blank: nothing is refreshed, no request's fields are compared. */
struct cache_policy ages_policy(const struct settings *settings);

#endif
