/* How many requests a host gets at once, and how far apart: its limit, its pace, its latency. */
#include "../cmocka_all.h"

#include "host_queue.h"

static void run_one(struct host_queue *queue, struct queue_host *host, enum queue_result result,
		    int64_t latency_ms, int64_t now_ms)
{
	struct queue_item item;

	host_queue_add(queue, host, &item);
	assert_ptr_equal(host_queue_take(queue, now_ms), &item);
	host_queue_finish(queue, &item, result, latency_ms, now_ms);
}

static void the_limit_adapts(void **state)
{
	struct host_queue queue;
	struct queue_host host;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 8, 0);
	run_one(&queue, &host, QUEUE_OK, 10, 0);
	assert_int_equal(host.limit, 8);
	run_one(&queue, &host, QUEUE_THROTTLED, 10, 1);
	assert_int_equal(host.limit, 4);
	for (size_t i = 0; i < 4; i++)
		run_one(&queue, &host, QUEUE_OK, 10, 2);
	assert_int_equal(host.limit, 5);
	for (size_t i = 0; i < 100; i++)
		run_one(&queue, &host, QUEUE_OK, 10, 3);
	assert_int_equal(host.limit, 8);
	for (size_t i = 0; i < 100; i++)
		run_one(&queue, &host, QUEUE_THROTTLED, 10, 4 + (int64_t)i);
	assert_int_equal(host.limit, 1);
	queue_host_release(&host);
	host_queue_release(&queue);
}

static void single_requests_get_farther_apart(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	int64_t now_ms = 0;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 2, 50);
	for (size_t i = 0; i < 9; i++)
		run_one(&queue, &host, QUEUE_THROTTLED, 10, now_ms += 1000);
	assert_int_equal(host.limit, 1);
	assert_int_equal(host.spacing_ms, 50); /* it answers nothing, however they come */
	for (size_t i = 0; i < 3; i++) {
		run_one(&queue, &host, QUEUE_OK, 10, now_ms += 1000);
		run_one(&queue, &host, QUEUE_THROTTLED, 10, now_ms += 1000);
	}
	run_one(&queue, &host, QUEUE_THROTTLED, 10, now_ms += 1000);
	assert_in_range(host.spacing_ms, 350, 400);
	assert_int_equal(host.next_start_ms, now_ms + host.spacing_ms);
	assert_int_equal(host.limit, 1); /* its turn comes when they are as close as they may be */
	for (size_t i = 0; i < 400; i++)
		run_one(&queue, &host, QUEUE_OK, 10, now_ms += 1000);
	assert_int_equal(host.spacing_ms, 50);
	assert_int_equal(host.limit, 2);
	for (size_t i = 0; i < 9; i++) {
		run_one(&queue, &host, QUEUE_THROTTLED, 10, now_ms += 1000);
		run_one(&queue, &host, QUEUE_OK, 10, now_ms += 1000);
	}
	assert_int_equal(host.spacing_ms, 50); /* every other, at any distance */
	queue_host_release(&host);
	host_queue_release(&queue);
}

/* At the greatest distance two refusals in a row, each after fewer good answers than a run, tell
 * that the pace is not what is refused; a run between them starts that anew. */
static void only_short_runs_make_the_pace_vain(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	int64_t now_ms = 0;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 1, 50);
	for (size_t i = 0; i < 4; i++) {
		run_one(&queue, &host, QUEUE_OK, 10, now_ms += 1000);
		run_one(&queue, &host, QUEUE_THROTTLED, 10, now_ms += 1000);
	}
	assert_int_equal(host.spacing_ms, 400);
	assert_false(host.is_pace_in_vain); /* the first at that distance */
	for (size_t i = 0; i < 3; i++)
		run_one(&queue, &host, QUEUE_OK, 10, now_ms += 1000);
	run_one(&queue, &host, QUEUE_THROTTLED, 10, now_ms += 1000);
	run_one(&queue, &host, QUEUE_OK, 10, now_ms += 1000);
	run_one(&queue, &host, QUEUE_THROTTLED, 10, now_ms += 1000);
	assert_int_equal(host.spacing_ms, 400);
	assert_false(host.is_pace_in_vain);
	run_one(&queue, &host, QUEUE_OK, 10, now_ms += 1000);
	run_one(&queue, &host, QUEUE_THROTTLED, 10, now_ms += 1000);
	assert_true(host.is_pace_in_vain);
	assert_int_equal(host.spacing_ms, 50);
	queue_host_release(&host);
	host_queue_release(&queue);
}

/* A quick host is asked for one at a time: of slots that are not in use fewer would change
 * nothing. */
static void slots_that_were_not_used_are_no_help(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	struct queue_item items[2];

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 8, 50);
	run_one(&queue, &host, QUEUE_OK, 10, 0);
	run_one(&queue, &host, QUEUE_THROTTLED, 10, 50);
	assert_int_equal(host.limit, 4);
	assert_int_equal(host.spacing_ms, 100);
	run_one(&queue, &host, QUEUE_OK, 10, 150);
	for (int i = 0; i < 2; i++)
		host_queue_add(&queue, &host, &items[i]);
	assert_ptr_equal(host_queue_take(&queue, 300), &items[0]);
	assert_ptr_equal(host_queue_take(&queue, 450), &items[1]);
	host_queue_finish(&queue, &items[0], QUEUE_THROTTLED, 10, 460); /* two at once */
	assert_int_equal(host.limit, 2);
	assert_in_range(host.spacing_ms, 50, 100);
	host_queue_finish(&queue, &items[1], QUEUE_OK, 10, 461);
	queue_host_release(&host);
	host_queue_release(&queue);
}

/* A URL that is refused for the second time while others are not is broken: however many of them
 * come, the host is asked as quickly as before. */
static void broken_urls_slow_nothing(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	int64_t now_ms = 0;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 8, 50);
	for (size_t i = 0; i < 30; i++) {
		for (size_t j = 0; j < 5; j++)
			run_one(&queue, &host, QUEUE_OK, 10, now_ms += 1000);
		run_one(&queue, &host, QUEUE_THROTTLED, 10, now_ms += 1000);
		assert_in_range(host.limit, 4, 7);
		assert_int_equal(host.spacing_ms, 100);
		run_one(&queue, &host, QUEUE_OK, 10, now_ms += 1000);
		run_one(&queue, &host, QUEUE_ODD_ONE, 10, now_ms += 1000);
		assert_int_equal(host.limit, 8);
		assert_int_equal(host.spacing_ms, 50);
		assert_int_equal(host.patience, 1);
	}
	queue_host_release(&host);
	host_queue_release(&queue);
}

static void one_burst_halves_once(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	struct queue_item items[8];

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 8, 0);
	for (size_t i = 0; i < 8; i++)
		host_queue_add(&queue, &host, &items[i]);
	for (size_t i = 0; i < 8; i++)
		assert_non_null(host_queue_take(&queue, 100));
	for (size_t i = 0; i < 8; i++)
		host_queue_finish(&queue, &items[i], QUEUE_THROTTLED, 5, 200);
	assert_int_equal(host.limit, 4);
	queue_host_release(&host);
	host_queue_release(&queue);
}

static void rising_latency_halves(void **state)
{
	struct host_queue queue;
	struct queue_host host;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 8, 0);
	for (size_t i = 0; i < 20; i++)
		run_one(&queue, &host, QUEUE_OK, 20, 0);
	for (size_t i = 0; i < 3; i++)
		run_one(&queue, &host, QUEUE_OK, 200, 1); /* slower, yet nothing to fear */
	assert_int_equal(host.limit, 8);
	for (size_t i = 0; i < 10; i++)
		run_one(&queue, &host, QUEUE_OK, 3000, 2);
	assert_true(host.limit < 8);
	queue_host_release(&host);
	host_queue_release(&queue);
}

/* A first answer that had to be made is no measure of the others. */
static void the_best_latency_is_the_measure(void **state)
{
	struct host_queue queue;
	struct queue_host host;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 8, 0);
	run_one(&queue, &host, QUEUE_OK, 2000, 0);
	for (size_t i = 0; i < 100; i++)
		run_one(&queue, &host, QUEUE_OK, 20, 1);
	assert_int_equal(host.limit, 8);
	for (size_t i = 0; host.limit == 8 && i < 20; i++)
		run_one(&queue, &host, QUEUE_OK, 1000, 2);
	assert_int_equal(host.limit, 4);
	queue_host_release(&host);
	host_queue_release(&queue);
}

/* Four times the best is much only where it is a quarter of a second more as well, and that only
 * where it is four times the best. */
static void a_slow_host_may_get_somewhat_slower(void **state)
{
	struct host_queue queue;
	struct queue_host host;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 8, 0);
	for (size_t i = 0; i < 20; i++)
		run_one(&queue, &host, QUEUE_OK, 200, 0);
	for (size_t i = 0; i < 40; i++) {
		run_one(&queue, &host, QUEUE_OK, 790, 1);
		assert_int_equal(host.limit, 8);
	}
	for (size_t i = 0; host.limit == 8 && i < 20; i++)
		run_one(&queue, &host, QUEUE_OK, 1200, 2);
	assert_int_equal(host.limit, 4);
	queue_host_release(&host);
	host_queue_release(&queue);
}

/* Only a refusal says that the last slot was too much; answers that take longer do not. */
static void relief_costs_no_patience(void **state)
{
	struct host_queue queue;
	struct queue_host host;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 8, 0);
	run_one(&queue, &host, QUEUE_THROTTLED, 10, 0);
	for (size_t i = 0; i < 9; i++)
		run_one(&queue, &host, QUEUE_OK, 10, 1);
	assert_int_equal(host.limit, 6);
	for (size_t i = 0; host.limit == 6 && i < 20; i++)
		run_one(&queue, &host, QUEUE_OK, 3000, 2);
	assert_int_equal(host.limit, 3);
	assert_int_equal(host.patience, 1);
	queue_host_release(&host);
	host_queue_release(&queue);
}

/* Its first answer lay ready: the others take as long one by one as side by side. */
static void a_host_that_is_slow_by_itself_gets_its_slots(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	int64_t now_ms = 0;
	unsigned least = 4;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 4, 0);
	run_one(&queue, &host, QUEUE_OK, 10, now_ms);
	for (size_t i = 0; i < 60; i++) {
		run_one(&queue, &host, QUEUE_OK, i % 4 ? 400 : 10, now_ms += 400);
		least = host.limit < least ? host.limit : least;
	}
	assert_int_equal(least, 2); /* that half as many are no faster tells it */
	assert_int_equal(host.limit, 4);
	for (size_t i = 0; host.limit == 4 && i < 20; i++)
		run_one(&queue, &host, QUEUE_OK, 3000, now_ms += 3000);
	assert_int_equal(host.limit, 2); /* it rises all the same */
	queue_host_release(&host);
	host_queue_release(&queue);
}

/* A host whose answers take longer the more of them it makes keeps as few as it is good for. */
static void a_host_under_load_is_relieved_for_good(void **state)
{
	struct host_queue queue;
	struct queue_host host;
	int64_t now_ms = 0;
	unsigned total = 0;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 4, 0);
	run_one(&queue, &host, QUEUE_OK, 60, now_ms);
	for (size_t i = 0; i < 200; i++) {
		int64_t latency_ms = 60 * (int64_t)(host.limit * host.limit);

		total += host.limit;
		run_one(&queue, &host, QUEUE_OK, latency_ms, now_ms += latency_ms);
	}
	assert_false(host.is_slow_alone);
	assert_in_range(total, 200, 200 * 3);
	queue_host_release(&host);
	host_queue_release(&queue);
}

/* The first answers of many that are asked for together come before the host feels it. */
static void a_host_under_load_is_known_by_the_last_of_many(void **state)
{
	struct queue_item items[16];
	struct host_queue queue;
	struct queue_host host;
	int64_t now_ms = 0;

	(void)state;
	host_queue_init(&queue, 64);
	queue_host_init(&host, 16, 0);
	for (size_t i = 0; i < 16; i++)
		host_queue_add(&queue, &host, &items[i]);
	for (size_t i = 0; i < 16; i++)
		assert_ptr_equal(host_queue_take(&queue, 0), &items[i]);
	for (size_t i = 0; i < 16; i++) {
		now_ms = 60 * (int64_t)((i + 1) * (i + 1));
		host_queue_finish(&queue, &items[i], QUEUE_OK, now_ms, now_ms);
	}
	assert_int_equal(host.limit, 8);
	for (size_t i = 0; i < 8; i++)
		run_one(&queue, &host, QUEUE_OK, 60 * 8 * 8, now_ms += 60 * 8 * 8);
	assert_int_equal(host.limit, 4); /* half as many took a quarter of it, and that is much */
	assert_false(host.is_slow_alone);
	queue_host_release(&host);
	host_queue_release(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_limit_adapts),
		cmocka_unit_test(single_requests_get_farther_apart),
		cmocka_unit_test(slots_that_were_not_used_are_no_help),
		cmocka_unit_test(broken_urls_slow_nothing),
		cmocka_unit_test(one_burst_halves_once),
		cmocka_unit_test(rising_latency_halves),
		cmocka_unit_test(only_short_runs_make_the_pace_vain),
		cmocka_unit_test(the_best_latency_is_the_measure),
		cmocka_unit_test(a_slow_host_may_get_somewhat_slower),
		cmocka_unit_test(relief_costs_no_patience),
		cmocka_unit_test(a_host_that_is_slow_by_itself_gets_its_slots),
		cmocka_unit_test(a_host_under_load_is_relieved_for_good),
		cmocka_unit_test(a_host_under_load_is_known_by_the_last_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
