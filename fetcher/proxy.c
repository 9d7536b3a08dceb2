#include "proxy.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"

static const struct {
	const char *words;
	enum proxy_failure failure;
} failures[] = {
	{"CONNECT tunnel failed, response 407", PROXY_WANTS_A_LOGIN},
	{"No authentication method was acceptable", PROXY_WANTS_A_LOGIN},
	{"User was rejected by the SOCKS5 server", PROXY_WANTS_A_LOGIN},
	{"invalid version in initial SOCKS5 response", PROXY_IS_NO_SOCKS},
	{"reply has wrong version", PROXY_IS_NO_SOCKS},
	{"CONNECT tunnel failed, response 401", PROXY_FORBIDS},
	{"CONNECT tunnel failed, response 403", PROXY_FORBIDS},
	{"CONNECT tunnel failed, response 451", PROXY_FORBIDS},
	{"CONNECT tunnel failed, response 400", PROXY_IS_MUTE},
	{"CONNECT tunnel failed, response 405", PROXY_IS_MUTE},
	{"CONNECT tunnel failed, response 501", PROXY_IS_MUTE},
	{"CONNECT tunnel failed, response 429", PROXY_CANNOT_NOW},
	{"CONNECT tunnel failed, response 503", PROXY_CANNOT_NOW},
	{"CONNECT tunnel", PROXY_CANNOT},
	{"CONNECT aborted", PROXY_IS_MUTE},
	{"connection to proxy closed", PROXY_IS_MUTE},
	{"proxy closed connection", PROXY_IS_MUTE}, /* libcurl 8.23 */
	{"Failed receiving", PROXY_IS_MUTE},
	{"Failed to resolve", PROXY_NOT_ASKED},
	{"Could not resolve host", PROXY_NOT_ASKED},
	{"Could not resolve proxy", PROXY_NOT_ASKED}, /* the host, for all that (libcurl 8.14) */
};

/* "Can't complete SOCKS5 connection to a.example. (2)", "cannot ..." in newer ones: not allowed by
 * the ruleset. */
static enum proxy_failure socks_failure_of(const char *detail)
{
	static const char end[] = "(2)";
	size_t length = strlen(detail);

	if (!strstr(detail, "complete SOCKS5 connection"))
		return PROXY_FAILURE_NONE;
	return length > strlen(end) && !strcmp(detail + length - strlen(end), end) ? PROXY_FORBIDS
										   : PROXY_CANNOT;
}

enum proxy_failure proxy_failure_of(const char *detail)
{
	for (size_t i = 0; i < ARRAY_LENGTH(failures); i++)
		if (strstr(detail, failures[i].words))
			return failures[i].failure;
	return socks_failure_of(detail);
}

bool proxy_speaks_http(const char *url)
{
	return strncasecmp(url, "socks", strlen("socks")) != 0 || !strstr(url, "://");
}
