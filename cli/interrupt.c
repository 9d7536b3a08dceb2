#include "interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t received, ends_at_once;
static int event_fd = -1;

static void on_signal(int signal)
{
	const uint64_t one = 1;
	int saved_errno = errno;
	ssize_t written;

	if (ends_at_once) {
		static const char said[] = "picdesk: interrupted\n";

		written = write(STDERR_FILENO, said, sizeof said - 1);
		_exit(128 + signal);
	}
	/* A terminal that goes sends more than one SIGHUP: by the kernel and by the shell. */
	if (received && signal == SIGHUP)
		return;
	if (received)
		_exit(128 + signal);
	received = signal;
	written = write(event_fd, &one, sizeof one);
	(void)written; /* an eventfd that was just made has room */
	errno = saved_errno;
}

void interrupt_init(void)
{
	struct sigaction action = {.sa_handler = on_signal}, before;

	event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* nohup's wish is kept. */
	sigaction(SIGHUP, NULL, &before);
	if (before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

void interrupt_ends_at_once(void)
{
	ends_at_once = 1;
	if (received)
		_exit(128 + received);
}

int interrupt_fd(void)
{
	return event_fd;
}

int interrupt_signal(void)
{
	return received;
}
