/*
 * verdict.h: what one attempt's end means: libcurl's result, the system's error, the certificate
 * check, the status and the page, turned into an outcome and plain words. Pure.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetcher.h"
#include "http_field.h"
#include "status_set.h"

/* Why our own callbacks ended a transfer. */
enum transfer_stop {
	STOP_NONE,
	STOP_ENOUGH,
	STOP_REFUSED,
	STOP_SINK_FAULT,
	STOP_TOO_LARGE,
	STOP_HEADERS,  /* too many header bytes or interim responses */
	STOP_NO_HTTP,  /* no status line, or one that leaves HTTP unasked (RFC 9110 section 15.2.2)
		       */
	STOP_LENGTHS,  /* contradicting lengths (RFC 9112 section 6.3) */
	STOP_PAGE,     /* enough seen of a page that is not the image */
	STOP_ADDRESS,  /* no socket: forbidden address */
	STOP_SOCKET,   /* no socket: our own lack */
	STOP_UNASKED,  /* something stood in the connection before the request: it is another's */
	STOP_NOT_NOW,  /* before the request: its host wants a pause, or more time between two */
	STOP_ENDED,    /* its connection of HTTP/1.1 was reset, libcurl was about to ask again */
	STOP_REPEATED, /* libcurl was about to ask again at once, and not for the first time */
	STOP_NAMELESS, /* no host stands in the certificate's subjectAltName */
};

struct verdict_facts {
	CURLcode result;
	long os_error;      /* errno of the last failed connect, or 0 */
	long verify_result; /* OpenSSL's X509_V_*; 0: fine or not reached */
	const char *detail; /* libcurl's error text; never NULL */
	enum transfer_stop stop;
	bool is_proxied;      /* by the user's own proxy */
	bool is_http_proxy;   /* it is asked in HTTP, not in SOCKS */
	long connect_status;  /* its answer to CONNECT; 0: none in this attempt */
	bool has_proxy_login; /* the user gave a name and a password for it */
	bool is_unhidden;     /* by http: what a proxy says itself comes as an answer */
	bool was_connected;   /* the TCP and TLS handshakes were finished */
	bool is_asked_part;   /* 206 to a request for the beginning */
	bool is_conditional;  /* validators were sent */
	bool is_reused;       /* HTTP/1.1, over a connection that brought other answers before */
	bool was_dead;        /* the connection was, and was shut by us */
	bool was_flooded;     /* so it was, for it brought nothing, without end */
	bool is_doubtful;     /* HTTP/2: the answer may have ended for its connection's end */
	int status;           /* of the last response received; 0: none */
	const struct http_fields *fields;
	const char
		*page; /* the beginning of a body that did not go to the sink, or that it refused */
	size_t page_bytes;
	uint64_t body_bytes;
	uint64_t max_bytes;
	const struct status_set *accept;
};

struct verdict {
	enum fetch_outcome outcome;
	bool is_reset; /* FETCH_CONNECT: it broke after it was made, so trying again makes sense */
	bool is_host_failure; /* for the circuit breaker: no answer from the host at all */
	bool is_unreachable;  /* the network, or the proxy, refused, not the host */
	bool is_flood;        /* it sends what means nothing, without end: as good as no answer */
	bool is_proxy_mute;   /* and the proxy did so without a word about the host */
	bool is_bot_wall;
	bool is_unasked; /* nothing was sent: the connection was no good */
	/* Over another one the answer may be another: the server gave up an idle connection (408)
	 * while the request went out (RFC 9110 section 15.5.9), or this one broke off. */
	bool is_given_up;
	bool is_unknown_encoding; /* a Content-Encoding that libcurl does not know */
	char message[256];        /* lower case, no URL */
};

/* A response with a redirect status is not a matter for this: see redirect.h. */
void verdict_of(const struct verdict_facts *facts, struct verdict *ret_verdict);

#endif
