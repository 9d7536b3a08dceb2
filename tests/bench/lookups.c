/*
 * lookups: what the index costs. Fills a cache, and looks its URLs up.
 *
 *	lookups fill FOLDER ENTRIES OBJECTS   entries with fields of usual size; they share objects
 *	lookups look FOLDER ENTRIES COUNT     COUNT of the entries, in an order without pattern
 *
 * One line of JSON on stdout. The CPU time (user and system) counts, as other work may be under
 * way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "alloc.h"
#include "cache.h"
#include "cleanup.h"
#include "clock.h"

/* As many lookups as the pipeline makes before it flushes. */
#define LOOKUPS_A_TURN 64

static const char fields_text[] =
	"Content-Type: image/jpeg\nCache-Control: "
	"max-age=31536000\n"
	"ETag: \"5f3c-62b7a1d2c3e40\"\nLast-Modified: Tue, 31 Dec 2024 10:00:00 GMT\n"
	"Server: nginx\nAccept-Ranges: bytes\nVary: Accept\n";

static double cpu_s(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void check(int error, const struct fault *fault)
{
	if (!error)
		return;
	fprintf(stderr, "lookups: %s\n", fault->text);
	exit(1);
}

static void url_of(unsigned long long number, char *ret_url, size_t size_bytes)
{
	snprintf(ret_url, size_bytes,
		 "https://images.example.org/2025/%02llu/photo-%llu.jpg?w=1200", number % 12,
		 number);
}

static void store_object(struct cache *cache, unsigned long long number, struct object_id *ret_id)
{
	struct cache_writer *writer;
	struct fault fault = {0};
	uint64_t bytes;

	check(cache_writer_new(cache, &writer, &fault), &fault);
	check(cache_writer_begin(writer, &fault), &fault);
	check(cache_writer_write(writer, &number, sizeof number, &fault), &fault);
	check(cache_writer_commit(writer, ret_id, &bytes, &fault), &fault);
}

static void fill(const char *folder, unsigned long long entries, unsigned long long objects)
{
	CLEANUP(http_fields_release) struct http_fields fields = {0};
	const struct cache_facts facts = {MEDIA_JPEG, 1200, 630, 1, "ok", "", "renderer 1"};
	struct cache_stats stats;
	struct fault fault = {0};
	struct cache *cache;

	http_fields_parse(&fields, fields_text, strlen(fields_text));
	check(cache_open(folder, &cache, &fault), &fault);
	for (unsigned long long i = 0; i < entries; i++) {
		char url[128];
		struct cache_response response = {
			.url = url,
			.status = 200,
			.fields = &fields,
			.request_time_s = clock_wall_s(),
			.response_time_s = clock_wall_s(),
		};
		struct object_id id;

		url_of(i, url, sizeof url);
		store_object(cache, i % objects, &id);
		check(cache_store_response(cache, &response, &id, &fault), &fault);
		if (i < objects)
			check(cache_store_facts(cache, &id, &facts, &fault), &fault);
		check(cache_flush(cache, false, &fault), &fault);
	}
	check(cache_statistics(cache, &stats, &fault), &fault);
	check(cache_close(cache, &fault), &fault);
	printf("{\"entries\": %llu, \"objects\": %llu, \"index_bytes\": %llu, \"cpu_s\": %.3f}\n",
	       (unsigned long long)stats.entries, (unsigned long long)stats.objects,
	       (unsigned long long)stats.index_bytes, cpu_s());
}

static void look(const char *folder, unsigned long long entries, unsigned long long count)
{
	const struct cache_policy policy = {.max_age_s = INT64_MAX, .negative_age_s = -1};
	unsigned long long number = 12345, fresh = 0;
	struct rusage usage;
	struct fault fault = {0};
	struct cache *cache;
	double started_s;

	check(cache_open(folder, &cache, &fault), &fault);
	started_s = cpu_s();
	for (unsigned long long i = 0; i < count; i++) {
		struct cache_entry entry;
		char url[128];

		number = number * 6364136223846793005 + 1442695040888963407;
		url_of((number >> 20) % entries, url, sizeof url);
		check(cache_lookup(cache, url, &policy, clock_wall_s(), &entry, &fault), &fault);
		fresh += entry.state == CACHE_FRESH;
		cache_entry_release(&entry);
		if (i % LOOKUPS_A_TURN == LOOKUPS_A_TURN - 1)
			check(cache_flush(cache, false, &fault), &fault);
	}
	started_s = cpu_s() - started_s;
	getrusage(RUSAGE_SELF, &usage);
	check(cache_close(cache, &fault), &fault);
	printf("{\"lookups\": %llu, \"fresh\": %llu, \"us_a_lookup\": %.3f, \"max_rss_mib\": "
	       "%.1f}\n",
	       count, fresh, started_s * 1e6 / (double)count, (double)usage.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fputs("usage: lookups fill|look FOLDER ENTRIES OBJECTS|COUNT\n", stderr);
		return 1;
	}
	if (!strcmp(argv[1], "fill"))
		fill(argv[2], strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10));
	else
		look(argv[2], strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10));
	return 0;
}
