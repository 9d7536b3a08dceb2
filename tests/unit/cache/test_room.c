/* Two handles in one process are two holders: open file description locks tell them apart. */
#include "../cmocka_all.h"
#include "../scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "room.h"

static char folder[SCRATCH_BYTES];
static int folder_fd;

static int setup(void **state)
{
	(void)state;
	if (scratch_make(folder))
		return -1;
	folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return folder_fd < 0 ? -1 : mkdirat(folder_fd, "leases", 0700);
}

static int teardown(void **state)
{
	(void)state;
	close(folder_fd);
	return scratch_remove(folder);
}

static void each_sees_what_the_others_told(void **state)
{
	struct room *one = room_new(folder_fd), *two = room_new(folder_fd);
	struct room *three = room_new(folder_fd);

	(void)state;
	assert_int_equal(room_of_others(one), 0);
	room_tell(one, 0);
	assert_int_equal(room_of_others(two), 0);
	room_tell(one, 1000);
	assert_int_equal(room_of_others(one), 0);
	assert_int_equal(room_of_others(two), 1000);
	room_tell(two, 1);
	room_tell(one, UINT64_C(1) << 40);
	assert_int_equal(room_of_others(three), (UINT64_C(1) << 40) + 1);
	assert_int_equal(room_of_others(one), 1);
	room_free(one);
	room_free(two);
	room_free(three);
}

static void what_was_told_counts_until_the_index_is_counted(void **state)
{
	struct room *one = room_new(folder_fd), *two = room_new(folder_fd);

	(void)state;
	room_tell(one, 1000);
	assert_int_equal(room_of_others(two), 1000);
	room_tell(one, 10);
	assert_int_equal(room_of_others(two), 1000);
	room_count_anew(two);
	assert_int_equal(room_of_others(two), 10);
	room_count_anew(two);
	room_tell(one, 0); /* after the count began, which may not have it */
	assert_int_equal(room_of_others(two), 10);
	room_count_anew(two);
	assert_int_equal(room_of_others(two), 0);
	room_free(one);
	room_free(two);
}

static void who_ends_has_nothing_under_way(void **state)
{
	struct room *one = room_new(folder_fd), *two = room_new(folder_fd);

	(void)state;
	room_tell(one, 1000);
	room_free(one);
	assert_int_equal(room_of_others(two), 0);
	room_free(two);
}

static void as_many_as_there_are_slots(void **state)
{
	struct room *rooms[20], *last = room_new(folder_fd);

	(void)state;
	for (int i = 0; i < 20; i++) {
		rooms[i] = room_new(folder_fd);
		room_tell(rooms[i], 100);
	}
	assert_int_equal(room_of_others(last), 1600);
	for (int i = 0; i < 20; i++)
		room_free(rooms[i]);
	room_free(last);
}

static void without_a_folder_nothing_is_told(void **state)
{
	struct room *one = room_new(-1);

	(void)state;
	room_tell(one, 1000);
	assert_int_equal(room_of_others(one), 0);
	room_count_anew(one);
	room_free(one);
	room_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_sees_what_the_others_told, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_told_counts_until_the_index_is_counted,
						setup, teardown),
		cmocka_unit_test_setup_teardown(who_ends_has_nothing_under_way, setup, teardown),
		cmocka_unit_test_setup_teardown(as_many_as_there_are_slots, setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_folder_nothing_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
