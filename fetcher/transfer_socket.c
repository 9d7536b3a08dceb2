#include "transfer_private.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "certificate.h"
#include "flood_guard.h"
#include "redirect.h"

/* Of a request over HTTP/2, by libcurl itself. */
#define MOST_REPETITIONS 1

/* Those that waited for the first connection of a host, and find that it speaks HTTP/1.1, would
 * connect all at once. What races other addresses began in time; when the first address was refused,
 * so is the next, which libcurl tries at once: its answer would be lost. */
static bool is_connection_due(const struct transfer *transfer)
{
	const struct transfer_setup *setup = transfer->setup;

	if (transfer->stop == STOP_NOT_NOW)
		return false;
	return transfer->n_opened || transfer->n_sent ||
	       setup->may_connect(setup->gate, transfer->job.owner);
}

/* Every connection passes here, whatever a name server or a redirect said. An explicit proxy is the
 * user's own choice; behind it only literal addresses can be checked. */
curl_socket_t transfer_open_socket(void *context, curlsocktype purpose,
				   struct curl_sockaddr *address)
{
	struct transfer *transfer = context;
	int fd;

	(void)purpose;
	if (!is_connection_due(transfer)) {
		transfer->stop = STOP_NOT_NOW;
		return CURL_SOCKET_BAD;
	}
	if (!transfer->setup->options->proxy &&
	    !admission_check_address(&transfer->setup->admission, &address->addr)) {
		transfer->stop = STOP_ADDRESS;
		return CURL_SOCKET_BAD;
	}
	/* libcurl sets O_NONBLOCK, too, but does not look whether that went well. */
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    address->protocol);
	flood_guard_mark();
	flood_guard_add(fd);
	if (fd >= 0 && transfer->n_opened < MAX_OPENED)
		transfer->opened[transfer->n_opened++] = fd;
	if (fd >= 0)
		return fd;
	transfer->socket_error = errno;
	/* A machine without IPv6 is no lack. */
	if (errno != EAFNOSUPPORT)
		transfer->stop = STOP_SOCKET;
	return CURL_SOCKET_BAD;
}

CURLcode transfer_before_tls(CURL *handle, void *tls, void *context)
{
	struct transfer *transfer = context;

	(void)handle;
	(void)tls;
	transfer->has_begun_tls = true;
	return CURLE_OK;
}

int transfer_place(const struct transfer *transfer)
{
	int port = transfer->local_port;

	return transfer->setup->connections[port].peer == transfer->peer ? port : 0;
}

static const struct connection *connection_of(const struct transfer *transfer)
{
	return &transfer->setup->connections[transfer_place(transfer)];
}

static bool is_http_1(const struct transfer *transfer)
{
	long version = 0;

	libcurl.easy_getinfo(transfer->handle, CURLINFO_HTTP_VERSION, &version);
	return version == CURL_HTTP_VERSION_1_0 || version == CURL_HTTP_VERSION_1_1;
}

/* libcurl 7.88 takes the end of a session of HTTP/2 (GOAWAY, a frame against the rules) for the end
 * of the answers that were under way, also where their streams have none. It minds their lengths. */
static bool may_end_by_connection(const struct transfer *transfer)
{
	long version = 0;

	libcurl.easy_getinfo(transfer->handle, CURLINFO_HTTP_VERSION, &version);
	return version == CURL_HTTP_VERSION_2_0 &&
	       !http_fields_get(&transfer->fields, "Content-Length");
}

bool transfer_is_end_doubtful(const struct transfer *transfer)
{
	return transfer_place(transfer) && !transfer->job.is_fresh &&
	       may_end_by_connection(transfer) &&
	       !connection_is_open(transfer->setup->connections, transfer_place(transfer));
}

/* The next hop goes first. */
static bool leads_to_same_origin(const struct transfer *transfer)
{
	const char *location = http_fields_get(&transfer->fields, "Location");
	size_t prefix_bytes = url_origin_prefix_bytes(transfer->job.url);

	return redirect_is_status(transfer->status) && location &&
	       (strncasecmp(location, "http", 4) != 0 ||
		!strncmp(location, transfer->job.url, prefix_bytes));
}

/* libcurl 7.88 never forgets the host of an idle connection that it closed to make room, and looks
 * through all of them when it makes room again: over thousands of hosts it would do nothing else.
 * Others may still be under way over the connection (HTTP/2): libcurl waits for them. */
void transfer_free_connection(const struct transfer *transfer)
{
	const struct transfer_setup *setup = transfer->setup;

	if (setup->keeps_connection(setup->gate, transfer->job.owner) ||
	    transfer_is_asked_of_proxy(transfer) || leads_to_same_origin(transfer) ||
	    may_end_by_connection(transfer))
		return;
	libcurl.easy_setopt(transfer->handle, CURLOPT_FORBID_REUSE, 1L);
}

/* Whether TLS hides HTTP/2 its first answer shows. */
void transfer_remember_version(const struct transfer *transfer)
{
	if (transfer->n_opened && transfer_place(transfer) && is_http_1(transfer))
		connection_is_silent(transfer->setup->connections, transfer_place(transfer));
}

/* HTTP/1.1, whether an answer says so or that of an earlier request. */
bool transfer_is_reused(const struct transfer *transfer)
{
	return transfer->local_port && !transfer->n_opened &&
	       (is_http_1(transfer) || connection_of(transfer)->is_silent);
}

static void remember_connection(struct transfer *transfer, int local_port, uint64_t peer)
{
	struct connection *connections = transfer->setup->connections;
	bool is_hidden = transfer_is_https(transfer->job.url);

	connection_remember(connections, local_port, peer, transfer->opened, transfer->n_opened,
			    !is_hidden);
	connections[local_port].is_for_other_host = is_hidden &&
						    !transfer->setup->options->insecure &&
						    !certificate_has_names(transfer->handle);
}

/* What stands in an idle connection already would be taken for the answer: a line break behind the
 * last body (old servers), or a whole answer that nobody asked for. libcurl asks whether the
 * connection is alive, and it is; browsers take another one. Within TLS it may be a ticket, which
 * costs a connection. */
static bool may_be_used(struct transfer *transfer, int local_port, uint64_t peer)
{
	const struct connection *connections = transfer->setup->connections;

	if (transfer->n_opened)
		remember_connection(transfer, local_port, peer);
	/* libcurl asks again at once, up to five times, where a connection that others used ends,
	 * which idle ones of HTTP/1.1 may do one after the other, or a stream of HTTP/2 is refused:
	 * one time is as browsers do; more is for a backoff, and for fewer at once. A flood would
	 * be met each time. */
	if (connection_of(transfer)->was_flooded)
		return false;
	if (transfer->n_sent > MOST_REPETITIONS && !connection_of(transfer)->is_silent) {
		transfer->stop = STOP_REPEATED;
		return false;
	}
	/* libcurl keeps the first error that it meets: what it says of this one would be lost. Of
	 * HTTP/2 each of many streams would take a connection of its own. */
	if (transfer->n_sent && *transfer->detail && connection_of(transfer)->is_silent) {
		transfer->stop = STOP_ENDED;
		return false;
	}
	transfer->local_port = local_port;
	transfer->peer = peer;
	if (!transfer->n_opened && connection_has_bytes(connections, transfer_place(transfer)))
		transfer->stop = STOP_UNASKED;
	/* Of HTTP/2 the connection stays, and others may get it. */
	if (connection_of(transfer)->is_for_other_host)
		transfer->stop = STOP_NAMELESS;
	return transfer->stop != STOP_UNASKED && transfer->stop != STOP_NAMELESS;
}

/* The requests that waited for one connection of HTTP/2 would go out all at once. */
static bool may_be_sent(const struct transfer *transfer)
{
	const struct transfer_setup *setup = transfer->setup;
	bool is_shared = !transfer->n_opened && !transfer->n_sent && transfer_place(transfer) &&
			 !connection_of(transfer)->is_silent;

	return setup->may_send(setup->gate, transfer->job.owner, is_shared);
}

int transfer_before_request(void *context, char *remote, char *local, int remote_port,
			    int local_port)
{
	struct transfer *transfer = context;

	(void)local;
	/* A handshake takes its time; many of them are in one call. */
	flood_guard_mark();
	if (local_port > 0 && local_port <= UINT16_MAX &&
	    !may_be_used(transfer, local_port, connection_peer(remote, remote_port)))
		return CURL_PREREQFUNC_ABORT;
	if (!may_be_sent(transfer)) {
		transfer->stop = STOP_NOT_NOW;
		return CURL_PREREQFUNC_ABORT;
	}
	if (transfer->n_opened)
		transfer->setup->note_connection(transfer->setup->gate);
	transfer->n_sent++;
	return CURL_PREREQFUNC_OK;
}
