/* A transfer's sockets; what goes over them is tested against servers. */
#include "../cmocka_all.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include "transfer_private.h"

static bool may_connect(void *gate, void *owner)
{
	(void)gate;
	(void)owner;
	return true;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sockets_never_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
