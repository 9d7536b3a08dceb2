#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "folder.h"
#include "patience.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

int lock_open(int folder_fd, const char *name, int *ret_fd, struct fault *fault)
{
	int fd = folder_open_file(folder_fd, name, O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		return fault_raise(fault, fd, "%s: open: %s", name, strerror(-fd));
	*ret_fd = fd;
	return 0;
}

static int locked(int fd, int how)
{
	while (flock(fd, how | LOCK_NB) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* Interrupts what this thread waits for, again and again: a signal that comes just before the call
 * does not. */
static bool start_alarm(timer_t *ret_timer)
{
	const struct timespec often = {.tv_nsec = PATIENCE_RETRY_MS * 1000000L};
	const struct itimerspec times = {.it_value = often, .it_interval = often};
	const struct sigaction action = {.sa_handler = on_alarm};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};

	event.sigev_notify_thread_id = gettid();
	if (sigaction(SIGALRM, &action, NULL) || timer_create(CLOCK_MONOTONIC, &event, ret_timer))
		return false;
	if (!timer_settime(*ret_timer, 0, &times, NULL))
		return true;
	timer_delete(*ret_timer);
	return false;
}

/* In the kernel's queue, or, without an alarm, now and then: others that lock and release all the
 * time would leave little room. */
static int locked_soon(int fd, int how, bool has_alarm)
{
	if (!has_alarm) {
		poll(NULL, 0, PATIENCE_RETRY_MS);
		return locked(fd, how);
	}
	if (!flock(fd, how))
		return 0;
	return errno == EINTR ? -EAGAIN : -errno;
}

static int locked_at_last(int fd, int how, const char *holder)
{
	struct patience patience = {0};
	int error = locked(fd, how);
	bool has_alarm;
	timer_t timer;

	if (error != -EAGAIN)
		return error;
	has_alarm = start_alarm(&timer);
	while (error == -EAGAIN) {
		error = patience_ask(&patience, holder);
		if (!error)
			error = locked_soon(fd, how, has_alarm);
	}
	if (has_alarm)
		timer_delete(timer);
	return error;
}

int lock_shared(int fd, const char *holder)
{
	return locked_at_last(fd, LOCK_SH, holder);
}

int lock_exclusive(int fd, const char *holder)
{
	return locked_at_last(fd, LOCK_EX, holder);
}

int lock_try_shared(int fd)
{
	return locked(fd, LOCK_SH);
}

bool lock_try_exclusive(int fd)
{
	return locked(fd, LOCK_EX) == 0;
}

void lock_release(int fd)
{
	locked(fd, LOCK_UN);
}

int lock_fault(struct fault *fault, int error, const char *name, const char *holder)
{
	if (error == -ECANCELED)
		return fault_raise(fault, error, "%s: lock: interrupted while %s", name, holder);
	if (error == -ETIMEDOUT)
		return fault_raise(fault, error, "%s: lock: --max-time is over, and %s", name,
				   holder);
	return fault_raise(fault, error, "%s: lock: %s", name, strerror(-error));
}

static int set_range(int fd, int command, short type, off_t offset, off_t length)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = offset,
		.l_len = length,
	};

	while (fcntl(fd, command, &lock) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int lock_range(int fd, short type, off_t offset, off_t length)
{
	return set_range(fd, F_OFD_SETLK, type, offset, length);
}

int lock_check_there_are(int fd)
{
	int error = set_range(fd, F_SETLK, F_RDLCK, 0, 1);

	/* Another's: on NFS and SMB those of flock(2) count among them. */
	if (error == -EAGAIN || error == -EACCES)
		return 0;
	return error ? error : set_range(fd, F_SETLK, F_UNLCK, 0, 1);
}
