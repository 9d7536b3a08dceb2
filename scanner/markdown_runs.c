#include "markdown_runs.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Lines times brackets of a run: 2,000 lines with a link each are read as they stand. */
#define COST_OF_PLAIN_LINES 4000000u
/* Above this, lines that may begin a list or a quotation are joined too. */
#define COST_OF_ANY_LINES 100000000u
#define LABEL_MAX_BYTES 999

struct run {
	char *text;
	size_t start, end; /* of lines that are not blank */
	size_t n_lines, n_brackets;
};

static size_t line_end(const char *text, size_t length_bytes, size_t start)
{
	const char *end = memchr(text + start, '\n', length_bytes - start);

	return end ? (size_t)(end - text) : length_bytes;
}

static bool has_only(const char *text, size_t start, size_t end, const char *characters)
{
	for (; start < end; start++)
		if (!text[start] || !strchr(characters, text[start]))
			return false;
	return true;
}

static bool is_fence(const char *line, size_t length_bytes)
{
	while (length_bytes > 0 && (*line == ' ' || *line == '>')) {
		line++;
		length_bytes--;
	}
	return length_bytes >= 3 && (!memcmp(line, "```", 3) || !memcmp(line, "~~~", 3));
}

/* Text that can only go on with the paragraph: no marker of a block, no definition. */
static bool is_plain(const char *line, size_t length_bytes)
{
	bool is_definition = *line == '[' && memmem(line, length_bytes, "]:", 2);

	return !is_definition && !isdigit((unsigned char)*line) && !strchr(" \t>#-+*_=`~<:", *line);
}

static size_t cost_of(const struct run *run)
{
	return run->n_lines * run->n_brackets;
}

/* Joins lines to those before them: the plain ones, or all that a fence does not need. */
static void join(struct run *run, bool plain_only)
{
	size_t start = line_end(run->text, run->end, run->start) + 1;
	bool after_fence = is_fence(run->text + run->start, start - run->start);

	while (start < run->end) {
		size_t end = line_end(run->text, run->end, start);
		const char *line = run->text + start;
		bool fence = is_fence(line, end - start);

		if (!fence && !after_fence && (!plain_only || is_plain(line, end - start))) {
			run->text[start - 1] = ' ';
			if (run->text[start - 2] == '\r')
				run->text[start - 2] = ' ';
			run->n_lines--;
		}
		after_fence = fence;
		start = end + 1;
	}
}

static void measure(struct run *run)
{
	size_t start = run->start;

	run->n_lines = run->n_brackets = 0;
	while (start < run->end) {
		size_t end = line_end(run->text, run->end, start);
		const char *at = run->text + start;

		while ((at = memchr(at, ']', (size_t)(run->text + end - at)))) {
			run->n_brackets++;
			at++;
		}
		run->n_lines++;
		start = end + 1;
	}
}

/* A whole link reference definition in the plainest form: `[label]: url` and nothing else. */
static bool is_whole_definition(const char *line, size_t length_bytes)
{
	const char *end = line + length_bytes, *close, *url;

	while (end > line && strchr(" \t\r", end[-1]))
		end--;
	if (end == line || *line != '[')
		return false;
	close = memchr(line, ']', (size_t)(end - line));
	if (!close || end - close < 3 || close[1] != ':' || close - line < 2 ||
	    close - line > LABEL_MAX_BYTES)
		return false;
	for (const char *at = line + 1; at < close; at++)
		if (*at == '[' || *at == '\\' || isspace((unsigned char)*at))
			return false;
	url = close + 2 + strspn(close + 2, " \t");
	for (const char *at = url; at < end; at++)
		if ((unsigned char)*at <= ' ' || strchr("<>()\\\"'", *at))
			return false;
	return url < end;
}

/* Definitions that a run begins with are none of the paragraph, and cost nothing: a long list of
 * them stays one. */
static void skip_definitions(struct run *run)
{
	while (run->start < run->end) {
		size_t end = line_end(run->text, run->end, run->start);

		if (!is_whole_definition(run->text + run->start, end - run->start))
			return;
		run->start = end + 1;
	}
}

static size_t count_brackets(const char *text, size_t length_bytes)
{
	const char *at = text, *end = text + length_bytes;
	size_t count = 0;

	while ((at = memchr(at, ']', (size_t)(end - at)))) {
		count++;
		at++;
	}
	return count;
}

void markdown_runs_join(char *text, size_t length_bytes)
{
	struct run run = {.text = text};
	size_t start = 0;

	/* No more lines than bytes: of most articles no run can be that costly. */
	if (count_brackets(text, length_bytes) * length_bytes <= COST_OF_PLAIN_LINES)
		return;
	while (start <= length_bytes) {
		size_t end = start < length_bytes ? line_end(text, length_bytes, start) : start;
		bool is_blank = has_only(text, start, end, " \t\r");

		/* The last line need not have an end. */
		if (!is_blank && end < length_bytes) {
			start = end + 1;
			continue;
		}
		run.end = is_blank ? start : end;
		skip_definitions(&run);
		measure(&run);
		if (cost_of(&run) > COST_OF_PLAIN_LINES)
			join(&run, true);
		if (cost_of(&run) > COST_OF_ANY_LINES)
			join(&run, false);
		run.start = start = end + 1;
	}
}
