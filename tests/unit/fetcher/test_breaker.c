#include "../cmocka_all.h"

#include "breaker.h"
#include "host_stats.h"
#include "network.h"

static void opens_after_five_in_a_row(void **state)
{
	struct breaker breaker = {0};

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_false(breaker_fail(&breaker, FETCH_TIMEOUT, "late"));
	breaker_answer(&breaker);
	for (int i = 0; i < 4; i++)
		assert_false(breaker_fail(&breaker, FETCH_TIMEOUT, "late"));
	assert_true(breaker_fail(&breaker, FETCH_CONNECT, "refused"));
	assert_true(breaker.is_open);
	assert_int_equal(breaker.outcome, FETCH_CONNECT);
	assert_string_equal(breaker.message, "refused");
	assert_false(breaker_fail(&breaker, FETCH_DNS, "gone"));
	breaker_answer(&breaker);
	assert_true(breaker.is_open);
	assert_int_equal(breaker.outcome, FETCH_CONNECT);
	breaker_release(&breaker);
}

static void opens_at_once(void **state)
{
	struct breaker breaker = {0};

	(void)state;
	breaker_open(&breaker, FETCH_DNS, "no address");
	breaker_open(&breaker, FETCH_CONNECT, "refused");
	assert_true(breaker.is_open);
	assert_string_equal(breaker.message, "no address");
	breaker_release(&breaker);
}

static void counts_percentiles(void **state)
{
	struct host_stats stats = {0};

	(void)state;
	assert_int_equal(host_stats_percentile(&stats, 50), 0);
	for (int i = 100; i >= 1; i--)
		host_stats_add_duration(&stats, i, 0);
	assert_int_equal(host_stats_percentile(&stats, 50), 50);
	assert_int_equal(host_stats_percentile(&stats, 95), 95);
	assert_int_equal(host_stats_percentile(&stats, 100), 100);
	for (uint32_t i = 0; i < 100000; i++)
		host_stats_add_duration(&stats, 1000, i * 2654435761u);
	assert_int_equal(stats.n_samples, HOST_STATS_SAMPLES);
	assert_int_equal(host_stats_percentile(&stats, 50), 1000);
	host_stats_release(&stats);
}

static void tells_a_dead_network_from_dead_hosts(void **state)
{
	static const struct {
		struct network network;
		size_t n_others;
		bool has_route, is_down;
	} cases[] = {
		{{false, 0}, 0, false, false},
		{{false, 1}, 0, false, true},
		{{false, 1}, 0, true, false},
		{{false, 1}, 3, false, false},
		{{false, 2}, 0, true, true},
		{{false, 2}, 1, true, false},
		{{false, 20}, 500, true, true},
		{{true, 20}, 0, false, false},
		{{.n_silent = 1, .other_name = NETWORK_ASKED}, 0, true, false},
		{{.n_silent = 1, .other_name = NETWORK_SILENT}, 0, true, true},
		{{.n_silent = 1, .other_name = NETWORK_SILENT}, 1, true, false},
		{{true, .n_silent = 1, .other_name = NETWORK_SILENT}, 0, true, false},
		{{.n_silent = 2, .has_silent_name = true}, 0, true, false},
		{{.n_silent = 2, .has_silent_name = true}, 0, false, true},
		{{.n_silent = 2, .has_silent_name = true, .other_name = NETWORK_SILENT},
		 0,
		 true,
		 true},
		{{.n_silent = 20, .has_silent_name = true}, 1, true, true},
		{{.n_silent = 1, .is_proxied = true}, 0, true, true},
		{{.n_silent = 1, .is_proxied = true}, 1, true, false},
		{{.n_silent = 1, .is_proxied = true, .has_proxy_spoken = true}, 0, true, false},
		{{.n_silent = 2, .is_proxied = true, .has_proxy_spoken = true}, 0, true, true},
		{{true, .n_silent = 2, .is_proxied = true}, 0, true, false},
		{{.n_silent = 20, .is_proxied = true}, 1, true, true},
		{{.n_silent = 20, .is_proxied = true, .has_proxy_spoken = true}, 1, true, false},
		{{.n_silent = 20, .is_proxied = true, .has_proxy_spoken = true}, 0, true, true},
		/* It answered before. */
		{{.n_silent = 1, .is_lost = true}, 0, true, false},
		{{.n_silent = 1, .is_lost = true}, 0, false, false},
		{{.n_silent = 1, .is_lost = true, .is_cut = true}, 0, true, false},
		{{.n_silent = 1, .is_lost = true, .is_cut = true}, 0, false, true},
		{{.n_silent = 1, .is_lost = true, .is_cut = true}, 1, true, false},
		{{.n_silent = 2, .is_lost = true}, 0, true, true},
		{{.n_silent = 2, .is_lost = true, .has_silent_name = true}, 0, true, true},
		{{.n_silent = 19, .is_lost = true}, 1, true, false},
		{{.n_silent = 20, .is_lost = true}, 1, true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(
			network_is_down(&cases[i].network, cases[i].n_others, cases[i].has_route),
			cases[i].is_down);
}

static void loses_what_was_there(void **state)
{
	struct network network = {
		.has_answered = true, .n_silent = 30, .is_cut = true, .suspected_at = 7};

	(void)state;
	assert_false(network_is_down(&network, 0, true));
	network_lose(&network);
	assert_false(network_is_suspect(&network));
	assert_false(network_is_down(&network, 0, false));
	network.n_silent = 1;
	assert_false(network_is_away(&network));
	network.n_silent = 2;
	assert_true(network_is_away(&network));
	assert_true(network_is_down(&network, 0, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_after_five_in_a_row),
		cmocka_unit_test(opens_at_once),
		cmocka_unit_test(counts_percentiles),
		cmocka_unit_test(tells_a_dead_network_from_dead_hosts),
		cmocka_unit_test(loses_what_was_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
