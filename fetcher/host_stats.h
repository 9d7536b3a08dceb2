/*
 * host_stats.h: what one host did so far, for the report. Durations are kept exactly up to a bound,
 * and as a uniform sample (reservoir) beyond it.
 */
#ifndef HOST_STATS_H
#define HOST_STATS_H

#include <stddef.h>
#include <stdint.h>

#define HOST_STATS_SAMPLES 2048

struct host_stats {
	uint64_t requests, ok, not_modified, failed, throttled, bytes;
	uint64_t n_durations;
	uint32_t *samples_ms;
	size_t n_samples, samples_capacity;
};

void host_stats_release(struct host_stats *stats);
void host_stats_add_duration(struct host_stats *stats, int64_t duration_ms, uint32_t random);
/* The least duration that at least `percent` of them do not exceed; 0 when there is none. */
int64_t host_stats_percentile(struct host_stats *stats, unsigned percent);

#endif
