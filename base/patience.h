/*
 * patience.h: how long this process waits for another one that holds a lock.
 *
 *	struct patience patience = {0};
 *	while (is_taken() && !(error = patience_ask(&patience, "a build works on the site")))
 *		... PATIENCE_RETRY_MS
 */
#ifndef PATIENCE_H
#define PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Of one wait; all zero at its beginning. */
struct patience {
	int64_t since_ms; /* monotonic */
	bool is_long;
};

/* So often is to be asked. */
#define PATIENCE_RETRY_MS 20

/* A wait is told of, and can be ended, once it has taken so long. */
#define PATIENCE_LEAST_MS 1000

/* For the whole process; until then it waits for ever, and says nothing.
 * `ended`: 0, or the negative errno that ends all waits: -ECANCELED (a signal), -ETIMEDOUT (the
 * run's deadline). `tell`: once a wait; `holder` says who has the lock, and what for. */
void patience_set(int (*ended)(void), void (*tell)(const char *holder));

/* The lock is taken still: tells of it when it is time. */
void patience_note(struct patience *patience, const char *holder);
/* Likewise; 0, or what `ended` says. */
int patience_ask(struct patience *patience, const char *holder);

#endif
