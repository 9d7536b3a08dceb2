#include <errno.h>
#include <sys/stat.h>

#include "cache_private.h"

static bool is_where_it_was(const struct cache *cache)
{
	struct stat ours, there;

	return fstat(cache->folder_fd, &ours) == 0 && stat(cache->folder, &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

int cache_explain(const struct cache *cache, int error, struct fault *fault)
{
	if (error && !is_where_it_was(cache))
		return fault_wrap(fault, error,
				  "%s: the cache was moved or removed while this run used it",
				  cache->folder);
	if (error == -EACCES || error == -EPERM)
		return fault_wrap(fault, error,
				  "%s: a part of the cache may be another user's (chown gives it "
				  "to this one)",
				  cache->folder);
	return error;
}
