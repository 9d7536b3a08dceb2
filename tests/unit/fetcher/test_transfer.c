/* A transfer's sockets; what goes over them is tested against servers. */
#include "../cmocka_all.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "transfer_private.h"

static bool may_connect(void *gate, void *owner)
{
	(void)gate;
	(void)owner;
	return true;
}

static bool may_send(void *gate, void *owner, bool is_shared)
{
	(void)is_shared;
	return may_connect(gate, owner);
}

static void note_connection(void *gate)
{
	(void)gate;
}

/* libcurl sets the flag itself, and does not look whether that went well: a connect(2) that waits
 * for two minutes would hold up all others. */
static void test_sockets_never_block(void **state)
{
	const struct fetcher_options options = {.user_agent = "test", .proxy = "http://proxy"};
	const struct transfer_setup setup = {.options = &options, .may_connect = may_connect};
	struct transfer transfer = {.setup = &setup};
	struct curl_sockaddr address = {.family = AF_INET, .socktype = SOCK_STREAM};
	int fd = transfer_open_socket(&transfer, CURLSOCKTYPE_IPCXN, &address);

	(void)state;
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(transfer.n_opened, 1);
	assert_int_equal(transfer.opened[0], fd);
	close(fd);
}

/* A peer within this machine; the port of the connection to it. */
static int connect_to_self(int *ret_here, int *ret_there)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	*ret_here = socket(AF_INET, SOCK_STREAM, 0);
	assert_return_code(bind(listener, (struct sockaddr *)&address, length), 0);
	assert_return_code(listen(listener, 1), 0);
	assert_return_code(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	assert_return_code(connect(*ret_here, (struct sockaddr *)&address, length), 0);
	*ret_there = accept(listener, NULL, NULL);
	assert_true(*ret_there >= 0);
	assert_return_code(getsockname(*ret_here, (struct sockaddr *)&address, &length), 0);
	close(listener);
	return ntohs(address.sin_port);
}

/* Linux gives one port to several connections, to different peers. What stands in one of them, and
 * what is said of it, is no matter of another one. */
static void test_connections_with_one_port_are_told_apart(void **state)
{
	const struct fetcher_options options = {.user_agent = "test"};
	struct transfer_setup setup = {.options = &options,
				       .may_send = may_send,
				       .note_connection = note_connection,
				       .connections =
					       calloc(CONNECTION_PORTS, sizeof(struct connection))};
	const struct transfer_job job = {.url = "http://example.org/"};
	struct transfer first = {.setup = &setup, .job = job, .n_opened = 1, .opened = {-1}};
	struct transfer again = {.setup = &setup, .job = job}, more = again, second = first;
	char one[] = "192.0.2.1", other[] = "192.0.2.2", local[] = "127.0.0.1";
	int there, port = connect_to_self(&second.opened[0], &there);

	(void)state;
	assert_int_equal(transfer_before_request(&first, one, local, 80, port), CURL_PREREQFUNC_OK);
	assert_int_equal(transfer_before_request(&second, other, local, 80, port),
			 CURL_PREREQFUNC_OK);
	assert_int_equal(write(there, "x", 1), 1);
	assert_int_equal(transfer_before_request(&again, one, local, 80, port), CURL_PREREQFUNC_OK);
	assert_int_equal(transfer_before_request(&more, other, local, 80, port),
			 CURL_PREREQFUNC_ABORT);
	assert_int_equal(more.stop, STOP_UNASKED);
	close(there);
	close(second.opened[0]);
	free(setup.connections);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sockets_never_block),
		cmocka_unit_test(test_connections_with_one_port_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
