#include "../cmocka_all.h"

#include <errno.h>

#include "bot_wall.h"
#include "captcha_page.h"
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
	{HANDSHAKE, 0, 0, "anything", STOP_NONE, false, 0, 0, FETCH_TLS, "handshake failed", false,
	 true},
	{CURLE_SSL_CACERT_BADFILE, 0, 0, "", STOP_NONE, false, 0, 0, FETCH_OWN_FAULT,
	 "trusted certificates", false, false},
	{CURLE_GOT_NOTHING, 0, 0, "Empty reply", STOP_NONE, true, 0, 0, FETCH_CONNECT,
	 "reset before", true, true},
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

/* The user's own proxy: no host is to blame for it. */
static void a_proxy_may_be_down(void **state)
{
	struct http_fields fields = {0};
	struct status_set accept;
	struct verdict verdict;
	struct verdict_facts facts = {.result = CURLE_COULDNT_CONNECT,
				      .os_error = ECONNREFUSED,
				      .detail = "",
				      .is_proxied = true,
				      .fields = &fields,
				      .page = "",
				      .accept = &accept};

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	verdict_of(&facts, &verdict);
	assert_int_equal(verdict.outcome, FETCH_OWN_FAULT);
	assert_false(verdict.is_host_failure);
}

/* Who was to answer is the proxy: what went wrong says nothing of the host. */
static void a_proxy_may_fail_in_its_own_ways(void **state)
{
	static const struct {
		CURLcode result;
		const char *detail;
		bool is_http_proxy, is_unhidden, was_connected;
		long connect_status;
		enum fetch_outcome outcome;
		bool is_unreachable, is_mute;
	} rows[] = {
		{CURLE_GOT_NOTHING, "", true, true, true, 0, FETCH_CONNECT, true, true},
		{CURLE_RECV_ERROR, "", true, false, false, 0, FETCH_CONNECT, true, true},
		{CURLE_RECV_ERROR, "", true, false, false, 200, FETCH_CONNECT, false, false},
		{CURLE_RECV_ERROR, "", true, false, true, 0, FETCH_CONNECT, false, false},
		{CURLE_GOT_NOTHING, "", false, true, true, 0, FETCH_CONNECT, false, false},
		{CURLE_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed", true, true, true,
		 0, FETCH_CONNECT, true, true},
		{CURLE_WEIRD_SERVER_REPLY, "", true, true, true, 0, FETCH_PROTOCOL, false, false},
		/* What libcurl 8.23 calls it. */
		{CURLE_COULDNT_CONNECT, "CONNECT tunnel failed, response 403", true, false, false,
		 403, FETCH_BLOCKED, false, false},
		{CURLE_COULDNT_CONNECT, "CONNECT tunnel failed, response 407", true, false, false,
		 407, FETCH_OWN_FAULT, false, false},
		{CURLE_COULDNT_CONNECT, "CONNECT tunnel failed, response 502", true, false, false,
		 502, FETCH_CONNECT, true, false},
		{CURLE_WEIRD_SERVER_REPLY, "Invalid response header", true, false, false, 0,
		 FETCH_CONNECT, true, true},
		{CURLE_PROXY, "Failed to receive SOCKS response, proxy closed connection", false,
		 true, false, 0, FETCH_CONNECT, true, true},
		{HANDSHAKE, "wrong version number", true, true, false, 0, FETCH_OWN_FAULT, false,
		 false},
		{TLS, "", true, false, false, 0, FETCH_OWN_FAULT, false, false},
		{TLS, "", true, false, false, 200, FETCH_TLS, false, false},
		{TLS, "SSL certificate problem", false, false, false, 0, FETCH_TLS, false, false},
		{CURLE_OPERATION_TIMEDOUT, "", true, false, false, 0, FETCH_TIMEOUT, true, true},
		{CURLE_OPERATION_TIMEDOUT, "", true, true, true, 0, FETCH_TIMEOUT, true, false},
		{CURLE_OPERATION_TIMEDOUT, "", false, false, false, 0, FETCH_TIMEOUT, true, true},
		{CURLE_OPERATION_TIMEDOUT, "SSL connection timeout", false, false, false, 0,
		 FETCH_TIMEOUT, false, false},
		{CURLE_OPERATION_TIMEDOUT, "", false, true, true, 0, FETCH_TIMEOUT, false, false},
	};
	struct http_fields fields = {0};
	struct status_set accept;

	(void)state;
	assert_true(status_set_parse("200..=204", &accept));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict_facts facts = {.result = rows[i].result,
					      .detail = rows[i].detail,
					      .is_proxied = true,
					      .is_http_proxy = rows[i].is_http_proxy,
					      .is_unhidden = rows[i].is_unhidden,
					      .was_connected = rows[i].was_connected,
					      .connect_status = rows[i].connect_status,
					      .fields = &fields,
					      .page = "",
					      .accept = &accept};
		struct verdict verdict;

		verdict_of(&facts, &verdict);
		if (verdict.outcome != rows[i].outcome ||
		    verdict.is_unreachable != rows[i].is_unreachable ||
		    verdict.is_proxy_mute != rows[i].is_mute)
			fail_msg("row %zu: %s: %s", i, fetch_outcome_name(verdict.outcome),
				 verdict.message);
	}
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

static void finds_bot_walls(void **state)
{
	static const struct {
		int status;
		const char *field, *body, *guard;
	} walls[] = {
		{403, "cf-mitigated: challenge", "", "Cloudflare"},
		{200, "CF-Mitigated: challenge", "", "Cloudflare"},
		{503, "server: cloudflare", "<title>Just a moment...</title>", "Cloudflare"},
		{200, "server: nginx", "<script>window._cf_chl_opt={}</script>", "Cloudflare"},
		{403, "server: AkamaiGHost", "Access Denied", "Akamai"},
		{404, "server: AkamaiGHost", "Not Found", NULL},
		{503, "server: x", "https://errors.edgesuite.net/18.2", "Akamai"},
		{200, "server: x", "Access Denied\nReference&#32;&#35;18&#46;2d", "Akamai"},
		{200, "server: x", "<H1>Access Denied</H1> Reference #18.2d", "Akamai"},
		{200, "server: x", "See Reference #18.", NULL},
		{202, "x-amzn-waf-action: challenge", "", "AWS WAF"},
		{403, "x: y", "Incapsula incident ID: 1", "Imperva"},
		{200, "x: y", "src=/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1",
		 "Cloudflare"},
		{404, "x: y", "src=/cdn-cgi/challenge-platform/scripts/jsd/main.js", NULL},
		{200, "x: y", "src=/cdn-cgi/challenge-platform/scripts/jsd/main.js", NULL},
		{503, "x: y", "error code: 1015", "Cloudflare"},
		{404, "x: y", "error code: 1016", NULL},
		{503, "x: y", "https&#58;&#47;&#47;errors&#46;edgesuite&#46;net&#47;18", "Akamai"},
		{404, "x: y", "src=/_Incapsula_Resource?SWJIYLWA=719", NULL},
		{403, "x: y", "src=/_Incapsula_Resource?SWJIYLWA=719", "Imperva"},
		{200, "x: y", "NOINDEX, NOFOLLOW src=/_Incapsula_Resource?SWJIYLWA=719", "Imperva"},
		{200, "x: y", "src=/_Incapsula_Resource?CWUDNSAI=2", "Imperva"},
		{200, "x: y", "<title>Pardon Our Interruption</title>", "Imperva"},
		{200, "x: y", "{\"url\":\"https://geo.captcha-delivery.com/c/\"}", "DataDome"},
		{200, "x: y", "<meta name=description content=px-captcha>", "PerimeterX"},
		{503, "x: y", "{\"jsClientSrc\":\"\",\"blockScript\":\"\"}", "PerimeterX"},
		{404, "x: y", "window._pxAppId = 'PX1'", NULL},
		/* Down for maintenance, behind a guard. */
		{503, "x: y", "<title>Back soon</title>window._pxAppId = 'PX1'", NULL},
		{503, "x: y", "Back soon src=/cdn-cgi/challenge-platform/scripts/jsd/main.js",
		 NULL},
		{503, "x: y", "Back soon https://a.token.awswaf.com/challenge.js", NULL},
		{503, "x: y", "Back soon AwsWafIntegration.getToken()", NULL},
		{503, "x: y", "Back soon src=\"/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e\"",
		 NULL},
		{405, "x: y", "https://a.token.awswaf.com/captcha.js", "AWS WAF"},
		{403, "x: y", "window._pxAppId = 'PX1'", "PerimeterX"},
		{202, "x: y", "window.gokuProps = {}", "AWS WAF"},
		{404, "x: y", "https://a.token.awswaf.com/challenge.js", NULL},
		{503, "x: y", "Request blocked. Generated by cloudfront (CloudFront)", "AWS WAF"},
		{503, "x: y", "Sucuri WebSite Firewall - Access Denied", "Sucuri"},
		{200, "x: y", "sucuri_cloudproxy_js=''", "Sucuri"},
		{200, "x: y", "<title>Client Challenge</title>", "Fastly"},
		{404, "server: cloudflare", "Not found", NULL},
		{521, "server: cloudflare", "cf-error-details", NULL},
		{200, "server: cloudflare", "an article about Cloudflare", NULL},
		{404, "x: y", "", NULL},
		{200, "x: y", " error code: 1015\n", "Cloudflare"},
		{200, "x: y", "error code: 1020", "Cloudflare"},
		{200, "x: y", "error code: 1016", NULL},
		{200, "x: y", "What does \"error code: 1020\" mean?", NULL},
		{200, "x: y", "<p>Access denied<div id=cf-error-details>", "Cloudflare"},
		{200, "x: y", "cf-error-details You are being rate limited", "Cloudflare"},
		{521, "x: y", "cf-error-details Web server is down", NULL},
		{200, "x: y", "Please enable JS and disable any ad blocker<script>var dd={",
		 "DataDome"},
		{200, "x: y", "How to: Please enable JS and disable any ad blocker", NULL},
		{200, "x: y", "<meta http-equiv=\"refresh\" content=\"5; URL='?bm-verify=A'\">",
		 "Akamai"},
		{200, "x: y", "<title>Vercel Security Checkpoint</title>", "Vercel"},
		{200, "x: y", "<script id=\"anubis_challenge\">", "Anubis"},
		{503, "x: y", "<TITLE lang=en>\n Just a  moment... </TITLE>", "Cloudflare"},
		{200, "x: y", "<title>Just a moment&hellip;</title>", "Cloudflare"},
		{404, "x: y", "<title>Just a moment in time</title>", NULL},
		{503, "x: y", "<title>Please Wait... | Cloudflare</title>", "Cloudflare"},
		{503, "x: y", "<p>Checking your browser before accessing x.example", "Cloudflare"},
		{503, "x: y", "<form id=challenge-form action='/?__cf_chl_f_tk=a'>", "Cloudflare"},
		{503, "x: y", "<input name=jschl_vc value=1>", "Cloudflare"},
		{503, "x: y", "src=https://challenges.cloudflare.com/turnstile/v0/api.js",
		 "Cloudflare"},
		{404, "x: y", "src=https://challenges.cloudflare.com/turnstile/v0/api.js", NULL},
		{200, "x: y", "Sorry, you have been blocked", NULL},
		{428, "x: y", "{\"sec-cp-challenge\": \"true\",\"provider\":\"crypto\"}", "Akamai"},
		{200, "x: y", "You don't have permission to access x. Reference #18.2d", "Akamai"},
		{404, "x: y", "You don't have permission to access x on this server.", NULL},
		{405, "x: y", "<script>window.awsWafCookieDomainList = [];", "AWS WAF"},
		{202, "x: y", "AwsWafIntegration.checkForceRefresh().then((x) => {})", "AWS WAF"},
		/* A site's own page, with the guard's script in it. */
		{404, "x: y",
		 "window.awsWafCookieDomainList = ['x.example'];AwsWafIntegration.getToken()",
		 NULL},
		/* Every answer through these guards says so, a site's own failure among them. */
		{503, "x-datadome: protected", "Down for maintenance", NULL},
		{403, "x-datadome: protected", "", "DataDome"},
		{503, "server: ddos-guard", "Down for maintenance", NULL},
		{403, "server: ddos-guard", "", "DDoS-Guard"},
		{503, "server: AkamaiGHost", "Access Denied", "Akamai"},
		{503, "server: AkamaiGHost",
		 "An error occurred while processing your "
		 "request.<p>\nReference&#32;&#35;179&#46;8c"
		 "https://errors.edgesuite.net/179.8c",
		 NULL},
		{504, "x: y",
		 "An error occurred while processing your request.<p>\nReference #97.b4 "
		 "https://errors.edgesuite.net/97.b4",
		 NULL},
		{503, "server: AkamaiGHost",
		 "<H1>Service Unavailable - Zero size object</H1>The server is temporarily unable "
		 "to service your request.  Please try again\nlater.<P>Reference&#32;&#35;15",
		 NULL},
		{503, "server: cloudflare",
		 "<title>Worker exceeded resource limits | x | Cloudflare</title>cf-error-details",
		 NULL},
		{405, "x: y", "<title>405</title>https://errors.aliyun.com/images/a.png",
		 "Alibaba Cloud"},
		{404, "x: y", "https://errors.aliyun.com/images/a.png", NULL},
		{200, "x: y", "location.replace('/a.jpg/_____tmd_____/punish?x5secdata=b')",
		 "Alibaba Cloud"},
		{200, "x: y", "<script>var arg1='5A';setCookie('acw_sc__v2',x)", "Alibaba Cloud"},
		{200, "x: y", "<title>One moment, please...</title>", "Imunify360"},
		{200, "x: y", "<title>Radware Bot Manager Captcha</title>", "Radware"},
		{200, "x: y", "<title>ShieldSquare Captcha</title>", "Radware"},
		{200, "x: y", "<title>Making sure you&#39;re not a bot!</title>", "Anubis"},
		{406, "x: y",
		 "<h1>Not Acceptable!</h1><p>This error was generated by Mod_Security.</p>",
		 "ModSecurity"},
		{404, "x: y", "<p>Why this error was generated by Mod_Security</p>", NULL},
		{200, "x: y", "<p>\"This error was generated by Mod_Security\": how to mend it",
		 NULL},
		{418, "x: y",
		 "/.well-known/.git.gammaspectra.live/git/go-away/cmd/go-away/challenge/",
		 "go-away"},
		{247, "x: y", "<script>window.rbzns={};winsocks(true)</script>", "Reblaze"},
		{200, "x: y",
		 "<script src=\"/aes.js\" ></script><script>var c=toNumbers(\"8d\");"
		 "document.cookie=\"__test=\"+toHex(slowAES.decrypt(c,2,a,b))+\"; path=/\"",
		 "a check for cookies and scripts"},
		{200, "x: y", "<p>slowAES.decrypt(cipher) is slow: a page about it", NULL},
		{200, "x: y",
		 "<form id=lsrecaptcha-form action=\"/.lsrecap/recaptcha?\" method=POST>",
		 "LiteSpeed"},
		{468, "x: y", "<script>SafeLineChallenge(\"2f8a\", {level: 1})</script>",
		 "SafeLine"},
		{404, "x: y", "<link rel=icon href=\"/.safeline/static/favicon.ico\">", NULL},
		{200, "x: y", "<html><title>CrowdSec Captcha</title>", "CrowdSec"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof walls / sizeof *walls; i++) {
		struct http_fields fields = {0};
		const char *guard;

		assert_true(http_fields_add_line(&fields, walls[i].field, strlen(walls[i].field)));
		guard = bot_wall_find(walls[i].status, &fields, walls[i].body,
				      strlen(walls[i].body));
		if (!guard != !walls[i].guard || (guard && strcmp(guard, walls[i].guard)))
			fail_msg("case %zu: %s", i, guard ? guard : "none");
		http_fields_release(&fields);
	}
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

/* A captcha alone, and one among a site's own words and fields. */
static void tells_captchas_from_forms_with_one(void **state)
{
#define HCAPTCHA \
	"<script src=https://js.hcaptcha.com/1/api.js></script><div class=\"h-captcha\"></div>"
	static const struct {
		const char *page, *captcha;
	} pages[] = {
		{"<html>" HCAPTCHA "</html>", "hCaptcha"},
		{"<title>Security check</title><p>One more step: " HCAPTCHA "</body>", "hCaptcha"},
		{"<form><input type=\"hidden\" name=r><input type=submit>" HCAPTCHA "</html>",
		 "hCaptcha"},
		{"<script>var nav='<nav>'</script><style>a>b{}</style>" HCAPTCHA "</html>",
		 "hCaptcha"},
		{"<div data-x='<textarea>' class=\"g-recaptcha\"></div>"
		 "<script src=//www.google.com/recaptcha/api.js></script></HTML>",
		 "reCAPTCHA"},
		{"<div class=cf-turnstile></div>"
		 "<script "
		 "src=https://challenges.cloudflare.com/turnstile/v0/api.js></script></html>",
		 "Turnstile"},
		{"<html>" HCAPTCHA, NULL}, /* more may follow */
		{"<div id=\"root\"></div>" HCAPTCHA "</html>", NULL},
		{"<div class=h-captcha data-size=\"invisible\">" HCAPTCHA "</html>", NULL},
		{"<p>404<form><input name=email>" HCAPTCHA "</html>", NULL},
		{"<p>404<form><TEXTAREA></TEXTAREA>" HCAPTCHA "</html>", NULL},
		{"<nav><a href=/>Home</a></nav>" HCAPTCHA "</html>", NULL},
		{"<div class=h-captcha></div></html>", NULL},
		{"<script src=https://js.hcaptcha.com/1/api.js></script></html>", NULL},
		{"<script src=https://www.google.com/recaptcha/api.js?render=6L></script></html>",
		 NULL},
		{"<script>" HCAPTCHA "</html>", "hCaptcha"},
		{"<", NULL},
		{"", NULL},
	};
	char words[4096];

	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		const char *captcha = captcha_page_find(pages[i].page, strlen(pages[i].page));

		if (!captcha != !pages[i].captcha || (captcha && strcmp(captcha, pages[i].captcha)))
			fail_msg("case %zu: %s", i, captcha ? captcha : "none");
	}
	snprintf(words, sizeof words, "<p>%0700d" HCAPTCHA "</html>", 0);
	assert_null(captcha_page_find(words, strlen(words)));
#undef HCAPTCHA
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(a_proxy_may_be_down),
		cmocka_unit_test(a_proxy_may_fail_in_its_own_ways),
		cmocka_unit_test(a_flood_is_no_answer),
		cmocka_unit_test(a_304_needs_a_condition),
		cmocka_unit_test(says_that_a_signature_is_dead),
		cmocka_unit_test(adds_what_the_host_says),
		cmocka_unit_test(a_challenge_may_be_empty),
		cmocka_unit_test(finds_bot_walls),
		cmocka_unit_test(tells_captchas_from_forms_with_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
