#include "disabled.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"

void disabled_release(struct disabled *disabled)
{
	free(disabled->comments);
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

/* memchr() is much faster than memmem() over what is mostly blanks. */
static const char *find_comment(const char *html, size_t length_bytes, size_t offset)
{
	const char *end = html + length_bytes, *at = html + offset;

	while ((at = memchr(at, '<', (size_t)(end - at)))) {
		if (end - at >= 4 && !memcmp(at, "<!--", 4))
			return at;
		at++;
	}
	return NULL;
}

void disabled_find(const char *html, size_t length_bytes, struct disabled *ret_disabled)
{
	size_t offset = 0;

	while (offset < length_bytes) {
		const char *start = find_comment(html, length_bytes, offset), *stop;
		struct slice comment;

		if (!start)
			break;
		offset = (size_t)(start - html) + 4;
		stop = memmem(html + offset, length_bytes - offset, "-->", 3);
		if (!stop)
			break;
		comment = (struct slice){html + offset, (size_t)(stop - html) - offset};
		ALLOC_GROW(ret_disabled->comments, ret_disabled->n_comments,
			   ret_disabled->comments_capacity);
		ret_disabled->comments[ret_disabled->n_comments++] =
			(struct found_range){offset, (size_t)(stop - html)};
		offset = (size_t)(stop - html) + 3;
		disabled_take(ret_disabled, comment, (struct slice){html, length_bytes}, offset);
	}
	disabled_finish(ret_disabled, length_bytes);
}

bool disabled_is_comment(const struct disabled *disabled, size_t offset)
{
	size_t low = 0, high = disabled->n_comments;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (disabled->comments[middle].end <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < disabled->n_comments && disabled->comments[low].start <= offset;
}
