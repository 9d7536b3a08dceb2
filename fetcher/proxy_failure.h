/*
 * proxy_failure.h: why the user's own proxy made no connection to a host, by libcurl's words. Pure.
 */
#ifndef PROXY_FAILURE_H
#define PROXY_FAILURE_H

enum proxy_failure {
	PROXY_FAILURE_NONE,  /* the words are about something else */
	PROXY_CANNOT,        /* it tried, or does not say */
	PROXY_FORBIDS,       /* its rules do not admit the host: of the host that says nothing */
	PROXY_WANTS_A_LOGIN, /* whatever is asked for */
	PROXY_IS_NO_SOCKS,   /* nor does it ever: an HTTP proxy that was called socks5: */
};

/* `detail` is libcurl's error text: of CONNECT (RFC 9110 section 9.3.6) and of SOCKS5 (RFC
 * 1928). */
enum proxy_failure proxy_failure_of(const char *detail);

#endif
