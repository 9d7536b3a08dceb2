#include "disk_work.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "semaphore_wait.h"

/* On a slow disk many syncs wait for one writing of the file system's journal, and not one after
 * the other; on a fast one more threads cost more changes from one to the other. */
#define MOST_THREADS 32
/* SQLite and a path need a fraction of it. */
#define STACK_BYTES ((size_t)512 << 10)

struct disk_work {
	disk_call *call;
	void *context;
	size_t count, taken, ended;
	int error;
	struct disk_work *next;
};

/* All of it is under the mutex. */
static struct {
	pthread_mutex_t mutex;
	pthread_cond_t has_ended;
	/* One for each thread that was called. No condition: before glibc 2.41
	 * pthread_cond_signal() may wake none of several that wait (bug 25847). */
	sem_t calls;
	struct disk_work *first, *last; /* those with calls that no thread has taken */
	size_t waiting;                 /* such calls */
	size_t asleep, called; /* threads that wait; that were called, and have not looked yet */
	pthread_t threads[MOST_THREADS];
	unsigned n_threads, n_busy, n_new; /* new: they have not looked yet */
	bool is_ending;
	pid_t owner;
	int event_fd;
} pool = {
	.mutex = PTHREAD_MUTEX_INITIALIZER, .has_ended = PTHREAD_COND_INITIALIZER, .event_fd = -1};

static void close_event_fd(void)
{
	cleanup_close(&pool.event_fd);
	pool.event_fd = -1;
}

/* A child has none of the threads of the process that it was forked from. */
static void begin_process(void)
{
	if (pool.owner == getpid())
		return;
	close_event_fd();
	pool.owner = getpid();
	pthread_mutex_init(&pool.mutex, NULL);
	pthread_cond_init(&pool.has_ended, NULL);
	sem_init(&pool.calls, 0, 0);
	pool.first = pool.last = NULL;
	pool.waiting = pool.asleep = pool.called = 0;
	pool.n_threads = pool.n_busy = pool.n_new = 0;
}

/* --- the threads --------------------------------------------------------------------------------
 */

static size_t take_call(struct disk_work *work)
{
	pool.waiting--;
	if (work->taken + 1 == work->count) {
		pool.first = work->next;
		if (!pool.first)
			pool.last = NULL;
	}
	return work->taken++;
}

/* True: the last one, which is to be told. */
static bool end_call(struct disk_work *work, int error)
{
	if (error && !work->error)
		work->error = error;
	return ++work->ended == work->count;
}

static void tell_end(void)
{
	const uint64_t one = 1;

	(void)!write(pool.event_fd, &one, sizeof one);
	pthread_cond_broadcast(&pool.has_ended);
}

/* How many threads are to be woken for the calls that wait. Not all that sleep, nor one for each
 * call, by whoever starts them: those that wake up wake others. */
static size_t call_threads(void)
{
	size_t n_coming = pool.called + pool.n_new;
	size_t count = pool.waiting > n_coming ? pool.waiting - n_coming : 0;

	count = count < 2 ? count : 2;
	count = count < pool.asleep ? count : pool.asleep;
	pool.asleep -= count;
	pool.called += count;
	return count;
}

/* Without the mutex: they would wake up only to wait for it. */
static void wake(size_t count)
{
	while (count--)
		sem_post(&pool.calls);
}

static void sleep_until_called(void)
{
	pool.asleep++;
	pthread_mutex_unlock(&pool.mutex);
	semaphore_wait(&pool.calls);
	pthread_mutex_lock(&pool.mutex);
	pool.called--;
}

/* The next call and all around it. */
static void serve_one(void)
{
	struct disk_work *work = pool.first;
	size_t index = take_call(work), n_called;
	bool is_last;
	int error;

	pool.n_busy++;
	n_called = call_threads();
	pthread_mutex_unlock(&pool.mutex);
	wake(n_called);
	error = work->call(work->context, index);
	pthread_mutex_lock(&pool.mutex);
	pool.n_busy--;
	is_last = end_call(work, error);
	if (!is_last)
		return;
	pthread_mutex_unlock(&pool.mutex);
	tell_end();
	pthread_mutex_lock(&pool.mutex);
}

static void *serve(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&pool.mutex);
	pool.n_new--;
	while (pool.first || !pool.is_ending) {
		if (pool.first)
			serve_one();
		else
			sleep_until_called();
	}
	pthread_mutex_unlock(&pool.mutex);
	return NULL;
}

static bool add_thread(void)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int error;

	if (pthread_attr_init(&attributes))
		return false;
	sigfillset(&all);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&pool.threads[pool.n_threads], &attributes, serve, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	pool.n_threads += !error;
	pool.n_new += !error;
	return !error;
}

/* One for each call that waits, as far as they go. False: there is none. */
static bool has_threads(void)
{
	if (pool.event_fd < 0)
		pool.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool.event_fd < 0)
		return false;
	while (pool.n_threads < MOST_THREADS && pool.n_threads - pool.n_busy < pool.waiting)
		if (!add_thread())
			break;
	return pool.n_threads;
}

/* --- work ---------------------------------------------------------------------------------------
 */

static void make_calls(struct disk_work *work)
{
	for (; work->ended < work->count; work->ended++) {
		int error = work->call(work->context, work->ended);

		if (error && !work->error)
			work->error = error;
	}
}

static void enqueue(struct disk_work *work)
{
	if (pool.last)
		pool.last->next = work;
	else
		pool.first = work;
	pool.last = work;
}

struct disk_work *disk_work_start(disk_call *call, void *context, size_t count)
{
	struct disk_work *work = alloc_zeroed(1, sizeof *work);
	size_t n_called = 0;
	bool is_taken;

	*work = (struct disk_work){.call = call, .context = context, .count = count};
	if (!count)
		return work;
	begin_process();
	pthread_mutex_lock(&pool.mutex);
	pool.waiting += count;
	is_taken = has_threads();
	if (is_taken)
		enqueue(work);
	else
		pool.waiting -= count;
	n_called = call_threads();
	pthread_mutex_unlock(&pool.mutex);
	wake(n_called);
	if (!is_taken)
		make_calls(work);
	return work;
}

bool disk_work_has_ended(const struct disk_work *work)
{
	bool has_ended;

	pthread_mutex_lock(&pool.mutex);
	has_ended = work->ended == work->count;
	pthread_mutex_unlock(&pool.mutex);
	return has_ended;
}

void disk_work_wait(const struct disk_work *work)
{
	pthread_mutex_lock(&pool.mutex);
	while (work->ended < work->count)
		pthread_cond_wait(&pool.has_ended, &pool.mutex);
	pthread_mutex_unlock(&pool.mutex);
}

int disk_work_step(struct disk_work *work, bool waits)
{
	uint64_t ended;

	if (waits)
		disk_work_wait(work);
	/* Before the look: what ends from here on makes it readable again. */
	(void)!read(pool.event_fd, &ended, sizeof ended);
	return disk_work_has_ended(work) ? work->error : -EINPROGRESS;
}

void disk_work_free(struct disk_work *work)
{
	if (!work)
		return;
	disk_work_wait(work);
	free(work);
}

int disk_work_event_fd(void)
{
	return pool.event_fd;
}

void disk_work_end(void)
{
	size_t n_called;

	if (pool.owner != getpid())
		return;
	pthread_mutex_lock(&pool.mutex);
	pool.is_ending = true;
	n_called = pool.asleep;
	pool.called += n_called;
	pool.asleep = 0;
	pthread_mutex_unlock(&pool.mutex);
	wake(n_called);
	for (unsigned i = 0; i < pool.n_threads; i++)
		pthread_join(pool.threads[i], NULL);
	pool.n_threads = 0;
	pool.is_ending = false;
	close_event_fd();
}
