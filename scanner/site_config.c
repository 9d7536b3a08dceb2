#include "site_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "system_error.h"

#define CONFIG_MAX_BYTES (1u << 20)

char *site_config_path(const char *folder, const char *name)
{
	return alloc_printf("%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name);
}

bool site_config_begins_with(const char *path, const char *name)
{
	size_t n = strcspn(path, "/");

	return !strncmp(path, name, n) && !name[n];
}

int site_config_fail(const char *path, struct fault *fault)
{
	int error = -errno;

	return fault_raise(fault, error, "%s: read the site's configuration: %s", path,
			   strerror(-error));
}

int site_config_read(const char *folder, const char *name, char **ret_text,
		     size_t *ret_length_bytes, struct fault *fault)
{
	CLEANUP(cleanup_free) char *path = site_config_path(folder, name);
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t length = 0;
	ssize_t got;

	*ret_text = NULL;
	if (fd < 0)
		return is_system_error(-errno) ? site_config_fail(path, fault) : 0;
	text = alloc_zeroed(CONFIG_MAX_BYTES, 1);
	do {
		got = read(fd, text + length, CONFIG_MAX_BYTES - length);
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0 && is_system_error(-errno))
		return site_config_fail(path, fault);
	*ret_text = text;
	*ret_length_bytes = length;
	text = NULL;
	return 0;
}
