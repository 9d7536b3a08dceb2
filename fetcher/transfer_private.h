/*
 * transfer_private.h: one transfer, shared by transfer.c (its answer), transfer_request.c (what is
 * asked) and transfer_socket.c (its connection). Nobody else includes this.
 */
#ifndef TRANSFER_PRIVATE_H
#define TRANSFER_PRIVATE_H

#include "transfer.h"

/* --- the request ------------------------------------------------------------------------------ */

bool transfer_is_https(const char *url);
/* Of a proxy that speaks HTTP, whose connections are there for all hosts. */
bool transfer_is_asked_of_proxy(const struct transfer *transfer);
/* URL, header and connection of the job. */
void transfer_set_request(struct transfer *transfer);

/* --- the connection, for libcurl's callbacks -------------------------------------------------- */

/* CURLOPT_OPENSOCKETFUNCTION */
curl_socket_t transfer_open_socket(void *context, curlsocktype purpose,
				   struct curl_sockaddr *address);
/* CURLOPT_SSL_CTX_FUNCTION: a connection came about, and its handshake begins. */
CURLcode transfer_before_tls(CURL *handle, void *tls, void *context);
/* CURLOPT_PREREQFUNCTION */
int transfer_before_request(void *context, char *remote, char *local, int remote_port,
			    int local_port);
/* The number of its connection in the table; 0: it has none yet, or none that is known. */
int transfer_place(const struct transfer *transfer);
/* Whether TLS hides HTTP/2 its first answer shows, by its first line: when it has ended, another
 * request may be under way over the same connection. */
void transfer_remember_version(const struct transfer *transfer);
/* When the header is complete: nobody else may want its connection. */
void transfer_free_connection(const struct transfer *transfer);
/* When it has ended well. */
bool transfer_is_end_doubtful(const struct transfer *transfer);
bool transfer_is_reused(const struct transfer *transfer);

#endif
