#include "fetching.h"

#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

static enum body_verdict sink_begin(void *context, int status, const struct http_fields *fields)
{
	struct sink *sink = context;

	(void)fields;
	assert_in_range(status, 200, 299);
	buf_clear(&sink->body);
	sink->begins++;
	return BODY_CONTINUE;
}

static enum body_verdict sink_write(void *context, const void *data, size_t length_bytes)
{
	struct sink *sink = context;

	buf_append(&sink->body, data, length_bytes);
	if (sink->waiting)
		loop_server_go_on(sink->waiting);
	return sink->verdict;
}

static enum body_verdict sink_end(void *context)
{
	struct sink *sink = context;

	sink->ends++;
	return BODY_CONTINUE;
}

struct loop_server *server;

int start_server(void **state)
{
	(void)state;
	server = loop_server_start();
	return 0;
}

int stop_server(void **state)
{
	(void)state;
	loop_server_stop(server);
	return 0;
}

struct fetcher_options quick_options(void)
{
	static struct fetch_cidr loopback;
	struct fetcher_options options;

	assert_true(fetch_cidr_parse("127.0.0.0/8", &loopback));
	fetcher_options_init(&options);
	options.allow_cidrs = &loopback;
	options.n_allow_cidrs = 1;
	options.host_interval_ms = 0;
	options.retry_base_ms = 1;
	options.timeout_ms = 20000;
	options.max_bytes = 100000;
	return options;
}

struct fetcher *make_fetcher(const struct fetcher_options *options)
{
	struct fetcher *fetcher = NULL;
	struct fault fault = {0};

	assert_int_equal(fetcher_new(options, &fetcher, &fault), 0);
	return fetcher;
}

static bool prepare(void *owner, struct fetch_details *ret_details)
{
	struct sink *sink = owner;

	ret_details->entity_tag = sink->entity_tag;
	ret_details->sink = (struct body_sink){sink, sink_begin, sink_write, sink_end, NULL};
	return true;
}

void submit_url(struct fetcher *fetcher, const char *url, struct sink *sink, const char *entity_tag)
{
	struct fetch_request request = {.url = sink->url, .owner = sink, .prepare = prepare};

	assert_true(strlen(url) < sizeof sink->url);
	strcpy(sink->url, url);
	sink->entity_tag = entity_tag;
	sink->body.max_bytes = 1000000;
	fetcher_submit(fetcher, &request);
}

void submit(struct fetcher *fetcher, const char *path, struct sink *sink, const char *entity_tag)
{
	char url[200];

	snprintf(url, sizeof url, "http://127.0.0.1:%d%s", loop_server_port(server), path);
	submit_url(fetcher, url, sink, entity_tag);
}

void next_response(struct fetcher *fetcher, struct fetch_response *ret_response)
{
	struct fault fault = {0};

	while (!fetcher_next(fetcher, ret_response))
		assert_int_equal(fetcher_wait(fetcher, NULL, 0, 10000, &fault), 0);
}
