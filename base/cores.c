#include "cores.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

#define OWN_GROUPS "/proc/self/cgroup"
#define MOST_BYTES 4096

unsigned cores_of_quota(const char *cpu_max)
{
	char *end;
	long long quota_us = strtoll(cpu_max, &end, 10), period_us = strtoll(end, NULL, 10);

	if (quota_us <= 0 || period_us <= 0 || quota_us / period_us >= INT_MAX)
		return 0;
	return (unsigned)((quota_us - 1) / period_us + 1);
}

/* As much of it as there is room for; false: it cannot be read. */
static bool read_text(const char *path, char *ret_text, size_t size_bytes)
{
	CLEANUP(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, ret_text, size_bytes - 1);

	ret_text[got < 0 ? 0 : got] = '\0';
	return got > 0;
}

/* The limit of one group, as `cpu.max` has it; the first version has two files for it. */
static unsigned limit_of_group(const char *top, const char *group)
{
	char path[PATH_MAX], quota[32], period[32], both[sizeof quota + sizeof period];

	snprintf(path, sizeof path, "%s%s/cpu.max", top, group);
	if (read_text(path, both, sizeof both))
		return cores_of_quota(both);
	snprintf(path, sizeof path, "%s%s/cpu.cfs_quota_us", top, group);
	if (!read_text(path, quota, sizeof quota))
		return 0;
	snprintf(path, sizeof path, "%s%s/cpu.cfs_period_us", top, group);
	if (!read_text(path, period, sizeof period))
		return 0;
	snprintf(both, sizeof both, "%s %s", quota, period);
	return cores_of_quota(both);
}

/* The least of the group and those above it. A container may see its own group as the top, and yet
 * be told the path that the machine has for it: what is not there limits nothing. */
static unsigned limit_of_groups(const char *top, char *group)
{
	unsigned least = 0;

	for (;;) {
		unsigned limit = limit_of_group(top, group);
		char *slash = strrchr(group, '/');

		if (limit && (!least || limit < least))
			least = limit;
		if (!slash)
			return least;
		*slash = '\0';
	}
}

/* Is `cpu` one of the controllers between two colons? */
static bool has_cpu(const char *controllers, size_t length_bytes)
{
	const char *end = controllers + length_bytes;

	while (controllers < end) {
		size_t one = strcspn(controllers, ",:");

		if (one == 3 && !strncmp(controllers, "cpu", one))
			return true;
		controllers += one + 1;
	}
	return false;
}

/* By control groups; 0: by none. Lines are `number:controllers:path`, without controllers for the
 * second version (cgroups(7)). */
static unsigned limit_of_time(void)
{
	char text[MOST_BYTES], *rest = text, *line;
	unsigned least = 0;

	if (!read_text(OWN_GROUPS, text, sizeof text))
		return 0;
	while ((line = strsep(&rest, "\n"))) {
		char *controllers = strchr(line, ':');
		char *group = controllers ? strchr(++controllers, ':') : NULL;
		unsigned limit = 0;

		if (!group)
			continue;
		if (group == controllers)
			limit = limit_of_groups("/sys/fs/cgroup", group + 1);
		else if (has_cpu(controllers, (size_t)(group - controllers)))
			limit = limit_of_groups("/sys/fs/cgroup/cpu", group + 1);
		if (limit && (!least || limit < least))
			least = limit;
	}
	return least;
}

unsigned cores_usable(void)
{
	cpu_set_t cores;
	long count = sched_getaffinity(0, sizeof cores, &cores) == 0
			     ? CPU_COUNT(&cores)
			     : sysconf(_SC_NPROCESSORS_ONLN);
	unsigned limit = limit_of_time();

	if (count < 1)
		count = 1;
	return limit && limit < (unsigned)count ? limit : (unsigned)count;
}
