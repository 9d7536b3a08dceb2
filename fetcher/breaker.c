#include "breaker.h"

#include <stdlib.h>

#include "alloc.h"

void breaker_release(struct breaker *breaker)
{
	free(breaker->message);
	*breaker = (struct breaker){0};
}

static void set_verdict(struct breaker *breaker, enum fetch_outcome outcome, const char *message)
{
	free(breaker->message);
	breaker->message = alloc_string(message);
	breaker->outcome = outcome;
}

bool breaker_fail(struct breaker *breaker, enum fetch_outcome outcome, const char *message)
{
	if (breaker->is_open)
		return false;
	if (!breaker->failures || outcome < breaker->outcome)
		set_verdict(breaker, outcome, message);
	breaker->failures++;
	breaker->is_open = breaker->failures >= BREAKER_FAILURES;
	return breaker->is_open;
}

void breaker_answer(struct breaker *breaker)
{
	if (!breaker->is_open)
		breaker->failures = 0;
}

void breaker_open(struct breaker *breaker, enum fetch_outcome outcome, const char *message)
{
	if (breaker->is_open)
		return;
	set_verdict(breaker, outcome, message);
	breaker->is_open = true;
}
