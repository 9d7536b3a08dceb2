/*
 * breaker.h: when a host counts as down (a circuit breaker).
 *
 * Five failures in a row for connection reasons, and no answer between them, open it: from then on
 * all URLs of the host get one verdict, tried or not. It stays open for the run. So that the
 * verdict does not depend on the order in which URLs were tried, the caller keeps the failed ones
 * back until the breaker opens, the host answers, or nothing of the host is left. Pure.
 */
#ifndef BREAKER_H
#define BREAKER_H

#include <stdbool.h>
#include <stddef.h>

#include "fetcher.h"

#define BREAKER_FAILURES 5

struct breaker {
	unsigned failures; /* in a row */
	size_t n_verdicts; /* URLs that got it */
	bool is_open;
	enum fetch_outcome outcome; /* the one verdict */
	char *message;
};

void breaker_release(struct breaker *breaker);
/* True when this failure opened it. Of different reasons in a row the lowest outcome, and its first
 * message, is the verdict. */
bool breaker_fail(struct breaker *breaker, enum fetch_outcome outcome, const char *message);
/* The host answered, whatever it said. */
void breaker_answer(struct breaker *breaker);
/* At once: its name has no address. */
void breaker_open(struct breaker *breaker, enum fetch_outcome outcome, const char *message);

#endif
