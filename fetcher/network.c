#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* So many silent hosts and no answer at all: no need to wait for the rest. */
#define SILENT_HOSTS 20

bool network_is_down(const struct network *network, size_t n_others, bool has_route)
{
	if (network->has_answered || !network->n_silent)
		return false;
	if (n_others)
		return network->n_silent >= SILENT_HOSTS && !network->has_proxy_spoken;
	if (network->is_lost)
		return network->n_silent > 1 || (network->is_cut && !has_route);
	if (network->is_proxied && !network->has_proxy_spoken)
		return true;
	if (!has_route || network->other_name == NETWORK_SILENT)
		return true;
	return network->n_silent > 1 && !network->has_silent_name;
}

void network_lose(struct network *network)
{
	network->has_answered = network->is_cut = false;
	network->is_lost = true;
	network->n_losses++;
	network->n_silent = 0;
	network->suspected_at = 0;
}

bool network_is_away(const struct network *network)
{
	return network->is_lost && network->n_silent > 1;
}

bool network_is_suspect(const struct network *network)
{
	return !network->has_answered && network->n_silent >= SILENT_HOSTS &&
	       !network->has_proxy_spoken;
}

/* Connecting a datagram socket only looks for a route. */
static bool is_routable(const struct sockaddr *address, socklen_t length)
{
	int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_fine;

	if (fd < 0)
		return errno != EAFNOSUPPORT;
	is_fine = !connect(fd, address, length);
	close(fd);
	return is_fine;
}

bool network_has_route(void)
{
	/* Any public address will do: those of a.root-servers.net. */
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(53)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(53)};

	inet_pton(AF_INET, "198.41.0.4", &v4.sin_addr);
	inet_pton(AF_INET6, "2001:503:ba3e::2:30", &v6.sin6_addr);
	return is_routable((const struct sockaddr *)&v4, sizeof v4) ||
	       is_routable((const struct sockaddr *)&v6, sizeof v6);
}
