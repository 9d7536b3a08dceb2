#include "disabled.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"

void disabled_release(struct disabled *disabled)
{
	free(disabled->hidden);
	free(disabled->ranges);
	*disabled = (struct disabled){0};
}

static void add_range(struct disabled *disabled, size_t start, size_t end)
{
	ALLOC_GROW(disabled->ranges, disabled->n_ranges, disabled->ranges_capacity);
	disabled->ranges[disabled->n_ranges++] = (struct found_range){start, end};
}

/* The line below the one that the comment ends on. */
static void add_next_line(struct disabled *disabled, struct slice text, size_t offset)
{
	const char *end = text.data + text.length_bytes;
	const char *line = memchr(text.data + offset, '\n', text.length_bytes - offset);
	const char *next;

	if (!line)
		return;
	next = memchr(line + 1, '\n', (size_t)(end - line) - 1);
	add_range(disabled, offset, next ? (size_t)(next - text.data) : text.length_bytes);
}

void disabled_take(struct disabled *disabled, struct slice comment, struct slice text, size_t end)
{
	comment = slice_trim(comment);
	if (slice_equals(comment, "picdesk-disable-next-line") && !disabled->is_off) {
		add_next_line(disabled, text, end);
	} else if (slice_equals(comment, "picdesk-disable") && !disabled->is_off) {
		disabled->is_off = true;
		disabled->off_since = end;
	} else if (slice_equals(comment, "picdesk-enable") && disabled->is_off) {
		disabled->is_off = false;
		add_range(disabled, disabled->off_since, end);
	}
}

void disabled_finish(struct disabled *disabled, size_t length_bytes)
{
	if (disabled->is_off)
		add_range(disabled, disabled->off_since, length_bytes);
}

void disabled_hide(struct disabled *disabled, size_t start, size_t end)
{
	ALLOC_GROW(disabled->hidden, disabled->n_hidden, disabled->hidden_capacity);
	disabled->hidden[disabled->n_hidden++] = (struct found_range){start, end};
}

bool disabled_is_hidden(const struct disabled *disabled, size_t offset)
{
	size_t low = 0, high = disabled->n_hidden;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (disabled->hidden[middle].end <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < disabled->n_hidden && disabled->hidden[low].start <= offset;
}
