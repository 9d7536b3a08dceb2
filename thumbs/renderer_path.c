#include "renderer_path.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"

#define PROGRAM "picdesk-renderer"

/* The folder of this program; NULL when nothing tells. Without /proc it is what the program was
 * started as. */
static char *own_folder(void)
{
	const char *started_as = (const char *)getauxval(AT_EXECFN);
	char path[PATH_MAX];
	ssize_t length_bytes = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash;

	if (length_bytes > 0)
		path[length_bytes] = '\0';
	else if (!started_as || !realpath(started_as, path))
		return NULL;
	slash = strrchr(path, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	return alloc_string(path);
}

static bool take_if_program(char *path, char **ret_path)
{
	if (access(path, X_OK)) {
		free(path);
		return false;
	}
	*ret_path = path;
	return true;
}

int renderer_path_find(const char *configured_path, char **ret_path, struct fault *fault)
{
	static const char *const beside[] = {"../thumbs/" PROGRAM, PROGRAM, "../libexec/" PROGRAM};
	CLEANUP(cleanup_free) char *folder = own_folder();

	if (configured_path) {
		if (take_if_program(alloc_string(configured_path), ret_path))
			return 0;
		return fault_raise(fault, -errno, "%s: renderer: %s", configured_path,
				   strerror(errno));
	}
	for (size_t i = 0; folder && i < ARRAY_LENGTH(beside); i++)
		if (take_if_program(alloc_printf("%s/%s", folder, beside[i]), ret_path))
			return 0;
	if (take_if_program(alloc_string(LIBEXECDIR "/" PROGRAM), ret_path))
		return 0;
	return fault_raise(fault, -ENOENT, "%s: not beside this program and not in %s", PROGRAM,
			   LIBEXECDIR);
}
