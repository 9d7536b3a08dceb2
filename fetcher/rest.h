/*
 * rest.h: how long a host that refuses (429, 503) and names no time is left alone before a
 * request's last attempt.
 *
 * Limits on requests per second or minute refuse whatever comes while they last, and attempts a
 * second apart are spent within one such time: a healthy image would count as broken because others
 * were asked for before it. A rest that was too short makes the next one twice as long, but only up
 * to four times the first one where others were answered well meanwhile; after four that helped, or
 * after one that was tested by a request with attempts left, it is halved. After six in a row in
 * vain, a minute together, or three where others were answered, there is none any more, for it is
 * not the pace that is refused. Pure.
 */
#ifndef REST_H
#define REST_H

#include <stdbool.h>
#include <stdint.h>

#define REST_MOST_IN_VAIN 6
#define REST_ANSWERS 16

struct rest {
	unsigned doublings;
	unsigned in_vain, helpful; /* in a row */
	unsigned n_answers;        /* to first attempts, up to REST_ANSWERS */
	unsigned refusals;         /* of them: a bit each, the last one's the lowest */
};

/* To a request's first attempt, which no rest preceded: what the host says to whoever comes. */
void rest_note_answer(struct rest *rest, bool is_refused);
/* More than a quarter of these answers were refusals of late: it is the host, or its limit, that
 * refuses, and not a few broken URLs, which are refused among others that are not. */
bool rest_is_host_refusing(const struct rest *rest);
/* So many rests were in vain that there is none any more. */
bool rest_is_given_up(const struct rest *rest);
/* So it is, and of late none of these answers was a good one: repetitions are in vain, too. */
bool rest_is_all_in_vain(const struct rest *rest);

/* `base_ms` is the first backoff. The rest is an eighth longer, for what is allowed once a second
 * is refused a moment before that; at most RETRY_MAX_BACKOFF_MS. 0: none. */
int64_t rest_length_ms(const struct rest *rest, int64_t base_ms);
/* An attempt for which the host had rested brought an answer. `is_single`: others were not refused
 * since its first attempt. */
void rest_end(struct rest *rest, bool is_refused, bool is_single);
/* So did the first attempt of another request, which was made before it as a test. That this was
 * answered well makes no request's last attempt worth while: that one has to tell by itself. */
void rest_end_test(struct rest *rest, bool is_refused);

#endif
