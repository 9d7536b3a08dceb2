#include "transfer_private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "bot_wall.h"
#include "clock.h"
#include "flood_guard.h"
#include "proxy.h"
#include "redirect.h"

/* Of one response's header, interim responses included; browsers stop at 256 KiB. */
#define MAX_HEADER_BYTES (128 * 1024)
#define MAX_INTERIM 32
#define SWITCHING_PROTOCOLS 101
/* So much of an error page is read to keep its connection. */
#define MAX_PAGE_BYTES (64 * 1024)
/* So much of a body that nobody wants is read, where its end is known, for the same reason. */
#define MAX_REST_BYTES (32 * 1024)
/* And so much of one that is no image, however long it is: a page's title and a bot wall's marks
 * stand there. */
#define MAX_REFUSED_BYTES (4 * 1024)
/* An answer slower than this for so long is given up; one that is no image, at once. Its first line
 * may take the whole of `timeout_ms`: servers that make a picture first are slow, and not broken.
 */
#define LOW_SPEED_BYTES_S 512
#define LOW_SPEED_S 10
#define LOW_SPEED_OF_REST_S 1
/* The verdict on an error stands in its header; a page, with what it says and a bot wall's marks,
 * is mostly there at once. */
#define LOW_SPEED_OF_PAGE_S 3

static bool is_interim(int status)
{
	return status >= 100 && status < 200;
}

/* For how long it may be slow; 0: for ever. */
static void set_patience(struct transfer *transfer, long seconds)
{
	libcurl.easy_setopt(transfer->handle, CURLOPT_LOW_SPEED_TIME, seconds);
}

static size_t stop(struct transfer *transfer, enum transfer_stop why)
{
	transfer->stop = why;
	return 0;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200". */
static int parse_status_line(const char *line, size_t length)
{
	const char *blank = memchr(line, ' ', length);
	int status = 0;

	if (!blank || length - (size_t)(blank - line) < 4)
		return 0;
	for (int i = 1; i <= 3; i++) {
		if (blank[i] < '0' || blank[i] > '9')
			return 0;
		status = status * 10 + (blank[i] - '0');
	}
	return status;
}

static bool stops(struct transfer *transfer, enum body_verdict verdict)
{
	switch (verdict) {
	case BODY_CONTINUE:
		return false;
	case BODY_ENOUGH:
		transfer->stop = STOP_ENOUGH;
		return true;
	case BODY_REFUSE:
		transfer->stop = STOP_REFUSED;
		return true;
	case BODY_FAULT:
		break;
	}
	transfer->stop = STOP_SINK_FAULT;
	return true;
}

/* RFC 9112 section 6.3: what Content-Length says beside a transfer coding does not count. "identity"
 * was none as long as it was defined (RFC 2616 section 3.6), and browsers take no notice of it. */
static bool has_coding(const struct transfer *transfer)
{
	const struct http_fields *fields = &transfer->fields;

	for (size_t i = 0; i < fields->count; i++)
		if (!strcasecmp(fields->items[i].name, "Transfer-Encoding") &&
		    strcasecmp(fields->items[i].value, "identity") != 0)
			return true;
	return false;
}

/* Content-Length, saturated; 0 where there is none. */
static uint64_t announced_bytes(const struct transfer *transfer)
{
	const char *length = http_fields_get(&transfer->fields, "Content-Length");

	return length && !has_coding(transfer) ? strtoull(length, NULL, 10) : 0;
}

/* libcurl waits for the end of a connection then, which may stay. Bytes of an encoded body are not
 * those that were announced. */
static bool is_length_ours(const struct transfer *transfer)
{
	const struct http_fields *fields = &transfer->fields;

	return transfer->announced_bytes && http_fields_get(fields, "Transfer-Encoding") &&
	       !http_fields_get(fields, "Content-Encoding");
}

/* The part from the start, as it was asked for. */
static bool is_asked_part(const struct transfer *transfer)
{
	const char *range = http_fields_get(&transfer->fields, "Content-Range");

	return transfer->job.first_bytes && transfer->status == 206 && range &&
	       !strncasecmp(range, "bytes 0-", 8);
}

/* What another part has is not the image, also where --accept names 206. */
static const struct status_set *accepted_statuses(const struct transfer *transfer)
{
	static const struct status_set none;
	bool is_other_part = transfer->job.first_bytes && transfer->status == 206;

	return is_other_part ? &none : &transfer->setup->accept;
}

/* "123", or "123, 123" (RFC 9110 section 8.6). */
static bool is_length(const char *value)
{
	size_t digits = strspn(value, "0123456789");
	const char *rest = value + digits;

	while (digits && *rest) {
		size_t blanks = strspn(rest, " \t");

		if (rest[blanks] != ',')
			return !rest[blanks];
		rest += blanks + 1;
		rest += strspn(rest, " \t");
		if (strncmp(rest, value, digits))
			return false;
		rest += digits;
	}
	return digits > 0;
}

/* RFC 9112 section 6.3: such an answer may be two, one smuggled into the other. */
static bool has_bad_length(const struct transfer *transfer)
{
	const struct http_fields *fields = &transfer->fields;
	const char *first = http_fields_get(fields, "Content-Length");

	if (!first || has_coding(transfer))
		return false;
	for (size_t i = 0; i < fields->count; i++)
		if (!strcasecmp(fields->items[i].name, "Content-Length") &&
		    strcmp(fields->items[i].value, first))
			return true;
	return !is_length(first);
}

/* Of an encoded body, as it comes: it may decode to nothing for ever, and then no byte reaches
 * on_body(). */
static int on_progress(void *context, curl_off_t total, curl_off_t received, curl_off_t to_send,
		       curl_off_t sent)
{
	struct transfer *transfer = context;
	uint64_t most =
		transfer->is_body_ours ? transfer->setup->options->max_bytes : MAX_PAGE_BYTES;

	(void)total;
	(void)to_send;
	(void)sent;
	if ((uint64_t)received <= most)
		return 0;
	if (transfer->stop == STOP_NONE)
		transfer->stop = transfer->is_body_ours ? STOP_TOO_LARGE : STOP_PAGE;
	return 1;
}

static void count_encoded(struct transfer *transfer)
{
	if (!has_coding(transfer) && !http_fields_get(&transfer->fields, "Content-Encoding"))
		return;
	libcurl.easy_setopt(transfer->handle, CURLOPT_XFERINFOFUNCTION, on_progress);
	libcurl.easy_setopt(transfer->handle, CURLOPT_XFERINFODATA, transfer);
	libcurl.easy_setopt(transfer->handle, CURLOPT_NOPROGRESS, 0L);
}

/* The blank line: what follows is the body. */
static bool finish_header(struct transfer *transfer)
{
	const struct body_sink *sink = transfer->job.sink;

	/* One address got no socket; another one has answered. */
	if (transfer->stop == STOP_ADDRESS || transfer->stop == STOP_SOCKET)
		transfer->stop = STOP_NONE;
	/* libcurl reads "http/1.1 200" as a status line; the name is HTTP's in capitals alone. */
	if (!transfer->coming_status || transfer->coming_status == SWITCHING_PROTOCOLS) {
		transfer->stop = STOP_NO_HTTP;
		return false;
	}
	if (is_interim(transfer->coming_status)) {
		if (++transfer->n_interim <= MAX_INTERIM)
			return true;
		transfer->stop = STOP_HEADERS;
		return false;
	}
	transfer->status = transfer->coming_status;
	transfer->response_time_s = clock_wall_s();
	transfer_free_connection(transfer);
	transfer->is_body_ours = status_set_has(accepted_statuses(transfer), transfer->status) ||
				 is_asked_part(transfer);
	count_encoded(transfer);
	if (!transfer->is_body_ours) {
		/* Where it leads stands in the header: its page is read for the connection's sake
		 * alone. */
		set_patience(transfer, redirect_is_status(transfer->status) ? LOW_SPEED_OF_REST_S
									    : LOW_SPEED_OF_PAGE_S);
		return true;
	}
	if (has_bad_length(transfer)) {
		transfer->stop = STOP_LENGTHS;
		return false;
	}
	transfer->announced_bytes = announced_bytes(transfer);
	transfer->is_length_ours = is_length_ours(transfer);
	if (transfer->announced_bytes > transfer->setup->options->max_bytes) {
		transfer->stop = STOP_TOO_LARGE;
		return false;
	}
	return !sink->begin ||
	       !stops(transfer, sink->begin(sink->context, transfer->status, &transfer->fields));
}

static size_t take_header(char *line, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t length = size * count;

	if (!transfer->header_bytes)
		set_patience(transfer, LOW_SPEED_S);
	transfer->header_bytes += length;
	if (transfer->header_bytes > MAX_HEADER_BYTES)
		return stop(transfer, STOP_HEADERS);
	if (transfer->status) /* trailers */
		return length;
	if (length >= 5 && !memcmp(line, "HTTP/", 5)) {
		http_fields_clear(&transfer->fields);
		transfer->coming_status = parse_status_line(line, length);
		transfer_remember_version(transfer);
	} else if (length <= 2 && (line[0] == '\r' || line[0] == '\n')) {
		if (!finish_header(transfer))
			return 0;
	} else {
		http_fields_add_line(&transfer->fields, line, length);
	}
	return length;
}

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
	size_t taken;

	flood_guard_watch(false);
	taken = take_header(line, size, count, context);
	flood_guard_mark();
	flood_guard_watch(true);
	return taken;
}

static void keep_page(struct transfer *transfer, const char *data, size_t length)
{
	size_t room = BOT_WALL_PREFIX_BYTES - transfer->page.length_bytes;

	buf_append(&transfer->page, data, length < room ? length : room);
}

static bool is_text(const struct transfer *transfer)
{
	const char *type = http_fields_get(&transfer->fields, "Content-Type");

	return type && !strncasecmp(type, "text/", 5);
}

/* Breaking off costs an HTTP/1.1 connection (of HTTP/2 only the stream), so a short rest is read
 * and dropped. Of an encoded body the rest is unknown. */
static bool is_rest_short(const struct transfer *transfer)
{
	return transfer->announced_bytes >= transfer->body_bytes &&
	       transfer->announced_bytes - transfer->body_bytes <= MAX_REST_BYTES &&
	       !http_fields_get(&transfer->fields, "Content-Encoding");
}

/* The sink has seen enough, or does not want it. */
static size_t begin_rest(struct transfer *transfer, size_t length)
{
	if (transfer->stop == STOP_SINK_FAULT)
		return 0;
	if (is_rest_short(transfer)) {
		transfer->rest_end_bytes = transfer->announced_bytes;
		return length;
	}
	if (transfer->stop != STOP_REFUSED || transfer->body_bytes >= MAX_REFUSED_BYTES)
		return 0;
	transfer->rest_end_bytes = MAX_REFUSED_BYTES;
	set_patience(transfer, LOW_SPEED_OF_REST_S);
	return length;
}

static size_t take_rest(struct transfer *transfer, const char *data, size_t length)
{
	const struct body_sink *sink = transfer->job.sink;

	if (transfer->stop == STOP_REFUSED) {
		keep_page(transfer, data, length);
		if (sink->rest)
			sink->rest(sink->context, data, length);
	}
	return transfer->body_bytes > transfer->rest_end_bytes ? 0 : length;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	const struct body_sink *sink = transfer->job.sink;
	size_t length = size * count;

	if (transfer->is_length_ours && length > transfer->announced_bytes - transfer->body_bytes)
		length = (size_t)(transfer->announced_bytes - transfer->body_bytes);
	transfer->body_bytes += length;
	if (transfer->stop != STOP_NONE)
		return take_rest(transfer, data, length);
	if (!transfer->is_body_ours) {
		keep_page(transfer, data, length);
		if (transfer->body_bytes > MAX_PAGE_BYTES)
			return stop(transfer, STOP_PAGE);
		return length;
	}
	if (transfer->body_bytes > transfer->setup->options->max_bytes)
		return stop(transfer, STOP_TOO_LARGE);
	if (transfer->body_bytes <= BOT_WALL_PREFIX_BYTES && is_text(transfer))
		keep_page(transfer, data, length);
	if (sink->write && stops(transfer, sink->write(sink->context, data, length))) {
		/* A page, whatever it is called. */
		if (transfer->stop == STOP_REFUSED && !is_text(transfer))
			keep_page(transfer, data, length);
		return begin_rest(transfer, length);
	}
	return length;
}

/* What announced its length, and that is for us to mind: no more is waited for. */
static bool is_whole(const struct transfer *transfer)
{
	return transfer->is_length_ours && transfer->body_bytes == transfer->announced_bytes;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
	size_t taken;

	flood_guard_watch(false);
	taken = take_body(data, size, count, context);
	if (is_whole(context))
		taken = 0;
	flood_guard_mark();
	flood_guard_watch(true);
	return taken;
}

static void set_security(struct transfer *transfer)
{
	const struct fetcher_options *options = transfer->setup->options;
	CURL *handle = transfer->handle;

	libcurl.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
	libcurl.easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	libcurl.easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
	libcurl.easy_setopt(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	libcurl.easy_setopt(handle, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	libcurl.easy_setopt(handle, CURLOPT_PROXY, options->proxy ? options->proxy : "");
	libcurl.easy_setopt(handle, CURLOPT_NOPROXY, "");
	libcurl.easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	libcurl.easy_setopt(handle, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	libcurl.easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, transfer_open_socket);
	libcurl.easy_setopt(handle, CURLOPT_OPENSOCKETDATA, transfer);
	libcurl.easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, transfer_before_tls);
	libcurl.easy_setopt(handle, CURLOPT_SSL_CTX_DATA, transfer);
	libcurl.easy_setopt(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	libcurl.easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, options->insecure ? 0L : 1L);
	libcurl.easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, options->insecure ? 0L : 2L);
	libcurl.easy_setopt(handle, CURLOPT_CERTINFO, options->insecure ? 0L : 1L);
	if (options->ca_file)
		libcurl.easy_setopt(handle, CURLOPT_CAINFO, options->ca_file);
}

/* libcurl counts in ints: 24 days are for ever. */
static long at_most(int64_t ms)
{
	return ms < INT_MAX ? (long)ms : INT_MAX;
}

static void set_limits(struct transfer *transfer)
{
	const struct fetcher_options *options = transfer->setup->options;
	CURL *handle = transfer->handle;

	libcurl.easy_setopt(handle, CURLOPT_TIMEOUT_MS, at_most(options->timeout_ms));
	libcurl.easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
			    at_most(options->connect_timeout_ms));
	libcurl.easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES_S);
	libcurl.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	libcurl.easy_setopt(handle, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
}

static void set_wire(struct transfer *transfer)
{
	CURL *handle = transfer->handle;

	libcurl.easy_setopt(handle, CURLOPT_PRIVATE, transfer);
	libcurl.easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer->detail);
	/* For a proxy. Servers get it with the host's other fields: this would be formatted anew
	 * for each request. */
	if (transfer->setup->options->proxy)
		libcurl.easy_setopt(handle, CURLOPT_USERAGENT,
				    transfer->setup->options->user_agent);
	/* Decodes what a server encodes unasked, so that the bytes counted are the image's. What
	 * servers read stands among the host's fields, as above. */
	libcurl.easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "identity");
	libcurl.easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	libcurl.easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
	libcurl.easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
	libcurl.easy_setopt(handle, CURLOPT_HEADERDATA, transfer);
	libcurl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
	libcurl.easy_setopt(handle, CURLOPT_WRITEDATA, transfer);
	libcurl.easy_setopt(handle, CURLOPT_PREREQFUNCTION, transfer_before_request);
	libcurl.easy_setopt(handle, CURLOPT_PREREQDATA, transfer);
}

struct transfer *transfer_new(const struct transfer_setup *setup, const struct transfer_job *job)
{
	struct transfer *transfer = alloc_zeroed(1, sizeof *transfer);

	transfer->setup = setup;
	transfer->job = *job;
	transfer->request_time_s = transfer->response_time_s = clock_wall_s();
	transfer->handle = libcurl.easy_init();
	if (!transfer->handle) {
		free(transfer);
		return NULL;
	}
	buf_init(&transfer->page, BOT_WALL_PREFIX_BYTES);
	for (size_t i = 0; i < TRANSFER_CONDITIONS; i++)
		buf_init(&transfer->conditions[i].text, BUF_UNLIMITED);
	set_security(transfer);
	set_limits(transfer);
	set_wire(transfer);
	transfer_set_request(transfer);
	return transfer;
}

void transfer_free(struct transfer *transfer)
{
	if (!transfer)
		return;
	libcurl.easy_cleanup(transfer->handle);
	http_fields_release(&transfer->fields);
	buf_release(&transfer->page);
	for (size_t i = 0; i < TRANSFER_CONDITIONS; i++)
		buf_release(&transfer->conditions[i].text);
	free(transfer);
}

struct transfer *transfer_of_handle(CURL *handle)
{
	char *transfer = NULL;

	libcurl.easy_getinfo(handle, CURLINFO_PRIVATE, &transfer);
	return (struct transfer *)(void *)transfer;
}

static int64_t microseconds(CURL *handle, CURLINFO info)
{
	curl_off_t value = 0;

	libcurl.easy_getinfo(handle, info, &value);
	return (int64_t)value;
}

/* libcurl has the time of it when the handshake of TLS is over, too. */
static bool has_connected(const struct transfer *transfer)
{
	return transfer->n_opened && (transfer->has_begun_tls ||
				      microseconds(transfer->handle, CURLINFO_CONNECT_TIME_T) > 0);
}

static void measure(struct transfer *transfer, struct transfer_result *ret_result)
{
	int64_t begun_us = microseconds(transfer->handle, CURLINFO_PRETRANSFER_TIME_T);
	int64_t first_us = microseconds(transfer->handle, CURLINFO_STARTTRANSFER_TIME_T);
	int64_t total_us = microseconds(transfer->handle, CURLINFO_TOTAL_TIME_T);

	*ret_result = (struct transfer_result){
		.status = transfer->status,
		.latency_ms = first_us > begun_us ? (first_us - begun_us) / 1000 : -1,
		.elapsed_ms = total_us > begun_us ? (total_us - begun_us) / 1000 : 0,
		.body_bytes = transfer->body_bytes,
		.announced_bytes = transfer->announced_bytes,
		.was_connected = transfer->status || begun_us > 0,
		.has_connected = has_connected(transfer),
	};
}

static CURLcode result_by_length(const struct transfer *transfer, CURLcode result)
{
	if (is_whole(transfer))
		return CURLE_OK;
	return transfer->is_length_ours && result == CURLE_OK ? CURLE_PARTIAL_FILE : result;
}

/* libcurl minds what stands behind an encoded body, and the checksum of gzip; browsers show what
 * came out before, and that is all of it. Ours say why they stop, libcurl's decoders do not. */
static bool is_decoded_to_its_end(const struct transfer *transfer, CURLcode result)
{
	const char *coding = http_fields_get(&transfer->fields, "Content-Encoding");

	if (!coding || transfer->stop != STOP_NONE || !transfer->is_body_ours ||
	    !transfer->body_bytes)
		return false;
	if (result == CURLE_BAD_CONTENT_ENCODING)
		return strcasestr(coding, "gzip") && (strstr(transfer->detail, "data check") ||
						      strstr(transfer->detail, "length check"));
	return result == CURLE_WRITE_ERROR;
}

static bool has_ended_well(const struct transfer *transfer, CURLcode result)
{
	return result == CURLE_OK && transfer->stop == STOP_NONE && transfer->is_body_ours;
}

/* Other than what is read for the connection's sake alone, or for what it says beside the header:
 * that is soon given up, which is no word on the connection. */
static bool is_awaited(const struct transfer *transfer)
{
	return transfer->stop == STOP_NONE && (!transfer->status || transfer->is_body_ours);
}

void transfer_end(struct transfer *transfer, CURLcode result, struct verdict *ret_verdict,
		  struct transfer_result *ret_result)
{
	const struct body_sink *sink = transfer->job.sink;
	const char *proxy = transfer->setup->options->proxy;
	struct verdict_facts facts = {
		.result = is_decoded_to_its_end(transfer, result)
				  ? CURLE_OK
				  : result_by_length(transfer, result),
		.detail = transfer->detail,
		.is_proxied = proxy != NULL,
		.is_http_proxy = proxy && proxy_speaks_http(proxy),
		.has_proxy_login = proxy && strchr(proxy, '@'),
		.is_unhidden = !transfer_is_https(transfer->job.url),
		.is_conditional = transfer->is_conditional,
		.is_asked_part = is_asked_part(transfer),
		.is_reused = transfer_is_reused(transfer),
		.was_dead = transfer->setup->connections[transfer_place(transfer)].was_dead,
		.was_flooded = transfer->setup->connections[transfer_place(transfer)].was_flooded,
		.status = transfer->status,
		.fields = &transfer->fields,
		.page = buf_string(&transfer->page),
		.page_bytes = transfer->page.length_bytes,
		.body_bytes = transfer->body_bytes,
		.max_bytes = transfer->setup->options->max_bytes,
		.accept = accepted_statuses(transfer),
	};
	bool ends_well = has_ended_well(transfer, facts.result);

	facts.is_doubtful = ends_well && transfer_is_end_doubtful(transfer);
	if (ends_well && !facts.is_doubtful && transfer->body_bytes && sink->end)
		stops(transfer, sink->end(sink->context));
	measure(transfer, ret_result);
	ret_result->was_reused = facts.is_reused;
	ret_result->n_sent = transfer->n_sent;
	if (result == CURLE_OPERATION_TIMEDOUT && transfer_place(transfer) && is_awaited(transfer))
		connection_shut_dead(transfer->setup->connections, transfer_place(transfer),
				     ret_result->elapsed_ms);
	facts.stop = transfer->stop;
	facts.was_connected = ret_result->was_connected;
	libcurl.easy_getinfo(transfer->handle, CURLINFO_OS_ERRNO, &facts.os_error);
	libcurl.easy_getinfo(transfer->handle, CURLINFO_SSL_VERIFYRESULT, &facts.verify_result);
	libcurl.easy_getinfo(transfer->handle, CURLINFO_HTTP_CONNECTCODE, &facts.connect_status);
	if (transfer->socket_error)
		facts.os_error = transfer->socket_error;
	verdict_of(&facts, ret_verdict);
	/* What came of an answer is none. */
	if (ret_verdict->is_flood)
		ret_result->status = 0;
}
