#include "connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* 0: it has none. The port stands at the same place in both families. */
static int port_of(int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof address;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)&address;

	if (getsockname(fd, (struct sockaddr *)&address, &length) ||
	    (address.ss_family != AF_INET && address.ss_family != AF_INET6))
		return 0;
	return ntohs(v4->sin_port);
}

void connection_remember(struct connection *by_port, int port, uint64_t peer, const int *fds,
			 unsigned n_fds, bool is_silent)
{
	by_port[port] = (struct connection){.peer = peer, .is_silent = is_silent};
	for (unsigned i = 0; i < n_fds; i++)
		if (port_of(fds[i]) == port)
			by_port[port].fd_plus_one = fds[i] + 1;
}

/* FNV-1a. */
uint64_t connection_peer(const char *address, int port)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (unsigned)port;

	for (; *address; address++)
		hash = (hash ^ (unsigned char)*address) * UINT64_C(0x100000001b3);
	return hash | 1;
}

void connection_is_silent(struct connection *by_port, int port)
{
	by_port[port].is_silent = true;
}

bool connection_has_bytes(const struct connection *by_port, int port)
{
	const struct connection *connection = &by_port[port];
	char byte;

	return connection->is_silent && connection->fd_plus_one &&
	       recv(connection->fd_plus_one - 1, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

bool connection_is_open(const struct connection *by_port, int port)
{
	int fd = by_port[port].fd_plus_one - 1;

	return fd >= 0 && port_of(fd) == port;
}

/* Of HTTP/2 libcurl gives up the stream alone, and sends the next request over the same connection.
 * Where that brings nothing any more (its server hangs, a router has forgotten it), it would be all
 * its host's end. What came in the first half of the time may be the connection's beginning. */
void connection_shut_dead(struct connection *by_port, int port, int64_t waited_ms)
{
	int fd = by_port[port].fd_plus_one - 1;
	struct tcp_info info = {0};
	socklen_t length = sizeof info;

	if (!connection_is_open(by_port, port) ||
	    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length))
		return;
	if (info.tcpi_last_data_recv < waited_ms / 2)
		return;
	by_port[port].was_dead = true;
	shutdown(fd, SHUT_RDWR);
}

/* shutdown(2) alone would leave what came to be read, and what goes on coming (Linux). */
void connection_shut_flooded(struct connection *by_port, int fd)
{
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
	int port = port_of(fd);

	by_port[port].was_flooded = port > 0;
	if (connect(fd, &nowhere, sizeof nowhere))
		shutdown(fd, SHUT_RDWR);
}
