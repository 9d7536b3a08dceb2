/*
 * flood_guard.h: ends a connection that libcurl reads from without end.
 *
 * Frames of HTTP/2 that bring nothing (empty DATA; RFC 9113 section 10.5) are read within one call
 * of curl_multi_perform() for as long as they come (libcurl 7.88), and so are TLS messages that
 * mean nothing (HelloRequest during a handshake; RFC 5246 section 7.4.1.1): libcurl looks at no time
 * limit meanwhile, and this program at no signal. Newer ones read so much with each call, which
 * costs no less CPU time until the time limit. After a second of CPU time within libcurl that led
 * to none of our callbacks, the socket that received most is shut down, which ends such a call.
 *
 *	flood_guard_start(connections)
 *	...flood_guard_add() with each socket...
 *	...flood_guard_watch() before and behind each call, and each callback that takes its time...
 *	...flood_guard_mark() with each callback...
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

/* Written in the thread of the calls, read by the signal's handler. */
struct flood_guard {
	volatile sig_atomic_t marks;       /* so many so far, wrapping around */
	volatile sig_atomic_t is_watching; /* libcurl has the word, and none of our callbacks */
	volatile sig_atomic_t highest_fd;  /* of its sockets so far, open or closed */
};
extern struct flood_guard flood_guard;

/* A socket that libcurl is about to connect. */
static inline void flood_guard_add(int fd)
{
	if (fd > flood_guard.highest_fd)
		flood_guard.highest_fd = fd;
}

/* Something goes on. */
static inline void flood_guard_mark(void)
{
	flood_guard.marks = (sig_atomic_t)((unsigned)flood_guard.marks + 1);
}

/* From here on it should, within libcurl; or it is not libcurl that has the word. */
static inline void flood_guard_watch(bool is_watching)
{
	flood_guard.is_watching = is_watching;
}

#endif
