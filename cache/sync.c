#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"

#ifdef CACHE_UNSAFE_NOSYNC

int sync_file(int fd)
{
	return fd < 0 ? -EBADF : 0;
}

int sync_folder(int fd)
{
	return sync_file(fd);
}

struct sync_batch *sync_batch_start(const int *fds, size_t count, enum sync_kind kind,
				    int file_system_fd)
{
	(void)fds, (void)count, (void)kind, (void)file_system_fd;
	return alloc_zeroed(1, 1);
}

int sync_batch_step(struct sync_batch *batch, bool waits)
{
	(void)batch, (void)waits;
	return 0;
}

void sync_batch_free(struct sync_batch *batch)
{
	free(batch);
}

int sync_event_fd(void)
{
	return -1;
}

void sync_give_back(void)
{
}

#else

int sync_file(int fd)
{
	while (fdatasync(fd) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int sync_folder(int fd)
{
	while (fsync(fd) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int sync_file_system(int fd)
{
	while (syncfs(fd) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* --- the kernel's queue -------------------------------------------------------------------------
 */

#define AT_ONCE 128

/* Asynchronous calls of this process (io_setup(2)): one queue as long as there may be another batch,
 * since to give it back takes longer than a sync. A child does not inherit it. */
static struct {
	aio_context_t context; /* 0: there is none */
	pid_t owner;
	int event_fd;
	size_t under_way;
} queue = {.event_fd = -1};

static void begin_without(void)
{
	cleanup_close(&queue.event_fd); /* of the process that this one was forked from */
	queue.event_fd = -1;
	queue.owner = getpid();
	queue.context = 0;
	queue.under_way = 0;
}

static bool has_queue(void)
{
	if (queue.owner == getpid())
		return queue.context;
	begin_without();
	queue.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (queue.event_fd >= 0 && syscall(SYS_io_setup, AT_ONCE, &queue.context) < 0)
		queue.context = 0;
	return queue.context;
}

int sync_event_fd(void)
{
	return queue.event_fd;
}

static void *destroy(void *context)
{
	syscall(SYS_io_destroy, (aio_context_t)(uintptr_t)context);
	return NULL;
}

/* io_destroy(2) waits for the kernel's other processors, 20 to 40 ms, and the end of a process that
 * has a queue does the same: a thread, which touches nothing of ours, waits beside the rest of the
 * run. */
void sync_give_back(void)
{
	void *context = (void *)(uintptr_t)queue.context;
	pthread_t thread;
	sigset_t all, before;

	if (queue.owner != getpid())
		begin_without();
	if (!queue.context || queue.under_way)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!pthread_create(&thread, NULL, destroy, context)) {
		pthread_detach(thread);
		queue.context = 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct sync_batch {
	struct iocb *calls;
	size_t count, submitted, ended;
	int file_system_fd;
	int error;
};

/* Takes what ended, of whichever batch, and waits for `least` of them. 0 or a negative errno; then
 * the queue is given up: what it still holds belongs to nobody. */
static int collect(size_t least)
{
	struct io_event events[AT_ONCE];
	struct timespec now = {0};
	uint64_t ended;
	long count;

	/* Before the events: what ends from here on makes it readable again. */
	(void)!read(queue.event_fd, &ended, sizeof ended);
	do {
		count = syscall(SYS_io_getevents, queue.context, (long)least, (long)AT_ONCE, events,
				least ? NULL : &now);
	} while (count < 0 && errno == EINTR);
	if (count < 0) {
		queue.context = 0;
		queue.under_way = 0;
		return -errno;
	}
	for (long i = 0; i < count; i++) {
		struct sync_batch *batch = (struct sync_batch *)(uintptr_t)events[i].data;

		batch->ended++;
		if (events[i].res < 0 && !batch->error)
			batch->error = (int)events[i].res;
	}
	queue.under_way -= (size_t)count;
	return 0;
}

/* As many as the queue takes. */
static void submit(struct sync_batch *batch)
{
	struct iocb *list[AT_ONCE];
	size_t count = batch->count - batch->submitted;
	long done;

	if (!count || batch->error || queue.under_way == AT_ONCE)
		return;
	if (count > AT_ONCE - queue.under_way)
		count = AT_ONCE - queue.under_way;
	for (size_t i = 0; i < count; i++)
		list[i] = &batch->calls[batch->submitted + i];
	done = syscall(SYS_io_submit, queue.context, (long)count, list);
	if (done > 0) {
		batch->submitted += (size_t)done;
		queue.under_way += (size_t)done;
	} else if (done < 0 && errno != EINTR && (errno != EAGAIN || !queue.under_way)) {
		batch->error = -errno;
	}
}

/* --- a batch ------------------------------------------------------------------------------------
 */

static bool is_under_way(const struct sync_batch *batch)
{
	return batch->ended < batch->submitted || (!batch->error && batch->ended < batch->count);
}

struct sync_batch *sync_batch_start(const int *fds, size_t count, enum sync_kind kind,
				    int file_system_fd)
{
	struct sync_batch *batch = alloc_zeroed(1, sizeof *batch);

	*batch = (struct sync_batch){
		.calls = alloc_zeroed(count, sizeof *batch->calls),
		.count = count,
		.file_system_fd = file_system_fd,
		.error = count && !has_queue() ? -ENOSYS : 0,
	};
	for (size_t i = 0; i < count; i++)
		batch->calls[i] = (struct iocb){
			.aio_data = (uintptr_t)batch,
			.aio_fildes = (uint32_t)fds[i],
			.aio_lio_opcode = kind == SYNC_BYTES ? IOCB_CMD_FDSYNC : IOCB_CMD_FSYNC,
			.aio_flags = IOCB_FLAG_RESFD,
			.aio_resfd = (uint32_t)queue.event_fd,
		};
	submit(batch);
	return batch;
}

/* -EINVAL and -EOPNOTSUPP: the file system has no such call. */
static bool is_unsupported(int error)
{
	return error == -ENOSYS || error == -EINVAL || error == -EOPNOTSUPP || error == -EAGAIN ||
	       error == -EPERM;
}

int sync_batch_step(struct sync_batch *batch, bool waits)
{
	while (is_under_way(batch)) {
		int error;

		submit(batch);
		error = queue.context ? collect(waits && queue.under_way ? 1 : 0) : -EIO;
		if (error) {
			batch->error = error;
			batch->ended = batch->submitted;
		}
		if (!waits && is_under_way(batch))
			return -EINPROGRESS;
	}
	if (is_unsupported(batch->error))
		batch->error = sync_file_system(batch->file_system_fd);
	return batch->error;
}

void sync_batch_free(struct sync_batch *batch)
{
	if (!batch)
		return;
	batch->error = batch->error ? batch->error : -ECANCELED;
	while (is_under_way(batch) && queue.context && !collect(1))
		;
	free(batch->calls);
	free(batch);
}

#endif
