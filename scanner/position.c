#include "position.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "utf8.h"

static int compare_offsets(const void *a, const void *b)
{
	size_t left = (*(struct position *const *)a)->offset;
	size_t right = (*(struct position *const *)b)->offset;

	return left < right ? -1 : left > right;
}

struct cursor {
	const char *text;
	size_t length_bytes, offset;
	unsigned line, column;
};

static void skip_whole_lines(struct cursor *cursor, size_t to)
{
	for (;;) {
		const char *start = cursor->text + cursor->offset;
		const char *end = memchr(start, '\n', to - cursor->offset);

		if (!end)
			return;
		cursor->offset += (size_t)(end - start) + 1;
		cursor->line++;
		cursor->column = 1;
	}
}

static void advance(struct cursor *cursor, size_t to)
{
	if (to > cursor->length_bytes)
		to = cursor->length_bytes;
	if (to <= cursor->offset)
		return;
	skip_whole_lines(cursor, to);
	cursor->column += (unsigned)utf8_count(cursor->text + cursor->offset, to - cursor->offset);
	cursor->offset = to;
}

void position_resolve(const char *text, size_t length_bytes, struct position *positions,
		      size_t count)
{
	CLEANUP(cleanup_free) struct position **sorted = alloc_resized(NULL, count, sizeof *sorted);
	struct cursor cursor = {text, length_bytes, 0, 1, 1};
	bool is_sorted = true;

	for (size_t i = 0; i < count; i++) {
		sorted[i] = &positions[i];
		is_sorted = is_sorted && (i == 0 || positions[i - 1].offset <= positions[i].offset);
	}
	if (!is_sorted)
		qsort(sorted, count, sizeof *sorted, compare_offsets);
	if (length_bytes >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		cursor.offset = 3;
	for (size_t i = 0; i < count; i++) {
		advance(&cursor, sorted[i]->offset);
		sorted[i]->line = cursor.line;
		sorted[i]->column = cursor.column;
	}
}
