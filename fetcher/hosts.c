#include "hosts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"

static const char accept_header[] = "Accept: image/avif,image/webp,image/*,*/*;q=0.8";
/* Bodies are hashed as they come. */
static const char accept_encoding_header[] = "Accept-Encoding: identity";

void hosts_init(struct hosts *hosts, const struct fetcher_options *options)
{
	*hosts = (struct hosts){.options = options, .by_name = map_new()};
}

static void free_host(struct host *host)
{
	for (int i = 0; i < 2; i++) {
		breaker_release(&host->sides[i].breaker);
		if (host->sides[i].origin)
			libcurl.url_cleanup(host->sides[i].origin);
	}
	queue_host_release(&host->queue);
	host_stats_release(&host->stats);
	slist_free(host->headers);
	slist_free(host->common_headers);
	slist_free(host->addresses);
	free(host->lookup_name);
	free(host->name);
	free(host);
}

void hosts_release(struct hosts *hosts)
{
	if (!hosts->by_name)
		return;
	for (size_t i = 0; i < map_count(hosts->by_name); i++)
		free_host(map_at(hosts->by_name, i, NULL));
	map_free(hosts->by_name);
	free(hosts->origin);
	*hosts = (struct hosts){0};
}

/* Splits "example.org:8080"; -1: no port. A colon within brackets is an IPv6 address's. */
static size_t split_port(const char *pattern, int *ret_port)
{
	const char *colon = strrchr(pattern, ':');

	*ret_port = -1;
	if (!colon || strchr(colon, ']'))
		return strlen(pattern);
	*ret_port = atoi(colon + 1);
	return (size_t)(colon - pattern);
}

static bool names_port(const char *pattern)
{
	int port;

	split_port(pattern, &port);
	return port >= 0;
}

/* How well it matches; 0: not at all. "*.example.org" matches every name below it. The longest
 * match counts, and of two the one that names the port. "example.org." is the same host. */
static size_t match_quality(const char *pattern, const struct url *url)
{
	size_t host_bytes = strlen(url->host), name_bytes, quality;
	int port;

	if (host_bytes && url->host[host_bytes - 1] == '.')
		host_bytes--;
	name_bytes = split_port(pattern, &port);
	if (port >= 0 && port != url->port)
		return 0;
	if (name_bytes == host_bytes && !strncasecmp(pattern, url->host, name_bytes))
		quality = SIZE_MAX / 2;
	else if (!strncmp(pattern, "*.", 2) && host_bytes >= name_bytes &&
		 !strncasecmp(pattern + 1, url->host + host_bytes - name_bytes + 1, name_bytes - 1))
		quality = name_bytes;
	else
		return 0;
	return 2 * quality + (port >= 0);
}

const struct fetch_host_options *fetcher_host_options(const struct fetch_host_options *hosts,
						      size_t n_hosts, const struct url *url)
{
	const struct fetch_host_options *best = NULL;
	size_t best_quality = 0;

	for (size_t i = 0; i < n_hosts; i++) {
		size_t quality = match_quality(hosts[i].host, url);

		if (quality > best_quality) {
			best_quality = quality;
			best = &hosts[i];
		}
	}
	return best;
}

static bool has_same_name(const char *a, const char *b)
{
	size_t length = strcspn(a, ":;");

	return length == strcspn(b, ":;") && !strncasecmp(a, b, length);
}

/* A line break in a value would begin another field. */
static bool is_one_line(const char *line)
{
	return !strpbrk(line, "\r\n") && strpbrk(line, ":;");
}

static bool is_replaced(const char *line, const char *const *by)
{
	for (; by && *by; by++)
		if (has_same_name(line, *by))
			return true;
	return false;
}

/* Ours, then those for all hosts, then this host's; a later one of the same name wins. */
static struct curl_slist *make_headers(const struct fetcher_options *options,
				       const char *const *for_host)
{
	CLEANUP(cleanup_free)
	char *user_agent = alloc_printf("User-Agent: %s", options->user_agent);
	const char *const own[] = {accept_encoding_header, user_agent, accept_header};
	const char *const *for_all = options->headers;
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < ARRAY_LENGTH(own); i++)
		if (!is_replaced(own[i], for_all) && !is_replaced(own[i], for_host))
			list = slist_append(list, own[i]);
	for (; for_all && *for_all; for_all++)
		if (is_one_line(*for_all) && !is_replaced(*for_all, for_host))
			list = slist_append(list, *for_all);
	for (; for_host && *for_host; for_host++)
		if (is_one_line(*for_host))
			list = slist_append(list, *for_host);
	return list;
}

void fetcher_request_fields(const struct fetcher_options *options, const struct url *url,
			    struct http_fields *ret_fields)
{
	const struct fetch_host_options *own =
		url ? fetcher_host_options(options->hosts, options->n_hosts, url) : NULL;
	struct curl_slist *headers = make_headers(options, own ? own->headers : NULL);

	http_fields_clear(ret_fields);
	for (const struct curl_slist *line = headers; line; line = line->next) {
		size_t name_bytes = strcspn(line->data, ":;");
		struct slice value = slice_of(line->data + name_bytes);

		if (value.length_bytes)
			value = slice_trim(slice_of(value.data + 1));
		http_fields_add(ret_fields, line->data, name_bytes, value.data, value.length_bytes);
	}
	slist_free(headers);
}

static struct host *make_host(const struct hosts *hosts, const struct url *url, const char *name)
{
	const struct fetcher_options *options = hosts->options;
	const struct fetch_host_options *own =
		fetcher_host_options(options->hosts, options->n_hosts, url);
	struct host *host = alloc_zeroed(1, sizeof *host);
	unsigned char address[16];

	host->name = alloc_string(name);
	host->port = url->port;
	if (!options->proxy && !admission_parse_literal(url->host, address))
		host->lookup_name = alloc_string(url->host);
	host->headers = make_headers(options, own ? own->headers : NULL);
	if (own && own->headers) {
		host->common_headers = make_headers(options, NULL);
		host->is_port_named = names_port(own->host);
	}
	queue_host_init(&host->queue,
			own && own->concurrency ? own->concurrency : options->host_concurrency,
			own && own->interval_ms >= 0 ? own->interval_ms
						     : options->host_interval_ms);
	return host;
}

struct host *hosts_get(struct hosts *hosts, const struct url *url)
{
	CLEANUP(cleanup_free)
	char *name = url->port < 0 ? alloc_string(url->host)
				   : alloc_printf("%s:%d", url->host, url->port);
	struct host *host = map_get_string(hosts->by_name, name);

	if (host)
		return host;
	host = make_host(hosts, url, name);
	map_put_string(hosts->by_name, name, host);
	return host;
}

/* Whether it may be asked for is a matter of its origin and its length. */
struct host *hosts_get_by_origin(const struct hosts *hosts, const char *url)
{
	bool is_same = hosts->origin && !strncmp(url, hosts->origin, hosts->origin_bytes) &&
		       strlen(url) <= URL_MAX_BYTES;

	return is_same ? hosts->origin_host : NULL;
}

void hosts_remember_origin(struct hosts *hosts, const char *url, struct host *host)
{
	size_t bytes = url_origin_prefix_bytes(url);

	if (!bytes)
		return;
	free(hosts->origin);
	hosts->origin = alloc_string_n(url, bytes);
	hosts->origin_bytes = bytes;
	hosts->origin_host = host;
}

bool host_has_answered(const struct host *host)
{
	return host->sides[0].answered_ms || host->sides[1].answered_ms;
}

struct host_side *host_side_of(struct host *host, const char *url)
{
	return &host->sides[!strncmp(url, "https:", 6)];
}

CURLU *host_side_origin(struct host_side *side, const char *url)
{
	CLEANUP(cleanup_free) char *origin = NULL;
	size_t bytes = url_origin_prefix_bytes(url);

	if (side->origin || !bytes)
		return side->origin;
	side->origin = libcurl.url();
	origin = alloc_string_n(url, bytes);
	if (side->origin && libcurl.url_set(side->origin, CURLUPART_URL, origin, 0)) {
		libcurl.url_cleanup(side->origin);
		side->origin = NULL;
	}
	return side->origin;
}

static void append_address(struct buf *list, const struct sockaddr_storage *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (list->length_bytes)
		buf_append_char(list, ',');
	if (address->ss_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;

		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
		buf_printf(list, "[%s]", text);
	} else {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;

		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
		buf_append_string(list, text);
	}
}

static void add_resolve_line(struct host *host, int port, const char *addresses)
{
	CLEANUP(cleanup_free)
	char *line = alloc_printf("%s:%d:%s", host->lookup_name, port, addresses);

	host->addresses = slist_append(host->addresses, line);
}

bool host_set_addresses(struct host *host, const struct resolver_answer *answer,
			const struct admission *admission)
{
	CLEANUP(buf_release) struct buf list = BUF_INIT(4096);

	for (size_t i = 0; i < answer->n_addresses; i++)
		if (admission_check_address(admission,
					    (const struct sockaddr *)&answer->addresses[i]))
			append_address(&list, &answer->addresses[i]);
	if (!list.length_bytes)
		return false;
	if (host->port >= 0) {
		add_resolve_line(host, host->port, buf_string(&list));
	} else {
		add_resolve_line(host, 80, buf_string(&list));
		add_resolve_line(host, 443, buf_string(&list));
	}
	return true;
}

/* A single image whose host has no address says enough by itself. */
static const struct breaker *open_breaker(const struct host *host)
{
	for (int i = 0; i < 2; i++) {
		const struct breaker *breaker = &host->sides[i].breaker;

		if (breaker->is_open && breaker->n_verdicts >= BREAKER_FAILURES)
			return breaker;
	}
	return NULL;
}

static int compare_stats(const void *a, const void *b)
{
	const struct fetch_host_stats *left = a, *right = b;

	return strcmp(left->host, right->host);
}

size_t hosts_stats(struct hosts *hosts, struct fetch_host_stats **ret_stats)
{
	size_t count = map_count(hosts->by_name);
	struct fetch_host_stats *list = alloc_zeroed(count ? count : 1, sizeof *list);

	for (size_t i = 0; i < count; i++) {
		struct host *host = map_at(hosts->by_name, i, NULL);
		const struct breaker *breaker = open_breaker(host);

		list[i] = (struct fetch_host_stats){
			.host = host->name,
			.requests = host->stats.requests,
			.ok = host->stats.ok,
			.not_modified = host->stats.not_modified,
			.failed = host->stats.failed,
			.throttled = host->stats.throttled,
			.bytes = host->stats.bytes,
			.p50_ms = host_stats_percentile(&host->stats, 50),
			.p95_ms = host_stats_percentile(&host->stats, 95),
			.deferred_until_s = host->deferred_until_s,
			.is_down = breaker != NULL,
			.down_message = breaker ? breaker->message : NULL,
		};
	}
	qsort(list, count, sizeof *list, compare_stats);
	*ret_stats = list;
	return count;
}
