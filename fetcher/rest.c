#include "rest.h"

#include "retry.h"

#define HELPFUL_RUN 4
#define MOST_DOUBLINGS (REST_MOST_IN_VAIN - 1)
#define MOST_DOUBLINGS_OF_SINGLE 2

int64_t rest_length_ms(const struct rest *rest, int64_t base_ms)
{
	int64_t length_ms = base_ms > 0 ? base_ms << rest->doublings : 0;

	if (rest->in_vain >= REST_MOST_IN_VAIN)
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
	if (rest->in_vain >= REST_MOST_IN_VAIN)
		return;
	if (is_refused)
		note_in_vain(rest, is_single);
	else
		note_helpful(rest);
}
