#include "../cmocka_all.h"

#include <errno.h>

#include "verdict.h"

struct verdict_case {
	CURLcode result;
	long os_error, verify_result;
	const char *detail;
	enum transfer_stop stop;
	bool was_connected;
	int status;
	uint64_t body_bytes;
	enum fetch_outcome outcome;
	const char *message;
	bool is_reset, is_host_failure;
};

#define TLS CURLE_PEER_FAILED_VERIFICATION
#define NO_LINK CURLE_COULDNT_CONNECT
#define HANDSHAKE CURLE_SSL_CONNECT_ERROR

static const struct verdict_case cases[] = {
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 200, 9, FETCH_OK, "ok", false, false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 200, 0, FETCH_EMPTY, "no bytes", false, false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 304, 0, FETCH_NOT_MODIFIED, "", false, false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 206, 5, FETCH_HTTP_ERROR, "206", false, false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 404, 5, FETCH_HTTP_ERROR, "404 Not Found", false,
	 false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 410, 5, FETCH_HTTP_ERROR, "410 Gone", false, false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 401, 5, FETCH_BLOCKED, "401", false, false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 403, 5, FETCH_BLOCKED, "403", false, false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 407, 5, FETCH_BLOCKED, "407", false, false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 429, 5, FETCH_BLOCKED, "429", false, false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 451, 5, FETCH_BLOCKED, "451", false, false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 999, 5, FETCH_BLOCKED, "999", false, false},
	{CURLE_PARTIAL_FILE, 0, 0, "", STOP_NONE, true, 404, 5, FETCH_HTTP_ERROR, "404", false,
	 false},
	{CURLE_WRITE_ERROR, 0, 0, "", STOP_PAGE, true, 500, 70000, FETCH_HTTP_ERROR, "500", false,
	 false},
	{CURLE_PARTIAL_FILE, 0, 0, "", STOP_NONE, true, 200, 5, FETCH_TRUNCATED, "after 5 bytes",
	 false, false},
	{CURLE_WRITE_ERROR, 0, 0, "", STOP_TOO_LARGE, true, 200, 5, FETCH_TOO_LARGE, "larger than",
	 false, false},
	{CURLE_WRITE_ERROR, 0, 0, "", STOP_ENOUGH, true, 200, 5, FETCH_ENOUGH, "", false, false},
	{CURLE_WRITE_ERROR, 0, 0, "", STOP_REFUSED, true, 200, 5, FETCH_REFUSED_BY_SINK, "", false,
	 false},
	{CURLE_WRITE_ERROR, 0, 0, "", STOP_SINK_FAULT, true, 200, 5, FETCH_SINK_FAULT, "", false,
	 false},
	{CURLE_WRITE_ERROR, 0, 0, "", STOP_HEADERS, true, 0, 0, FETCH_PROTOCOL, "header", false,
	 false},
	{NO_LINK, 0, 0, "", STOP_ADDRESS, false, 0, 0, FETCH_FORBIDDEN_ADDRESS, "not public", false,
	 false},
	{CURLE_ABORTED_BY_CALLBACK, 0, 0, "", STOP_NAMELESS, true, 0, 0, FETCH_TLS,
	 "for another host", false, true},
	{NO_LINK, EMFILE, 0, "", STOP_SOCKET, false, 0, 0, FETCH_OWN_FAULT, "open files", false,
	 false},
	{NO_LINK, EMFILE, 0, "", STOP_NONE, false, 0, 0, FETCH_OWN_FAULT, "open files", false,
	 false},
	{NO_LINK, ENFILE, 0, "", STOP_NONE, false, 0, 0, FETCH_OWN_FAULT, "no socket", false,
	 false},
	{NO_LINK, ENOBUFS, 0, "", STOP_NONE, false, 0, 0, FETCH_OWN_FAULT, "no socket", false,
	 false},
	{NO_LINK, ENOMEM, 0, "", STOP_NONE, false, 0, 0, FETCH_OWN_FAULT, "no socket", false,
	 false},
	{NO_LINK, EIO, 0, "", STOP_NONE, false, 0, 0, FETCH_CONNECT, "no connection could", false,
	 true},
	/* what another connection of the same transfer met says nothing of this one */
	{NO_LINK, EMFILE, 0, "", STOP_SOCKET, true, 0, 0, FETCH_OWN_FAULT, "no socket", false,
	 false},
	{CURLE_RECV_ERROR, 0, 0, "", STOP_ADDRESS, true, 0, 0, FETCH_CONNECT, "reset before", true,
	 true},
	{CURLE_RECV_ERROR, EMFILE, 0, "", STOP_SOCKET, true, 0, 0, FETCH_CONNECT, "reset before",
	 true, true},
	{NO_LINK, EPIPE, 0, "", STOP_NONE, false, 0, 0, FETCH_CONNECT, "reset", true, true},
	{NO_LINK, ECONNREFUSED, 0, "", STOP_NONE, false, 0, 0, FETCH_CONNECT, "refused", false,
	 true},
	{NO_LINK, EHOSTUNREACH, 0, "", STOP_NONE, false, 0, 0, FETCH_CONNECT, "unreachable", false,
	 true},
	{NO_LINK, ENETUNREACH, 0, "", STOP_NONE, false, 0, 0, FETCH_CONNECT, "unreachable", false,
	 true},
	{NO_LINK, ECONNRESET, 0, "", STOP_NONE, false, 0, 0, FETCH_CONNECT, "reset", true, true},
	{NO_LINK, ETIMEDOUT, 0, "", STOP_NONE, false, 0, 0, FETCH_TIMEOUT, "no connection", false,
	 true},
	{CURLE_OPERATION_TIMEDOUT, 0, 0, "Connection timed out", STOP_NONE, false, 0, 0,
	 FETCH_TIMEOUT, "no connection", false, true},
	{CURLE_OPERATION_TIMEDOUT, 0, 0, "SSL connection timeout", STOP_NONE, false, 0, 0,
	 FETCH_TIMEOUT, "TLS handshake", false, true},
	{CURLE_OPERATION_TIMEDOUT, 0, 0, "Operation timed out", STOP_NONE, true, 0, 0,
	 FETCH_TIMEOUT, "no answer", false, true},
	{CURLE_OPERATION_TIMEDOUT, 0, 0, "Operation timed out", STOP_NONE, true, 200, 9,
	 FETCH_TIMEOUT, "not complete", false, false},
	{CURLE_OPERATION_TIMEDOUT, 0, 0, "Operation too slow. Less than", STOP_NONE, true, 200, 9,
	 FETCH_TIMEOUT, "too slow", false, false},
	{TLS, 0, 10, "", STOP_NONE, false, 0, 0, FETCH_TLS, "has expired", false, true},
	{TLS, 0, 9, "", STOP_NONE, false, 0, 0, FETCH_TLS, "not valid yet", false, true},
	{TLS, 0, 18, "", STOP_NONE, false, 0, 0, FETCH_TLS, "self-signed", false, true},
	{TLS, 0, 19, "", STOP_NONE, false, 0, 0, FETCH_TLS, "issuer is unknown", false, true},
	{TLS, 0, 20, "", STOP_NONE, false, 0, 0, FETCH_TLS,
	 "or the server leaves out an intermediate", false, true},
	{TLS, 0, 21, "", STOP_NONE, false, 0, 0, FETCH_TLS,
	 "or the server leaves out an intermediate", false, true},
	{TLS, 0, 62, "", STOP_NONE, false, 0, 0, FETCH_TLS, "for another host", false, true},
	{TLS, 0, 64, "", STOP_NONE, false, 0, 0, FETCH_TLS, "for another host", false, true},
	{TLS, 0, 67, "", STOP_NONE, false, 0, 0, FETCH_TLS, "too weak", false, true},
	{TLS, 0, 1, "", STOP_NONE, false, 0, 0, FETCH_TLS, "the certificate is not valid", false,
	 true},
	{TLS, 0, 0, "SSL: unable to obtain common name from peer certificate", STOP_NONE, false, 0,
	 0, FETCH_TLS, "another host", false, true},
	{TLS, 0, 0, "SSL: certificate subject 'x' does not match target host name 'y'", STOP_NONE,
	 false, 0, 0, FETCH_TLS, "another host", false, true},
	{TLS, 0, 23, "", STOP_NONE, false, 0, 0, FETCH_TLS, "revoked", false, true},
	{TLS, 0, 26, "", STOP_NONE, false, 0, 0, FETCH_TLS, "not one for servers", false, true},
	{TLS, 0, 66, "", STOP_NONE, false, 0, 0, FETCH_TLS, "too weak", false, true},
	{TLS, 0, 68, "", STOP_NONE, false, 0, 0, FETCH_TLS, "too weak", false, true},
	{CURLE_SSL_CLIENTCERT, 0, 0, "SSL routines::tlsv13 alert certificate required", STOP_NONE,
	 false, 0, 0, FETCH_TLS, "wants a certificate", false, true},
	{HANDSHAKE, 0, 0, "error:0A000458:SSL routines::tlsv1 unrecognized name", STOP_NONE, false,
	 0, 0, FETCH_TLS, "no host of this name", false, true},
	{TLS, 0, 0, "SSL: no alternative certificate subject name matches target host name 'x'",
	 STOP_NONE, false, 0, 0, FETCH_TLS, "another host", false, true},
	{HANDSHAKE, 0, 0, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to x", STOP_NONE,
	 false, 0, 0, FETCH_CONNECT, "reset in the TLS", true, true},
	{HANDSHAKE, 0, 1, "error:0A00010B:SSL routines::wrong version number", STOP_NONE, false, 0,
	 0, FETCH_TLS, "does not speak TLS", false, true},
	{HANDSHAKE, 0, 0, "error:0A00042E:SSL routines::tlsv1 alert protocol version", STOP_NONE,
	 false, 0, 0, FETCH_TLS, "older than 1.2", false, true},
	{HANDSHAKE, 0, 0, "Recv failure: Connection reset by peer", STOP_NONE, false, 0, 0,
	 FETCH_CONNECT, "reset in the TLS", true, true},
	{HANDSHAKE, 0, 0, "error:0A000126:SSL routines::unexpected eof while reading", STOP_NONE,
	 false, 0, 0, FETCH_CONNECT, "reset in the TLS", true, true},
	{HANDSHAKE, 0, 0, "error:0A00009C:SSL routines::http request", STOP_NONE, false, 0, 0,
	 FETCH_TLS, "does not speak TLS", false, true},
	{HANDSHAKE, 0, 0, "error:0A0000C6:SSL routines::packet length too long", STOP_NONE, false,
	 0, 0, FETCH_TLS, "does not speak TLS", false, true},
	{HANDSHAKE, 0, 0, "error:0A000102:SSL routines::unsupported protocol", STOP_NONE, false, 0,
	 0, FETCH_TLS, "older than 1.2", false, true},
	{HANDSHAKE, 0, 0, "error:0A0000BF:SSL routines::no protocols available", STOP_NONE, false,
	 0, 0, FETCH_TLS, "older than 1.2", false, true},
	{HANDSHAKE, 0, 0, "error:0A000410:SSL routines::sslv3 alert handshake failure", STOP_NONE,
	 false, 0, 0, FETCH_TLS, "refused the TLS", false, true},
	{HANDSHAKE, 0, 0, "error:0A000438:SSL routines::tlsv1 alert internal error", STOP_NONE,
	 false, 0, 0, FETCH_TLS, "refused the TLS handshake", false, true},
	{CURLE_SSL_CERTPROBLEM, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_TLS, "handshake failed",
	 false, true},
	{CURLE_SSL_CIPHER, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_TLS, "handshake failed", false,
	 true},
	{CURLE_SSL_ISSUER_ERROR, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_TLS, "handshake failed",
	 false, true},
	{CURLE_SSL_INVALIDCERTSTATUS, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_TLS,
	 "handshake failed", false, true},
	{HANDSHAKE, 0, 0, "anything", STOP_NONE, false, 0, 0, FETCH_TLS, "handshake failed", false,
	 true},
	{CURLE_SSL_CACERT_BADFILE, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_OWN_FAULT,
	 "trusted certificates", false, false},
	{CURLE_GOT_NOTHING, 0, 0, "Empty reply", STOP_NONE, true, 0, 0, FETCH_CONNECT,
	 "reset before", true, true},
	{CURLE_SEND_ERROR, 0, 0, "", STOP_NONE, true, 0, 0, FETCH_CONNECT, "reset before", true,
	 true},
	{CURLE_HTTP2, 0, 0, "", STOP_NONE, true, 0, 0, FETCH_CONNECT, "reset before", true, true},
	{CURLE_COULDNT_RESOLVE_HOST, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_DNS, "no address",
	 false, false},
	{CURLE_URL_MALFORMAT, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_BAD_URL, "cannot be asked",
	 false, false},
	{CURLE_FILESIZE_EXCEEDED, 0, 0, "", STOP_NONE, true, 200, 0, FETCH_TOO_LARGE, "4 bytes",
	 false, false},
	{CURLE_FAILED_INIT, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_OWN_FAULT, "could not start",
	 false, false},
	{CURLE_PROXY, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_CONNECT, "proxy refuses", false,
	 false},
	{CURLE_RECV_ERROR, ECONNRESET, 0, "Recv failure", STOP_NONE, true, 200, 9, FETCH_CONNECT,
	 "reset within", true, false},
	{CURLE_RECV_ERROR, 0, 0, "Illegal or missing hexadecimal sequence in chunked-encoding",
	 STOP_NONE, true, 200, 9, FETCH_PROTOCOL, "chunks", false, false},
	{CURLE_RECV_ERROR, 0, 0, "SSL routines::tlsv13 alert certificate required, errno 0",
	 STOP_NONE, true, 0, 0, FETCH_TLS, "wants a certificate", false, true},
	{CURLE_RECV_ERROR, 0, 0, "CONNECT tunnel failed, response 403", STOP_NONE, false, 0, 0,
	 FETCH_BLOCKED, "proxy does not admit", false, false},
	{CURLE_RECV_ERROR, 0, 0, "CONNECT tunnel failed, response 502", STOP_NONE, false, 0, 0,
	 FETCH_CONNECT, "proxy refuses", false, true},
	{CURLE_RECV_ERROR, 0, 0, "CONNECT tunnel failed, response 503", STOP_NONE, false, 0, 0,
	 FETCH_CONNECT, "proxy refuses", true, true},
	{CURLE_RECV_ERROR, 0, 0, "CONNECT tunnel failed, response 429", STOP_NONE, false, 0, 0,
	 FETCH_CONNECT, "proxy refuses", true, true},
	{CURLE_RECV_ERROR, 0, 0, "CONNECT tunnel failed, response 405", STOP_NONE, false, 0, 0,
	 FETCH_CONNECT, "no valid answer", true, true},
	{CURLE_RECV_ERROR, 0, 0, "Proxy CONNECT aborted", STOP_NONE, false, 0, 0, FETCH_CONNECT,
	 "no valid answer", true, true},
	{CURLE_PROXY, 0, 0, "Can't complete SOCKS5 connection to a.test. (2)", STOP_NONE, false, 0,
	 0, FETCH_BLOCKED, "proxy does not admit", false, false},
	{CURLE_PROXY, 0, 0, "Can't complete SOCKS5 connection to a.test. (5)", STOP_NONE, false, 0,
	 0, FETCH_CONNECT, "proxy refuses", false, true},
	{CURLE_PROXY, 0, 0, "No authentication method was acceptable.", STOP_NONE, false, 0, 0,
	 FETCH_OWN_FAULT, "user name and password", false, false},
	{CURLE_PROXY, 0, 0, "connection to proxy closed", STOP_NONE, false, 0, 0, FETCH_CONNECT,
	 "no valid answer", true, true},
	{CURLE_PROXY, 0, 0, "SOCKS5: Failed receiving initial SOCKS5 response: Failure", STOP_NONE,
	 false, 0, 0, FETCH_CONNECT, "no valid answer", true, true},
	{CURLE_PROXY, 0, 0, "Could not resolve host: a.test", STOP_NONE, false, 0, 0, FETCH_DNS,
	 "no address", false, true},
	{CURLE_PROXY, 0, 0, "Could not resolve proxy: a.test", STOP_NONE, false, 0, 0, FETCH_DNS,
	 "no address", false, true},
	{CURLE_PROXY, 0, 0, "SOCKS4 reply has wrong version, version should be 0.", STOP_NONE,
	 false, 0, 0, FETCH_OWN_FAULT, "does not speak SOCKS", false, false},
	{CURLE_PROXY, 0, 0, "SOCKS5 reply has wrong version, version should be 5.", STOP_NONE,
	 false, 0, 0, FETCH_OWN_FAULT, "does not speak SOCKS", false, false},
	{CURLE_PROXY, 0, 0, "Received invalid version in initial SOCKS5 response.", STOP_NONE,
	 false, 0, 0, FETCH_OWN_FAULT, "does not speak SOCKS", false, false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 511, 5, FETCH_BLOCKED, "511", false, false},
	{CURLE_RECV_ERROR, 0, 0, "CONNECT tunnel failed, response 407", STOP_NONE, false, 0, 0,
	 FETCH_OWN_FAULT, "user name and password", false, false},
	{CURLE_COULDNT_RESOLVE_PROXY, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_OWN_FAULT,
	 "the proxy", false, false},
	{CURLE_HTTP2_STREAM, 0, 0, "HTTP/2 stream 1 was not closed cleanly: PROTOCOL_ERROR (err 1)",
	 STOP_NONE, true, 200, 9, FETCH_TRUNCATED, "malformed: its body is not", false, false},
	{CURLE_HTTP2_STREAM, 0, 0, "HTTP/2 stream 1 was not closed cleanly: PROTOCOL_ERROR (err 1)",
	 STOP_NONE, true, 0, 0, FETCH_TRUNCATED, "malformed: its header is not valid, or", false,
	 false},
	{CURLE_PARTIAL_FILE, 0, 0, "", STOP_NONE, true, 0, 0, FETCH_CONNECT, "reset before", true,
	 true},
	{CURLE_HTTP2_STREAM, 0, 0, "", STOP_NONE, true, 0, 0, FETCH_CONNECT, "reset", true, true},
	{CURLE_UNSUPPORTED_PROTOCOL, 0, 0, "Received HTTP/0.9 when not allowed", STOP_NONE, true, 0,
	 0, FETCH_PROTOCOL, "HTTP/0.9", false, false},
	{CURLE_BAD_CONTENT_ENCODING, 0, 0, "", STOP_NONE, true, 200, 9, FETCH_PROTOCOL,
	 "Content-Encoding", false, false},
	{CURLE_OUT_OF_MEMORY, 0, 0, "", STOP_NONE, true, 0, 0, FETCH_PROTOCOL, "header line", false,
	 false},
	{(CURLcode)100, 0, 0, "", STOP_NONE, true, 0, 0, FETCH_PROTOCOL, "header line", false,
	 false},
	{CURLE_OUT_OF_MEMORY, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_OWN_FAULT, "memory", false,
	 false},
	{CURLE_OK, 0, 0, "", STOP_NONE, true, 0, 0, FETCH_CONNECT, "reset before", true, true},
	{CURLE_WRITE_ERROR, 0, 0, "", STOP_NONE, true, 200, 9, FETCH_PROTOCOL, "behind the end",
	 false, false},
	{CURLE_WRITE_ERROR, 0, 0, "", STOP_LENGTHS, true, 200, 0, FETCH_PROTOCOL, "contradict",
	 false, false},
	{CURLE_ABORTED_BY_CALLBACK, 0, 0, "", STOP_REPEATED, true, 0, 0, FETCH_CONNECT,
	 "reset before", true, true},
	{CURLE_WRITE_ERROR, 0, 0, "", STOP_NO_HTTP, true, 0, 0, FETCH_PROTOCOL, "no valid HTTP",
	 false, false},
	{CURLE_WEIRD_SERVER_REPLY, 0, 0, "", STOP_NONE, true, 0, 0, FETCH_PROTOCOL, "no valid HTTP",
	 false, false},
};

static void judges(void **state)
{
	struct http_fields fields = {0};
	struct status_set accept;

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct verdict_case *c = &cases[i];
		struct verdict_facts facts = {
			.result = c->result,
			.os_error = c->os_error,
			.verify_result = c->verify_result,
			.detail = c->detail,
			.stop = c->stop,
			.was_connected = c->was_connected,
			.is_conditional = true,
			.status = c->status,
			.fields = &fields,
			.page = "",
			.body_bytes = c->body_bytes,
			.max_bytes = 4,
			.accept = &accept,
		};
		struct verdict verdict;

		verdict_of(&facts, &verdict);
		if (verdict.outcome != c->outcome || !strstr(verdict.message, c->message) ||
		    verdict.is_reset != c->is_reset ||
		    verdict.is_host_failure != c->is_host_failure)
			fail_msg("case %zu: %s: %s", i, fetch_outcome_name(verdict.outcome),
				 verdict.message);
	}
}

static void tells_an_unreachable_host(void **state)
{
	static const struct {
		int os_error;
		bool is_unreachable;
	} rows[] = {
		{ENETUNREACH, true}, {EHOSTUNREACH, true}, {ENETDOWN, true}, {EADDRNOTAVAIL, true},
		{EACCES, true},      {EPERM, true},        {EINVAL, true},   {ECONNREFUSED, false},
		{ETIMEDOUT, false},  {ECONNRESET, false},  {EIO, false},
	};
	struct http_fields fields = {0};
	struct status_set accept;

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict_facts facts = {.result = NO_LINK,
					      .os_error = rows[i].os_error,
					      .detail = "",
					      .fields = &fields,
					      .page = "",
					      .accept = &accept};
		struct verdict verdict;

		verdict_of(&facts, &verdict);
		assert_true(verdict.is_host_failure);
		if (verdict.is_unreachable != rows[i].is_unreachable)
			fail_msg("row %zu: %s", i, verdict.message);
	}
}

/* RFC 9110 section 15.5.9: the server gave an idle connection up while the request went out. */
static void a_408_of_an_idle_connection_is_no_answer(void **state)
{
	static const struct {
		int status;
		bool is_reused, is_doubtful;
		const char *fields;
		bool is_given_up;
	} rows[] = {
		{408, true, false, "Connection: close\n", true},
		{408, true, false, "connection: X, Close\n", true},
		{408, false, false, "Connection: close\n", false},
		{408, true, false, "Connection: keep-alive\n", false},
		{408, true, false, "", false},
		{408, true, false, "Connection: close\nRetry-After: 1\n", false},
		{409, true, false, "Connection: close\n", false},
		{407, true, false, "Connection: close\n", false},
		{200, false, true, "", true},
		{408, true, true, "Connection: close\n", true},
	};
	struct status_set accept;

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_fields fields = {0};
		struct verdict_facts facts = {.detail = "",
					      .status = rows[i].status,
					      .was_connected = true,
					      .is_reused = rows[i].is_reused,
					      .is_doubtful = rows[i].is_doubtful,
					      .fields = &fields,
					      .page = "",
					      .body_bytes = 9,
					      .accept = &accept};
		struct verdict verdict;

		http_fields_parse(&fields, rows[i].fields, strlen(rows[i].fields));
		verdict_of(&facts, &verdict);
		if (verdict.is_given_up != rows[i].is_given_up)
			fail_msg("row %zu", i);
		http_fields_release(&fields);
	}
}

/* The rest of what a verdict says, a mark each. */
static void marks_what_is_to_be_done(void **state)
{
	struct http_fields fields = {0};
	struct status_set accept;
	struct verdict verdict;
	struct verdict_facts facts = {.result = CURLE_BAD_CONTENT_ENCODING,
				      .detail = "Unrecognized content encoding type",
				      .was_connected = true,
				      .status = 200,
				      .fields = &fields,
				      .page = "",
				      .body_bytes = 9,
				      .accept = &accept};

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	verdict_of(&facts, &verdict);
	assert_true(verdict.is_unknown_encoding);
	facts.detail = "Error while processing content unencoding: incorrect header check";
	verdict_of(&facts, &verdict);
	assert_false(verdict.is_unknown_encoding);
	/* another request over the same connection waited in vain */
	facts.result = CURLE_RECV_ERROR;
	facts.detail = "";
	facts.was_dead = true;
	facts.status = 0;
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_TIMEOUT);
	assert_false(verdict.is_reset);
	facts.was_dead = false;
	facts.stop = STOP_UNASKED;
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_CONNECT);
	assert_true(verdict.is_unasked);
	/* a refused body may be a guard's page */
	facts.stop = STOP_REFUSED;
	facts.status = 200;
	facts.page = "<title>Just a moment...</title>";
	facts.page_bytes = strlen(facts.page);
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_BLOCKED);
	assert_true(verdict.is_bot_wall);
	facts.stop = STOP_NONE;
	facts.status = 503;
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_BLOCKED);
	assert_true(verdict.is_bot_wall);
	facts.status = 200;
	/* what was accepted and has bytes is what was asked for, whatever its fields say */
	facts.stop = STOP_NONE;
	facts.result = CURLE_OK;
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_OK);
	facts.is_asked_part = true;
	facts.status = 206;
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_OK);
	facts.stop = STOP_TOO_LARGE;
	facts.max_bytes = UINT64_C(20) << 20;
	verdict_of(&facts, &verdict);
	assert_non_null(strstr(verdict.message, "20 MiB"));
	facts.max_bytes++;
	verdict_of(&facts, &verdict);
	assert_non_null(strstr(verdict.message, "20971521 bytes"));
}

/* What was under way over such a connection has no other fault, but for what was there in whole. */
static void a_flood_is_no_answer(void **state)
{
	static const struct {
		CURLcode result;
		enum transfer_stop stop;
		int status;
		bool is_doubtful, is_flood;
	} rows[] = {
		{CURLE_RECV_ERROR, STOP_NONE, 0, false, true},
		{CURLE_PARTIAL_FILE, STOP_NONE, 200, false, true},
		{CURLE_RECV_ERROR, STOP_NONE, 404, false, true},
		{CURLE_OK, STOP_NONE, 200, true, true},
		{CURLE_OK, STOP_NONE, 200, false, false},
		{CURLE_WRITE_ERROR, STOP_TOO_LARGE, 200, false, false},
	};
	struct http_fields fields = {0};
	struct status_set accept;

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict_facts facts = {.result = rows[i].result,
					      .detail = "",
					      .stop = rows[i].stop,
					      .was_connected = true,
					      .was_flooded = true,
					      .is_doubtful = rows[i].is_doubtful,
					      .status = rows[i].status,
					      .fields = &fields,
					      .page = "",
					      .body_bytes = 9,
					      .accept = &accept};
		struct verdict verdict;

		verdict_of(&facts, &verdict);
		if (verdict.is_flood != rows[i].is_flood ||
		    (verdict.is_flood && verdict.outcome != FETCH_CONNECT))
			fail_msg("row %zu: %s: %s", i, fetch_outcome_name(verdict.outcome),
				 verdict.message);
	}
}

static void a_304_needs_a_condition(void **state)
{
	struct http_fields fields = {0};
	struct status_set accept;
	struct verdict verdict;
	struct verdict_facts facts = {
		.detail = "", .status = 304, .fields = &fields, .page = "", .accept = &accept};

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_HTTP_ERROR);
}

/* AWS WAF: 202, no bytes, and a field. */
static void a_challenge_may_be_empty(void **state)
{
	struct http_fields fields = {0};
	struct status_set accept;
	struct verdict verdict;
	struct verdict_facts facts = {
		.detail = "", .status = 202, .fields = &fields, .page = "", .accept = &accept};

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_EMPTY);
	assert_true(http_fields_add_line(&fields, "x-amzn-waf-action: challenge", 28));
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_BLOCKED);
	http_fields_release(&fields);
}

/* Image hosts say in a field of their own what is wrong. */
static void adds_what_the_host_says(void **state)
{
	static const struct {
		int status;
		const char *field, *message;
	} answers[] = {
		{404, "X-Cld-Error: Resource not found - a",
		 "HTTP 404 Not Found: Resource not found - a"},
		{401, "x-cld-error: Invalid width", "HTTP 401 Unauthorized: Invalid width"},
		{409, "x-ms-error-code: PublicAccessNotPermitted",
		 "HTTP 409 Conflict: PublicAccessNotPermitted"},
		{599, "x-amz-error-code: Other", "HTTP 599: Other"},
		{404, "x-vercel-error:", "HTTP 404 Not Found"},
		{404, "x-error: no", "HTTP 404 Not Found"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct http_fields fields = {0};
		struct status_set accept;
		struct verdict_facts facts = {.detail = "",
					      .status = answers[i].status,
					      .fields = &fields,
					      .page = "",
					      .accept = &accept};
		struct verdict verdict;

		assert_true(status_set_parse("200..=204", &accept));
		http_fields_add_line(&fields, answers[i].field, strlen(answers[i].field));
		verdict_of(&facts, &verdict);
		assert_string_equal(verdict.message, answers[i].message);
		http_fields_release(&fields);
	}
}

/* Nobody gets such an image, whatever asks for it; a refusal stays one. */
static void says_that_a_signature_is_dead(void **state)
{
	static const struct {
		int status;
		const char *page;
		enum fetch_outcome outcome;
		const char *message;
	} pages[] = {
		{403, "URL signature expired", FETCH_BLOCKED,
		 "HTTP 403 Forbidden: the URL's signature has expired"},
		{403, "Bad URL hash\n", FETCH_BLOCKED, "signature is wrong"},
		{403,
		 "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
		 FETCH_BLOCKED, "HTTP 403 Forbidden: the URL's signature has expired"},
		{403, "<Code>AccessDenied</Code><Message>Access Denied</Message>", FETCH_BLOCKED,
		 "HTTP 403 Forbidden"},
		{403, "<p>Your request has expired: log in", FETCH_BLOCKED, "403"},
		{401, "URL signature expired", FETCH_BLOCKED, "signature has expired"},
		{402, "URL signature expired", FETCH_HTTP_ERROR, "402"},
		{400, "<Error><Code>ExpiredToken</Code>", FETCH_BAD_SIGNATURE,
		 "HTTP 400 Bad Request: the URL's signature has expired"},
		{404, "URL signature expired", FETCH_HTTP_ERROR, "404"},
		{429, "URL signature expired", FETCH_BLOCKED, "429"},
	};
	const struct http_fields fields = {0};
	struct status_set accept;

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		const struct verdict_facts facts = {
			.status = pages[i].status,
			.fields = &fields,
			.page = pages[i].page,
			.page_bytes = strlen(pages[i].page),
			.body_bytes = strlen(pages[i].page),
			.accept = &accept,
		};
		struct verdict verdict;

		verdict_of(&facts, &verdict);
		if (verdict.outcome != pages[i].outcome ||
		    !strstr(verdict.message, pages[i].message))
			fail_msg("case %zu: %s", i, verdict.message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(tells_an_unreachable_host),
		cmocka_unit_test(a_408_of_an_idle_connection_is_no_answer),
		cmocka_unit_test(marks_what_is_to_be_done),
		cmocka_unit_test(a_flood_is_no_answer),
		cmocka_unit_test(a_304_needs_a_condition),
		cmocka_unit_test(says_that_a_signature_is_dead),
		cmocka_unit_test(adds_what_the_host_says),
		cmocka_unit_test(a_challenge_may_be_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
