/*
 * loop_server.h: a small HTTP/1.1 server on a loopback port, in a thread, whose paths misbehave on
 * purpose. For tests of the fetcher's loop; the real servers are in tests/integration.
 */
#ifndef LOOP_SERVER_H
#define LOOP_SERVER_H

struct loop_server;

struct loop_server *loop_server_start(void);
/* Ends, whatever is open or waiting still. */
void loop_server_stop(struct loop_server *server);
/* Lets one answer that waits in the middle go on ("/two-pieces"). */
void loop_server_go_on(struct loop_server *server);
int loop_server_port(const struct loop_server *server);
/* Connections accepted, and requests read, so far. */
unsigned loop_server_connections(struct loop_server *server);
unsigned loop_server_requests(struct loop_server *server);
/* The most connections with a request under way at once. */
unsigned loop_server_most_busy(struct loop_server *server);
/* A loopback port where nothing listens. */
int loop_server_dead_port(void);

#endif
