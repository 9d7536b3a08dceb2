#include "short_memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define MUCH_MEMORY_BYTES ((rlim_t)1 << 30)

void crowd_begin(struct crowd *crowd, unsigned most)
{
	*crowd = (struct crowd){.most = most, .allowed = most};
}

void crowd_shrink(struct crowd *crowd)
{
	crowd->quiet = 0;
	if (crowd->allowed > 1)
		crowd->allowed /= 2;
}

void crowd_calm(struct crowd *crowd)
{
	if (crowd->allowed == crowd->most || ++crowd->quiet < SHORT_MEMORY_QUIET)
		return;
	crowd->quiet = 0;
	crowd->allowed++;
}

bool short_memory_is_set(void)
{
	struct rlimit space, data;

	return !getrlimit(RLIMIT_AS, &space) && !getrlimit(RLIMIT_DATA, &data) &&
	       (space.rlim_cur < MUCH_MEMORY_BYTES || data.rlim_cur < MUCH_MEMORY_BYTES);
}

void short_memory_excuse(struct thumb_result *result)
{
	if (result->verdict != THUMB_UNDECODABLE ||
	    !strstr(result->message, "color conversion (4.3003)") || !short_memory_is_set())
		return;
	result->verdict = THUMB_TOO_MANY_PIXELS;
	snprintf(result->message, sizeof result->message,
		 "decoding takes more memory than there is");
}
