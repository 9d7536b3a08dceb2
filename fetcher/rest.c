#include "rest.h"

#include "retry.h"

#define HELPFUL_RUN 4
#define MOST_DOUBLINGS (REST_MOST_IN_VAIN - 1)
#define MOST_DOUBLINGS_OF_SINGLE 2

void rest_note_answer(struct rest *rest, bool is_refused)
{
	rest->refusals = (rest->refusals << 1 | is_refused) & ((1U << REST_ANSWERS) - 1);
	rest->n_answers += rest->n_answers < REST_ANSWERS;
}

bool rest_is_host_refusing(const struct rest *rest)
{
	return (unsigned)__builtin_popcount(rest->refusals) * 4 > rest->n_answers;
}

bool rest_is_given_up(const struct rest *rest)
{
	return rest->in_vain >= REST_MOST_IN_VAIN;
}

bool rest_is_all_in_vain(const struct rest *rest)
{
	return rest_is_given_up(rest) && rest->refusals == (1U << REST_ANSWERS) - 1;
}

int64_t rest_length_ms(const struct rest *rest, int64_t base_ms)
{
	int64_t first_ms = base_ms > 0 ? base_ms + base_ms / 8 : 0;
	int64_t length_ms = first_ms << rest->doublings;

	if (rest_is_given_up(rest))
		return 0;
	return length_ms < RETRY_MAX_BACKOFF_MS ? length_ms : RETRY_MAX_BACKOFF_MS;
}

static void note_in_vain(struct rest *rest, bool is_single)
{
	rest->in_vain += is_single ? 2 : 1;
	rest->helpful = 0;
	if (rest->doublings < (is_single ? MOST_DOUBLINGS_OF_SINGLE : MOST_DOUBLINGS))
		rest->doublings++;
}

static void note_helpful(struct rest *rest)
{
	rest->in_vain = 0;
	if (++rest->helpful < HELPFUL_RUN)
		return;
	rest->helpful = 0;
	rest->doublings -= rest->doublings > 0;
}

void rest_end(struct rest *rest, bool is_refused, bool is_single)
{
	if (rest_is_given_up(rest))
		return;
	if (is_refused)
		note_in_vain(rest, is_single);
	else
		note_helpful(rest);
}

void rest_end_test(struct rest *rest, bool is_refused)
{
	if (rest_is_given_up(rest))
		return;
	if (is_refused)
		note_in_vain(rest, false);
	else
		rest->helpful = HELPFUL_RUN - 1;
}
