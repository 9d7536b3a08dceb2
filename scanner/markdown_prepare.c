#include "markdown_prepare.h"

#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "cleanup.h"
#include "markdown_blocks.h"
#include "markdown_paragraph.h"
#include "markdown_table.h"

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

/* A guess without the containers around: over blanks and what may be marks of them. */
static size_t skip_marks(const struct line *line)
{
	size_t at = line->first;

	while (at < line->end) {
		switch (line->text[at]) {
		case ' ':
		case '\t':
		case '>':
		case '-':
		case '+':
		case '*':
		case '.':
		case ')':
			at++;
			continue;
		default:
			if (line->text[at] < '0' || line->text[at] > '9')
				return at;
			at++;
		}
	}
	return at;
}

/* Whether the line's own text begins at `offset`, behind the marks of its containers, and how far
 * it is indented there. */
static bool begins_at(const struct line *line, const struct markdown_blocks *blocks, size_t offset,
		      size_t *ret_indent_columns)
{
	struct markdown_blocks copy = *blocks;
	struct markdown_place place;

	markdown_blocks_next(&copy, line->text, line->start, line->end, &place);
	*ret_indent_columns = place.indent_columns;
	return place.offset == offset;
}

/* `offset`: of the '['. */
static void turn_footnote_into_item(const struct line *line, const struct markdown_blocks *blocks,
				    size_t offset)
{
	char *at = line->text + offset;
	size_t left = line->end - offset, n = 2, indent;

	if (left < 5 || at[1] != '^')
		return;
	while (n < left && at[n] != ']' && at[n] != ' ' && at[n] != '[')
		n++;
	if (n == 2 || n + 1 >= left || at[n] != ']' || at[n + 1] != ':' ||
	    !begins_at(line, blocks, offset, &indent) || indent > 3)
		return;
	/* "[^1]:" is "-   x": what is indented by 4 belongs to it, as to a footnote. */
	at[0] = '-';
	memset(at + 1, ' ', 3);
	memset(at + 4, 'x', n + 2 - 4);
}

/* ": definition" below its term is "- definition". `offset`: of the ':'. */
static void turn_definition_into_item(const struct line *line, const struct markdown_blocks *blocks,
				      size_t offset)
{
	size_t indent;

	if (line->end - offset >= 2 && strchr(" \t", line->text[offset + 1]) &&
	    begins_at(line, blocks, offset, &indent) && indent < 4)
		line->text[offset] = '-';
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
static void blank_markdown_tag(const struct line *line, const struct markdown_blocks *blocks,
			       size_t first, char *html)
{
	size_t end = tag_end(line, first), ignored;
	bool is_alone = true;

	if (!end || !has_markdown_attribute(line->text + first, end - first) ||
	    !begins_at(line, blocks, first, &ignored))
		return;
	for (size_t i = end; i < line->end; i++)
		is_alone = is_alone && strchr(" \t\r", line->text[i]) && line->text[i];
	memcpy(html + first, line->text + first, end - first);
	memset(line->text + first, is_alone ? ' ' : 'x', end - first);
	/* An item that begins with it is no empty one, which a blank line would end. */
	if (is_alone && first > line->first)
		line->text[first] = '#';
}

/* Leaves nothing that begins an image, a tag or a fence, nor ends what the row before began. */
static void hide_code(const struct line *line, size_t offset)
{
	for (size_t i = offset; i < line->end; i++) {
		char c = line->text[i];

		if (c == '<' || c == '[' || c == ']' || c == '`' || c == '~')
			line->text[i] = 'x';
	}
}

/* Takes a line of an HTML block out of the Markdown and leaves an empty heading: it ends a table's
 * rows, and a list item that begins with it is no empty one, which a blank line ends. False when
 * it leaves blanks. */
static bool move_html(const struct line *line, const struct markdown_place *place,
		      const char *original, char *html)
{
	size_t offset = place->offset, end = line->end;

	end -= end > offset && original[end - 1] == '\r';
	memcpy(html + offset, original + offset, line->end - offset);
	memset(line->text + offset, ' ', end - offset);
	if (offset == end || place->indent_columns >= 4)
		return false;
	line->text[offset] = '#';
	return true;
}

/*
 * A fence that is not closed when its list item or quotation ends: md4c takes the next one of the
 * same marks, which opens, for its end. So that one is shown to it with the other marks.
 */
struct shown_fence {
	bool is_open;
	char mark; /* what md4c sees */
};

/* md4c takes only spaces behind the end. */
static void blank_tabs(const struct line *line, size_t offset)
{
	for (; offset < line->end; offset++)
		if (line->text[offset] == '\t')
			line->text[offset] = ' ';
}

static void show_fence(struct shown_fence *shown, const struct line *line, size_t offset,
		       bool opens)
{
	char mark = line->text[offset], last = shown->mark;

	if (opens) {
		shown->mark = mark;
		if (shown->is_open && last == mark)
			shown->mark = mark == '`' ? '~' : '`';
	}
	shown->is_open = opens;
	for (; offset < line->end && line->text[offset] == mark; offset++)
		line->text[offset] = shown->mark;
	if (opens)
		hide_code(line, offset);
	else
		blank_tabs(line, offset);
}

/* md4c takes <prefix> for <pre>, and lets <source> interrupt a paragraph: it is shown a name that
 * begins no block. */
static void rename_tag(const struct line *line, const struct markdown_place *place)
{
	static const char *const names[] = {"pre", "script", "style", "textarea", "source"};
	size_t name = place->offset + 1;

	if (name < line->end && line->text[name] == '/')
		name++;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (line->end - name >= strlen(names[i]) &&
		    !strncasecmp(line->text + name, names[i], strlen(names[i])))
			line->text[name] = 'x';
}

/* An empty item interrupts no paragraph, but md4c's. A lone '-' is a heading's underline. */
static void hide_lone_mark(const struct line *line, size_t offset)
{
	size_t at = offset;

	while (at < line->end && line->text[at] >= '0' && line->text[at] <= '9')
		at++;
	if (at == line->end || !line->text[at] ||
	    !strchr(at > offset ? ".)" : "*+", line->text[at]))
		return;
	for (at++; at < line->end; at++)
		if (!line->text[at] || !strchr(" \t\r", line->text[at]))
			return;
	line->text[offset] = 'x';
}

/* md4c opens no HTML at the end of a line: the next one, of the same paragraph, is joined. */
static void join_html(char *text, struct slice before)
{
	static const char *const openings[] = {"<!--", "<?", "<![CDATA["};
	const char *end = before.data + before.length_bytes; /* the line feed */

	before = slice_trim(before);
	for (size_t i = 0; i < ARRAY_LENGTH(openings); i++) {
		size_t n = strlen(openings[i]), behind;

		if (before.length_bytes < n ||
		    memcmp(before.data + before.length_bytes - n, openings[i], n) != 0)
			continue;
		behind = (size_t)(before.data + before.length_bytes - text);
		memset(text + behind, 'x', (size_t)(end + 1 - text) - behind);
		return;
	}
}

static void keep_in_paragraph(const struct line *line, const struct markdown_place *place,
			      enum markdown_dialect dialect)
{
	/* Without indented code md4c begins any block at any indent. */
	const char *marks = dialect == MARKDOWN_ELEVENTY ? "<`~>#=|-+*_0123456789" : "<`~";
	char mark = place->offset < line->end ? line->text[place->offset] : '\0';

	if (place->indent_columns >= 4 && mark && strchr(marks, mark))
		line->text[place->offset - 1] = 'x';
	else if (mark == '<')
		rename_tag(line, place);
	else
		hide_lone_mark(line, place->offset);
}

/*
 * A table begins with the line if it is a row of dashes for as many cells as the paragraph's last
 * line, `header`, has (GFM). It becomes the underline of a heading, and the rows one paragraph,
 * which other blocks interrupt: md4c's own tables run on over those, and want three dashes a cell.
 */
static void begin_table(const struct line *line, const struct markdown_place *place,
			struct slice header, struct markdown_blocks *blocks,
			struct markdown_paragraph *paragraph, size_t *ret_n_cells)
{
	size_t start = (size_t)(header.data - line->text);
	struct slice row =
		slice_trim((struct slice){line->text + place->offset, line->end - place->offset});
	size_t n_cells;

	if (!header.length_bytes || place->is_lazy || place->indent_columns >= 4 ||
	    !markdown_table_is_dashes(row))
		return;
	n_cells = markdown_table_cells(header);
	if (n_cells != markdown_table_cells(row))
		return;
	blocks->leaf = MARKDOWN_LEAF_TABLE;
	*ret_n_cells = n_cells;
	/* Lines above the header are the heading's as well, to md4c. */
	paragraph->n_lines--;
	markdown_paragraph_end(paragraph, true);
	markdown_paragraph_add(paragraph, start, start + header.length_bytes);
	markdown_paragraph_end(paragraph, false);
	markdown_table_part(line->text + start, header.length_bytes, n_cells);
	memset(line->text + place->offset, '=', row.length_bytes);
}

/* What CommonMark does not have. */
static void translate(const struct line *line, const struct markdown_blocks *blocks,
		      enum markdown_dialect dialect, char *html)
{
	bool has_definitions = dialect == MARKDOWN_DEFINITIONS || dialect == MARKDOWN_PYTHON;
	size_t offset = skip_marks(line);
	char mark = offset < line->end ? line->text[offset] : '\0';

	if (mark == '<')
		blank_markdown_tag(line, blocks, offset, html);
	if (blocks->leaf == MARKDOWN_LEAF_HTML)
		return;
	if (mark == '[')
		turn_footnote_into_item(line, blocks, offset);
	if (mark == ':' && has_definitions)
		turn_definition_into_item(line, blocks, offset);
	if (dialect == MARKDOWN_PYTHON)
		turn_admonition_into_item(line);
}

/* An item that ends empty, before a blank line, is an empty heading: behind it md4c ends the items
 * around it, too. `offset`: behind its mark, of a line above. */
static void hide_empty_item(char *text, size_t offset)
{
	while (offset > 0 && text[offset - 1] && strchr(" \t\r", text[offset - 1]))
		offset--;
	while (offset > 0 && text[offset - 1] && strchr("-+*.)0123456789", text[offset - 1]))
		text[--offset] = ' ';
	text[offset] = '#';
}

static bool is_empty_item(const struct markdown_blocks *blocks)
{
	return blocks->n_containers && blocks->containers[blocks->n_containers - 1].is_empty;
}

/* "  -" is "11.": md4c leaves the blanks behind the mark of a quotation out of the width of an item
 * that begins on the quotation's first line. */
static void widen_mark(char *text, size_t quotation, size_t item)
{
	size_t at = item, n_digits = strspn(text + item, "0123456789");

	for (; at > quotation + 2 && text[at - 1] == ' ' && n_digits < 9; n_digits++)
		text[--at] = '1';
	if (at < item && strchr("-+*", text[item]))
		text[item] = '.';
}

static void widen_marks(const struct line *line, const struct markdown_blocks *blocks)
{
	const struct markdown_container *items = blocks->containers;

	for (size_t i = blocks->n_containers; i > 1 && items[i - 2].mark >= line->start; i--)
		if (items[i - 2].is_quotation && !items[i - 1].is_quotation)
			widen_mark(line->text, items[i - 2].mark, items[i - 1].mark);
}

struct line_before {
	struct line line;
	bool is_closed; /* no block goes on behind it */
	size_t n_containers;
};

static bool is_closed_behind(enum markdown_line kind, enum markdown_leaf leaf)
{
	switch (kind) {
	case MARKDOWN_LINE_BLANK:
		return leaf != MARKDOWN_LEAF_INDENTED;
	case MARKDOWN_LINE_HTML:
		return true;
	case MARKDOWN_LINE_CONTINUATION: /* the dashes of a table */
		return leaf == MARKDOWN_LEAF_TABLE;
	default:
		return leaf == MARKDOWN_LEAF_NONE;
	}
}

/*
 * An empty line of an item becomes blanks at the end of the line before, if that left no block
 * open. At such a line md4c asks whether the last that it noted is the start of an item, which
 * would be empty and end here. But it may be where in the text a line begins, whose lowest byte it
 * takes for the kind of a block: 4 is an item.
 */
static void join_blank(const struct line_before *before, const struct line *line,
		       const struct markdown_blocks *blocks)
{
	size_t n = blocks->n_containers, at = before->line.end, end = line->end;

	if (!before->is_closed || n != before->n_containers || n == 0 ||
	    blocks->containers[n - 1].is_quotation || blocks->containers[n - 1].is_empty)
		return;
	while (at > before->line.start && line->text[at - 1] && strchr(" \t\r", line->text[at - 1]))
		at--;
	end -= end > line->start && line->text[end - 1] == '\r';
	memset(line->text + at, ' ', end - at);
}

/* An HTML block that may end within a tag. */
struct open_html {
	bool is_open;
	size_t n_containers, n_opened;
};

static void note_html(struct open_html *open, const char *original, const struct line *line,
		      const struct markdown_place *place, const struct markdown_blocks *blocks)
{
	struct slice html =
		slice_trim((struct slice){original + place->offset, line->end - place->offset});
	const char *end = html.data + html.length_bytes;
	/* Which a '>' right behind it would end. */
	bool is_comment = html.length_bytes > 1 && !memcmp(end - 2, "--", 2);

	if (html.length_bytes > 0)
		*open = (struct open_html){end[-1] != '>' && !is_comment, blocks->n_containers,
					   blocks->n_opened};
}

/* What follows an HTML block, a paragraph or the end of its container or a new one, is a tag in the
 * page: its '>' ends the tag that the block left open. */
static void close_html(struct open_html *open, const struct line *line,
		       const struct markdown_place *place, enum markdown_line kind,
		       const struct markdown_blocks *blocks, char *html)
{
	size_t at = place->offset > line->start || line->text[line->start] != '<' || !line->start
			    ? line->start
			    : line->start - 1;

	if (!open->is_open || kind == MARKDOWN_LINE_BLANK ||
	    (kind == MARKDOWN_LINE_HTML && blocks->n_containers == open->n_containers &&
	     blocks->n_opened == open->n_opened))
		return;
	html[at] = '>';
	open->is_open = false;
}

void markdown_prepare(char *text, const char *original, size_t length_bytes,
		      enum markdown_dialect dialect, char *html)
{
	struct markdown_blocks blocks = {.is_mdx = dialect == MARKDOWN_MDX,
					 .has_no_indented_code = dialect == MARKDOWN_ELEVENTY};
	CLEANUP(markdown_paragraph_release) struct markdown_paragraph paragraph = {.text = text};
	struct markdown_place place;
	struct shown_fence shown = {0};
	struct open_html open = {0};
	struct slice last = {0}; /* of a paragraph, the line before */
	size_t n_cells = 0;      /* of a table */
	size_t empty_item = 0;   /* the end of the line before, if an item began with it */
	struct line_before before = {0};

	for (size_t start = 0; start < length_bytes;) {
		struct line line = read_line(text, length_bytes, start);
		enum markdown_line kind;

		if (blocks.leaf != MARKDOWN_LEAF_FENCE)
			translate(&line, &blocks, dialect, html);
		kind = markdown_blocks_next(&blocks, text, line.start, line.end, &place);
		close_html(&open, &line, &place, kind, &blocks, html);
		widen_marks(&line, &blocks);
		if (kind == MARKDOWN_LINE_BLANK && empty_item && !is_empty_item(&blocks)) {
			hide_empty_item(text, empty_item);
			before.n_containers--;
		}
		empty_item = kind == MARKDOWN_LINE_BLANK && is_empty_item(&blocks) ? line.end : 0;
		if (kind != MARKDOWN_LINE_CONTINUATION)
			markdown_paragraph_end(&paragraph, false);
		switch (kind) {
		case MARKDOWN_LINE_TEXT:
			if (dialect != MARKDOWN_MDX)
				keep_in_paragraph(&line, &place, dialect);
			markdown_paragraph_add(&paragraph, place.offset, line.end);
			if (blocks.leaf != MARKDOWN_LEAF_TABLE)
				break;
			markdown_paragraph_end(&paragraph, false);
			markdown_table_part(text + place.offset, line.end - place.offset, n_cells);
			break;
		case MARKDOWN_LINE_CONTINUATION:
			if (dialect != MARKDOWN_MDX)
				keep_in_paragraph(&line, &place, dialect);
			begin_table(&line, &place, last, &blocks, &paragraph, &n_cells);
			if (blocks.leaf != MARKDOWN_LEAF_PARAGRAPH)
				break;
			markdown_paragraph_add(&paragraph, place.offset, line.end);
			if (dialect != MARKDOWN_MDX)
				join_html(text, last);
			break;
		case MARKDOWN_LINE_FENCE:
			show_fence(&shown, &line, place.offset, blocks.leaf == MARKDOWN_LEAF_FENCE);
			break;
		case MARKDOWN_LINE_CODE:
			hide_code(&line, place.offset);
			break;
		case MARKDOWN_LINE_HTML:
			note_html(&open, original, &line, &place, &blocks);
			if (!move_html(&line, &place, original, html))
				join_blank(&before, &line, &blocks);
			break;
		case MARKDOWN_LINE_BLANK:
			join_blank(&before, &line, &blocks);
			break;
		}
		last = blocks.leaf == MARKDOWN_LEAF_PARAGRAPH
			       ? (struct slice){text + place.offset, line.end - place.offset}
			       : (struct slice){0};
		before = (struct line_before){line, is_closed_behind(kind, blocks.leaf),
					      blocks.n_containers};
		start = line.end + 1;
	}
	markdown_paragraph_end(&paragraph, false);
}
