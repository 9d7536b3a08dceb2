#include "../cmocka_all.h"

#include <stdlib.h>

#include "host_queue.h"

static void spaces_starts_and_bounds_slots(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	struct queue_item items[4];

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 2, 50);
	for (size_t i = 0; i < 4; i++)
		host_queue_add(&queue, &host, &items[i]);
	assert_ptr_equal(host_queue_take(&queue, 1000), &items[0]);
	assert_null(host_queue_take(&queue, 1000));
	assert_int_equal(host_queue_next_ms(&queue), 1050);
	assert_null(host_queue_take(&queue, 1049));
	assert_ptr_equal(host_queue_take(&queue, 1050), &items[1]);
	assert_null(host_queue_take(&queue, 9999));
	assert_int_equal(host_queue_next_ms(&queue), HOST_QUEUE_NEVER);
	host_queue_finish(&queue, &items[0], QUEUE_OK, 1, 1060);
	assert_int_equal(host_queue_next_ms(&queue), 1100);
	assert_ptr_equal(host_queue_take(&queue, 1100), &items[2]);
	host_queue_finish(&queue, &items[1], QUEUE_OK, 1, 1200);
	host_queue_finish(&queue, &items[2], QUEUE_OK, 1, 1200);
	assert_ptr_equal(host_queue_take(&queue, 1200), &items[3]);
	host_queue_finish(&queue, &items[3], QUEUE_OK, 1, 1200);
	assert_int_equal(queue.n_running, 0);
	queue_host_release(&host);
	host_queue_release(&queue);
}

static void what_waited_for_a_connection_is_spaced_again(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	struct queue_item items[3];

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 4, 50);
	for (size_t i = 0; i < 3; i++)
		host_queue_add(&queue, &host, &items[i]);
	assert_ptr_equal(host_queue_take(&queue, 1000), &items[0]);
	assert_ptr_equal(host_queue_take(&queue, 1050), &items[1]);
	assert_true(host_queue_send(&queue, &host, false, 1080));
	assert_false(host_queue_send(&queue, &host, true, 1080));
	host_queue_give_back(&queue, &items[1], 1081);
	host_queue_add_first(&queue, &host, &items[1]);
	assert_int_equal(host_queue_next_ms(&queue), 1130);
	assert_ptr_equal(host_queue_take(&queue, 1130), &items[1]);
	assert_true(host_queue_send(&queue, &host, true, 1130));
	/* One with a connection of its own is not given up for that; for a pause it is. */
	assert_true(host_queue_send(&queue, &host, false, 1131));
	host_queue_pause(&queue, &host, 2000);
	assert_false(host_queue_send(&queue, &host, false, 1999));
	assert_true(host_queue_send(&queue, &host, false, 2000));
	queue_host_release(&host);
	host_queue_release(&queue);
}

static void hosts_take_turns(void **state)
{
	struct host_queue queue;
	struct queue_host hosts[3];
	struct queue_item items[9];

	(void)state;
	host_queue_init(&queue, 6);
	for (size_t i = 0; i < 3; i++) {
		queue_host_init(&hosts[i], 9, 0);
		for (size_t j = 0; j < 3; j++)
			host_queue_add(&queue, &hosts[i], &items[3 * i + j]);
	}
	for (size_t i = 0; i < 6; i++)
		assert_non_null(host_queue_take(&queue, 5));
	assert_null(host_queue_take(&queue, 5)); /* six in all */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(hosts[i].n_running, 2);
		queue_host_release(&hosts[i]);
	}
	host_queue_release(&queue);
}

static void a_retry_waits_without_a_slot(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	struct queue_item items[3];

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 1, 0);
	host_queue_add_later(&queue, &host, &items[0], 500);
	host_queue_add_later(&queue, &host, &items[1], 300);
	assert_null(host_queue_take(&queue, 0));
	assert_int_equal(host_queue_next_ms(&queue), 300);
	host_queue_add(&queue, &host, &items[2]);
	assert_ptr_equal(host_queue_take(&queue, 0), &items[2]);
	host_queue_finish(&queue, &items[2], QUEUE_OK, 1, 0);
	assert_ptr_equal(host_queue_take(&queue, 300), &items[1]);
	host_queue_finish(&queue, &items[1], QUEUE_OK, 1, 400);
	host_queue_add(&queue, &host, &items[2]);
	assert_ptr_equal(host_queue_take(&queue, 500), &items[0]); /* due, so before the others */
	assert_int_equal(host.n_waiting, 1);
	queue_host_release(&host);
	host_queue_release(&queue);
}

static void what_is_new_goes_before_what_was_seen(void **state)
{
	static const int64_t seen_s[] = {30, 10, 40, 20};
	static const size_t order[] = {5, 4, 1, 3, 0, 2}; /* 5: a redirect's next hop */
	struct host_queue queue;
	struct queue_host host;
	struct queue_item items[6];

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 1, 0);
	for (size_t i = 0; i < 4; i++)
		host_queue_add_again(&queue, &host, &items[i], seen_s[i]);
	host_queue_add(&queue, &host, &items[4]);
	host_queue_add_first(&queue, &host, &items[5]);
	for (size_t i = 0; i < 6; i++) {
		assert_ptr_equal(host_queue_take(&queue, 0), &items[order[i]]);
		host_queue_finish(&queue, &items[order[i]], QUEUE_OK, 1, 0);
	}
	assert_int_equal(host.n_waiting, 0);
	host_queue_add_again(&queue, &host, &items[0], 1);
	assert_ptr_equal(host_queue_drain(&queue, &host), &items[0]);
	assert_null(host_queue_drain(&queue, &host));
	host_queue_add_first(&queue, &host, &items[5]); /* where nothing else waits, too */
	assert_ptr_equal(host_queue_take(&queue, 0), &items[5]);
	queue_host_release(&host);
	host_queue_release(&queue);
}

static const struct queue_item *picked_from;
static uint64_t picked;

static bool is_picked(const struct queue_item *item)
{
	return picked >> (item - picked_from) & 1;
}

/* Whatever goes, the others go out in the order in which they would have gone. */
static void what_is_not_picked_keeps_its_turn(void **state)
{
	static const int64_t times[] = {5, 1, 4, 2, 3};
	enum { n = sizeof times / sizeof *times, n_items = 3 * n };
	static struct queue_item items[n_items];

	(void)state;
	picked_from = items;
	for (picked = 0; picked < UINT64_C(1) << n_items; picked += 7) {
		static const size_t order[n_items] = {0, 1, 2,  3,  4,  6,  8, 9,
						      7, 5, 11, 13, 14, 12, 10};
		struct host_queue queue;
		struct queue_host host;
		size_t n_picked = 0;

		host_queue_init(&queue, 64);
		queue_host_init(&host, 64, 0);
		for (size_t i = 0; i < n; i++) {
			host_queue_add(&queue, &host, &items[i]);
			host_queue_add_again(&queue, &host, &items[n + i], times[i]);
			host_queue_add_later(&queue, &host, &items[2 * n + i], 100 + times[i]);
		}
		for (struct queue_item *item = host_queue_pick(&queue, &host, is_picked); item;
		     item = item->next) {
			assert_true(is_picked(item));
			n_picked++;
		}
		assert_int_equal(n_picked, (size_t)__builtin_popcountll(picked));
		assert_int_equal(host.n_waiting, n_items - n_picked);
		for (size_t i = 0; i < n_items; i++)
			if (!is_picked(&items[order[i]]))
				assert_ptr_equal(host_queue_take(&queue, i < 2 * n ? 0 : 200),
						 &items[order[i]]);
		assert_null(host_queue_take(&queue, 200));
		queue_host_release(&host);
		host_queue_release(&queue);
	}
}

static void a_pause_and_a_hold_stop_one_host(void **state)
{
	struct host_queue queue;
	struct queue_host hosts[2];
	struct queue_item items[2];

	(void)state;
	host_queue_init(&queue, 64);
	for (size_t i = 0; i < 2; i++) {
		queue_host_init(&hosts[i], 4, 0);
		host_queue_add(&queue, &hosts[i], &items[i]);
	}
	host_queue_pause(&queue, &hosts[0], 700);
	host_queue_pause(&queue, &hosts[0], 600); /* the longer one counts */
	assert_ptr_equal(host_queue_take(&queue, 0), &items[1]);
	assert_null(host_queue_take(&queue, 699));
	host_queue_hold(&queue, &hosts[0], true);
	assert_null(host_queue_take(&queue, 700));
	assert_int_equal(host_queue_next_ms(&queue), HOST_QUEUE_NEVER);
	host_queue_hold(&queue, &hosts[0], false);
	assert_ptr_equal(host_queue_take(&queue, 700), &items[0]);
	for (size_t i = 0; i < 2; i++)
		queue_host_release(&hosts[i]);
	host_queue_release(&queue);
}

/* Starts and finishes one request. */
static void doubt_lets_repetitions_go_first(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	struct queue_item items[5];

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 4, 0);
	for (size_t i = 0; i < 5; i++)
		host_queue_add(&queue, &host, &items[i]);
	assert_ptr_equal(host_queue_take(&queue, 1), &items[0]);
	host_queue_doubt(&queue, &host, true);
	assert_null(host_queue_take(&queue, 2)); /* one is under way */
	host_queue_finish(&queue, &items[0], QUEUE_NEUTRAL, -1, 3);
	host_queue_add_later(&queue, &host, &items[0], 100);
	assert_null(host_queue_take(&queue, 4)); /* it will be repeated */
	assert_int_equal(host_queue_next_ms(&queue), 100);
	assert_ptr_equal(host_queue_take(&queue, 100), &items[0]);
	assert_int_equal(host_queue_next_ms(&queue), HOST_QUEUE_NEVER);
	host_queue_finish(&queue, &items[0], QUEUE_NEUTRAL, -1, 101);
	assert_ptr_equal(host_queue_take(&queue, 102), &items[1]); /* no other is left */
	assert_null(host_queue_take(&queue, 102));
	host_queue_doubt(&queue, &host, false);
	assert_ptr_equal(host_queue_take(&queue, 103), &items[2]);
	assert_ptr_equal(host_queue_take(&queue, 103), &items[3]);
	assert_ptr_equal(host_queue_drain(&queue, &host), &items[4]);
	queue_host_release(&host);
	host_queue_release(&queue);
}

/* Each by itself, and nothing else in its rest; before each of them, what is new, if anything
 * is. */
static void a_repetition_waits_for_a_rest(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	struct queue_item items[7], *taken;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 8, 50);
	host_queue_add(&queue, &host, &items[0]);
	host_queue_add(&queue, &host, &items[5]);
	host_queue_add_later(&queue, &host, &items[1], 0);
	host_queue_add_after_rest(&queue, &host, &items[2], 1000, 0);
	host_queue_add_after_rest(&queue, &host, &items[3], 1000, 400);
	host_queue_add_after_rest(&queue, &host, &items[4], 1000, 500);
	assert_null(host_queue_take(&queue, 999));
	assert_int_equal(host_queue_next_ms(&queue), 1000);
	assert_ptr_equal(host_queue_take(&queue, 1000), &items[0]);
	assert_true(host_queue_is_tester(&items[0]));
	assert_int_equal(host_queue_next_ms(&queue), 2000);
	host_queue_set_rest(&queue, &host, 4000, false, 1010); /* it was too short */
	assert_int_equal(host_queue_next_ms(&queue), 5010);
	assert_ptr_equal(host_queue_take(&queue, 5010), &items[5]);
	assert_false(host_queue_is_tester(&items[0]));
	assert_int_equal(host_queue_next_ms(&queue), 9010);
	host_queue_set_rest(&queue, &host, 2000, true, 5020); /* it was long enough */
	assert_int_equal(host_queue_next_ms(&queue), 7020);
	taken = host_queue_take(&queue, 7020);
	assert_true(taken == &items[2] || taken == &items[3] || taken == &items[4]);
	assert_false(host_queue_is_tester(taken));
	host_queue_add(&queue, &host, &items[6]);
	host_queue_set_rest(&queue, &host, 0, false, 7030); /* in vain */
	assert_ptr_equal(host_queue_take(&queue, 7080), &items[6]);
	assert_ptr_not_equal(host_queue_take(&queue, 7130), &items[1]);
	assert_ptr_not_equal(host_queue_take(&queue, 7180), &items[1]);
	assert_ptr_equal(host_queue_take(&queue, 7230), &items[1]);
	assert_null(host_queue_take(&queue, 9999));
	for (int i = 0; i < 7; i++)
		host_queue_finish(&queue, &items[i], QUEUE_OK, 1, 9999);
	queue_host_release(&host);
	host_queue_release(&queue);
}

static void drains(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	struct queue_item items[3];
	size_t count = 0;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 1, 0);
	host_queue_add(&queue, &host, &items[0]);
	host_queue_add_first(&queue, &host, &items[1]);
	host_queue_add_later(&queue, &host, &items[2], 10);
	assert_ptr_equal(host_queue_drain(&queue, &host), &items[1]);
	while (host_queue_drain(&queue, &host))
		count++;
	assert_int_equal(count, 2);
	assert_int_equal(host_queue_next_ms(&queue), HOST_QUEUE_NEVER);
	assert_null(host_queue_take(&queue, 1000));
	queue_host_release(&host);
	host_queue_release(&queue);
}

/* Many hosts and requests in random order: each comes out once, and no host is early. */
static void many_of_both(void **state)
{
	enum { HOSTS = 500, ITEMS = 20000 };
	struct host_queue queue;
	struct queue_host *hosts = calloc(HOSTS, sizeof *hosts);
	struct queue_item *items = calloc(ITEMS, sizeof *items);
	int64_t *last_ms = calloc(HOSTS, sizeof *last_ms), now_ms = 0;
	size_t n_taken = 0;
	unsigned random = 1;

	(void)state;
	host_queue_init(&queue, 64);
	for (size_t i = 0; i < HOSTS; i++) {
		queue_host_init(&hosts[i], 4, 10);
		last_ms[i] = -10;
	}
	for (size_t i = 0; i < ITEMS; i++) {
		struct queue_host *host;

		random = random * 1103515245 + 12345;
		host = &hosts[random / 65536 % HOSTS];
		if (random & 4096)
			host_queue_add(&queue, host, &items[i]);
		else
			host_queue_add_later(&queue, host, &items[i], random / 4096 % 1000);
	}
	while (n_taken < ITEMS) {
		struct queue_item *item = host_queue_take(&queue, now_ms);
		size_t at;

		if (!item) {
			assert_true(host_queue_next_ms(&queue) > now_ms);
			now_ms = host_queue_next_ms(&queue);
			continue;
		}
		at = (size_t)(item->host - hosts);
		assert_true(now_ms >= last_ms[at] + 10);
		assert_true(now_ms >= item->not_before_ms);
		last_ms[at] = now_ms;
		n_taken++;
		host_queue_finish(&queue, item, QUEUE_OK, 1, now_ms);
	}
	for (size_t i = 0; i < HOSTS; i++) {
		assert_int_equal(hosts[i].n_waiting, 0);
		queue_host_release(&hosts[i]);
	}
	host_queue_release(&queue);
	free(last_ms);
	free(items);
	free(hosts);
}

#define MANY 97

/* A time for each, in no order: MANY is a prime. */
static int64_t due_ms(size_t i)
{
	return (int64_t)(i * 31 % MANY) + 1;
}

static void of_many_repetitions_the_earliest_is_first(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	struct queue_item items[MANY];

	(void)state;
	host_queue_init(&queue, MANY);
	queue_host_init(&host, MANY, 0);
	for (size_t i = 0; i < MANY; i++)
		host_queue_add_later(&queue, &host, &items[i], due_ms(i));
	for (int64_t ms = 1; ms <= MANY; ms++) {
		const struct queue_item *item = host_queue_take(&queue, MANY);

		assert_non_null(item);
		assert_int_equal(due_ms((size_t)(item - items)), ms);
	}
	queue_host_release(&host);
	host_queue_release(&queue);
}

static void of_many_hosts_the_one_that_waits_longest_is_first(void **state)
{
	struct host_queue queue;
	struct queue_host hosts[MANY];
	struct queue_item items[MANY];

	(void)state;
	host_queue_init(&queue, MANY);
	for (size_t i = 0; i < MANY; i++) {
		queue_host_init(&hosts[i], 1, 0);
		host_queue_add_later(&queue, &hosts[i], &items[i], due_ms(i));
	}
	for (int64_t ms = 1; ms <= MANY; ms++) {
		const struct queue_item *item = host_queue_take(&queue, MANY);

		assert_non_null(item);
		assert_int_equal(due_ms((size_t)(item - items)), ms);
	}
	for (size_t i = 0; i < MANY; i++)
		queue_host_release(&hosts[i]);
	host_queue_release(&queue);
}

static void others_before_a_host_are_counted(void **state)
{
	struct host_queue queue;
	struct queue_host hosts[MANY], idle;
	struct queue_item items[MANY];

	(void)state;
	host_queue_init(&queue, MANY);
	queue_host_init(&idle, 1, 0);
	for (size_t i = 0; i < MANY; i++) {
		queue_host_init(&hosts[i], 1, 0);
		host_queue_add_later(&queue, &hosts[i], &items[i], due_ms(i));
	}
	for (size_t i = 0; i < MANY; i++) {
		size_t before = (size_t)due_ms(i) - 1;

		assert_int_equal(host_queue_before(&queue, &hosts[i], MANY), before);
		assert_int_equal(host_queue_before(&queue, &hosts[i], 9), before < 9 ? before : 9);
		assert_int_equal(host_queue_before(&queue, &hosts[i], 0), 0);
	}
	assert_int_equal(host_queue_before(&queue, &idle, SIZE_MAX), MANY);
	for (size_t i = 0; i < MANY; i++)
		queue_host_release(&hosts[i]);
	host_queue_release(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spaces_starts_and_bounds_slots),
		cmocka_unit_test(what_waited_for_a_connection_is_spaced_again),
		cmocka_unit_test(hosts_take_turns),
		cmocka_unit_test(a_retry_waits_without_a_slot),
		cmocka_unit_test(what_is_new_goes_before_what_was_seen),
		cmocka_unit_test(what_is_not_picked_keeps_its_turn),
		cmocka_unit_test(a_pause_and_a_hold_stop_one_host),
		cmocka_unit_test(doubt_lets_repetitions_go_first),
		cmocka_unit_test(a_repetition_waits_for_a_rest),
		cmocka_unit_test(drains),
		cmocka_unit_test(many_of_both),
		cmocka_unit_test(of_many_repetitions_the_earliest_is_first),
		cmocka_unit_test(of_many_hosts_the_one_that_waits_longest_is_first),
		cmocka_unit_test(others_before_a_host_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
