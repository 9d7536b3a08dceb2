#include "../cmocka_all.h"

#include <stdlib.h>

#include "alloc.h"
#include "hosts.h"
#include "task.h"

static const char *const secret[] = {"X-Key: s3cr3t", NULL};
static const struct fetch_host_options host_options[] = {
	{"any.test", 0, -1, secret},
	{"named.test:81", 0, -1, secret},
	{"named.test:82", 0, -1, secret},
};

static struct host *host_of(struct hosts *hosts, const char *text)
{
	struct host *host;
	struct url url;

	assert_int_equal(url_parse(text, strlen(text), NULL, &url), URL_OK);
	host = hosts_get(hosts, &url);
	url_release(&url);
	return host;
}

static bool has_secret(const struct curl_slist *line)
{
	for (; line; line = line->next)
		if (!strcmp(line->data, secret[0]))
			return true;
	return false;
}

/* What a host's own headers are sent with, at the end of a way of redirects. */
static void secrets_stay_behind(void **state)
{
	static const struct {
		const char *urls[4];
		bool is_told;
	} ways[] = {
		{{"https://any.test/"}, true},
		{{"http://none.test/"}, false},
		{{"http://none.test:81/", "http://none.test:82/"}, false},
		{{"http://other.test/", "http://any.test/"}, true},
		{{"http://any.test/", "http://other.test/"}, false},
		/* in clear text, where it was not */
		{{"https://any.test/", "http://any.test/"}, false},
		{{"https://any.test/", "http://any.test/b", "http://any.test/"}, false},
		{{"http://any.test/", "https://any.test/", "http://any.test/"}, false},
		{{"https://other.test/", "http://any.test/"}, false},
		{{"https://named.test:81/", "http://named.test:82/"}, false},
		{{"http://any.test/", "https://any.test/"}, true},
		{{"https://any.test/", "http://any.test/", "https://any.test/"}, true},
		/* at another port of the name, where the settings name none */
		{{"http://any.test:81/", "http://any.test:82/"}, false},
		{{"http://any.test:81/", "http://any.test:82/b", "http://any.test:82/"}, false},
		{{"http://any.test:82/", "http://any.test:81/", "http://any.test:82/b"}, false},
		{{"http://any.test:81/", "http://any.test.:82/"}, false},
		{{"http://any.test.:81/", "http://any.test:82/"}, false},
		{{"http://any.test:81/", "http://any.test:81/b"}, true},
		{{"http://other.test:81/", "http://any.test:82/"}, true},
		{{"http://named.test:81/", "http://named.test:82/"}, true},
	};
	struct fetcher_options options;
	struct hosts hosts;

	(void)state;
	fetcher_options_init(&options);
	options.hosts = host_options;
	options.n_hosts = ARRAY_LENGTH(host_options);
	hosts_init(&hosts, &options);
	for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
		const struct fetch_request request = {.url = ways[i].urls[0]};
		struct task *task = task_new(&request);
		const char *url = request.url;

		task_run(task);
		for (size_t j = 1; ways[i].urls[j]; j++) {
			url = ways[i].urls[j];
			task_follow(task, 302, alloc_string(url));
		}
		task_set_host(task, host_of(&hosts, url));
		assert_non_null(task_headers(task));
		if (has_secret(task_headers(task)) != ways[i].is_told)
			fail_msg("way %zu", i);
		task_free(task);
	}
	hosts_release(&hosts);
}

static void keeps_the_way(void **state)
{
	const struct fetch_request request = {.url = "http://a.test/"};
	struct task *task = task_new(&request);
	struct task_run *run = task_run(task);
	struct fetch_response response;

	(void)state;
	run->retries = 2;
	run->refused_ms = 7;
	run->is_raw = run->is_fresh = run->is_rested = true;
	run->response.status = 301;
	http_fields_add(&run->response.fields, "Location", 8, "/b", 2);
	task_follow(task, 301, alloc_string("http://a.test/b"));
	assert_string_equal(task->url, "http://a.test/b");
	assert_true(run->response.is_permanent);
	assert_int_equal(run->response.status, 0);
	assert_int_equal(run->response.fields.count, 0);
	/* the next host has its own attempts */
	assert_int_equal(run->retries, 0);
	assert_int_equal(run->refused_ms, 0);
	assert_false(run->is_raw || run->is_fresh || run->is_rested);
	task_follow(task, 308, alloc_string("http://a.test/c"));
	assert_true(run->response.is_permanent);
	task_follow(task, 302, alloc_string("http://a.test/d"));
	assert_false(run->response.is_permanent);
	task_follow(task, 301, alloc_string("http://a.test/e"));
	assert_false(run->response.is_permanent);
	task_hand_out(task, &response);
	assert_string_equal(response.final_url, "http://a.test/e");
	assert_int_equal(response.n_hops, 4);
	assert_string_equal(response.hops[0].url, "http://a.test/");
	assert_int_equal(response.hops[0].status, 301);
	assert_string_equal(http_fields_get(&response.hops[0].fields, "location"), "/b");
	assert_string_equal(response.hops[3].url, "http://a.test/d");
	fetch_response_release(&response);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_stay_behind),
		cmocka_unit_test(keeps_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
