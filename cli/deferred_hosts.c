#include "deferred_hosts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "map.h"

#define DOCUMENT "deferred-hosts"

struct deferred_host {
	int64_t until_s;
	char name[];
};

static void forget(struct map *hosts)
{
	for (size_t i = 0; i < map_count(hosts); i++)
		free(map_at(hosts, i, NULL));
	map_free(hosts);
}

static void set_host(struct map *hosts, const char *name, int64_t until_s)
{
	struct deferred_host *host = map_get_string(hosts, name);

	if (!host) {
		host = alloc_zeroed(1, sizeof *host + strlen(name) + 1);
		strcpy(host->name, name);
		map_put_string(hosts, name, host);
	}
	host->until_s = until_s;
}

/* A line that is none is left out: nothing worse comes of it than a request too early. */
static void read_line(struct map *hosts, char *line)
{
	char *blank;
	long long until_s = strtoll(line, &blank, 10);

	if (until_s > 0 && *blank == ' ' && blank[1])
		set_host(hosts, blank + 1, until_s);
}

static int load(struct cache *cache, struct map *hosts, struct fault *fault)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length_bytes;
	int error = cache_document(cache, DOCUMENT, &text, &length_bytes, fault);
	char *rest = NULL;

	if (error)
		return error == -ENOENT ? 0 : error;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		read_line(hosts, line);
	return 0;
}

/* Longer than any pause is: the clock was wrong when it was written. */
static bool is_of_wrong_clock(const struct deferred_host *host, int64_t now_s)
{
	return host->until_s - now_s > CACHE_NOT_BEFORE_MAX_S;
}

int deferred_hosts_apply(struct cache *cache, struct fetcher *fetcher, int64_t now_s,
			 struct fault *fault)
{
	struct map *hosts = map_new();
	int error = load(cache, hosts, fault);

	for (size_t i = 0; !error && i < map_count(hosts); i++) {
		const struct deferred_host *host = map_at(hosts, i, NULL);

		if (host->until_s > now_s && !is_of_wrong_clock(host, now_s))
			fetcher_defer_host(fetcher, host->name, host->until_s);
	}
	forget(hosts);
	return error;
}

static int64_t bounded(int64_t until_s, int64_t now_s)
{
	return until_s < now_s + CACHE_NOT_BEFORE_MAX_S ? until_s : now_s + CACHE_NOT_BEFORE_MAX_S;
}

static bool take_words(struct map *known, const struct fetch_host_stats *hosts, size_t n_hosts,
		       int64_t now_s)
{
	bool has_changed = false;

	for (size_t i = 0; i < n_hosts; i++) {
		const struct deferred_host *before = map_get_string(known, hosts[i].host);
		int64_t until_s = bounded(hosts[i].deferred_until_s, now_s);

		if (until_s == (before ? before->until_s : 0) || (!hosts[i].requests && !until_s))
			continue;
		set_host(known, hosts[i].host, until_s);
		has_changed = true;
	}
	return has_changed;
}

static void write_lines(const struct map *hosts, int64_t now_s, struct buf *text)
{
	for (size_t i = 0; i < map_count(hosts); i++) {
		const struct deferred_host *host = map_at(hosts, i, NULL);

		if (host->until_s > now_s && !is_of_wrong_clock(host, now_s))
			buf_printf(text, "%" PRId64 " %s\n", host->until_s, host->name);
	}
}

int deferred_hosts_keep(struct cache *cache, const struct fetch_host_stats *hosts, size_t n_hosts,
			int64_t now_s, struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	struct map *known = map_new();
	int error = load(cache, known, fault);

	if (!error && take_words(known, hosts, n_hosts, now_s)) {
		write_lines(known, now_s, &text);
		error = cache_store_document(cache, DOCUMENT, buf_string(&text), text.length_bytes,
					     fault);
	}
	forget(known);
	return error;
}
