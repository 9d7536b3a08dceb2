#include "host_load.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "fetcher.h"
#include "human.h"
#include "map.h"
#include "url.h"

/* What is worth a line before the run: a minute. */
#define WORTH_SAYING_S 60
#define MOST_LINES 3
/* What is advised where the interval is longer. */
#define SHORT_INTERVAL_MS 10

struct host_loads {
	const struct settings *settings;
	struct map *by_host; /* -> struct host_load, owned */
	struct map *by_start; /* of URLs, as far as the host goes -> the same */
};

struct host_loads *host_loads_new(const struct settings *settings)
{
	struct host_loads *loads = alloc_zeroed(1, sizeof *loads);

	*loads = (struct host_loads){settings, map_new(), map_new()};
	return loads;
}

void host_loads_free(struct host_loads *loads)
{
	if (!loads)
		return;
	for (size_t i = 0; i < map_count(loads->by_host); i++) {
		struct host_load *load = map_at(loads->by_host, i, NULL);

		free(load->host);
		free(load);
	}
	map_free(loads->by_host);
	map_free(loads->by_start);
	free(loads);
}

static int64_t interval_of(const struct settings *settings, const struct url *url)
{
	const struct fetch_host_options *own =
		url->host ? fetcher_host_options(settings->hosts, settings->n_hosts, url) : NULL;

	return own && own->interval_ms >= 0 ? own->interval_ms : settings->host_interval_ms;
}

/* As far as the bytes go that decide which host it is; 0: they do not stand at the start. */
static size_t start_length(const char *url)
{
	const char *host = strstr(url, "://");
	size_t n = host ? strcspn(host + 3, "/\\?#") : 0;

	return n ? (size_t)(host + 3 - url) + n : 0;
}

static struct host_load *load_of_url(struct host_loads *loads, const char *text)
{
	CLEANUP(cleanup_free) char *name = NULL;
	struct host_load *load;
	struct url url;

	if (url_parse(text, strlen(text), NULL, &url) != URL_OK)
		return NULL;
	name = url.port < 0 ? alloc_string(url.host ? url.host : "")
			    : alloc_printf("%s:%d", url.host, url.port);
	load = map_get_string(loads->by_host, name);
	if (!load) {
		load = alloc_zeroed(1, sizeof *load);
		load->host = alloc_string(name);
		load->interval_ms = interval_of(loads->settings, &url);
		map_put_string(loads->by_host, name, load);
	}
	url_release(&url);
	return load;
}

struct host_load *host_loads_of(struct host_loads *loads, const struct asset *asset)
{
	size_t start = start_length(asset->url);
	struct host_load *load;

	if (asset->target != IMAGE_REF_REMOTE)
		return NULL;
	load = start ? map_get(loads->by_start, asset->url, start) : NULL;
	if (!load) {
		load = load_of_url(loads, asset->url);
		if (load && start)
			map_put(loads->by_start, asset->url, start, load);
	}
	if (load)
		load->n_images++;
	return load;
}

size_t host_load_left(const struct host_load *load)
{
	size_t waiting = load->n_images - load->n_looked;
	double share = load->n_looked ? (double)load->n_asked / (double)load->n_looked : 1;

	return load->n_asked - load->n_done + (size_t)((double)waiting * share + 0.5);
}

double host_load_left_s(const struct host_load *load, double elapsed_s)
{
	double left = (double)host_load_left(load);
	double at_best_s = left * (double)load->interval_ms / 1000;
	double as_seen_s = load->n_done >= 3 ? left * elapsed_s / (double)load->n_done : 0;

	return as_seen_s > at_best_s ? as_seen_s : at_best_s;
}

size_t host_loads_slowest(const struct host_loads *loads, double elapsed_s,
			  struct progress_host *ret_hosts, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < map_count(loads->by_host); i++) {
		const struct host_load *load = map_at(loads->by_host, i, NULL);
		struct progress_host host = {
			.host = load->host,
			.left = host_load_left(load),
			.left_s = host_load_left_s(load, elapsed_s),
			.rate = elapsed_s > 0 ? (double)load->n_done / elapsed_s : 0,
		};
		size_t place = count;

		if (!host.left)
			continue;
		while (place && ret_hosts[place - 1].left_s < host.left_s)
			place--;
		if (place == n)
			continue;
		count += count < n;
		memmove(ret_hosts + place + 1, ret_hosts + place,
			(count - place - 1) * sizeof *ret_hosts);
		ret_hosts[place] = host;
	}
	return count;
}

/* Without its port, which would need quotes in there: the key is of all ports then. The brackets of
 * an IPv6 address would begin a list. */
static void append_key(struct buf *text, const char *host)
{
	const char *colon = strrchr(host, ':');
	CLEANUP(buf_release) struct buf key = BUF_INIT(BUF_UNLIMITED);

	buf_append(&key, host,
		   colon && !strchr(colon, ']') ? (size_t)(colon - host) : strlen(host));
	buf_append_string(text, *host == '[' ? "'" : "");
	human_text(text, buf_string(&key));
	buf_append_string(text, *host == '[' ? "'" : "");
}

static void explain(const struct host_load *load, struct buf *text)
{
	size_t left = host_load_left(load);
	double n_images = (double)left;
	double least_s = n_images * (double)load->interval_ms / 1000;
	int64_t shorter_ms = load->interval_ms > SHORT_INTERVAL_MS ? SHORT_INTERVAL_MS : 0;

	human_text(text, load->host);
	buf_append_string(text, ": ");
	human_count(text, left, "image", "images");
	buf_printf(text, " at one request every %lld ms %s ", (long long)load->interval_ms,
		   left == 1 ? "is" : "are");
	human_seconds(text, least_s);
	buf_append_string(text, "\n  Shorter ");
	if (shorter_ms) {
		buf_append_char(text, '(');
		human_seconds(text, n_images * (double)shorter_ms / 1000);
		buf_append_string(text, " at best) ");
	}
	buf_append_string(text, "with this line in picdesk.yml:\n    hosts: {");
	append_key(text, load->host);
	buf_printf(text, ": {interval: %lldms}}\n", (long long)shorter_ms);
}

void host_loads_explain(const struct host_loads *loads, struct buf *ret_text)
{
	struct progress_host slowest[MOST_LINES];
	size_t count = host_loads_slowest(loads, 0, slowest, MOST_LINES);

	for (size_t i = 0; i < count; i++)
		if (slowest[i].left_s >= WORTH_SAYING_S)
			explain(map_get_string(loads->by_host, slowest[i].host), ret_text);
}
