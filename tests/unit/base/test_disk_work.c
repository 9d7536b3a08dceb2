#include "../cmocka_all.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "disk_work.h"

#define MANY 200

static unsigned most_threads = 1000; /* that can be made */

/* In front of the C library's. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
		   void *context)
{
	static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (!most_threads)
		return EAGAIN;
	most_threads--;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return real(thread, attributes, start, context);
}

struct tally {
	atomic_uint made[MANY];
	size_t fails_at; /* MANY: nowhere */
	int error;
	int gate_fd; /* each call reads a byte from it before it ends; -1: none */
};

static int count_call(void *context, size_t index)
{
	struct tally *tally = context;
	char byte;

	if (tally->gate_fd >= 0 && read(tally->gate_fd, &byte, 1) != 1)
		return -EPIPE;
	atomic_fetch_add(&tally->made[index], 1);
	return index == tally->fails_at ? tally->error : 0;
}

static void wait_for_event(void)
{
	struct pollfd wait = {.fd = disk_work_event_fd(), .events = POLLIN};

	assert_int_equal(poll(&wait, 1, 60000), 1);
}

static int finish(struct disk_work *work)
{
	int error;

	while ((error = disk_work_step(work, false)) == -EINPROGRESS)
		wait_for_event();
	assert_int_equal(disk_work_step(work, false), error); /* says the same again */
	disk_work_free(work);
	return error;
}

static void makes_each_call_once(void **state)
{
	static const size_t counts[] = {0, 1, 2, 16, 17, MANY};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
		struct tally tally = {.fails_at = MANY, .gate_fd = -1};

		assert_int_equal(finish(disk_work_start(count_call, &tally, counts[i])), 0);
		for (size_t j = 0; j < MANY; j++)
			assert_int_equal(atomic_load(&tally.made[j]), j < counts[i]);
	}
	disk_work_end();
}

static void tells_of_a_failure_when_all_are_made(void **state)
{
	struct tally tally = {.fails_at = 3, .error = -EIO, .gate_fd = -1};

	(void)state;
	assert_int_equal(finish(disk_work_start(count_call, &tally, 20)), -EIO);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(atomic_load(&tally.made[i]), 1);
	disk_work_end();
}

static void goes_on_while_the_caller_does(void **state)
{
	struct tally slow = {.fails_at = MANY}, quick = {.fails_at = MANY, .gate_fd = -1};
	struct disk_work *work;
	int gate[2];

	(void)state;
	assert_int_equal(pipe(gate), 0);
	slow.gate_fd = gate[0];
	work = disk_work_start(count_call, &slow, 2);
	assert_false(disk_work_has_ended(work));
	assert_int_equal(disk_work_step(work, false), -EINPROGRESS);
	/* Other work does not wait for it. */
	assert_int_equal(finish(disk_work_start(count_call, &quick, 4)), 0);
	assert_int_equal(disk_work_step(work, false), -EINPROGRESS);
	assert_int_equal(write(gate[1], "ab", 2), 2);
	disk_work_wait(work);
	assert_true(disk_work_has_ended(work));
	wait_for_event(); /* which the wait has not taken */
	assert_int_equal(finish(work), 0);
	close(gate[0]);
	close(gate[1]);
	disk_work_end();
}

/* As many renderers and other processes are forked as one likes: none has the threads. */
static void works_in_a_child_too(void **state)
{
	struct tally tally = {.fails_at = MANY, .gate_fd = -1};
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(finish(disk_work_start(count_call, &tally, 5)), 0);
	child = fork();
	if (!child) {
		struct disk_work *work = disk_work_start(count_call, &tally, 5);

		disk_work_wait(work);
		disk_work_free(work);
		disk_work_end();
		_exit(atomic_load(&tally.made[4]) == 2 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(finish(disk_work_start(count_call, &tally, 5)), 0);
	disk_work_end();
}

static void works_with_few_threads_and_with_none(void **state)
{
	(void)state;
	for (unsigned most = 0; most < 3; most++) {
		struct tally tally = {.fails_at = 6, .error = -ENOSPC, .gate_fd = -1};

		most_threads = most;
		assert_int_equal(finish(disk_work_start(count_call, &tally, 9)), -ENOSPC);
		for (size_t i = 0; i < 9; i++)
			assert_int_equal(atomic_load(&tally.made[i]), 1);
		disk_work_end();
	}
	most_threads = 1000;
}

/* Whoever falls asleep just then is woken for what comes: else this never ends. */
static void forgets_no_work_of_many(void **state)
{
	enum { AT_ONCE = 8, ROUNDS = 4000 };
	struct tally tally = {.fails_at = MANY, .gate_fd = -1};
	struct disk_work *works[AT_ONCE] = {0};
	size_t made = 0, wanted = 0;

	(void)state;
	most_threads = 6;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct disk_work **work = &works[i % AT_ONCE];

		if (*work)
			assert_int_equal(finish(*work), 0);
		*work = disk_work_start(count_call, &tally, i % 4);
		wanted += i % 4;
	}
	for (size_t i = 0; i < AT_ONCE; i++)
		assert_int_equal(finish(works[i]), 0);
	for (size_t i = 0; i < MANY; i++)
		made += atomic_load(&tally.made[i]);
	assert_int_equal(made, wanted);
	disk_work_end();
	most_threads = 1000;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_each_call_once),
		cmocka_unit_test(tells_of_a_failure_when_all_are_made),
		cmocka_unit_test(goes_on_while_the_caller_does),
		cmocka_unit_test(works_in_a_child_too),
		cmocka_unit_test(works_with_few_threads_and_with_none),
		cmocka_unit_test(forgets_no_work_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
