#include "host_stats.h"

#include <stdlib.h>

#include "alloc.h"

void host_stats_release(struct host_stats *stats)
{
	free(stats->samples_ms);
	*stats = (struct host_stats){0};
}

void host_stats_add_duration(struct host_stats *stats, int64_t duration_ms, uint32_t random)
{
	uint32_t clamped_ms = duration_ms < 0            ? 0
			      : duration_ms > UINT32_MAX ? UINT32_MAX
							 : (uint32_t)duration_ms;
	uint64_t at;

	stats->n_durations++;
	if (stats->n_samples < HOST_STATS_SAMPLES) {
		ALLOC_GROW(stats->samples_ms, stats->n_samples, stats->samples_capacity);
		stats->samples_ms[stats->n_samples++] = clamped_ms;
		return;
	}
	at = random % stats->n_durations;
	if (at < HOST_STATS_SAMPLES)
		stats->samples_ms[at] = clamped_ms;
}

static int compare_samples(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

int64_t host_stats_percentile(struct host_stats *stats, unsigned percent)
{
	size_t rank;

	if (!stats->n_samples)
		return 0;
	qsort(stats->samples_ms, stats->n_samples, sizeof *stats->samples_ms, compare_samples);
	rank = (stats->n_samples * percent + 99) / 100;
	return stats->samples_ms[rank ? rank - 1 : 0];
}
