/*
 * resolver.h: host names to addresses, in at most RESOLVER_MAX_THREADS threads.
 *
 *	resolver_ask(resolver, "example.org", weight, owner);
 *	poll resolver_fd() for POLLIN, until resolver_deadline_ms() at the latest
 *	while (resolver_next(resolver, now_ms, &answer))
 *		use it; free(answer.addresses);
 *
 * libcurl would start a thread for every lookup, and joining it stalls the whole multi loop while a
 * name server is slow. Here each name is asked for once a run (the caller keeps the answer), the
 * names that most requests wait for first, and one that takes longer than the limit is given up:
 * its thread comes back when getaddrinfo() does. A name without an answer in the first second is
 * asked for again when no fresh name waits. The only locks of the fetcher are in here. All
 * functions are for the thread of the loop.
 */
#ifndef RESOLVER_H
#define RESOLVER_H

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "fault.h"

#define RESOLVER_MAX_THREADS 8
#define RESOLVER_LIMIT_MS 5000
#define RESOLVER_MAX_ADDRESSES 16

/* getaddrinfo() and freeaddrinfo(), or a test's. */
struct resolver_calls {
	int (*lookup)(const char *name, const struct addrinfo *hints, struct addrinfo **ret_list);
	void (*release)(struct addrinfo *list);
};

enum resolver_result {
	RESOLVER_OK,
	RESOLVER_NO_NAME,   /* the name server says so: no such name, or no address */
	RESOLVER_NO_ANSWER, /* it could not say: failure, or silence */
	RESOLVER_OWN_FAULT, /* no descriptors, memory or thread */
};

struct resolver_answer {
	void *owner;
	enum resolver_result result;
	bool is_timeout;
	bool is_local; /* no name server was asked: of such a name this machine knows enough */
	struct sockaddr_storage *addresses; /* free() it */
	size_t n_addresses;
};

struct resolver;
/* `calls` NULL: the system's. */
int resolver_new(const struct resolver_calls *calls, int64_t limit_ms,
		 struct resolver **ret_resolver, struct fault *fault);
/* Does not wait for lookups that are under way. */
void resolver_free(struct resolver *resolver);

/* `weight` may be raised later while it waits: *weight is read when a thread is free. */
void resolver_ask(struct resolver *resolver, const char *name, const size_t *weight, void *owner);
/* Starts lookups, gives up old ones; false when no answer is ready. */
bool resolver_next(struct resolver *resolver, int64_t now_ms, struct resolver_answer *ret_answer);
int resolver_fd(const struct resolver *resolver);
int64_t resolver_deadline_ms(const struct resolver *resolver); /* INT64_MAX: none */

#endif
