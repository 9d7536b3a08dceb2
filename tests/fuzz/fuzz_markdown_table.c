/* A row of a table; the first byte is the number of cells that its header has. */
#include "fuzz.h"

#include <string.h>

#include "markdown_table.h"

#define MAX_BACKTICKS 32

static size_t count_backticks(struct slice cell, size_t at)
{
	size_t n = 0;

	while (at + n < cell.length_bytes && cell.data[at + n] == '`')
		n++;
	return n;
}

/* Behind the code span at `at`, which must end in its cell. */
static size_t check_code(struct slice cell, size_t at)
{
	size_t n = count_backticks(cell, at), run;

	fuzz_require(n <= MAX_BACKTICKS);
	for (at += n; at < cell.length_bytes; at += run ? run : 1) {
		run = count_backticks(cell, at);
		if (run == n)
			return at + n;
	}
	fuzz_require(false);
	return at;
}

static bool is_behind(struct slice cell, size_t at, char c)
{
	return memchr(cell.data + at, c, cell.length_bytes - at) != NULL;
}

static void check_tag(struct slice tag)
{
	if (tag.length_bytes >= 4 && !memcmp(tag.data, "<!--", 4))
		fuzz_require(memmem(tag.data, tag.length_bytes, "-->", 3) != NULL);
	else
		fuzz_require(is_behind(tag, 0, '>'));
}

/* Nothing begins in the cell that ends in another one, nor the other way. */
static void check_cell(struct slice cell)
{
	size_t depth = 0;

	for (size_t at = 0; at < cell.length_bytes; at++) {
		switch (cell.data[at]) {
		case '\\':
			at++;
			break;
		case '`':
			at = check_code(cell, at) - 1;
			break;
		case '<':
			check_tag((struct slice){cell.data + at, cell.length_bytes - at});
			break;
		case '[':
			depth++;
			break;
		case ']':
			fuzz_require(depth-- > 0);
			break;
		case '(':
			fuzz_require(at == 0 || cell.data[at - 1] != ']' ||
				     is_behind(cell, at, ')'));
			break;
		default:
			break;
		}
	}
}

static void check_hidden(struct slice cell)
{
	for (size_t at = 0; at < cell.length_bytes; at++)
		fuzz_require(cell.data[at] == '\0' || !strchr("<[]`", cell.data[at]));
}

/* Returns the number of cells. */
static size_t check_cells(struct slice row, size_t n_cells, bool has_code)
{
	size_t start = 0, n = 0;

	for (size_t at = 0; at <= row.length_bytes; at++) {
		struct slice cell = {row.data + start, at - start};

		if (at + 1 < row.length_bytes && row.data[at] == '\\') {
			at++;
			continue;
		}
		if (at < row.length_bytes &&
		    (row.data[at] != '|' || at == 0 || at + 1 == row.length_bytes))
			continue;
		if (n++ < n_cells || has_code)
			check_cell(cell);
		else
			check_hidden(cell);
		start = at + 1;
	}
	return n;
}

static void check_dashes(struct slice row)
{
	if (!markdown_table_is_dashes(row))
		return;
	row = slice_trim(row);
	for (size_t at = 0; at < row.length_bytes; at++)
		fuzz_require(row.data[at] && strchr("|:- \t", row.data[at]));
	fuzz_require(memchr(row.data, '-', row.length_bytes) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct slice row = {(const char *)data + 1, length_bytes - 1};
	char *text;
	size_t n_cells;

	if (length_bytes == 0)
		return 0;
	check_dashes(row);
	n_cells = markdown_table_cells(row);
	text = malloc(length_bytes);
	fuzz_require(text != NULL);
	memcpy(text, row.data, row.length_bytes);
	markdown_table_part(text, row.length_bytes, data[0]);
	for (size_t i = 0; i < row.length_bytes; i++)
		fuzz_require(text[i] == row.data[i] ||
			     (text[i] == 'x' && row.data[i] && strchr("<[]`(:", row.data[i])));
	fuzz_require(n_cells == markdown_table_cells((struct slice){text, row.length_bytes}));
	fuzz_require(n_cells == check_cells(slice_trim((struct slice){text, row.length_bytes}),
					    data[0],
					    memchr(row.data, '`', row.length_bytes) != NULL));
	free(text);
	return 0;
}
