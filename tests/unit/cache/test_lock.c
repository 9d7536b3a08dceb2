/* An open file description and a process are two holders, even within one process. */
#include "../cmocka_all.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lock.h"

static void anothers_lock_is_one(void **state)
{
	char path[] = "/tmp/picdesk-lock-XXXXXX";
	int one = mkstemp(path), two = open(path, O_RDWR | O_CLOEXEC);

	(void)state;
	unlink(path);
	assert_int_equal(lock_check_there_are(two), 0);
	assert_int_equal(lock_range(one, F_WRLCK, 0, 0), 0);
	/* As flock(2) of another process is on NFS. */
	assert_int_equal(lock_check_there_are(two), 0);
	assert_int_equal(lock_range(one, F_UNLCK, 0, 0), 0);
	assert_int_equal(lock_check_there_are(two), 0);
	/* Nothing is left of it. */
	assert_int_equal(lock_range(one, F_WRLCK, 0, 0), 0);
	close(one);
	close(two);
}

static void what_cannot_be_locked_says_why(void **state)
{
	int fd = open("/", O_PATH | O_CLOEXEC);

	(void)state;
	assert_true(lock_check_there_are(fd) < 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anothers_lock_is_one),
		cmocka_unit_test(what_cannot_be_locked_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
