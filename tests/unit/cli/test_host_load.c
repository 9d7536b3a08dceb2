#include "../cmocka_all.h"

#include "host_load.h"

static struct asset *remote(const char *url)
{
	static struct asset asset;

	asset.target = url[0] == '/' ? IMAGE_REF_LOCAL : IMAGE_REF_REMOTE;
	asset.url = (char *)(uintptr_t)url;
	return &asset;
}

static void counts_by_host(void **state)
{
	struct settings settings = {.host_interval_ms = 50};
	struct host_loads *loads = host_loads_new(&settings);
	struct host_load *load = host_loads_of(loads, remote("https://a.example/1.jpg"));

	(void)state;
	assert_ptr_equal(host_loads_of(loads, remote("https://A.example/2.jpg")), load);
	assert_ptr_not_equal(host_loads_of(loads, remote("https://a.example:8443/2.jpg")), load);
	assert_null(host_loads_of(loads, remote("/local.png")));
	assert_ptr_equal(host_loads_of(loads, remote("https://a.example/3.jpg")), load);
	assert_ptr_not_equal(host_loads_of(loads, remote("https://a.example.org/3.jpg")), load);
	assert_ptr_not_equal(host_loads_of(loads, remote("https:///b.example/4.jpg")),
			     host_loads_of(loads, remote("https:///c.example/4.jpg")));
	assert_string_equal(load->host, "a.example");
	assert_int_equal(load->n_images, 3);
	host_loads_free(loads);
}

static void guesses_by_the_share_that_was_asked(void **state)
{
	static const struct {
		size_t images, looked, asked, done;
		double elapsed_s;
		size_t left;
		double left_s;
	} cases[] = {
		{18000, 0, 0, 0, 0, 18000, 900},      /* nothing is known: all of them */
		{1000, 100, 100, 0, 0, 1000, 50},     /* none was fresh */
		{1000, 100, 0, 0, 1, 0, 0},           /* all were */
		{1000, 100, 50, 50, 1, 450, 22.5},    /* the interval allows no more */
		{1000, 100, 100, 100, 60, 900, 540},  /* it answers slowly */
		{1000, 1000, 1000, 999, 60, 1, 0.06}, /* the last one */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct host_load load = {
			.interval_ms = 50,
			.n_images = cases[i].images,
			.n_looked = cases[i].looked,
			.n_asked = cases[i].asked,
			.n_done = cases[i].done,
		};

		assert_int_equal(host_load_left(&load), cases[i].left);
		assert_float_equal(host_load_left_s(&load, cases[i].elapsed_s), cases[i].left_s,
				   0.01);
	}
}

static void the_slowest_come_first_and_are_explained(void **state)
{
	struct fetch_host_options hosts[] = {
		{.host = "*.cdn.example", .interval_ms = 0},
		{.host = "slow.example", .interval_ms = 100},
	};
	struct settings settings = {.host_interval_ms = 50, .hosts = hosts, .n_hosts = 2};
	struct host_loads *loads = host_loads_new(&settings);
	struct progress_host slowest[2];
	struct buf text = BUF_INIT(4096);

	(void)state;
	host_loads_of(loads, remote("https://i.cdn.example/"))->n_images = 50000;
	host_loads_of(loads, remote("https://a.example/"))->n_images = 100;
	host_loads_of(loads, remote("https://slow.example/"))->n_images = 1000;
	host_loads_of(loads, remote("https://b.example/"))->n_images = 18000;
	assert_int_equal(host_loads_slowest(loads, 0, slowest, 2), 2);
	assert_string_equal(slowest[0].host, "b.example");
	assert_string_equal(slowest[1].host, "slow.example");
	host_loads_explain(loads, &text);
	assert_string_equal(
		buf_string(&text),
		"b.example: 18,000 images at one request every 50 ms are 15 min\n"
		"  Shorter (3 min at best) with this line in picdesk.yml:\n"
		"    hosts: {b.example: {interval: 10ms}}\n"
		"slow.example: 1,000 images at one request every 100 ms are 1 min 40 s\n"
		"  Shorter (10 s at best) with this line in picdesk.yml:\n"
		"    hosts: {slow.example: {interval: 10ms}}\n");
	buf_release(&text);
	host_loads_free(loads);
}

static void advice_can_be_pasted(void **state)
{
	struct settings settings = {.host_interval_ms = 10};
	struct host_loads *loads = host_loads_new(&settings);
	struct buf text = BUF_INIT(4096);

	(void)state;
	host_loads_of(loads, remote("http://[::1]:8080/"))->n_images = 30000;
	host_loads_of(loads, remote("http://a.example:8080/"))->n_images = 12000;
	host_loads_explain(loads, &text);
	assert_string_equal(buf_string(&text),
			    "[::1]:8080: 30,000 images at one request every 10 ms are 5 min\n"
			    "  Shorter with this line in picdesk.yml:\n"
			    "    hosts: {'[::1]': {interval: 0ms}}\n"
			    "a.example:8080: 12,000 images at one request every 10 ms are 2 min\n"
			    "  Shorter with this line in picdesk.yml:\n"
			    "    hosts: {a.example: {interval: 0ms}}\n");
	buf_release(&text);
	host_loads_free(loads);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_host),
		cmocka_unit_test(guesses_by_the_share_that_was_asked),
		cmocka_unit_test(the_slowest_come_first_and_are_explained),
		cmocka_unit_test(advice_can_be_pasted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
