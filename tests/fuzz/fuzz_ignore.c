/* A line of a path, then a file of patterns. */
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "fuzz.h"
#include "ignore.h"

#define FOLDER "/site"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	const char *text = (const char *)data, *end = memchr(text, '\n', length_bytes);
	CLEANUP(cleanup_free) char *path = NULL, *pattern = NULL;
	struct ignore *ignore;
	size_t count;
	bool is_ignored;

	if (!end)
		return 0;
	path = alloc_printf(FOLDER "/%.*s", (int)(end - text), text);
	pattern = strndup(end + 1, length_bytes - (size_t)(end + 1 - text));
	ignore = ignore_new();
	ignore_add_file(ignore, FOLDER, end + 1, length_bytes - (size_t)(end + 1 - text));
	count = ignore_count(ignore);
	is_ignored = ignore_matches(ignore, 0, path, data[0] & 1);
	/* Those of another folder change nothing, nor do those that are cut off again. */
	ignore_add_pattern(ignore, "/other", pattern);
	fuzz_require(ignore_matches(ignore, 0, path, data[0] & 1) == is_ignored);
	ignore_add_pattern(ignore, FOLDER, "*");
	ignore_cut(ignore, count);
	fuzz_require(ignore_matches(ignore, 0, path, data[0] & 1) == is_ignored);
	fuzz_require(count > 0 || !is_ignored);
	ignore_glob(pattern, path);
	ignore_free(ignore);
	return 0;
}
