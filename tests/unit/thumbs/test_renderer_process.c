#include "../cmocka_all.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "renderer_process.h"

#define MOST_MS 30000

static void *spin(void *unused)
{
	volatile bool is_wanted = true;

	(void)unused;
	while (is_wanted)
		;
	return NULL;
}

/* Two threads that want the same core; the first one sleeps. */
static void contend(void)
{
	cpu_set_t cores;
	pthread_t threads[2];
	int core = sched_getcpu();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&cores);
	CPU_SET(core, &cores);
	sched_setaffinity(0, sizeof cores, &cores);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, spin, NULL))
			_exit(1);
	for (;;)
		pause();
}

static void all_threads_wait(void **state)
{
	CLEANUP(renderer_process_release) struct renderer_process process = RENDERER_PROCESS_INIT;
	int64_t end_ms = clock_monotonic_ms() + MOST_MS;

	(void)state;
	if (access("/proc/self/schedstat", R_OK))
		skip();
	process.pid = fork();
	if (!process.pid)
		contend();
	while (renderer_process_waited_ms(&process) < 40 && clock_monotonic_ms() < end_ms)
		sched_yield();
	assert_true(renderer_process_waited_ms(&process) >= 40);
	kill(process.pid, SIGKILL);
	while (!renderer_process_reap(&process))
		sched_yield();
	assert_int_equal(renderer_process_waited_ms(&process), -1);
}

static bool lacks_flags;
static int spawn_error;

/* In front of the C library's. */
__attribute__((visibility("default"))) int fcntl(int fd, int command, ...)
{
	static int (*real)(int fd, int command, ...);
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (lacks_flags && command == F_SETFL) {
		errno = EIO;
		return -1;
	}
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "fcntl");
	return real(fd, command, argument);
}

__attribute__((visibility("default"))) int
posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
	    const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
	(void)pid, (void)path, (void)actions, (void)attributes, (void)arguments, (void)environment;
	return spawn_error;
}

static void expect_no_start(int error)
{
	struct renderer_process process = RENDERER_PROCESS_INIT, *processes[] = {&process};
	struct fault fault = {0};
	char text[8];

	assert_int_equal(renderer_process_start(processes, 1, "/x", &fault), error);
	assert_int_equal(process.pid, 0);
	assert_int_equal(process.socket_fd, -1);
	assert_int_equal(process.stderr_fd, -1);
	assert_int_equal(renderer_process_ask("/x", "--version", text, sizeof text, &fault), error);
}

/* Its stderr would be waited for. */
static void starts_none_that_it_would_wait_for(void **state)
{
	(void)state;
	lacks_flags = true;
	expect_no_start(-EIO);
	lacks_flags = false;
}

/* A run goes on without storing when the disk is full, but not without renderers. */
static void takes_no_failed_start_for_a_full_disk(void **state)
{
	static const int errors[] = {EDQUOT, ENOSPC, EFBIG};

	(void)state;
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		spawn_error = errors[i];
		expect_no_start(-EIO);
	}
	spawn_error = EAGAIN;
	expect_no_start(-EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_threads_wait),
		cmocka_unit_test(starts_none_that_it_would_wait_for),
		cmocka_unit_test(takes_no_failed_start_for_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
