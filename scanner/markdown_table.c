#include "markdown_table.h"

#include <string.h>

#include "markdown_paragraph.h"

static size_t skip_blanks(struct slice row, size_t at)
{
	while (at < row.length_bytes && (row.data[at] == ' ' || row.data[at] == '\t'))
		at++;
	return at;
}

static bool has(struct slice row, size_t at, char c)
{
	return at < row.length_bytes && row.data[at] == c;
}

/* ":---:", ":-" and the like, and the blanks around. Behind it; 0 when there is none. */
static size_t skip_dashes(struct slice row, size_t at)
{
	size_t first;

	at = skip_blanks(row, at);
	at += has(row, at, ':');
	for (first = at; has(row, at, '-'); at++)
		;
	if (at == first)
		return 0;
	at += has(row, at, ':');
	return skip_blanks(row, at);
}

bool markdown_table_is_dashes(struct slice row)
{
	size_t at;

	row = slice_trim(row);
	/* Dashes alone underline a heading. */
	if (!memchr(row.data, '|', row.length_bytes) && !memchr(row.data, ':', row.length_bytes))
		return false;
	at = has(row, 0, '|');
	do {
		at = skip_dashes(row, at);
		if (at == 0)
			return false;
		if (at == row.length_bytes)
			return true;
	} while (row.data[at] == '|' && ++at < row.length_bytes);
	return at == row.length_bytes;
}

/* A '|' behind a backslash parts nothing, nor does one at either end. */
static bool is_bar(struct slice row, size_t at)
{
	return row.data[at] == '|' && at > 0 && at + 1 < row.length_bytes;
}

size_t markdown_table_cells(struct slice row)
{
	size_t cells = 1;

	row = slice_trim(row);
	for (size_t i = 0; i < row.length_bytes; i++) {
		if (row.data[i] == '\\')
			i++;
		else if (is_bar(row, i))
			cells++;
	}
	return cells;
}

struct cell {
	char *text;
	size_t end;
	size_t depth; /* of brackets */
	const char *last_tag_end, *last_comment_end, *last_destination_end;
	struct markdown_code code;
};

static size_t part_code(struct cell *cell, size_t at)
{
	size_t n = markdown_code_backticks(cell->text, at, cell->end);
	size_t end = markdown_code_end(&cell->code, cell->text, at, cell->end, n);

	if (end)
		return end;
	memset(cell->text + at, 'x', n);
	return at + n;
}

/* A '[' needs no look: no ']' of another cell is left to end it. A row is no definition. */
static void part_bracket(struct cell *cell, size_t at)
{
	if (cell->depth == 0)
		cell->text[at] = 'x';
	else
		cell->depth--;
	if (at + 1 < cell->end && cell->text[at + 1] == ':')
		cell->text[at + 1] = 'x';
}

static void part_before(const struct cell *cell, size_t at, const char *last_end)
{
	if (!last_end || last_end < cell->text + at)
		cell->text[at] = 'x';
}

static void part_tag(struct cell *cell, size_t at)
{
	bool is_comment = cell->end - at >= 4 && !memcmp(cell->text + at, "<!--", 4);

	part_before(cell, at, is_comment ? cell->last_comment_end : cell->last_tag_end);
}

/* Behind what begins at `at`. */
static size_t part_at(struct cell *cell, size_t at)
{
	switch (cell->text[at]) {
	case '\\':
		return at + 2;
	case '`':
		return part_code(cell, at);
	case '<':
		part_tag(cell, at);
		break;
	case '[':
		cell->depth++;
		break;
	case ']':
		part_bracket(cell, at);
		break;
	case '(':
		if (at > 0 && cell->text[at - 1] == ']')
			part_before(cell, at, cell->last_destination_end);
		break;
	default:
		break;
	}
	return at + 1;
}

static void part_cell(char *text, size_t end)
{
	struct cell cell = {
		.text = text,
		.end = end,
		.last_tag_end = memrchr(text, '>', end),
		.last_comment_end = markdown_last_comment_end(text, end),
		.last_destination_end = memrchr(text, ')', end),
	};

	for (size_t at = 0; at < end;)
		at = part_at(&cell, at);
}

static void hide_cell(char *text, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (strchr("<[]`", text[i]) && text[i])
			text[i] = 'x';
}

void markdown_table_part(char *row, size_t length_bytes, size_t n_cells)
{
	struct slice left = slice_trim((struct slice){row, length_bytes});
	char *text = row + (left.data - row);
	bool has_code = memchr(text, '`', left.length_bytes) != NULL;
	size_t start = 0, n = 0;

	for (size_t i = 0; i <= left.length_bytes; i++) {
		bool is_end = i == left.length_bytes;

		if (i + 1 < left.length_bytes && left.data[i] == '\\') {
			i++;
		} else if (is_end || is_bar(left, i)) {
			if (n++ < n_cells || has_code)
				part_cell(text + start, i - start);
			else
				hide_cell(text + start, i - start);
			start = i + 1;
		}
	}
}
