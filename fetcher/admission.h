/*
 * admission.h: which URLs and addresses may be asked at all. A URL in an article is untrusted
 * input, and a fetcher inside a network is a way into it.
 *
 *	admission_check_url()      before anything is looked up: scheme, user, port, literal address
 *	admission_check_address()  before every socket, whatever a name server said
 *
 * Only public unicast is admitted. Refused are all blocks of the IANA IPv4 and IPv6 special-purpose
 * address registries (RFC 6890), IPv6 outside 2000::/3, and IPv4 addresses of those kinds inside
 * IPv4-mapped, IPv4-compatible, NAT64 (RFC 6052), 6to4, Teredo and ISATAP addresses. Ports: the bad
 * ports of the Fetch standard. Pure: no sockets, no clock.
 */
#ifndef ADMISSION_H
#define ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "fetcher.h"
#include "url.h"

/* In order of danger: of an address inside an address the greater counts. */
enum address_class {
	ADDRESS_PUBLIC,
	ADDRESS_PRIVATE,  /* loopback and private networks: --allow-private admits them */
	ADDRESS_SPECIAL,  /* link-local, multicast, reserved...: only a named range admits them */
	ADDRESS_METADATA, /* where clouds hand out credentials: never */
};

struct admission {
	bool allow_private;
	const struct fetch_cidr *allow_cidrs; /* borrowed */
	size_t n_allow_cidrs;
};

/* 16 bytes in network order; IPv4 as ::ffff:a.b.c.d. */
enum address_class admission_classify(const unsigned char address[16]);
/* False for anything but AF_INET and AF_INET6. */
bool admission_check_address(const struct admission *admission, const struct sockaddr *address);
/* FETCH_OK, FETCH_BAD_URL or FETCH_FORBIDDEN_ADDRESS; *ret_message is a constant. */
enum fetch_outcome admission_check_url(const struct admission *admission, const struct url *url,
				       const char **ret_message);
bool admission_port_is_bad(int port);
/* "127.0.0.1" or "[::1]" as in url.host; false for a name. */
bool admission_parse_literal(const char *host, unsigned char ret_address[16]);

#endif
