#include "flood_guard.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>

#define TICK_US 250000
/* The last of them tells which connection it is. */
#define MOST_TICKS 5
/* Between the last two, at the least: what libcurl drops of answers that were given up is less. */
#define LEAST_BYTES (64 * 1024)
/* All that are open at once, and more. */
#define MOST_SOCKETS 2048

struct flood_guard flood_guard;

static struct connection *connections;

/* The handler's own. */
static sig_atomic_t seen_marks;
static unsigned ticks;
static struct sample {
	int fd;
	uint64_t bytes;
} samples[MOST_SOCKETS];
static unsigned n_samples;

/* Received through that socket so far; false: the descriptor is something else's. */
static bool count_received(int fd, uint64_t *ret_bytes)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof info;

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length))
		return false;
	*ret_bytes = info.tcpi_bytes_received;
	return true;
}

static void take_samples(void)
{
	n_samples = 0;
	for (int fd = 0; fd <= flood_guard.highest_fd && n_samples < MOST_SOCKETS; fd++) {
		struct sample *sample = &samples[n_samples];

		sample->fd = fd;
		n_samples += count_received(fd, &sample->bytes);
	}
}

static void shut_busiest(void)
{
	uint64_t most = LEAST_BYTES - 1;
	int busiest = -1;

	for (unsigned i = 0; i < n_samples; i++) {
		uint64_t bytes;

		if (!count_received(samples[i].fd, &bytes) || bytes < samples[i].bytes ||
		    bytes - samples[i].bytes <= most)
			continue;
		most = bytes - samples[i].bytes;
		busiest = samples[i].fd;
	}
	if (busiest >= 0)
		connection_shut_flooded(connections, busiest);
}

static void count_tick(void)
{
	if (++ticks == MOST_TICKS - 1) {
		take_samples();
	} else if (ticks >= MOST_TICKS) {
		shut_busiest();
		ticks = 0;
	}
}

/* Interrupts the loop's thread: the others take no signals. */
static void tick(int number)
{
	int error = errno;

	(void)number;
	if (flood_guard.marks != seen_marks) {
		seen_marks = flood_guard.marks;
		ticks = 0;
	} else if (flood_guard.is_watching) {
		count_tick();
	}
	errno = error;
}

static void set_timer(int us)
{
	const struct timeval interval = {.tv_usec = us};
	const struct itimerval timer = {interval, interval};

	setitimer(ITIMER_PROF, &timer, NULL);
}

void flood_guard_start(struct connection *by_port)
{
	struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};

	connections = by_port;
	ticks = 0;
	sigemptyset(&action.sa_mask);
	sigaction(SIGPROF, &action, NULL);
	set_timer(TICK_US);
}

void flood_guard_end(void)
{
	set_timer(0);
	signal(SIGPROF, SIG_IGN); /* one may be on its way */
}
