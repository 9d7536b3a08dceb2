#include "markdown_prepare.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"

struct line {
	char *text;
	size_t start, end; /* without the line break */
	size_t indent;     /* in columns */
	size_t first;      /* offset of the first character that is no blank */
};

static struct line read_line(char *text, size_t length_bytes, size_t start)
{
	const char *newline = memchr(text + start, '\n', length_bytes - start);
	struct line line = {text, start, newline ? (size_t)(newline - text) : length_bytes, 0,
			    start};

	for (; line.first < line.end; line.first++) {
		if (text[line.first] == ' ')
			line.indent++;
		else if (text[line.first] == '\t')
			line.indent += 4 - line.indent % 4;
		else
			break;
	}
	return line;
}

static bool is_blank(const struct line *line)
{
	return line->first == line->end ||
	       (line->text[line->first] == '\r' && line->first + 1 == line->end);
}

/* The code that is open; no mark: none is. */
struct fence {
	char mark;
	size_t length; /* of the marks that opened it */
	size_t column; /* where they stand */
	bool in_list;  /* else what is indented by 4 opens none */
};

/* Past "- ", "1. " and the like, to the block that begins on the line; *column grows with it. */
static size_t skip_list_markers(const struct line *line, size_t *column)
{
	size_t at = line->first;

	*column = line->indent;
	for (;;) {
		size_t start = at, digits = at;

		while (digits < line->end && line->text[digits] >= '0' && line->text[digits] <= '9')
			digits++;
		if (at < line->end && digits == at && strchr("-+*", line->text[at]))
			at++;
		else if (digits > at && digits < line->end && strchr(".)", line->text[digits]))
			at = digits + 1;
		if (at == start || at >= line->end || line->text[at] != ' ')
			return start;
		while (at < line->end && line->text[at] == ' ')
			at++;
		*column += at - start;
	}
}

static size_t count_marks(const struct line *line, size_t at, char mark)
{
	size_t n = 0;

	while (at + n < line->end && line->text[at + n] == mark)
		n++;
	return n;
}

static bool is_blank_from(const struct line *line, size_t at)
{
	while (at < line->end && line->text[at] && strchr(" \t\r", line->text[at]))
		at++;
	return at == line->end;
}

/* Does the line belong to fenced code, its marks included? */
static bool is_code(struct fence *fence, const struct line *line, bool after_text)
{
	size_t column, at, n;

	/* Up to 3 columns behind what it stands in; before that, the list item is over, and it too.
	 */
	if (fence->mark && line->indent + 3 < fence->column)
		fence->mark = '\0';
	if (fence->mark) {
		n = count_marks(line, line->first, fence->mark);
		if (n >= fence->length && is_blank_from(line, line->first + n))
			fence->mark = '\0';
		return true;
	}
	at = skip_list_markers(line, &column);
	if (column > line->indent)
		fence->in_list = true;
	else if (line->indent == 0 && !after_text)
		fence->in_list = false;
	if (column >= 4 && !fence->in_list)
		return false;
	n = at < line->end && strchr("`~", line->text[at]) ? count_marks(line, at, line->text[at])
							   : 0;
	if (n < 3 ||
	    (line->text[at] == '`' && memchr(line->text + at + n, '`', line->end - at - n)))
		return false;
	*fence = (struct fence){line->text[at], n, column, fence->in_list};
	return true;
}

/* A heading or a rule: what follows is no text of its paragraph. */
static bool is_alone(const struct line *line)
{
	size_t column, at = skip_list_markers(line, &column);
	char mark = at < line->end ? line->text[at] : '\0';

	if (mark == '#')
		return true;
	if (!mark || !strchr("*-_", mark))
		return false;
	while (at < line->end && strchr("*-_ \t\r", line->text[at]) && line->text[at])
		at++;
	return at == line->end;
}

static void keep_in_paragraph(const struct line *line, bool after_text)
{
	if (after_text && line->indent >= 4 && line->text[line->first] == '<')
		line->text[line->first - 1] = 'x';
}

static void turn_footnote_into_item(const struct line *line)
{
	char *at = line->text + line->first;
	size_t left = line->end - line->first, n = 2;

	if (line->indent > 3 || left < 5 || at[0] != '[' || at[1] != '^')
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
	static const char *const spellings[] = {"markdown=\"1\"", "markdown='1'", "markdown=1",
						"markdown=\"block\"", "markdown=\"span\""};

	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
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

void markdown_prepare(char *text, size_t length_bytes, char *html)
{
	struct fence fence = {0};
	bool after_text = false;

	for (size_t start = 0; start < length_bytes;) {
		struct line line = read_line(text, length_bytes, start);
		bool is_text = !is_blank(&line) && !is_code(&fence, &line, after_text);

		if (is_text) {
			bool ends_here = is_alone(&line);

			blank_markdown_tag(&line, html);
			keep_in_paragraph(&line, after_text);
			turn_footnote_into_item(&line);
			is_text = !ends_here;
		}
		after_text = is_text;
		start = line.end + 1;
	}
}
