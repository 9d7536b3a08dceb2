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
static void add_next_line(struct disabled *disabled, const char *html, size_t length_bytes,
			  size_t offset)
{
	const char *end = html + length_bytes;
	const char *line = memchr(html + offset, '\n', length_bytes - offset);
	const char *next;

	if (!line)
		return;
	next = memchr(line + 1, '\n', (size_t)(end - line) - 1);
	add_range(disabled, offset, next ? (size_t)(next - html) : length_bytes);
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
	size_t offset = 0, off_since = 0;
	bool is_off = false;

	while (offset < length_bytes) {
		const char *start = find_comment(html, length_bytes, offset), *stop;
		struct slice text;

		if (!start)
			break;
		offset = (size_t)(start - html) + 4;
		stop = memmem(html + offset, length_bytes - offset, "-->", 3);
		if (!stop)
			break;
		text = slice_trim((struct slice){html + offset, (size_t)(stop - html) - offset});
		ALLOC_GROW(ret_disabled->comments, ret_disabled->n_comments,
			   ret_disabled->comments_capacity);
		ret_disabled->comments[ret_disabled->n_comments++] =
			(struct found_range){offset, (size_t)(stop - html)};
		offset = (size_t)(stop - html) + 3;
		if (slice_equals(text, "picdesk-disable-next-line") && !is_off) {
			add_next_line(ret_disabled, html, length_bytes, offset);
		} else if (slice_equals(text, "picdesk-disable") && !is_off) {
			is_off = true;
			off_since = offset;
		} else if (slice_equals(text, "picdesk-enable") && is_off) {
			is_off = false;
			add_range(ret_disabled, off_since, offset);
		}
	}
	if (is_off)
		add_range(ret_disabled, off_since, length_bytes);
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
