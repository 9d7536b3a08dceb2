/*
 * rest.h: how long a host that refuses (429, 503) and names no time is left alone before a request's
 * last attempt.
 *
 * Limits on requests per second or minute refuse whatever comes while they last, and attempts a
 * second apart are spent within one such time: a healthy image would count as broken because others
 * were asked for before it. A rest that was too short makes the next one twice as long, but only up
 * to four times the first one where others were answered well meanwhile; after four that helped it
 * is halved. After six in a row in vain, a minute together, or three where others were answered,
 * there is none any more, for it is not the pace that is refused. Pure.
 */
#ifndef REST_H
#define REST_H

#include <stdbool.h>
#include <stdint.h>

#define REST_MOST_IN_VAIN 6

struct rest {
	unsigned doublings;
	unsigned in_vain, helpful; /* in a row */
};

/* `base_ms` is the first backoff; at most RETRY_MAX_BACKOFF_MS. 0: none. */
int64_t rest_length_ms(const struct rest *rest, int64_t base_ms);
/* An attempt for which the host had rested brought an answer. `is_single`: others were not refused
 * between its first attempts. */
void rest_end(struct rest *rest, bool is_refused, bool is_single);

#endif
