/*
 * site_lock.h: one run at a time writes into a site.
 */
#ifndef SITE_LOCK_H
#define SITE_LOCK_H

#include <stdint.h>

#include "fault.h"

/* Locks the site's folder until root_fd is closed. While another run has it, says so on stderr and
 * waits. -EINTR: a signal came; -ETIMEDOUT: the monotonic clock reached deadline_ms (INT64_MAX:
 * never). */
int site_lock(int root_fd, const char *root, int64_t deadline_ms, struct fault *fault);

#endif
