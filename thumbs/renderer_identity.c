#include "renderer_identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "map.h"
#include "renderer_process.h"

#define MOST_TEXT_BYTES (1u << 18)
#define LOADER_CACHE "/etc/ld.so.cache"
#define LOADER_VARIABLE "LD_LIBRARY_PATH"

static void append_variable(struct buf *text)
{
	const char *value = getenv(LOADER_VARIABLE);

	buf_printf(text, LOADER_VARIABLE "=%s\n", value ? value : "");
}

static int64_t in_ns(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/* What is not there has a line too: it may come. */
static void append_file(struct buf *text, const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		status = (struct stat){0};
	buf_printf(text, "%llu %llu %llu %lld %lld %s\n", (unsigned long long)status.st_dev,
		   (unsigned long long)status.st_ino, (unsigned long long)status.st_size,
		   (long long)in_ns(&status.st_mtim), (long long)in_ns(&status.st_ctim), path);
}

static void append_once(struct buf *text, struct map *seen, const char *path)
{
	if (!map_put_string(seen, path, text))
		append_file(text, path);
}

/* The file, and the folder that it lies in. */
static void append_with_folder(struct buf *text, struct map *seen, const char *path)
{
	CLEANUP(cleanup_free) char *folder = alloc_string(path);
	char *slash = strrchr(folder, '/');

	append_once(text, seen, path);
	if (!slash || slash == folder)
		return;
	*slash = '\0';
	append_once(text, seen, folder);
}

int renderer_identity_ask(const char *path, char **ret_text, struct fault *fault)
{
	CLEANUP(cleanup_free) char *answer = alloc_zeroed(1, MOST_TEXT_BYTES);
	struct buf text = BUF_INIT(2 * MOST_TEXT_BYTES);
	struct map *seen;
	char *line, *rest;
	int error = renderer_process_ask(path, "--identity", answer, MOST_TEXT_BYTES, fault);

	if (error)
		return error;
	line = strtok_r(answer, "\n", &rest);
	if (!line)
		return fault_raise(fault, -EPROTO, "%s --identity: says nothing", path);
	seen = map_new();
	buf_printf(&text, "%s\n", line);
	append_variable(&text);
	append_with_folder(&text, seen, path);
	append_once(&text, seen, LOADER_CACHE);
	while ((line = strtok_r(NULL, "\n", &rest)))
		append_with_folder(&text, seen, line);
	map_free(seen);
	*ret_text = buf_steal(&text);
	return 0;
}

/* The path in a line of append_file(); NULL when it is none. */
static const char *path_in(const char *line)
{
	for (int i = 0; i < 5; i++) {
		line = strchr(line, ' ');
		if (!line)
			return NULL;
		line++;
	}
	return line[0] ? line : NULL;
}

bool renderer_identity_is_same(const char *path, const char *text)
{
	CLEANUP(buf_release) struct buf now = BUF_INIT(2 * MOST_TEXT_BYTES);
	CLEANUP(cleanup_free) char *copy = alloc_string(text);
	char *rest, *line = strtok_r(copy, "\n", &rest);
	const char *file;
	size_t count = 0;

	if (!line)
		return false;
	buf_printf(&now, "%s\n", line);
	append_variable(&now);
	if (!strtok_r(NULL, "\n", &rest))
		return false;
	while ((line = strtok_r(NULL, "\n", &rest))) {
		file = path_in(line);
		if (!file || (count++ == 0 && strcmp(file, path)))
			return false;
		append_file(&now, file);
	}
	return count && !strcmp(buf_string(&now), text);
}
