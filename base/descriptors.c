#include "descriptors.h"

#include <errno.h>
#include <sys/resource.h>

#define WANTED 65536

void descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= WANTED)
		return;
	limit.rlim_cur = limit.rlim_max < WANTED ? limit.rlim_max : WANTED;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int descriptors_check(struct fault *fault)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= DESCRIPTORS_LEAST)
		return 0;
	return fault_raise(
		fault, -EMFILE,
		"only %llu files may be open at once (ulimit -n); at least %d are needed",
		(unsigned long long)limit.rlim_cur, DESCRIPTORS_LEAST);
}

size_t descriptors_room(size_t others, size_t each, size_t least, size_t most)
{
	struct rlimit limit;
	rlim_t room;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return most;
	room = limit.rlim_cur > others ? (limit.rlim_cur - others) / each : 0;
	if (room > most)
		return most;
	return room < least ? least : (size_t)room;
}
