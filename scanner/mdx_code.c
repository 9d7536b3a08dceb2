#include "mdx_code.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"

#define FENCE_MIN 3
#define WRAP_MAX 4 /* as Docusaurus has it */

/* Quotations and lists nest no deeper than people do; to look no further keeps this linear. */
#define MAX_INDENT_BYTES 64

static bool is_one_of(char c, const char *characters)
{
	return c && strchr(characters, c);
}

static size_t run_length(struct slice text, size_t offset)
{
	size_t n = 0;

	while (offset + n < text.length_bytes && text.data[offset + n] == text.data[offset])
		n++;
	return n;
}

static size_t line_end(struct slice text, size_t offset)
{
	const char *end = memchr(text.data + offset, '\n', text.length_bytes - offset);

	return end ? (size_t)(end - text.data) : text.length_bytes;
}

/* Only the marks of quotations and lists stand before it on its line. */
static bool is_at_block_start(struct slice text, size_t offset)
{
	size_t line = offset;

	while (line > 0 && offset - line < MAX_INDENT_BYTES &&
	       is_one_of(text.data[line - 1], " \t>-*+.)0123456789"))
		line--;
	return line == 0 || text.data[line - 1] == '\n';
}

/* The line at `offset` closes the fence of `n` marks. */
static bool closes_fence(struct slice text, size_t offset, size_t end, char mark, size_t n)
{
	while (offset < end && is_one_of(text.data[offset], " \t>"))
		offset++;
	if (offset == end || text.data[offset] != mark || run_length(text, offset) < n)
		return false;
	for (offset += run_length(text, offset); offset < end; offset++)
		if (!is_one_of(text.data[offset], " \t\r"))
			return false;
	return true;
}

/* Takes what was looked at off the budget; false when there is none left. */
static bool spend(size_t *budget, size_t bytes)
{
	bool is_enough = *budget > bytes;

	*budget -= is_enough ? bytes : *budget;
	return is_enough;
}

static size_t fence_end(struct slice text, size_t offset, size_t n, size_t *budget)
{
	size_t end = line_end(text, offset);

	if (text.data[offset] == '`' && memchr(text.data + offset + n, '`', end - offset - n))
		return 0;
	while (end < text.length_bytes) {
		size_t start = end + 1;

		end = line_end(text, start);
		if (!spend(budget, end - start + 1))
			return 0;
		if (closes_fence(text, start, end, text.data[offset], n))
			return end;
	}
	return 0;
}

/* An empty line ends the block, and what may be a span in it. */
static size_t span_end(struct slice text, size_t offset, size_t n, size_t *budget)
{
	size_t at = offset + n;

	while (at < text.length_bytes) {
		size_t run = 1;

		if (text.data[at] == '`') {
			run = run_length(text, at);
			if (run == n)
				return at + n;
		} else if (text.data[at] == '\n') {
			size_t end = line_end(text, at + 1);
			struct slice line = {text.data + at + 1, end - at - 1};

			if (slice_trim(line).length_bytes == 0)
				return 0;
		}
		if (!spend(budget, run))
			return 0;
		at += run;
	}
	return 0;
}

size_t mdx_code_end(const char *text, size_t length_bytes, size_t offset, size_t *budget)
{
	struct slice all = {text, length_bytes};
	size_t n = run_length(all, offset), end = 0;

	if (n >= FENCE_MIN && is_at_block_start(all, offset))
		end = fence_end(all, offset, n, budget);
	if (!end && text[offset] == '`')
		end = span_end(all, offset, n, budget);
	return end ? end : offset + n;
}

/* The number of backticks that the line has behind its blanks; *ret_rest is what follows them. */
static size_t marks_of(struct slice line, struct slice *ret_rest)
{
	struct slice text = slice_trim(line);
	size_t n = 0;

	while (n < text.length_bytes && text.data[n] == '`')
		n++;
	*ret_rest = slice_trim((struct slice){text.data + n, text.length_bytes - n});
	return n;
}

static void blank(char *text, size_t start, size_t end)
{
	for (; start < end; start++)
		if (text[start] != '\r')
			text[start] = ' ';
}

/* The start of the line that is `n` backticks, from `offset` on; the length: there is none. */
static size_t find_marks(struct slice all, size_t offset, size_t n)
{
	while (offset < all.length_bytes) {
		size_t end = line_end(all, offset);
		struct slice rest;

		if (marks_of((struct slice){all.data + offset, end - offset}, &rest) == n &&
		    rest.length_bytes == 0)
			return offset;
		offset = end + 1;
	}
	return all.length_bytes;
}

/* Of the fences that have `n` marks. */
static void unwrap(char *text, size_t length_bytes, size_t n)
{
	struct slice all = {text, length_bytes};

	for (size_t start = 0, end, close; start < length_bytes; start = end + 1) {
		struct slice rest;

		end = line_end(all, start);
		if (marks_of((struct slice){text + start, end - start}, &rest) != n ||
		    !slice_equals(rest, "mdx-code-block"))
			continue;
		close = find_marks(all, end + 1, n);
		if (close >= length_bytes)
			return;
		blank(text, start, end);
		end = line_end(all, close);
		blank(text, close, end);
	}
}

void mdx_code_unwrap(char *text, size_t length_bytes)
{
	for (size_t n = FENCE_MIN; n <= WRAP_MAX; n++)
		unwrap(text, length_bytes, n);
}
