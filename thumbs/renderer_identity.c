#include "renderer_identity.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "map.h"

#define MOST_TEXT_BYTES (1u << 22)
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

char *renderer_identity_new(const char *path, const char *version, const char *files)
{
	CLEANUP(cleanup_free) char *copy = alloc_string(files);
	struct buf text = BUF_INIT(MOST_TEXT_BYTES);
	struct map *seen = map_new();
	char *rest;

	buf_printf(&text, "%s\n", version);
	append_variable(&text);
	append_with_folder(&text, seen, path);
	append_once(&text, seen, LOADER_CACHE);
	for (char *file = strtok_r(copy, "\n", &rest); file; file = strtok_r(NULL, "\n", &rest))
		append_with_folder(&text, seen, file);
	map_free(seen);
	return buf_steal(&text);
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
	CLEANUP(buf_release) struct buf now = BUF_INIT(MOST_TEXT_BYTES);
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
