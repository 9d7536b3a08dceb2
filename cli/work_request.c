#include "work.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "cleanup.h"
#include "fetcher.h"
#include "map.h"
#include "url.h"

/* Enough to tell two values apart, and too little to find one by. */
#define DIGEST_CHARACTERS 8

/* The index, and what is exported of it, is no place for secrets, and any configured field may be
 * one: a few digits of its hash tell two of them apart as well. */
static bool may_be_secret(const char *name)
{
	return strcasecmp(name, "Accept") != 0 && strcasecmp(name, "Accept-Encoding") != 0 &&
	       strcasecmp(name, "User-Agent") != 0;
}

static void fill_fields(const struct pipeline *pipeline, const struct url *url,
			struct http_fields *fields)
{
	CLEANUP(http_fields_release) struct http_fields sent = {0};
	struct fetcher_options options;

	pipeline_fetcher_options(pipeline, &options);
	fetcher_request_fields(&options, url, &sent);
	for (size_t i = 0; i < sent.count; i++) {
		const char *name = sent.items[i].name, *value = sent.items[i].value;
		char hash[OBJECT_ID_HEX_BYTES];

		if (may_be_secret(name)) {
			struct object_id id = object_id_of(value, strlen(value));

			object_id_format(&id, hash);
			hash[DIGEST_CHARACTERS] = '\0';
			value = hash;
		}
		http_fields_add(fields, name, strlen(name), value, strlen(value));
	}
	/* What came without a look at certificates is nothing for a run that looks at them. */
	if (options.insecure)
		http_fields_add(fields, ":insecure", strlen(":insecure"), "", 0);
}

static void add_text(struct object_hasher *hasher, const char *text)
{
	/* With its end, so that no two texts run into each other. */
	object_hasher_add(hasher, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* Not how fast, how often or how patiently is asked, nor what is refused by a rule of ours, which
 * is not remembered. */
static void add_settings(struct object_hasher *hasher, const struct settings *settings)
{
	const int64_t numbers[] = {
		settings->max_redirects,
		settings->insecure,
	};

	object_hasher_add(hasher, numbers, sizeof numbers);
	add_text(hasher, settings->accept);
	add_text(hasher, settings->cacert);
	add_text(hasher, settings->proxy);
}

static uint64_t digest_of(const struct settings *settings, const struct http_fields *fields)
{
	struct object_hasher *hasher = object_hasher_new();
	struct object_id id;
	uint64_t digest;

	add_settings(hasher, settings);
	for (size_t i = 0; i < fields->count; i++) {
		add_text(hasher, fields->items[i].name);
		add_text(hasher, fields->items[i].value);
	}
	id = object_hasher_finish(hasher);
	object_hasher_free(hasher);
	memcpy(&digest, id.bytes, sizeof digest);
	return digest ? digest : 1;
}

const struct work_request *work_request(const struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	struct url url = {0};
	/* Without fields for single hosts all requests say the same. */
	bool is_by_host = pipeline->settings->n_hosts &&
			  url_parse(work->wire, strlen(work->wire), NULL, &url) == URL_OK;
	CLEANUP(cleanup_free)
	char *host = is_by_host ? alloc_printf("%s:%d", url.host, url.port) : alloc_string("");
	struct work_request *request = map_get_string(pipeline->requests, host);

	if (!request) {
		request = alloc_zeroed(1, sizeof *request);
		fill_fields(pipeline, is_by_host ? &url : NULL, &request->fields);
		request->digest = digest_of(pipeline->settings, &request->fields);
		map_put_string(pipeline->requests, host, request);
	}
	if (is_by_host)
		url_release(&url);
	return request;
}

void work_free_requests(struct pipeline *pipeline)
{
	for (size_t i = 0; i < map_count(pipeline->requests); i++) {
		struct work_request *request = map_at(pipeline->requests, i, NULL);

		http_fields_release(&request->fields);
		free(request);
	}
	map_free(pipeline->requests);
}
