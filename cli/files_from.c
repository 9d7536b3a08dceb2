#include "files_from.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"

static void add_path(struct string_list *paths, const char *path, size_t length_bytes)
{
	CLEANUP(cleanup_free) char *copy = alloc_string_n(path, length_bytes);

	if (length_bytes)
		string_list_add(paths, copy);
}

static void split(const struct buf *text, struct string_list *ret_paths)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *at = buf_string(text), *end = at + text->length_bytes;
	char separator = memchr(at, '\0', text->length_bytes) ? '\0' : '\n';

	if (!strncmp(at, mark, sizeof mark - 1))
		at += sizeof mark - 1;
	while (at < end) {
		const char *stop = memchr(at, separator, (size_t)(end - at));
		const char *last = stop ? stop : end;

		stop = last;
		while (separator == '\n' && last > at && last[-1] == '\r')
			last--;
		add_path(ret_paths, at, (size_t)(last - at));
		at = stop + 1;
	}
}

int files_from_read(struct settings *settings, struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	const char *name = settings->files_from;
	FILE *file = strcmp(name, "-") ? fopen(name, "re") : stdin;
	char piece[4096];
	size_t n;
	int error = 0;

	if (!file)
		return fault_raise(fault, -errno, "%s: open the list of paths: %s", name,
				   strerror(errno));
	while ((n = fread(piece, 1, sizeof piece, file)) > 0)
		buf_append(&text, piece, n);
	if (ferror(file))
		error = fault_raise(fault, -errno, "%s: read the list of paths: %s", name,
				    strerror(errno));
	else
		split(&text, &settings->paths);
	if (file != stdin)
		fclose(file);
	return error;
}
