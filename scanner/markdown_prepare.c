#include "markdown_prepare.h"

#include <string.h>

#include "alloc.h"
#include "markdown_blocks.h"

struct line {
	char *text;
	size_t start, end; /* without the line feed */
	size_t first;      /* offset of the first character that is no blank */
};

static struct line read_line(char *text, size_t length_bytes, size_t start)
{
	const char *newline = memchr(text + start, '\n', length_bytes - start);
	struct line line = {text, start, newline ? (size_t)(newline - text) : length_bytes, start};

	while (line.first < line.end && (text[line.first] == ' ' || text[line.first] == '\t'))
		line.first++;
	return line;
}

static void turn_footnote_into_item(const struct line *line)
{
	char *at = line->text + line->first;
	size_t left = line->end - line->first, n = 2;

	if (line->first - line->start > 3 || left < 5 || at[0] != '[' || at[1] != '^')
		return;
	while (n < left && at[n] != ']' && at[n] != ' ' && at[n] != '[')
		n++;
	if (n == 2 || n + 1 >= left || at[n] != ']' || at[n + 1] != ':')
		return;
	/* "[^1]:" is "-   x": what is indented by 4 belongs to it, as to a footnote. */
	at[0] = '-';
	memset(at + 1, ' ', 3);
	memset(at + 4, 'x', n + 2 - 4);
}

/* Of Python-Markdown's extensions: "!!! note" is "-   note". */
static void turn_admonition_into_item(const struct line *line)
{
	static const char *const marks[] = {"!!! ",   "??? ",    "???+ ",
					    "=== \"", "===! \"", "===+ \""};
	char *at = line->text + line->first;
	size_t left = line->end - line->first;

	for (size_t i = 0; i < ARRAY_LENGTH(marks); i++) {
		size_t n = strlen(marks[i]);

		if (left <= n || memcmp(at, marks[i], n) != 0)
			continue;
		memcpy(at, "-   ", 4);
		if (n > 4)
			memset(at + 4, 'x', n - 4);
		return;
	}
}

/* Behind the '>' of the tag that starts at `offset`; 0 when it does not end on this line. */
static size_t tag_end(const struct line *line, size_t offset)
{
	char quote = '\0';

	for (size_t i = offset; i < line->end; i++) {
		char c = line->text[i];

		if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			return i + 1;
	}
	return 0;
}

static bool has_markdown_attribute(const char *tag, size_t length_bytes)
{
	static const char *const spellings[] = {
		"markdown=\"1\"",    "markdown='1'", "markdown=1", "markdown=\"block\"",
		"markdown=\"span\"", " markdown>",   " markdown ",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(spellings); i++)
		if (memmem(tag, length_bytes, spellings[i], strlen(spellings[i])))
			return true;
	return false;
}

/* The first tag of a line that holds Markdown: alone on its line it leaves an empty one, else text.
 */
static void blank_markdown_tag(const struct line *line, char *html)
{
	size_t end;
	bool is_alone = true;

	if (line->first == line->end || line->text[line->first] != '<')
		return;
	end = tag_end(line, line->first);
	if (!end || !has_markdown_attribute(line->text + line->first, end - line->first))
		return;
	for (size_t i = end; i < line->end; i++)
		is_alone = is_alone && strchr(" \t\r", line->text[i]) && line->text[i];
	memcpy(html + line->first, line->text + line->first, end - line->first);
	memset(line->text + line->first, is_alone ? ' ' : 'x', end - line->first);
}

/* Leaves nothing that begins an image or a tag. */
static void hide_code(const struct line *line, size_t offset)
{
	for (size_t i = offset; i < line->end; i++)
		if (line->text[i] == '<' || line->text[i] == '[' || line->text[i] == '`')
			line->text[i] = 'x';
}

/* Takes a line of an HTML block out of the Markdown: an empty one ends what md4c does not, tables.
 */
static void move_html(const struct line *line, size_t offset, const char *original, char *html)
{
	memcpy(html + offset, original + offset, line->end - offset);
	memset(line->text + offset, ' ', line->end - offset);
}

static void keep_in_paragraph(const struct line *line, const struct markdown_place *place)
{
	char mark = line->text[place->offset];

	if (place->indent_columns >= 4 && (mark == '<' || mark == '`' || mark == '~'))
		line->text[place->offset - 1] = 'x';
}

void markdown_prepare(char *text, const char *original, size_t length_bytes,
		      enum markdown_dialect dialect, char *html)
{
	struct markdown_blocks blocks = {.is_mdx = dialect == MARKDOWN_MDX};
	struct markdown_place place;

	for (size_t start = 0; start < length_bytes;) {
		struct line line = read_line(text, length_bytes, start);

		if (blocks.leaf != MARKDOWN_LEAF_FENCE) {
			blank_markdown_tag(&line, html);
			if (blocks.leaf != MARKDOWN_LEAF_HTML)
				turn_footnote_into_item(&line);
			if (blocks.leaf != MARKDOWN_LEAF_HTML && dialect == MARKDOWN_PYTHON)
				turn_admonition_into_item(&line);
		}
		switch (markdown_blocks_next(&blocks, text, line.start, line.end, &place)) {
		case MARKDOWN_LINE_CONTINUATION:
			if (dialect != MARKDOWN_MDX)
				keep_in_paragraph(&line, &place);
			break;
		case MARKDOWN_LINE_CODE:
			hide_code(&line, place.offset);
			break;
		case MARKDOWN_LINE_HTML:
			move_html(&line, place.offset, original, html);
			break;
		default:
			break;
		}
		start = line.end + 1;
	}
}
