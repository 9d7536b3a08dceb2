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

static struct http_fields *make_fields(const struct pipeline *pipeline, const struct url *url)
{
	CLEANUP(http_fields_release) struct http_fields sent = {0};
	struct http_fields *fields = alloc_zeroed(1, sizeof *fields);
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
	return fields;
}

const struct http_fields *work_request_fields(const struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	struct url url = {0};
	/* Without fields for single hosts all requests say the same. */
	bool is_by_host = pipeline->settings->n_hosts &&
			  url_parse(work->wire, strlen(work->wire), NULL, &url) == URL_OK;
	CLEANUP(cleanup_free)
	char *host = is_by_host ? alloc_printf("%s:%d", url.host, url.port) : alloc_string("");
	struct http_fields *fields = map_get_string(pipeline->request_fields, host);

	if (!fields) {
		fields = make_fields(pipeline, is_by_host ? &url : NULL);
		map_put_string(pipeline->request_fields, host, fields);
	}
	if (is_by_host)
		url_release(&url);
	return fields;
}

void work_free_request_fields(struct pipeline *pipeline)
{
	for (size_t i = 0; i < map_count(pipeline->request_fields); i++) {
		struct http_fields *fields = map_at(pipeline->request_fields, i, NULL);

		http_fields_release(fields);
		free(fields);
	}
	map_free(pipeline->request_fields);
}
