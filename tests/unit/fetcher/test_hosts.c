#include "../cmocka_all.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "hosts.h"

static const char *const for_all[] = {"X-All: 1", "Accept-Language: de", "no field",
				      "Bad: a\nInjected: b", NULL};
static const char *const for_cdn[] = {"Authorization: Bearer secret", "accept-language: fr",
				      "Bad: a\r\nInjected: b", NULL};
static const char *const for_one[] = {"Accept: image/png", NULL};
static const struct fetch_host_options host_options[] = {
	{"*.example.org", 2, -1, for_cdn},   {"*.deep.example.org", 3, 7, NULL},
	{"one.example.org", 0, 0, for_one},  {"one.example.org:8080", 5, -1, NULL},
	{"*.example.org:8080", 6, -1, NULL}, {"[::1]", 7, -1, NULL},
	{"[::1]:81", 8, -1, NULL},           {"port.test:81", 0, -1, for_one},
	{"*two.test", 9, -1, NULL},
};

static struct hosts make(struct fetcher_options *options)
{
	struct hosts hosts;

	fetcher_options_init(options);
	options->headers = for_all;
	options->hosts = host_options;
	options->n_hosts = sizeof host_options / sizeof *host_options;
	hosts_init(&hosts, options);
	return hosts;
}

static struct host *get(struct hosts *hosts, const char *text)
{
	struct host *host;
	struct url url;
	size_t count;

	assert_int_equal(url_parse(text, strlen(text), NULL, &url), URL_OK);
	host = hosts_get(hosts, &url);
	count = map_count(hosts->by_name);
	assert_ptr_equal(hosts_get(hosts, &url), host);
	assert_int_equal(map_count(hosts->by_name), count);
	url_release(&url);
	return host;
}

static void overrides_match_names(void **state)
{
	static const struct {
		const char *url, *name;
		unsigned concurrency;
		int64_t interval_ms;
	} cases[] = {
		{"http://other.test/", "other.test", 4, 50},
		{"http://example.org/", "example.org", 4, 50},
		{"http://notexample.org/", "notexample.org", 4, 50},
		{"http://a.example.orx/", "a.example.orx", 4, 50},
		{"http://a.example.org.test/", "a.example.org.test", 4, 50},
		{"http://g/", "g", 4, 50},
		{"http://one.example.org.test/", "one.example.org.test", 4, 50},
		{"http://one.example.orgs/", "one.example.orgs", 4, 50},
		{"http://one.example.or/", "one.example.or", 4, 50},
		/* a name without "*." is no ending */
		{"http://onetwo.test/", "onetwo.test", 4, 50},
		{"http://sne.example.org/", "sne.example.org", 2, 50},
		{"https://a.example.org/", "a.example.org", 2, 50},
		{"https://a.b.example.org:8443/", "a.b.example.org:8443", 2, 50},
		{"https://x.deep.example.org/", "x.deep.example.org", 3, 7},
		{"https://ONE.example.org/", "one.example.org", 4, 0},
		{"https://one.example.org./", "one.example.org.", 4, 0},
		{"https://a.example.org./", "a.example.org.", 2, 50},
		{"https://one.example.org:8080/", "one.example.org:8080", 5, 50},
		{"https://one.example.org:8081/", "one.example.org:8081", 4, 0},
		{"http://two.example.org:8080/", "two.example.org:8080", 6, 50},
		{"http://[::1]/", "[::1]", 7, 50},
		{"http://[::1]:81/", "[::1]:81", 8, 50},
		{"http://[::1]:82/", "[::1]:82", 7, 50},
	};
	struct fetcher_options options;
	struct hosts hosts = make(&options);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct host *host = get(&hosts, cases[i].url);

		assert_string_equal(host->name, cases[i].name);
		if (host->queue.max_running != cases[i].concurrency ||
		    host->queue.interval_ms != cases[i].interval_ms)
			fail_msg("%s: %u", cases[i].url, host->queue.max_running);
	}
	assert_ptr_equal(get(&hosts, "http://a.example.org/x"),
			 get(&hosts, "https://a.example.org/y"));
	hosts_release(&hosts);
}

static void expect_lines(const struct host *host, const char *const *lines)
{
	const struct curl_slist *line = host->headers;

	for (; *lines; lines++, line = line->next) {
		assert_non_null(line);
		assert_string_equal(line->data, *lines);
	}
	assert_null(line);
}

/* What the user says replaces what is sent without, for all hosts or for one. */
static void what_is_said_replaces_what_is_sent(void **state)
{
	static const char *const for_every[] = {"accept: a/b", "User-Agent;", NULL};
	static const char *const all[] = {"Accept-Encoding: identity", "accept: a/b", "User-Agent;",
					  NULL};
	static const char *const one[] = {"Accept-Encoding: identity", "User-Agent;",
					  "Accept: image/png", NULL};
	struct fetcher_options options;
	struct hosts hosts = make(&options);
	struct http_fields fields = {0};
	struct url url;

	(void)state;
	options.headers = for_every;
	expect_lines(get(&hosts, "http://other.test/"), all);
	expect_lines(get(&hosts, "http://one.example.org/"), one);
	assert_int_equal(url_parse("http://one.example.org/", 23, NULL, &url), URL_OK);
	fetcher_request_fields(&options, &url, &fields);
	assert_int_equal(fields.count, 3);
	assert_string_equal(http_fields_get(&fields, "Accept"), "image/png");
	assert_string_equal(http_fields_get(&fields, "User-Agent"), "");
	/* one that has no URL yet is of no host */
	fetcher_request_fields(&options, NULL, &fields);
	assert_int_equal(fields.count, 3);
	assert_string_equal(http_fields_get(&fields, "Accept"), "a/b");
	url_release(&url);
	http_fields_release(&fields);
	hosts_release(&hosts);
}

/* Where a redirect leads to another port, or from https to http, these go instead. */
static void a_host_has_headers_without_its_secrets(void **state)
{
	struct fetcher_options options;
	struct hosts hosts = make(&options);
	const struct host *cdn = get(&hosts, "http://cdn.example.org/");
	const struct curl_slist *line;

	(void)state;
	assert_non_null(cdn->common_headers);
	for (line = cdn->common_headers; line; line = line->next)
		assert_null(strstr(line->data, "secret"));
	assert_false(cdn->is_port_named);
	assert_true(get(&hosts, "http://port.test:81/")->is_port_named);
	assert_null(get(&hosts, "http://other.test/")->common_headers);
	assert_null(get(&hosts, "http://x.deep.example.org/")->common_headers);
	hosts_release(&hosts);
}

static void secrets_go_to_their_host_alone(void **state)
{
	static const char encoding[] = "Accept-Encoding: identity";
	static const char agent[] = "User-Agent: picdesk";
	static const char accept[] = "Accept: image/avif,image/webp,image/*,*/*;q=0.8";
	static const char *const other[] = {
		encoding, agent, accept, "X-All: 1", "Accept-Language: de", NULL};
	static const char *const cdn[] = {encoding,
					  agent,
					  accept,
					  "X-All: 1",
					  "Authorization: Bearer secret",
					  "accept-language: fr",
					  NULL};
	static const char *const one[] = {
		encoding, agent, "X-All: 1", "Accept-Language: de", "Accept: image/png", NULL};
	struct fetcher_options options;
	struct hosts hosts = make(&options);

	(void)state;
	expect_lines(get(&hosts, "http://other.test/"), other);
	expect_lines(get(&hosts, "http://cdn.example.org/"), cdn);
	expect_lines(get(&hosts, "http://one.example.org/"), one);
	hosts_release(&hosts);
}

static void add_v4(struct resolver_answer *answer, const char *text)
{
	struct sockaddr_in *v4 =
		(struct sockaddr_in *)(void *)&answer->addresses[answer->n_addresses++];

	v4->sin_family = AF_INET;
	assert_int_equal(inet_pton(AF_INET, text, &v4->sin_addr), 1);
}

static void hands_over_admitted_addresses_only(void **state)
{
	struct sockaddr_storage addresses[4] = {0};
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)addresses;
	struct resolver_answer answer = {.addresses = addresses};
	const struct admission strict = {0};
	struct fetcher_options options;
	struct hosts hosts = make(&options);
	struct host *host = get(&hosts, "http://name.test/");

	(void)state;
	add_v4(&answer, "10.0.0.1");
	add_v4(&answer, "169.254.169.254");
	assert_false(host_set_addresses(host, &answer, &strict));
	assert_null(host->addresses);
	add_v4(&answer, "8.8.8.8");
	add_v4(&answer, "1.1.1.1");
	assert_true(host_set_addresses(host, &answer, &strict));
	assert_string_equal(host->addresses->data, "name.test:80:8.8.8.8,1.1.1.1");
	assert_string_equal(host->addresses->next->data, "name.test:443:8.8.8.8,1.1.1.1");
	host = get(&hosts, "http://name.test:8080/");
	assert_true(host_set_addresses(host, &answer, &strict));
	assert_string_equal(host->addresses->data, "name.test:8080:8.8.8.8,1.1.1.1");
	assert_null(host->addresses->next);
	assert_int_equal(inet_pton(AF_INET6, "2606:4700::1", &v6->sin6_addr), 1);
	v6->sin6_family = AF_INET6;
	answer.n_addresses = 1;
	host = get(&hosts, "https://six.test:8080/");
	assert_true(host_set_addresses(host, &answer, &strict));
	assert_string_equal(host->addresses->data, "six.test:8080:[2606:4700::1]");
	assert_null(get(&hosts, "http://8.8.8.8/")->lookup_name);
	assert_null(get(&hosts, "http://[2606:4700:4700::1111]/")->lookup_name);
	hosts_release(&hosts);
}

/* What begins with the same letters may be another host. */
static void the_last_origin_is_known(void **state)
{
	static const char *const others[] = {
		"http://name.test.evil/a.jpg", "http://name.test:8080/a.jpg",
		"https://name.test/a.jpg",     "http://u:p@name.test/a.jpg",
		"http://name.tes/a.jpg",       "http://name.test",
	};
	struct fetcher_options options;
	struct hosts hosts = make(&options);
	struct host *host = get(&hosts, "http://name.test/");

	(void)state;
	assert_null(hosts_get_by_origin(&hosts, "http://name.test/a.jpg"));
	hosts_remember_origin(&hosts, "http://name.test/a.jpg", host);
	assert_ptr_equal(hosts_get_by_origin(&hosts, "http://name.test/b?c=http://d/"), host);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_null(hosts_get_by_origin(&hosts, others[i]));
	host = get(&hosts, "https://name.test:8443/");
	hosts_remember_origin(&hosts, "https://name.test:8443/", host);
	assert_ptr_equal(hosts_get_by_origin(&hosts, "https://name.test:8443/b"), host);
	assert_null(hosts_get_by_origin(&hosts, "http://name.test/a.jpg"));
	hosts_release(&hosts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overrides_match_names),
		cmocka_unit_test(secrets_go_to_their_host_alone),
		cmocka_unit_test(what_is_said_replaces_what_is_sent),
		cmocka_unit_test(a_host_has_headers_without_its_secrets),
		cmocka_unit_test(hands_over_admitted_addresses_only),
		cmocka_unit_test(the_last_origin_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
