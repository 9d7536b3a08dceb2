/*
 * transfer.h: one attempt to get one URL: libcurl's options, the fields of the final response, the
 * bytes as they come.
 *
 *	transfer_new(setup, &job)        sets the options; then add its handle to the multi
 *	transfer_end(transfer, result)   after CURLMSG_DONE: facts for verdict.h
 *	transfer_free(transfer)          taken out of the multi, ended or not
 *
 * Interim (1xx) responses are ignored. A body goes to the sink only where its status is accepted;
 * of other pages only the beginning is kept, for the marks of bot walls, and a short rest is read
 * so that the connection can be used again. All easy handles share one multi handle's connections.
 *
 * Each easy handle serves one transfer: in libcurl before 8.1 a reused one keeps a pointer to its
 * last header field, which was freed, and appends to it a first field line that begins with a blank
 * (curl issue 11101). A new one takes 2 microseconds.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "admission.h"
#include "buf.h"
#include "connection.h"
#include "fetcher.h"
#include "http_field.h"
#include "libcurl.h"
#include "status_set.h"
#include "verdict.h"

/* What all transfers share; borrowed. */
struct transfer_setup {
	const struct fetcher_options *options;
	struct connection *connections; /* by local port, CONNECTION_PORTS of them */
	struct admission admission;
	struct status_set accept;
	/* Asked of each request before a connection is made for it, and when one is there.
	 * `is_shared`: others use that as well, and nothing is lost when this is not sent now. */
	bool (*may_connect)(void *gate, void *owner);
	bool (*may_send)(void *gate, void *owner, bool is_shared);
	/* Whether its connection is kept for others when this request has its answer. */
	bool (*keeps_connection)(void *gate, void *owner);
	/* Told of each connection that has come about. */
	void (*note_connection)(void *gate);
	void *gate;
};

/* One attempt; all borrowed until transfer_free(). */
struct transfer_job {
	const char *url;
	CURLU *origin;                          /* parsed, without a path; NULL: parse the URL */
	struct curl_slist *addresses;           /* CURLOPT_RESOLVE, or NULL */
	struct curl_slist *headers;             /* of the host */
	const char *entity_tag, *last_modified; /* or NULL */
	const struct body_sink *sink;
	unsigned first_bytes; /* 0: all */
	bool is_raw;          /* leave any Content-Encoding as it is */
	bool is_fresh;        /* over a connection of its own */
	void *owner;
};

/* Addresses that are raced, and tried one after the other. */
#define MAX_OPENED 8

/* A field of this request alone; `line` is linked to the next one, the last to job.headers. */
struct transfer_condition {
	struct curl_slist line;
	struct buf text;
};

/* If-None-Match, If-Modified-Since, Range. */
#define TRANSFER_CONDITIONS 3

struct transfer {
	const struct transfer_setup *setup;
	CURL *handle;
	struct transfer_job job;
	struct transfer_condition conditions[TRANSFER_CONDITIONS];
	size_t n_conditions;
	struct http_fields fields; /* of the response being read, then of the last one */
	struct buf page;
	uint64_t header_bytes, body_bytes, announced_bytes;
	uint64_t rest_end_bytes; /* of a body that the sink wants no more of */
	unsigned n_interim;
	int status;        /* of the last complete header; 0: none */
	int coming_status; /* of the header being read */
	bool is_conditional;
	bool is_body_ours;   /* it goes to the sink */
	bool is_length_ours; /* its announced length tells its end, and libcurl does not mind it */
	enum transfer_stop stop;
	int socket_error;
	int opened[MAX_OPENED]; /* sockets, in this attempt; libcurl's */
	unsigned n_opened;
	bool has_begun_tls;
	int local_port; /* of the connection that it goes over; 0: of none yet */
	uint64_t peer;  /* of that: connection_peer() */
	unsigned n_sent;
	int64_t request_time_s, response_time_s;
	char detail[CURL_ERROR_SIZE];
};

struct transfer_result {
	int status;
	int64_t latency_ms; /* to the first byte; -1: there was none */
	int64_t elapsed_ms;
	uint64_t body_bytes, announced_bytes;
	bool was_connected;
	bool has_connected; /* a connection was made for it, and came about */
	bool was_reused;    /* as in struct verdict_facts */
	/* Requests that went out. libcurl sends another one where a connection that was used again
	 * ends without a word, or a stream of HTTP/2 is refused. */
	unsigned n_sent;
};

/* NULL: libcurl has no handle. */
struct transfer *transfer_new(const struct transfer_setup *setup, const struct transfer_job *job);
void transfer_free(struct transfer *transfer);
struct transfer *transfer_of_handle(CURL *handle);

void transfer_end(struct transfer *transfer, CURLcode result, struct verdict *ret_verdict,
		  struct transfer_result *ret_result);

#endif
