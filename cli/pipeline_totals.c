#include "work.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "deferred_hosts.h"
#include "map.h"

void pipeline_collect_hosts(struct pipeline *pipeline)
{
	struct report *report = pipeline->report;
	struct fetch_host_stats *stats = NULL;
	size_t count;
	int error;

	if (!pipeline->fetcher)
		return;
	count = fetcher_hosts(pipeline->fetcher, &stats);
	error = deferred_hosts_keep(pipeline->cache, stats, count, pipeline->now_s,
				    pipeline->fault);
	if (error)
		pipeline_fail(pipeline, error);
	report->hosts = alloc_zeroed(count, sizeof *report->hosts);
	for (size_t i = 0; i < count; i++) {
		report->hosts[report->n_hosts++] = (struct host_report){
			.host = alloc_string(stats[i].host),
			.requests = stats[i].requests,
			.ok = stats[i].ok,
			.not_modified = stats[i].not_modified,
			.failed = stats[i].failed,
			.throttled = stats[i].throttled,
			.bytes = stats[i].bytes,
			.p50_ms = stats[i].p50_ms,
			.p95_ms = stats[i].p95_ms,
		};
		if (stats[i].is_down) {
			char *message = alloc_printf("%s does not answer: %s; all its images that "
						     "got no answer have this one verdict",
						     stats[i].host, stats[i].down_message);

			report_add_problem(report, "host-down", NULL, 0, 0, message);
			free(message);
		}
	}
	free(stats);
}

static bool is_shown(const struct asset *asset)
{
	return asset->has_object && (asset->status == ASSET_OK || asset->status == ASSET_STALE);
}

static bool is_same_request(const struct work *a, const struct work *b)
{
	return a == b || (a->wire && b->wire && !strcmp(a->wire, b->wire));
}

/* The first work of each hash, and in *ret_others the first one of another request. */
static struct map *group_by_hash(const struct pipeline *pipeline, struct map *ret_others)
{
	struct map *by_hash = map_new();

	for (size_t i = 0; i < pipeline->n_works; i++) {
		struct work *work = &pipeline->works[i], *first;
		const struct object_id *object = &work->asset->object;

		if (!is_shown(work->asset))
			continue;
		first = map_get(by_hash, object->bytes, sizeof object->bytes);
		if (!first)
			map_put(by_hash, object->bytes, sizeof object->bytes, work);
		else if (!is_same_request(first, work) &&
			 !map_get(ret_others, object->bytes, sizeof object->bytes))
			map_put(ret_others, object->bytes, sizeof object->bytes, work);
	}
	return by_hash;
}

/* The same bytes under several URLs: each names another, the first one the second. Two spellings of
 * one request are one URL to a browser. */
void pipeline_find_duplicates(struct pipeline *pipeline)
{
	struct map *others = map_new();
	struct map *by_hash = group_by_hash(pipeline, others);

	for (size_t i = 0; i < pipeline->n_works && map_count(others); i++) {
		struct work *work = &pipeline->works[i];
		const struct object_id *object = &work->asset->object;
		const struct work *first, *other;

		if (!is_shown(work->asset))
			continue;
		first = map_get(by_hash, object->bytes, sizeof object->bytes);
		other = map_get(others, object->bytes, sizeof object->bytes);
		if (other && !is_same_request(first, work))
			other = first;
		if (other)
			work_add_finding(work, FINDING_DUPLICATE, "the same bytes as %s",
					 other->asset->url);
	}
	map_free(by_hash);
	map_free(others);
}
