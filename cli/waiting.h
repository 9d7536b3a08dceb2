/*
 * waiting.h: what a run says while another process holds a lock that it needs, and what ends its
 * wait (patience.h).
 */
#ifndef WAITING_H
#define WAITING_H

#include <stdint.h>

#include "progress.h"

/* A signal ends all waits from now on; each long one is told of on stderr. */
void waiting_init(void);
/* The monotonic clock's time that ends them, too. */
void waiting_set_deadline(int64_t deadline_ms);
/* The display that stands on the terminal; NULL: none. Borrowed. */
void waiting_set_progress(struct progress *progress);

#endif
