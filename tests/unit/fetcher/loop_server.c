#include "loop_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 4096

struct loop_server {
	int listen_fd, port;
	pthread_t thread;
	atomic_uint connections, requests, busy, most_busy, flaky, throttled, failing;
	sem_t may_go_on; /* what waits for the client's word */
	pthread_t workers[MAX_CONNECTIONS];
	pthread_mutex_t fds_lock;
	int fds[MAX_CONNECTIONS]; /* -1: closed */
};

struct connection {
	struct loop_server *server;
	int fd;
	unsigned number;
};

static void say(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t sent = send(fd, text, left, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		text += sent;
		left -= (size_t)sent;
	}
}

static void rest_ms(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

static void reset(int fd)
{
	struct linger now = {1, 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void say_endless_body(int fd)
{
	char block[4096];

	say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	memset(block, 'x', sizeof block);
	while (send(fd, block, sizeof block, MSG_NOSIGNAL) > 0)
		;
}

static void say_endless(int fd, const char *start, const char *piece)
{
	char block[4096] = "";

	say(fd, start);
	while (strlen(block) + strlen(piece) < sizeof block)
		strcat(block, piece);
	while (send(fd, block, strlen(block), MSG_NOSIGNAL) > 0)
		;
}

/* Paths with a constant answer, after which the connection goes on. */
static const struct {
	const char *path, *answer;
} answers[] = {
	{"/ok",
	 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"one\"\r\nX-Final: yes\r\n\r\nhello"},
	{"/404", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"},
	{"/403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnone"},
	{"/empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"/204", "HTTP/1.1 204 No Content\r\n\r\n"},
	{"/redirect", "HTTP/1.1 302 Found\r\nLocation: /ok\r\nX-Redirect: yes\r\n"
		      "Content-Length: 3\r\n\r\nabc"},
	{"/moved", "HTTP/1.1 301 Moved\r\nLocation: ok\r\nContent-Length: 0\r\n\r\n"},
	{"/loop", "HTTP/1.1 302 Found\r\nLocation: /loop2\r\nContent-Length: 0\r\n\r\n"},
	{"/loop2", "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n"},
	{"/nowhere", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"},
	{"/to-private", "HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/x\r\n"
			"Content-Length: 0\r\n\r\n"},
	{"/to-metadata", "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n"
			 "Content-Length: 0\r\n\r\n"},
	{"/early-hints", "HTTP/1.1 103 Early Hints\r\nX-Interim: yes\r\n\r\n"
			 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Final: yes\r\n\r\nhi"},
	{"/chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: yes\r\n\r\n"},
	{"/odd-encoding", "HTTP/1.1 200 OK\r\nContent-Encoding: aws-chunked\r\n"
			  "Content-Length: 5\r\n\r\nhello"},
	{"/bad-gzip",
	 "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"},
	{"/challenge", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 34\r\n"
		       "Content-Type: text/html\r\n\r\n<title>Just a moment...</title>   "},
	{"/html", "HTTP/1.1 200 OK\r\nContent-Length: 34\r\nContent-Type: text/html\r\n\r\n"
		  "<title>Just a moment...</title>   "},
	{"/announced", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx"},
	{"/later", "HTTP/1.1 429 Too Many\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"},
	{"/429", "HTTP/1.1 429 Too Many\r\nRetry-After: nonsense\r\nContent-Length: 0\r\n\r\n"},
};

/* Answers after which the connection ends. False for an unknown path. */
static bool answer_and_end(int fd, const char *path)
{
	if (!strcmp(path, "/truncated"))
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
	else if (!strcmp(path, "/bad-chunk"))
		say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc");
	else if (!strcmp(path, "/http09"))
		say(fd, "just a body");
	else if (!strcmp(path, "/garbage"))
		say(fd, "HTTP/9.9 abc\r\n\r\n");
	else if (!strcmp(path, "/closes"))
		return true;
	else if (!strcmp(path, "/resets"))
		reset(fd);
	else if (!strcmp(path, "/endless"))
		say_endless_body(fd);
	else if (!strcmp(path, "/header-flood"))
		say_endless(fd, "HTTP/1.1 200 OK\r\n", "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
	else if (!strcmp(path, "/header-line"))
		say_endless(fd, "HTTP/1.1 200 OK\r\nX-Filler: ", "aaaaaaaaaaaaaaaaaaaaaaaaaa");
	else if (!strcmp(path, "/interim-flood"))
		say_endless(fd, "", "HTTP/1.1 103 Early Hints\r\n\r\n");
	else
		return false;
	return true;
}

/* Until the client has given up. */
static void hang(int fd)
{
	char byte;

	while (recv(fd, &byte, 1, 0) > 0)
		;
}

/* "hello", though identity was asked for. */
static void say_gzip(int fd)
{
	static const char body[] = "\037\213\010\000\000\000\000\000\002\003\313\110\315\311\311"
				   "\007\000\206\246\020\066\005\000\000\000";

	say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n");
	send(fd, body, sizeof body - 1, MSG_NOSIGNAL);
}

static bool is_path(const char *path, const char *name)
{
	return !strcmp(path, name);
}

/* False: the connection ends. */
static bool answer(struct connection *connection, const char *path, const char *request)
{
	struct loop_server *server = connection->server;
	int fd = connection->fd;

	if (is_path(path, "/etag") && strstr(request, "If-None-Match: \"one\"")) {
		say(fd, "HTTP/1.1 304 Not Modified\r\nETag: \"one\"\r\n\r\n");
		return true;
	}
	if (is_path(path, "/etag"))
		path = "/ok";
	if (is_path(path, "/flaky"))
		path = ++server->flaky % 3 ? "/fail" : "/ok";
	if (is_path(path, "/throttled-once"))
		path = ++server->throttled == 1 ? "/wait-a-second" : "/ok";
	if (is_path(path, "/fails-then-closes"))
		path = ++server->failing == 1 ? "/fail" : "/closes";
	if (is_path(path, "/wait-a-second")) {
		say(fd, "HTTP/1.1 503 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
		return true;
	}
	if (is_path(path, "/fail")) {
		say(fd, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
		return true;
	}
	if (is_path(path, "/gzip")) {
		say_gzip(fd);
		return true;
	}
	if (is_path(path, "/two-pieces")) {
		say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
		sem_wait(&server->may_go_on);
		say(fd, "world");
		return true;
	}
	if (is_path(path, "/hangs")) {
		hang(fd);
		return false;
	}
	if (is_path(path, "/slow")) {
		rest_ms(30);
		path = "/ok";
	}
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (is_path(path, answers[i].path)) {
			say(fd, answers[i].answer);
			return true;
		}
	if (!answer_and_end(fd, path))
		say(fd, "HTTP/1.1 501 No such test\r\nContent-Length: 0\r\n\r\n");
	return false;
}

static bool read_request(int fd, char *request, size_t size)
{
	size_t length = 0;

	for (;;) {
		ssize_t count = recv(fd, request + length, size - 1 - length, 0);

		if (count <= 0)
			return false;
		length += (size_t)count;
		request[length] = '\0';
		if (strstr(request, "\r\n\r\n"))
			return true;
		if (length == size - 1)
			return false;
	}
}

static void note_busy(struct loop_server *server)
{
	unsigned busy = ++server->busy, most = server->most_busy;

	while (busy > most && !atomic_compare_exchange_weak(&server->most_busy, &most, busy))
		;
}

static void *serve(void *argument)
{
	struct connection *connection = argument;
	char request[8192], path[256] = "";
	bool goes_on = true;

	while (goes_on && read_request(connection->fd, request, sizeof request)) {
		connection->server->requests++;
		note_busy(connection->server);
		if (sscanf(request, "GET %255[^ ?]", path) == 1)
			goes_on = answer(connection, path, request);
		connection->server->busy--;
	}
	shutdown(connection->fd, SHUT_WR);
	pthread_mutex_lock(&connection->server->fds_lock);
	close(connection->fd);
	connection->server->fds[connection->number] = -1;
	pthread_mutex_unlock(&connection->server->fds_lock);
	free(connection);
	return NULL;
}

static void *accept_all(void *argument)
{
	struct loop_server *server = argument;
	int fd;

	while ((fd = accept(server->listen_fd, NULL, NULL)) >= 0) {
		struct connection *connection = malloc(sizeof *connection);

		*connection = (struct connection){server, fd, server->connections};
		server->fds[server->connections] = fd;
		pthread_create(&server->workers[server->connections], NULL, serve, connection);
		if (++server->connections == MAX_CONNECTIONS)
			break;
	}
	return NULL;
}

static int listen_somewhere(int *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 128) ||
	    getsockname(fd, (struct sockaddr *)&address, &length))
		abort();
	*ret_port = ntohs(address.sin_port);
	return fd;
}

struct loop_server *loop_server_start(void)
{
	struct loop_server *server = calloc(1, sizeof *server);

	server->listen_fd = listen_somewhere(&server->port);
	sem_init(&server->may_go_on, 0, 0);
	pthread_mutex_init(&server->fds_lock, NULL);
	pthread_create(&server->thread, NULL, accept_all, server);
	return server;
}

/* A test that failed has left its connections open, and its answers waiting. */
static void end_connections(struct loop_server *server)
{
	pthread_mutex_lock(&server->fds_lock);
	for (unsigned i = 0; i < server->connections; i++) {
		if (server->fds[i] >= 0)
			shutdown(server->fds[i], SHUT_RDWR);
		sem_post(&server->may_go_on);
	}
	pthread_mutex_unlock(&server->fds_lock);
}

void loop_server_stop(struct loop_server *server)
{
	shutdown(server->listen_fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listen_fd);
	end_connections(server);
	for (unsigned i = 0; i < server->connections; i++)
		pthread_join(server->workers[i], NULL);
	sem_destroy(&server->may_go_on);
	pthread_mutex_destroy(&server->fds_lock);
	free(server);
}

void loop_server_go_on(struct loop_server *server)
{
	sem_post(&server->may_go_on);
}

int loop_server_port(const struct loop_server *server)
{
	return server->port;
}

unsigned loop_server_connections(struct loop_server *server)
{
	return server->connections;
}

unsigned loop_server_requests(struct loop_server *server)
{
	return server->requests;
}

unsigned loop_server_most_busy(struct loop_server *server)
{
	return server->most_busy;
}

int loop_server_dead_port(void)
{
	int port;

	close(listen_somewhere(&port));
	return port;
}
