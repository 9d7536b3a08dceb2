#include "site_lock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "clock.h"
#include "interrupt.h"

#define RETRY_MS 20

/* Asks again and again: a call that waits would know neither of the deadline nor of a signal that
 * came just before it. */
static int wait_for_site(int root_fd, const char *root, int64_t deadline_ms, struct fault *fault)
{
	while (flock(root_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fault_raise(fault, -errno, "%s: lock: %s", root, strerror(errno));
		if (interrupt_signal())
			return fault_raise(fault, -EINTR, "%s: lock: interrupted", root);
		if (clock_monotonic_ms() >= deadline_ms)
			return fault_raise(fault, -ETIMEDOUT,
					   "%s: --max-time is over, and another run still works "
					   "on it",
					   root);
		poll(NULL, 0, RETRY_MS);
	}
	return 0;
}

int site_lock(int root_fd, const char *root, int64_t deadline_ms, struct fault *fault)
{
	if (!flock(root_fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK)
		fprintf(stderr, "picdesk: another run works on %s: waiting for it to end\n", root);
	return wait_for_site(root_fd, root, deadline_ms, fault);
}
