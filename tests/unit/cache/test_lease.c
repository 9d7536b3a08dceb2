/* Two handles in one process are two holders: open file description locks tell them apart. */
#include "../cmocka_all.h"
#include "../scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alloc.h"
#include "lease.h"

#define MANY 1000

static char folder[SCRATCH_BYTES];
static int folder_fd;

static int setup(void **state)
{
	(void)state;
	if (scratch_make(folder))
		return -1;
	folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return folder_fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	close(folder_fd);
	return scratch_remove(folder);
}

static struct leases *open_leases(void)
{
	struct fault fault = {0};
	struct leases *leases = NULL;

	if (leases_open(folder_fd, &leases, &fault))
		fail_msg("%s", fault.text);
	return leases;
}

static const char *url(size_t i)
{
	static char text[64];

	snprintf(text, sizeof text, "https://example.org/%zu.jpg", i);
	return text;
}

static void release_ended(struct leases *leases)
{
	leases_seal_ended(leases);
	leases_release_sealed(leases);
}

static size_t count_takeable(struct leases *leases, size_t first, size_t end)
{
	size_t count = 0;

	for (size_t i = first; i < end; i++) {
		if (!lease_take(leases, url(i)))
			continue;
		count++;
		lease_end(leases, url(i));
	}
	release_ended(leases);
	return count;
}

static void test_one_holds_what_it_took(void **state)
{
	struct leases *one = open_leases(), *two = open_leases();

	(void)state;
	assert_true(lease_take(one, url(1)));
	assert_true(lease_take(one, url(1)));
	lease_end(one, url(1));
	release_ended(one);
	assert_false(lease_take(two, url(1)));
	lease_end(one, url(1));
	assert_false(lease_take(two, url(1))); /* not durable yet */
	release_ended(one);
	assert_true(lease_take(two, url(1)));
	assert_false(lease_take(one, url(1)));
	leases_free(two); /* as at the end of a process */
	assert_true(lease_take(one, url(1)));
	leases_free(one);
}

/* Released once, a lease that is taken anew is not released with the next batch. */
static void test_each_end_counts_once(void **state)
{
	struct leases *one = open_leases(), *two = open_leases();

	(void)state;
	for (size_t i = 1; i <= 2; i++)
		assert_true(lease_take(one, url(i)));
	lease_end(one, url(1));
	release_ended(one);
	assert_true(lease_take(one, url(1)));
	lease_end(one, url(2));
	release_ended(one);
	assert_false(lease_take(two, url(1)));
	leases_share(one);
	assert_false(lease_take(two, url(1)));
	assert_true(lease_take(two, url(2)));
	leases_free(one);
	leases_free(two);
}

/* Answers that came while a batch was on its way to the disk are not in it. */
static void test_later_ends_wait_for_their_own_batch(void **state)
{
	struct leases *one = open_leases(), *two = open_leases();

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		assert_true(lease_take(one, url(i)));
	for (size_t i = 0; i < MANY / 2; i++)
		lease_end(one, url(i));
	leases_seal_ended(one);
	for (size_t i = MANY / 2; i < MANY; i++)
		lease_end(one, url(i));
	assert_false(lease_take(two, url(0)));
	leases_share(one);
	assert_int_equal(count_takeable(two, 0, MANY), 0);
	leases_release_sealed(one);
	assert_int_equal(count_takeable(two, 0, MANY), MANY / 2);
	release_ended(one);
	assert_int_equal(count_takeable(two, 0, MANY), MANY);
	leases_free(one);
	leases_free(two);
}

/* The one that was alone keeps what it asks for, and what is not yet stored, and nothing else. */
static void test_another_comes(void **state)
{
	struct leases *one = open_leases(), *two;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		assert_true(lease_take(one, url(i)));
	for (size_t i = 0; i < MANY / 2; i++)
		lease_end(one, url(i));
	release_ended(one);
	for (size_t i = MANY / 2; i < MANY / 2 + 10; i++)
		lease_end(one, url(i));
	leases_share(one); /* nobody is there */
	assert_true(leases_have_spare(one));
	two = open_leases();
	assert_int_equal(count_takeable(two, 0, 2 * MANY), 0);
	leases_share(one);
	assert_false(leases_have_spare(one));
	assert_int_equal(count_takeable(two, MANY / 2, MANY), 0);
	assert_int_equal(count_takeable(two, 0, MANY / 2), MANY / 2);
	assert_int_equal(count_takeable(two, MANY, 2 * MANY), MANY);
	release_ended(one);
	assert_int_equal(count_takeable(two, MANY / 2, MANY), 10);
	leases_free(one);
	assert_int_equal(count_takeable(two, 0, 2 * MANY), 2 * MANY);
	leases_free(two);
}

/* It has not looked for others when it meets the lock of one. */
static void test_the_first_finds_out_by_a_lock(void **state)
{
	struct leases *one = open_leases(), *two = open_leases();

	(void)state;
	assert_int_equal(count_takeable(one, 0, 1), 1);
	for (size_t i = 1; i < MANY; i += 2)
		assert_true(lease_take(two, url(i)));
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(lease_take(one, url(i)), i % 2 == 0);
	assert_false(leases_have_spare(one));
	for (size_t i = 0; i < MANY; i += 2)
		assert_false(lease_take(two, url(i)));
	leases_free(one);
	assert_int_equal(count_takeable(two, 0, 1), 1);
	leases_free(two);
}

/* A number is kept as long as nobody else can have asked. */
static void test_keeps_a_generation(void **state)
{
	struct leases *one = open_leases(), *two;

	(void)state;
	leases_note_generation(one, 7); /* nothing is locked */
	assert_false(leases_have_generation(one, 7));
	assert_true(lease_take(one, url(1)));
	assert_false(leases_have_generation(one, 7));
	leases_note_generation(one, 7);
	leases_note_generation(one, 8);
	assert_true(lease_take(one, url(2)));
	assert_true(leases_have_generation(one, 7));
	assert_false(leases_have_generation(one, 8));
	lease_end(one, url(1));
	lease_end(one, url(2));
	assert_true(leases_have_generation(one, 7));
	release_ended(one);
	assert_false(leases_have_generation(one, 7));
	assert_true(lease_take(one, url(1)));
	assert_false(leases_have_generation(one, 7));
	leases_note_generation(one, 8);
	two = open_leases();
	assert_false(lease_take(two, url(2)));
	assert_true(leases_have_generation(one, 8));
	leases_share(one);
	assert_false(leases_have_generation(one, 8));
	leases_note_generation(one, 8);
	assert_false(leases_have_generation(one, 8));
	assert_false(leases_have_generation(NULL, 8));
	leases_free(one);
	leases_free(two);
}

static void test_nothing_is_kept_without_need(void **state)
{
	struct leases *one = open_leases(), *two = open_leases();

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		assert_true(lease_take(one, url(i)));
	for (size_t i = 0; i < MANY; i++)
		lease_end(one, url(i));
	release_ended(one);
	assert_false(leases_have_spare(one));
	assert_int_equal(count_takeable(two, 0, MANY), MANY);
	leases_free(one);
	leases_free(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_holds_what_it_took, setup, teardown),
		cmocka_unit_test_setup_teardown(test_each_end_counts_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_later_ends_wait_for_their_own_batch, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_another_comes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_first_finds_out_by_a_lock, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_keeps_a_generation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_is_kept_without_need, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
