#include "ages.h"

static int64_t seconds_of(int64_t age_ms)
{
	return age_ms == INT64_MAX ? INT64_MAX : age_ms / 1000;
}

struct cache_policy ages_policy(const struct settings *settings)
{
	return (struct cache_policy){
		.min_age_s = seconds_of(settings->min_age_ms),
		.max_age_s =
			settings->max_age_ms < 0 ? INT64_MAX : seconds_of(settings->max_age_ms),
		.negative_age_s =
			settings->negative_age_ms < 0 ? -1 : seconds_of(settings->negative_age_ms),
	};
}
