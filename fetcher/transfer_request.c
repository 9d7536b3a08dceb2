#include "transfer_private.h"

#include <stdio.h>
#include <string.h>

#include "proxy.h"

/* Larger reads: fewer system calls on a fast network. */
#define READ_BYTES (256 * 1024)
/* libcurl takes the memory for a read anew for each transfer: of a condition the answer is short.
 */
#define CONDITIONAL_READ_BYTES (16 * 1024)
/* Where only the beginning is asked for, and the server may send all: little that nobody wants. */
#define SMALL_READ_BYTES (4 * 1024)

bool transfer_is_https(const char *url)
{
	return !strncmp(url, "https:", 6);
}

bool transfer_is_asked_of_proxy(const struct transfer *transfer)
{
	const char *proxy = transfer->setup->options->proxy;

	return proxy && proxy_speaks_http(proxy) && !transfer_is_https(transfer->job.url);
}

static bool is_sendable(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return false;
	return true;
}

/* Values that came from a server go out again: nothing in them may start a new line. */
static void add_condition(struct transfer *transfer, const char *name, const char *value)
{
	struct transfer_condition *condition = &transfer->conditions[transfer->n_conditions];

	if (!value || !*value || !is_sendable(value))
		return;
	buf_append_string(&condition->text, name);
	buf_append_string(&condition->text, ": ");
	buf_append_string(&condition->text, value);
	condition->line = (struct curl_slist){.data = condition->text.data};
	if (transfer->n_conditions)
		condition[-1].line.next = &condition->line;
	transfer->n_conditions++;
}

/* In front of the host's, which stay as they are. */
static struct curl_slist *all_headers(struct transfer *transfer)
{
	size_t count = transfer->n_conditions;

	if (!count)
		return transfer->job.headers;
	transfer->conditions[count - 1].line.next = transfer->job.headers;
	return &transfer->conditions[0].line;
}

static void add_range(struct transfer *transfer, unsigned first_bytes)
{
	char text[32];
	long read_bytes = first_bytes                ? SMALL_READ_BYTES
			  : transfer->is_conditional ? CONDITIONAL_READ_BYTES
						     : READ_BYTES;

	libcurl.easy_setopt(transfer->handle, CURLOPT_BUFFERSIZE, read_bytes);
	if (!first_bytes)
		return;
	snprintf(text, sizeof text, "bytes=0-%u", first_bytes - 1);
	add_condition(transfer, "Range", text);
}

/* What is asked for is the URL as it stands (RFC 9112 section 3.2): libcurl of 8.8 and later leaves
 * out the "?" of an empty query, which a browser sends. Where it need not parse the URL either, and
 * put it together again, it is spared a tenth of what a request costs it. */
static void set_url(struct transfer *transfer)
{
	const char *url = transfer->job.url;
	size_t prefix_bytes = url_origin_prefix_bytes(url);
	const char *target = transfer_is_asked_of_proxy(transfer) ? url : url + prefix_bytes - 1;

	libcurl.easy_setopt(transfer->handle, CURLOPT_URL, url);
	libcurl.easy_setopt(transfer->handle, CURLOPT_CURLU, transfer->job.origin);
	libcurl.easy_setopt(transfer->handle, CURLOPT_REQUEST_TARGET, prefix_bytes ? target : NULL);
}

void transfer_set_request(struct transfer *transfer)
{
	const struct transfer_job *job = &transfer->job;

	add_condition(transfer, "If-None-Match", job->entity_tag);
	add_condition(transfer, "If-Modified-Since", job->last_modified);
	transfer->is_conditional = transfer->n_conditions > 0;
	add_range(transfer, job->first_bytes);
	libcurl.easy_setopt(transfer->handle, CURLOPT_HTTPHEADER, all_headers(transfer));
	libcurl.easy_setopt(transfer->handle, CURLOPT_RESOLVE, job->addresses);
	libcurl.easy_setopt(transfer->handle, CURLOPT_HTTP_CONTENT_DECODING, job->is_raw ? 0L : 1L);
	if (job->is_fresh)
		libcurl.easy_setopt(transfer->handle, CURLOPT_FRESH_CONNECT, 1L);
	/* Share a host's first connection, should it turn out to speak HTTP/2. TLS says so in its
	 * handshake; without TLS only the first response would, and all others would wait for it.
	 */
	libcurl.easy_setopt(transfer->handle, CURLOPT_PIPEWAIT,
			    transfer_is_https(job->url) ? 1L : 0L);
	set_url(transfer);
}
