#include "folders.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "cleanup.h"

int folders_make_above(const char *path, struct fault *fault)
{
	CLEANUP(cleanup_free) char *above = alloc_string(path);

	if (!*above)
		return 0;
	for (char *slash = strchr(above + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(above, 0777) < 0 && errno != EEXIST)
			return fault_raise(fault, -errno, "%s: make the folder: %s", above,
					   strerror(errno));
		*slash = '/';
	}
	return 0;
}
