#include "../cmocka_all.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "renderer_process.h"

#define MOST_MS 30000

static void *spin(void *unused)
{
	(void)unused;
	for (volatile unsigned i = 0;; i++)
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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all_threads_wait)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
