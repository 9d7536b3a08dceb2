/*
 * proxy.h: the user's own proxy: which language it speaks, and why it made no connection to a host,
 * by libcurl's words. Pure.
 */
#ifndef PROXY_H
#define PROXY_H

#include <stdbool.h>

enum proxy_failure {
	PROXY_FAILURE_NONE,  /* the words are about something else */
	PROXY_CANNOT,        /* it tried, or does not say */
	PROXY_CANNOT_NOW,    /* it may have too many; or so it says of a host that is dead */
	PROXY_FORBIDS,       /* its rules do not admit the host: of the host that says nothing */
	PROXY_WANTS_A_LOGIN, /* whatever is asked for */
	PROXY_IS_NO_SOCKS,   /* nor does it ever: an HTTP proxy that was called socks5: */
	PROXY_IS_MUTE,       /* it said nothing that makes sense, or that it knows no CONNECT */
	PROXY_NOT_ASKED, /* the host's name, which socks5: does not leave to it, leads nowhere */
};

/* `detail` is libcurl's error text: of CONNECT (RFC 9110 section 9.3.6) and of SOCKS5 (RFC
 * 1928). */
enum proxy_failure proxy_failure_of(const char *detail);

/* Else SOCKS, and whoever answers is the host. `url` as in --proxy. */
bool proxy_speaks_http(const char *url);

#endif
