#include "siblings.h"

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wire.h"

static int service_of(unsigned sibling)
{
	return WIRE_SIBLINGS_FD + 2 * (int)sibling;
}

static void close_all(unsigned count)
{
	for (int fd = WIRE_SIBLINGS_FD; fd < service_of(count); fd++)
		close(fd);
}

static void become(unsigned sibling, unsigned count, const char *program)
{
	bool is_good = dup2(service_of(sibling), WIRE_SERVICE_FD) >= 0 &&
		       dup2(service_of(sibling) + 1, STDERR_FILENO) >= 0;

	close_all(count);
	if (!is_good)
		_exit(1);
	if (__libc_single_threaded)
		return;
	execl(program, program, "--serve", (char *)NULL);
	_exit(1);
}

void siblings_start(unsigned count, const char *program)
{
	/* fork(2) would make them this process's children, which its parent could not wait for. */
	for (unsigned i = 0; i < count; i++)
		if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL) == 0) {
			become(i, count, program);
			return;
		}
	close_all(count);
}
