/*
 * fetcher.h: many HTTP transfers at once, polite to hosts and safe from them.
 *
 *	fetcher_new(&options, &fetcher, &fault);
 *	while (fetcher_has_room(fetcher))
 *		fetcher_submit(fetcher, &request);
 *	fetcher_wait(fetcher, extra_fds, n, timeout_ms);
 *	while (fetcher_next(fetcher, &response))
 *		use it; fetch_response_release(&response);
 *
 * One thread. Bytes leave through the request's body_sink while the transfer runs; nothing is kept
 * here. Every request submitted comes back exactly once as a response. HTTP: RFC 9110, 9112, 9113;
 * URLs on the wire are those of base/url.h.
 */
#ifndef FETCHER_H
#define FETCHER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "http_field.h"
#include "url.h"

enum fetch_outcome {
	FETCH_OK,           /* 2xx accepted by `accept`, the whole body went to the sink */
	FETCH_ENOUGH,       /* 2xx, and the sink said BODY_ENOUGH */
	FETCH_NOT_MODIFIED, /* 304 to a conditional request */
	FETCH_HTTP_ERROR,   /* any other final status; see `status` */
	FETCH_BLOCKED, /* 401 403 407 451 511 999, 429 after its retries, bot walls by their marks,
			  hosts that the rules of the user's proxy do not admit */
	FETCH_DNS,     /* the name has no address, or the lookup failed or timed out */
	FETCH_CONNECT, /* refused, unreachable, reset before or within a response */
	FETCH_TIMEOUT,
	FETCH_TLS,
	FETCH_REDIRECT_LOOP,     /* the same URL again, or more than max_redirects */
	FETCH_DOWNGRADE,         /* https redirected to http */
	FETCH_TOO_LARGE,         /* more than max_bytes, announced or counted */
	FETCH_REFUSED_BY_SINK,   /* the sink said BODY_REFUSE */
	FETCH_TRUNCATED,         /* the body ended before its announced length, after retries */
	FETCH_EMPTY,             /* 2xx with no bytes */
	FETCH_FORBIDDEN_ADDRESS, /* an address or port that may not be asked */
	FETCH_BAD_URL,           /* no http(s) URL, or one with user information */
	FETCH_BAD_REDIRECT,      /* Location is missing, no URL, not http(s), or one of several */
	FETCH_BAD_SIGNATURE,     /* a signed URL that nobody gets any more (dead_end.h) */
	FETCH_REMOVED,           /* redirected to a picture that says so (dead_end.h) */
	FETCH_PROTOCOL,          /* no valid HTTP */
	FETCH_DEFERRED,          /* told to come back later than this run: not_before_s */
	FETCH_WITHDRAWN,         /* its `may_start` said no: nothing was sent */
	FETCH_CANCELLED,         /* fetcher_cancel(), or the run's time is over */
	FETCH_SINK_FAULT,        /* the sink said BODY_FAULT: the caller knows why */
	FETCH_OWN_FAULT,         /* ours: no descriptors left, no memory; never the image's fault */
};
const char *fetch_outcome_name(enum fetch_outcome outcome); /* for traces: "not-modified" */

enum body_verdict {
	BODY_CONTINUE,
	BODY_ENOUGH, /* stop here, all is well */
	BODY_REFUSE, /* stop: this is not what was asked for */
	BODY_FAULT,  /* stop: it could not be stored */
};

/* `begin` comes before the first byte of a 2xx body, and again when an attempt is repeated: forget
 * what was written. `end` comes once after the last byte of a complete body. No call after the
 * response was handed out. `begin` may be called with no `write` after it (an empty body). */
struct body_sink {
	void *context;
	enum body_verdict (*begin)(void *context, int status, const struct http_fields *fields);
	enum body_verdict (*write)(void *context, const void *data, size_t length_bytes);
	enum body_verdict (*end)(void *context);
	/* NULL, or what came behind a refused piece, for those who tell what it is. */
	void (*rest)(void *context, const void *data, size_t length_bytes);
};

/* Borrowed until the response is handed out. */
struct fetch_details {
	const char *entity_tag;    /* the stored ETag as received, or NULL: sent as If-None-Match */
	const char *last_modified; /* the stored Last-Modified as received, or NULL:
				      If-Modified-Since */
	/* The URL whose response had them, and to which alone they are sent (a redirect may lead
	 * elsewhere today); NULL: to every hop. */
	const char *validators_url;
	/* Ask for so many bytes from the start (RFC 9110 section 14.2); 0: for all. A server may
	 * send all of it; where it sends the part, the sink's status is 206 and the outcome
	 * FETCH_OK. What failed (500) is repeated for all. */
	unsigned first_bytes;
	/* So it did when an earlier run asked: that it does again says nothing of the user's own
	 * proxy. */
	bool has_failed;
	struct body_sink sink;
};

/* A hundred thousand of them may wait, so that a waiting one is small. */
struct fetch_request {
	const char
		*url; /* serialized by url_serialize(); borrowed until the response is handed out */
	void *owner;  /* comes back in the response */
	/* When an earlier run asked for it, wall clock; 0: none. Of one host what is new goes
	 * first, and then the oldest. */
	int64_t seen_s;
	/* Asked once, when the request's turn has come: fills the blank details in; false: it is no
	 * longer wanted (FETCH_WITHDRAWN). NULL: a plain request without a sink. */
	bool (*prepare)(void *owner, struct fetch_details *ret_details);
};

struct fetch_hop {
	int status;
	char *url; /* that answered with this redirect status */
	struct http_fields fields;
	int64_t response_time_s;
};

struct fetch_response {
	void *owner;
	enum fetch_outcome outcome;
	int status; /* of the last attempt at final_url; 0: no answer, or none was made */
	struct http_fields fields; /* of that answer */
	char *final_url; /* the URL that gave the last response (or failed); equals the request's
			    without redirects */
	struct fetch_hop *hops; /* redirects followed, in order */
	size_t n_hops;
	bool is_permanent;   /* all hops were 301 or 308, and there is at least one */
	char *message;       /* for people, lower case, no URL in it: "the certificate has expired";
				never NULL */
	uint64_t body_bytes; /* received from the network over all attempts */
	unsigned requests;   /* made on the wire: attempts and hops */
	int64_t request_time_s,
		response_time_s; /* wall clock, of the last request (RFC 9111 4.2.3) */
	int64_t elapsed_ms;      /* of the last attempt, from its first byte out */
	int64_t not_before_s;    /* FETCH_DEFERRED: wall clock; else 0 */
	bool is_host_verdict;    /* the host's circuit breaker answered for it */
	bool is_whole_asked;     /* the last attempts were not for the first bytes alone */
};
void fetch_response_release(struct fetch_response *response);

/* Per-host overrides; strings are borrowed until fetcher_free(). */
struct fetch_host_options {
	/* Lower case, as url.host; "*.example.org" matches subdomains; "example.org:8080" that port
	 * alone, which is none of the default ones. */
	const char *host;
	unsigned concurrency; /* 0: the default */
	int64_t interval_ms;  /* -1: the default */
	const char *const
		*headers; /* "Name: value", NULL-terminated, or NULL: sent to this host only */
};

/* The one that counts for this http(s) URL, or NULL. */
const struct fetch_host_options *fetcher_host_options(const struct fetch_host_options *hosts,
						      size_t n_hosts, const struct url *url);

struct fetch_cidr {
	unsigned char address[16]; /* v4 as ::ffff:a.b.c.d */
	unsigned prefix_bits;      /* of 128 */
};

struct fetcher_options {
	unsigned max_concurrency;   /* default 64 */
	unsigned host_concurrency;  /* default 4 */
	int64_t host_interval_ms;   /* default 50: least time between starts on one host */
	unsigned max_retries;       /* default 2 */
	int64_t timeout_ms;         /* default 30000: one attempt, redirect hops each anew;
				       INT64_MAX: no limit */
	int64_t connect_timeout_ms; /* default 5000; INT64_MAX: no limit */
	unsigned max_redirects;     /* default 5 */
	uint64_t max_bytes;         /* default 20 MiB: one body */
	const char *accept_status;  /* default "200..=204": comma list of numbers and ranges a..b,
				       a..=b */
	const char *const *headers; /* "Name: value" for every request, NULL-terminated, or NULL */
	const char *user_agent;     /* never NULL */
	const char *proxy;          /* NULL: none; environment proxies are always ignored */
	const char *ca_file;        /* NULL: the system's */
	bool insecure;              /* do not verify certificates */
	bool allow_private;         /* loopback and private ranges; link-local and metadata never */
	const struct fetch_cidr *allow_cidrs; /* more ranges that may be asked, metadata excepted */
	size_t n_allow_cidrs;
	bool allow_downgrade;
	const struct fetch_host_options *hosts;
	size_t n_hosts;
	int64_t retry_base_ms; /* default 1000: first backoff; full jitter over base * 2^n, <= 30 s
				*/
};
void fetcher_options_init(struct fetcher_options *options); /* the defaults above */

/* "10.0.0.0/8", "fd00::/8", "127.0.0.1"; false when it is none. */
bool fetch_cidr_parse(const char *text, struct fetch_cidr *ret_cidr);
/* false when it is no list of statuses. */
bool fetch_accept_status_is_valid(const char *text);

/* What a request to this host says, for a cache of responses that vary (RFC 9111 section 4.1):
 * Accept, Accept-Encoding, User-Agent, and the configured fields. `url` NULL: those for all hosts.
 */
void fetcher_request_fields(const struct fetcher_options *options, const struct url *url,
			    struct http_fields *ret_fields);

struct fetcher;
/* One is going to be made: what it needs is loaded in a thread meanwhile. */
void fetcher_expect(void);
int fetcher_new(const struct fetcher_options *options, struct fetcher **ret_fetcher,
		struct fault *fault);
void fetcher_free(struct fetcher *fetcher); /* ends what runs, without responses */

/* Room for at least one more: waiting and running requests are bounded (100,000 waiting: they cost
 * little), so that per-host queues can fill while one host is slow. */
bool fetcher_has_room(const struct fetcher *fetcher);
void fetcher_submit(struct fetcher *fetcher, const struct fetch_request *request);
size_t fetcher_pending(const struct fetcher *fetcher); /* submitted, not yet handed out */

/* Works until something can be handed out, one of `extra_fds` is ready (its revents is set), or
 * timeout_ms is over (-1: no limit of the caller's). A signal ends it early. */
int fetcher_wait(struct fetcher *fetcher, struct pollfd *extra_fds, unsigned n_extra_fds,
		 int64_t timeout_ms, struct fault *fault);
bool fetcher_next(struct fetcher *fetcher, struct fetch_response *ret_response);
/* From here on at most so many requests end by a whole answer (SIZE_MAX at first): who has no room
 * for more lets the others' bytes come meanwhile. Those that have all their bytes keep their slots.
 */
void fetcher_set_room(struct fetcher *fetcher, size_t room);

/* Why the network counts as down, or NULL: neither a host nor a name server has answered anything.
 * What is not finished then comes back as FETCH_CANCELLED: no image is to be blamed for it. */
const char *fetcher_network_down(const struct fetcher *fetcher);

/* Nothing of this host ("example.org:8080", as in the statistics) is asked before that time (wall
 * clock): what an earlier run was told. What waits and what comes is FETCH_DEFERRED, or waits where
 * that time is no further ahead than RETRY_MAX_BACKOFF_MS. */
void fetcher_defer_host(struct fetcher *fetcher, const char *host, int64_t until_s);

/* All that is not finished comes back as FETCH_CANCELLED at once. */
void fetcher_cancel(struct fetcher *fetcher);

/* What one host did so far; for the report. In order of the host's name. */
struct fetch_host_stats {
	const char *host; /* borrowed */
	uint64_t requests, ok, not_modified, failed, throttled, bytes;
	int64_t p50_ms, p95_ms;
	int64_t deferred_until_s; /* wall clock; 0: not told to come back later than this run */
	bool is_down;             /* its circuit breaker is open */
	const char *down_message; /* borrowed; why */
};
size_t fetcher_hosts(struct fetcher *fetcher, struct fetch_host_stats **ret_stats); /* free() it */
/* "libcurl/7.88.1 OpenSSL/3.0.15 nghttp2/1.52.0" */
const char *fetcher_library_version(void);

#endif
