#include "verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bot_wall.h"
#include "dead_end.h"
#include "proxy.h"
#include "reason.h"

/* OpenSSL's X509_V_ERR_*, whose numbers are stable; the fetcher does not link to it. */
#define CERTIFICATE_NOT_YET_VALID 9
#define CERTIFICATE_EXPIRED 10
#define CERTIFICATE_SELF_SIGNED 18
#define CERTIFICATE_SELF_SIGNED_IN_CHAIN 19
#define CERTIFICATE_NO_ISSUER 20
#define CERTIFICATE_NO_ISSUER_LEAF 21
#define CERTIFICATE_REVOKED 23
#define CERTIFICATE_UNSUITED 26
#define CERTIFICATE_WRONG_HOST 62
#define CERTIFICATE_WRONG_ADDRESS 64
#define CERTIFICATE_WEAK_KEY 66
#define CERTIFICATE_WEAK_ISSUER_KEY 67
#define CERTIFICATE_WEAK_SIGNATURE 68

#define MUTE_PROXY "the proxy gives no valid answer"

__attribute__((format(printf, 3, 4))) static void
decide(struct verdict *verdict, enum fetch_outcome outcome, const char *format, ...)
{
	va_list arguments;

	verdict->outcome = outcome;
	va_start(arguments, format);
	vsnprintf(verdict->message, sizeof verdict->message, format, arguments);
	va_end(arguments);
}

static void decide_too_large(const struct verdict_facts *facts, struct verdict *verdict)
{
	const unsigned mebi = 20;
	bool is_whole = facts->max_bytes >> mebi << mebi == facts->max_bytes;

	decide(verdict, FETCH_TOO_LARGE, "the body is larger than %" PRIu64 " %s",
	       is_whole ? facts->max_bytes >> mebi : facts->max_bytes, is_whole ? "MiB" : "bytes");
}

/* `why` may be NULL: then what the host says itself, where it does. */
static void decide_status(struct verdict *verdict, enum fetch_outcome outcome,
			  const struct verdict_facts *facts, const char *why)
{
	const char *reason = reason_of_status(facts->status);
	const char *said = why ? why : reason_of_host(facts->fields);

	decide(verdict, outcome, "HTTP %d%s%s%s%.*s", facts->status, reason ? " " : "",
	       reason ? reason : "", said ? ": " : "", REASON_OF_HOST_BYTES, said ? said : "");
}

static bool is_blocked_status(int status)
{
	/* 511 is no word of the host: the network on the way to it asks for a login (RFC 6585). */
	return status == 401 || status == 403 || status == 407 || status == 429 || status == 451 ||
	       status == 511 || status == 999;
}

static bool decide_bot_wall(const struct verdict_facts *facts, struct verdict *verdict)
{
	const char *guard =
		bot_wall_find(facts->status, facts->fields, facts->page, facts->page_bytes);

	if (!guard)
		return false;
	verdict->is_bot_wall = true;
	decide(verdict, FETCH_BLOCKED, "%s blocks programs here (HTTP %d)", guard, facts->status);
	return true;
}

static bool decide_signature(const struct verdict_facts *facts, struct verdict *verdict)
{
	const char *why;

	if (facts->status != 400 && facts->status != 401 && facts->status != 403)
		return false;
	why = dead_end_of_signature(facts->page, facts->page_bytes);
	/* A refusal is never called broken; what it says of itself stands in the message. */
	if (why)
		decide_status(verdict, facts->status == 400 ? FETCH_BAD_SIGNATURE : FETCH_BLOCKED,
			      facts, why);
	return why != NULL;
}

static void decide_proxy_login(const struct verdict_facts *facts, struct verdict *verdict)
{
	decide(verdict, FETCH_OWN_FAULT, "the proxy wants %s user name and password",
	       facts->has_proxy_login ? "another" : "a");
}

/* Nothing came about, for whatever reason; what it says of all hosts is its own fault (network.h).
 */
static void decide_proxy_failure(struct verdict *verdict, bool is_mute, enum fetch_outcome outcome,
				 const char *message)
{
	verdict->is_host_failure = verdict->is_unreachable = true;
	verdict->is_proxy_mute = verdict->is_reset = is_mute;
	decide(verdict, outcome, "%s", message);
}

/* False: it is no matter of a proxy. */
static bool judge_proxy(const struct verdict_facts *facts, struct verdict *verdict)
{
	switch (proxy_failure_of(facts->detail)) {
	case PROXY_FAILURE_NONE:
		return false;
	case PROXY_CANNOT:
		decide_proxy_failure(verdict, false, FETCH_CONNECT,
				     "the proxy refuses to connect to the host");
		return true;
	case PROXY_CANNOT_NOW:
		decide_proxy_failure(verdict, false, FETCH_CONNECT,
				     "the proxy refuses to connect to the host");
		verdict->is_reset = true;
		return true;
	case PROXY_IS_MUTE:
		decide_proxy_failure(verdict, true, FETCH_CONNECT, MUTE_PROXY);
		return true;
	case PROXY_NOT_ASKED:
		verdict->is_host_failure = true;
		decide(verdict, FETCH_DNS, "the host's name has no address");
		return true;
	case PROXY_FORBIDS:
		decide(verdict, FETCH_BLOCKED, "the proxy does not admit the host");
		return true;
	case PROXY_IS_NO_SOCKS:
		decide(verdict, FETCH_OWN_FAULT,
		       "the proxy does not speak SOCKS: is its URL's scheme right?");
		return true;
	case PROXY_WANTS_A_LOGIN:
		break;
	}
	decide_proxy_login(facts, verdict);
	return true;
}

static bool is_accepted(const struct verdict_facts *facts)
{
	return facts->is_asked_part || status_set_has(facts->accept, facts->status);
}

/* It says so: else it is its answer to this request. */
static bool closes(const struct http_fields *fields)
{
	const char *connection = http_fields_get(fields, "Connection");

	return connection && strcasestr(connection, "close");
}

static bool is_given_up(const struct verdict_facts *facts)
{
	return facts->status == 408 && facts->is_reused && closes(facts->fields) &&
	       !http_fields_get(facts->fields, "Retry-After");
}

static void judge_status(const struct verdict_facts *facts, struct verdict *verdict)
{
	verdict->is_given_up = is_given_up(facts);
	if (facts->status == 304 && facts->is_conditional)
		decide(verdict, FETCH_NOT_MODIFIED, "not modified");
	else if ((!is_accepted(facts) || !facts->body_bytes) && decide_bot_wall(facts, verdict))
		return;
	else if (facts->status == 407 && facts->is_proxied && facts->is_unhidden)
		decide_proxy_login(facts, verdict);
	else if (is_accepted(facts) && !facts->body_bytes)
		decide(verdict, FETCH_EMPTY, "the response has no bytes");
	else if (is_accepted(facts))
		decide(verdict, FETCH_OK, "ok");
	else if (decide_signature(facts, verdict))
		return;
	else if (is_blocked_status(facts->status))
		decide_status(verdict, FETCH_BLOCKED, facts, NULL);
	else
		decide_status(verdict, FETCH_HTTP_ERROR, facts, NULL);
}

static bool is_own_lack(long os_error)
{
	return os_error == EMFILE || os_error == ENFILE || os_error == ENOBUFS ||
	       os_error == ENOMEM;
}

static void judge_connect(const struct verdict_facts *facts, struct verdict *verdict)
{
	verdict->is_host_failure = true;
	switch (facts->os_error) {
	case ECONNREFUSED:
		decide(verdict, FETCH_CONNECT, "the connection was refused");
		return;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EADDRNOTAVAIL:
	case EACCES:
	case EPERM:
	case EINVAL: /* a route that leads nowhere (Linux: RTN_BLACKHOLE) */
		verdict->is_unreachable = true;
		decide(verdict, FETCH_CONNECT, "the host is unreachable");
		return;
	case ETIMEDOUT:
		decide(verdict, FETCH_TIMEOUT, "no connection within the time limit");
		return;
	case ECONNRESET:
	case EPIPE:
		verdict->is_reset = true;
		decide(verdict, FETCH_CONNECT, "the connection was reset");
		return;
	}
	if (is_own_lack(facts->os_error)) {
		verdict->is_host_failure = false;
		decide(verdict, FETCH_OWN_FAULT, "no socket: %s", strerror((int)facts->os_error));
	} else
		decide(verdict, FETCH_CONNECT, "no connection could be made");
}

static void judge_timeout(const struct verdict_facts *facts, struct verdict *verdict)
{
	verdict->is_host_failure = facts->status == 0;
	if (!facts->was_connected && strstr(facts->detail, "SSL connection timeout"))
		decide(verdict, FETCH_TIMEOUT,
		       "the TLS handshake was not complete within the time limit");
	else if (!facts->was_connected)
		decide(verdict, FETCH_TIMEOUT, "no connection within the time limit");
	else if (strstr(facts->detail, "too slow"))
		decide(verdict, FETCH_TIMEOUT,
		       "too slow: less than 512 bytes a second for 10 seconds");
	else if (!facts->status)
		decide(verdict, FETCH_TIMEOUT, "no answer within the time limit");
	else
		decide(verdict, FETCH_TIMEOUT, "the answer was not complete within the time limit");
}

static const char *certificate_message(const struct verdict_facts *facts)
{
	switch (facts->verify_result) {
	case CERTIFICATE_EXPIRED:
		return "the certificate has expired";
	case CERTIFICATE_NOT_YET_VALID:
		return "the certificate is not valid yet";
	case CERTIFICATE_SELF_SIGNED:
		return "the certificate is self-signed";
	case CERTIFICATE_SELF_SIGNED_IN_CHAIN:
		return "the certificate's issuer is unknown";
	/* Browsers find a certificate that is left out by themselves (RFC 5280 section 4.2.2.1),
	 * and show the image: the site's owner does not see what is wrong. */
	case CERTIFICATE_NO_ISSUER:
	case CERTIFICATE_NO_ISSUER_LEAF:
		return "the certificate's issuer is unknown, or the server leaves out an "
		       "intermediate certificate";
	case CERTIFICATE_REVOKED:
		return "the certificate was revoked";
	case CERTIFICATE_UNSUITED:
		return "the certificate is not one for servers";
	case CERTIFICATE_WEAK_KEY:
	case CERTIFICATE_WEAK_ISSUER_KEY:
	case CERTIFICATE_WEAK_SIGNATURE:
		return "the certificate's key or signature is too weak";
	case CERTIFICATE_WRONG_HOST:
	case CERTIFICATE_WRONG_ADDRESS:
		return "the certificate is for another host";
	}
	if (strstr(facts->detail, "subject name") || strstr(facts->detail, "ommon name") ||
	    strstr(facts->detail, "does not match"))
		return "the certificate is for another host";
	return "the certificate is not valid";
}

static void judge_tls(const struct verdict_facts *facts, struct verdict *verdict)
{
	verdict->is_host_failure = true;
	/* Of another failure the check's result says nothing: it may be "unspecified". */
	if (facts->result == CURLE_PEER_FAILED_VERIFICATION)
		decide(verdict, FETCH_TLS, "%s", certificate_message(facts));
	else if (strstr(facts->detail, "SSL_ERROR_SYSCALL") || strstr(facts->detail, "reset") ||
		 strstr(facts->detail, "unexpected eof")) {
		verdict->is_reset = true;
		decide(verdict, FETCH_CONNECT, "the connection was reset in the TLS handshake");
	} else if (strstr(facts->detail, "wrong version number") ||
		   strstr(facts->detail, "http request") || strstr(facts->detail, "packet length"))
		decide(verdict, FETCH_TLS, "the host does not speak TLS on this port");
	else if (strstr(facts->detail, "protocol version") ||
		 strstr(facts->detail, "unsupported protocol") ||
		 strstr(facts->detail, "no protocols available"))
		decide(verdict, FETCH_TLS, "the host speaks only TLS versions older than 1.2");
	else if (strstr(facts->detail, "certificate required"))
		decide(verdict, FETCH_TLS, "the host wants a certificate of the client");
	else if (strstr(facts->detail, "unrecognized name"))
		decide(verdict, FETCH_TLS, "the server knows no host of this name (TLS)");
	/* Whatever its reason, it says so: for want of a certificate for the name "internal error"
	 * (Go's servers). */
	else if (strstr(facts->detail, "alert"))
		decide(verdict, FETCH_TLS, "the host refused the TLS handshake");
	else
		decide(verdict, FETCH_TLS, "the TLS handshake failed");
}

static void judge_broken_off(const struct verdict_facts *facts, struct verdict *verdict)
{
	/* Another request over it waited in vain. */
	if (facts->was_dead) {
		judge_timeout(facts, verdict);
		return;
	}
	verdict->is_reset = true;
	verdict->is_host_failure = facts->status == 0;
	if (facts->status)
		decide(verdict, FETCH_CONNECT, "the connection was reset within the answer");
	else
		decide(verdict, FETCH_CONNECT, "the connection was reset before an answer");
}

/* CURLE_TOO_LARGE: libcurl 8.6 and newer, of a header line over 100 KB. */
#define RESULT_TOO_LARGE 100

static void judge_protocol(const struct verdict_facts *facts, struct verdict *verdict)
{
	if (strstr(facts->detail, "HTTP/0.9"))
		decide(verdict, FETCH_PROTOCOL, "the answer is not HTTP (or HTTP/0.9)");
	else if (strstr(facts->detail, "chunk"))
		decide(verdict, FETCH_PROTOCOL, "the chunks of the body are malformed");
	else if (facts->result == CURLE_BAD_CONTENT_ENCODING) {
		verdict->is_unknown_encoding = strstr(facts->detail, "Unrecognized") != NULL;
		decide(verdict, FETCH_PROTOCOL, "the body's Content-Encoding is unknown or broken");
	} else if (facts->result == CURLE_WRITE_ERROR) {
		/* Ours say why they stop; libcurl's, which decode, do not. */
		decide(verdict, FETCH_PROTOCOL, "bytes stand behind the end of the encoded body");
	} else if (facts->result == CURLE_OUT_OF_MEMORY || (int)facts->result == RESULT_TOO_LARGE)
		decide(verdict, FETCH_PROTOCOL, "a header line has no end");
	else
		decide(verdict, FETCH_PROTOCOL, "the answer is no valid HTTP");
}

/* HTTP/2 (RFC 9113 section 8.1.1). Such an answer is handed on only as far as it was valid, which
 * may be nowhere: then a short body that is not as long as announced looks as a bad header does,
 * and as a stream that the server ends so (nginx's 444). */
static void judge_malformed(const struct verdict_facts *facts, struct verdict *verdict)
{
	if (facts->status)
		decide(verdict, FETCH_TRUNCATED,
		       "the HTTP/2 answer is malformed: its body is not as long as announced");
	else
		decide(verdict, FETCH_TRUNCATED,
		       "the HTTP/2 stream was ended, or its answer is malformed: its header is not "
		       "valid, or its body is not as long as announced");
}

static void judge_failure(const struct verdict_facts *facts, struct verdict *verdict)
{
	switch (facts->result) {
	case CURLE_COULDNT_CONNECT:
		/* What a proxy refuses is CURLE_RECV_ERROR in libcurl 7.88, and this in 8.23. */
		if (facts->is_proxied && judge_proxy(facts, verdict))
			return;
		if (facts->is_proxied && facts->os_error)
			decide(verdict, FETCH_OWN_FAULT, "the proxy does not answer: %s",
			       strerror((int)facts->os_error));
		else
			judge_connect(facts, verdict);
		return;
	case CURLE_OPERATION_TIMEDOUT:
		judge_timeout(facts, verdict);
		return;
	case CURLE_COULDNT_RESOLVE_HOST:
		decide(verdict, FETCH_DNS, "the host's name has no address");
		return;
	case CURLE_COULDNT_RESOLVE_PROXY:
		decide(verdict, FETCH_OWN_FAULT, "the proxy's name has no address");
		return;
	case CURLE_PROXY:
		if (!judge_proxy(facts, verdict))
			decide(verdict, FETCH_CONNECT, "the proxy refuses to connect to the host");
		return;
	case CURLE_SSL_CACERT_BADFILE:
		decide(verdict, FETCH_OWN_FAULT, "the file of trusted certificates cannot be read");
		return;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CLIENTCERT:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		judge_tls(facts, verdict);
		return;
	case CURLE_PARTIAL_FILE:
		/* A connection of HTTP/2 that ends, too. */
		if (!facts->status) {
			judge_broken_off(facts, verdict);
			return;
		}
		decide(verdict, FETCH_TRUNCATED,
		       "the body ended after %" PRIu64 " bytes, before its announced end",
		       facts->body_bytes);
		return;
	case CURLE_RECV_ERROR:
		if (strstr(facts->detail, "chunk"))
			judge_protocol(facts, verdict);
		else if (strstr(facts->detail, "certificate required"))
			judge_tls(facts, verdict); /* TLS 1.3 says so after the handshake */
		else if (!judge_proxy(facts, verdict))
			judge_broken_off(facts, verdict);
		return;
	case CURLE_HTTP2_STREAM:
		if (strstr(facts->detail, "PROTOCOL_ERROR"))
			judge_malformed(facts, verdict);
		else
			judge_broken_off(facts, verdict);
		return;
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_HTTP2:
		judge_broken_off(facts, verdict);
		return;
	case CURLE_URL_MALFORMAT:
		decide(verdict, FETCH_BAD_URL, "the URL cannot be asked for");
		return;
	case CURLE_FILESIZE_EXCEEDED:
		decide_too_large(facts, verdict);
		return;
	case CURLE_OUT_OF_MEMORY:
		/* What libcurl 7.88 says of a header line over 100 KB, too. */
		if (facts->was_connected)
			judge_protocol(facts, verdict);
		else
			decide(verdict, FETCH_OWN_FAULT, "out of memory");
		return;
	case CURLE_FAILED_INIT:
		decide(verdict, FETCH_OWN_FAULT, "libcurl could not start");
		return;
	default:
		judge_protocol(facts, verdict);
	}
}

/* Who was to answer is the proxy: in the host's place, or before there was a tunnel to the host. */
static bool is_asked_of_proxy(const struct verdict_facts *facts)
{
	if (!facts->is_proxied || facts->status)
		return false;
	if (!facts->is_http_proxy)
		return !facts->was_connected && !strstr(facts->detail, "SSL");
	return facts->is_unhidden || (!facts->connect_status && !facts->was_connected);
}

static void blame_proxy(const struct verdict_facts *facts, struct verdict *verdict)
{
	bool is_connect = verdict->outcome == FETCH_CONNECT && !verdict->is_unreachable;
	/* Before there is a tunnel nothing is the host's; within http its words are passed on. */
	bool is_no_http = verdict->outcome == FETCH_PROTOCOL &&
			  (!facts->is_unhidden || strstr(facts->detail, "HTTP/0.9"));

	if (!is_asked_of_proxy(facts))
		return;
	if (is_connect || is_no_http) {
		decide_proxy_failure(verdict, true, FETCH_CONNECT, MUTE_PROXY);
	} else if (verdict->outcome == FETCH_TLS) {
		verdict->is_host_failure = false;
		decide(verdict, FETCH_OWN_FAULT, "the proxy does not speak TLS, or is not trusted");
	} else if (verdict->outcome == FETCH_TIMEOUT) {
		verdict->is_unreachable = true;
		verdict->is_proxy_mute = !facts->was_connected;
	}
}

static bool judge_stop(const struct verdict_facts *facts, struct verdict *verdict)
{
	switch (facts->stop) {
	case STOP_NONE:
	case STOP_PAGE:
		return false;
	case STOP_ENOUGH:
		decide(verdict, FETCH_ENOUGH, "read as far as needed");
		return true;
	case STOP_REFUSED:
		if (!decide_bot_wall(facts, verdict))
			decide(verdict, FETCH_REFUSED_BY_SINK,
			       "the body is not what was asked for");
		return true;
	case STOP_SINK_FAULT:
		decide(verdict, FETCH_SINK_FAULT, "the body could not be stored");
		return true;
	case STOP_TOO_LARGE:
		decide_too_large(facts, verdict);
		return true;
	case STOP_HEADERS:
		decide(verdict, FETCH_PROTOCOL,
		       "the header of the answer is too long, or has no end");
		return true;
	case STOP_NO_HTTP:
		decide(verdict, FETCH_PROTOCOL, "the answer is no valid HTTP");
		return true;
	case STOP_LENGTHS:
		decide(verdict, FETCH_PROTOCOL,
		       "the answer announces no valid length, or two that contradict each other");
		return true;
	case STOP_ADDRESS:
		if (facts->was_connected)
			return false;
		decide(verdict, FETCH_FORBIDDEN_ADDRESS, "the address is not public");
		return true;
	case STOP_UNASKED:
		verdict->is_unasked = true;
		decide(verdict, FETCH_CONNECT, "the connection had unasked bytes in it");
		return true;
	case STOP_NOT_NOW:
		verdict->is_unasked = true;
		decide(verdict, FETCH_CONNECT, "the host is not to be asked now");
		return true;
	case STOP_ENDED:
		verdict->is_given_up = true;
		judge_broken_off(facts, verdict);
		return true;
	case STOP_REPEATED:
		judge_broken_off(facts, verdict);
		return true;
	case STOP_NAMELESS:
		verdict->is_host_failure = true;
		decide(verdict, FETCH_TLS,
		       "the certificate is for another host (it has no subjectAltName, and "
		       "browsers "
		       "read no common name)");
		return true;
	case STOP_SOCKET:
		if (facts->was_connected)
			return false;
		decide(verdict, FETCH_OWN_FAULT, "no socket: %s", strerror((int)facts->os_error));
		return true;
	}
	return false;
}

/* What was under way over it has no other fault. */
static bool judge_flood(const struct verdict_facts *facts, struct verdict *verdict)
{
	bool is_whole = facts->result == CURLE_OK && !facts->is_doubtful;

	if (!facts->was_flooded || facts->stop != STOP_NONE || is_whole)
		return false;
	verdict->is_flood = verdict->is_reset = verdict->is_host_failure = true;
	decide(verdict, FETCH_CONNECT, "the host sends frames that bring nothing, without end");
	return true;
}

void verdict_of(const struct verdict_facts *facts, struct verdict *ret_verdict)
{
	*ret_verdict = (struct verdict){0};
	if (judge_flood(facts, ret_verdict))
		return;
	if (judge_stop(facts, ret_verdict))
		return;
	/* A page that says "404" and then breaks off has said enough. */
	if (facts->result == CURLE_OK || facts->stop == STOP_PAGE ||
	    (facts->status && !is_accepted(facts)))
		judge_status(facts, ret_verdict);
	else {
		judge_failure(facts, ret_verdict);
		blame_proxy(facts, ret_verdict);
	}
	ret_verdict->is_given_up |= facts->is_doubtful;
	/* libcurl takes a header that ends with the connection for the end of an empty answer. */
	if (!facts->status && ret_verdict->outcome == FETCH_HTTP_ERROR)
		judge_broken_off(facts, ret_verdict);
}
