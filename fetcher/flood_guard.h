/*
 * flood_guard.h: ends a connection that libcurl reads from without end.
 *
 * Frames of HTTP/2 that bring nothing (empty DATA; RFC 9113 section 10.5) are read within one call
 * of curl_multi_perform() for as long as they come, and so are TLS messages that mean nothing
 * (HelloRequest during a handshake; RFC 5246 section 7.4.1.1): libcurl looks at no time limit
 * meanwhile, and this program at no signal. After a second of CPU time within one call, and outside
 * of our callbacks, the socket that received most is shut down, which ends that call.
 *
 *	flood_guard_start(connections)
 *	...flood_guard_watch() with each socket...
 *	...flood_guard_mark() with each callback, and before and behind each call...
 *	flood_guard_end()
 *
 * One in a process. It takes SIGPROF and ITIMER_PROF (setitimer(2)).
 */
#ifndef FLOOD_GUARD_H
#define FLOOD_GUARD_H

#include <signal.h>
#include <stdbool.h>

#include "connection.h"

/* `connections`, which are told, live until flood_guard_end(). */
void flood_guard_start(struct connection *connections);
void flood_guard_end(void);

/* Written by flood_guard_mark() in the thread of the calls, read by the signal's handler. */
struct flood_guard {
	volatile sig_atomic_t marks;       /* so many so far, wrapping around */
	volatile sig_atomic_t is_watching; /* libcurl has the word, and none of our callbacks */
	volatile sig_atomic_t highest_fd;  /* of its sockets so far, open or closed */
};
extern struct flood_guard flood_guard;

/* A socket that libcurl is about to connect. */
static inline void flood_guard_watch(int fd)
{
	if (fd > flood_guard.highest_fd)
		flood_guard.highest_fd = fd;
}

/* Something goes on. `is_watching`: from here on it should, within libcurl. */
static inline void flood_guard_mark(bool is_watching)
{
	flood_guard.marks = (sig_atomic_t)((unsigned)flood_guard.marks + 1);
	flood_guard.is_watching = is_watching;
}

#endif
