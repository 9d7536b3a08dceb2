/*
 * hosts.h: all that is known of each host in this run: its queue, its circuit breakers, its
 * addresses, the header lines that go to it alone, and what it did.
 *
 * A host is what `hosts:` and the report call one: "example.org" for the default ports of http and
 * https, "example.org:8080" for another. The two schemes have a breaker each, since a dead port 80
 * says nothing about port 443.
 */
#ifndef HOSTS_H
#define HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "admission.h"
#include "breaker.h"
#include "fetcher.h"
#include "host_queue.h"
#include "host_stats.h"
#include "libcurl.h"
#include "map.h"
#include "resolver.h"
#include "rest.h"
#include "url.h"

struct task;

enum host_state {
	HOST_NEW,
	HOST_LOOKING_UP, /* its queue is held */
	HOST_READY,
	HOST_FORBIDDEN, /* its name leads to forbidden addresses only */
};

struct host_side {
	struct breaker breaker;
	CURLU *origin;         /* made for the first request; NULL: libcurl cannot parse it */
	struct task *suspects; /* failed, and kept back until the host is judged */
	int64_t answered_ms;   /* at last, on the monotonic clock; 0: never */
};

struct host {
	char *name;        /* in the report, and in the queue */
	char *lookup_name; /* without the port; NULL: nothing to look up */
	enum host_state state;
	struct queue_host queue;
	struct host_side sides[2]; /* http, https */
	struct host_stats stats;
	struct rest rest;
	struct curl_slist *headers;
	struct curl_slist *common_headers; /* without the host's own; NULL: it has none */
	bool is_port_named;                /* by the settings that have its headers */
	struct curl_slist
		*addresses;       /* CURLOPT_RESOLVE; NULL before the lookup, and for literals */
	int port;                 /* -1: the default ones */
	int64_t deferred_until_s; /* wall clock; 0: not */
	int64_t paused_ms;        /* by Retry-After, since its last good answer */
	int64_t good_ms;          /* its last answer that was no refusal, on the monotonic clock */
	unsigned failed_attempts; /* in a row, for connection reasons */
	/* Counted as silent, for neither its name nor a connection answered, when the network had been
	 * lost so many times, less one; 0: not. */
	unsigned silent_at;
	int64_t tried_ms; /* when what was silent of it last was begun; 0: nothing was */
};

static inline struct host *host_of_queue(struct queue_host *queue)
{
	return (struct host *)(void *)((char *)queue - offsetof(struct host, queue));
}

struct hosts {
	const struct fetcher_options *options; /* borrowed */
	struct map *by_name;
	/* Of the last URL that was admitted: "https://example.org/"; NULL: none was. */
	char *origin;
	size_t origin_bytes;
	struct host *origin_host;
};

void hosts_init(struct hosts *hosts, const struct fetcher_options *options);
void hosts_release(struct hosts *hosts); /* no suspects may be left */
/* Finds or makes the host of an http(s) URL. */
struct host *hosts_get(struct hosts *hosts, const struct url *url);
/* The host of a URL, as url_serialize() writes it, without parsing it: when its origin is that of
 * the URL that was remembered last. NULL: parse it, and see whether it may be asked for. */
struct host *hosts_get_by_origin(const struct hosts *hosts, const char *url);
/* An admitted URL. */
void hosts_remember_origin(struct hosts *hosts, const char *url, struct host *host);
/* In this run. */
bool host_has_answered(const struct host *host);
struct host_side *host_side_of(struct host *host, const char *url);
/* "https://example.org:8080/" of a URL of that side, parsed by libcurl, which is loaded. The
 * host's; NULL where libcurl cannot. */
CURLU *host_side_origin(struct host_side *side, const char *url);

/* Keeps the admitted ones of the addresses; false when none is. */
bool host_set_addresses(struct host *host, const struct resolver_answer *answer,
			const struct admission *admission);
/* For the report, sorted by name; free() *ret_stats. */
size_t hosts_stats(struct hosts *hosts, struct fetch_host_stats **ret_stats);

#endif
