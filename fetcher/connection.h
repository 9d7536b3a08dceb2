/*
 * connection.h: the sockets of libcurl's connections, by the local port of each, for what libcurl
 * does not look after.
 *
 *	connection_remember()   a transfer opened sockets; the one that it got has this port
 *	connection_is_silent()  HTTP/1.1: between answers nothing comes, and what comes is no answer
 *	connection_has_bytes()  of a silent one, before a request goes out
 *	connection_shut_dead()  when a transfer waited in vain
 *	connection_shut_flooded()  when it brings nothing, without end (flood_guard.h)
 *	connection_is_open()    libcurl has not closed it
 *
 * A socket may have been closed since, and its number may be another file's: that is noticed. Two
 * may have one port at a time, to different peers: the later one is known, and who uses the other
 * one sees by the peer that it is not.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define CONNECTION_PORTS (UINT16_MAX + 1)

struct connection {
	uint64_t peer;   /* whom it leads to: connection_peer() */
	int fd_plus_one; /* 0: none */
	bool is_silent;
	bool was_dead;                     /* and was shut by us */
	bool is_for_other_host;            /* its certificate is, for all that libcurl minds */
	volatile sig_atomic_t was_flooded; /* and was shut by us */
};

/* `by_port` has CONNECTION_PORTS items; ports are of 1 to UINT16_MAX. */
void connection_remember(struct connection *by_port, int port, uint64_t peer, const int *fds,
			 unsigned n_fds, bool is_silent);
/* A number for an address, as text, and a port; never 0. */
uint64_t connection_peer(const char *address, int port);
void connection_is_silent(struct connection *by_port, int port);
bool connection_has_bytes(const struct connection *by_port, int port);
bool connection_is_open(const struct connection *by_port, int port);
void connection_shut_dead(struct connection *by_port, int port, int64_t waited_ms);
/* Within a signal's handler. */
void connection_shut_flooded(struct connection *by_port, int fd);

#endif
