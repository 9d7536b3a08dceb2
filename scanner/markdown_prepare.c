#include "markdown_prepare.h"

#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "cleanup.h"
#include "markdown_blocks.h"
#include "markdown_element.h"
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

/* Of Python-Markdown's extensions: "!!! note" is "-   note", in quotations and items as well.
 * `offset`: of the '!'. */
static void turn_admonition_into_item(const struct line *line, const struct markdown_blocks *blocks,
				      size_t offset)
{
	static const char *const marks[] = {"!!! ",   "??? ",    "???+ ",
					    "=== \"", "===! \"", "===+ \""};
	char *at = line->text + offset;
	size_t left = line->end - offset, indent;

	for (size_t i = 0; i < ARRAY_LENGTH(marks); i++) {
		size_t n = strlen(marks[i]);

		if (left <= n || memcmp(at, marks[i], n) != 0)
			continue;
		if (offset > line->first && !begins_at(line, blocks, offset, &indent))
			return;
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
			       size_t first, char *html, struct markdown_element *element)
{
	size_t end = tag_end(line, first), ignored;
	bool is_alone = true;

	if (!end || !has_markdown_attribute(line->text + first, end - first) ||
	    !begins_at(line, blocks, first, &ignored))
		return;
	for (size_t i = end; i < line->end; i++)
		is_alone = is_alone && strchr(" \t\r", line->text[i]) && line->text[i];
	memcpy(html + first, line->text + first, end - first);
	markdown_element_begin(element, (struct slice){html + first, end - first});
	memset(line->text + first, is_alone ? ' ' : 'x', end - first);
	/* An item that begins with it is no empty one, which a blank line would end. */
	if (is_alone && first > line->first)
		line->text[first] = '#';
}

static void blank(const struct line *line, size_t start)
{
	size_t end = line->end - (line->end > start && line->text[line->end - 1] == '\r');

	memset(line->text + start, ' ', end - start);
}

/* Of containers that a paragraph goes on in. It stays indented as far as it is. */
static void blank_marks(const struct line *line, const struct markdown_place *place)
{
	for (size_t i = line->start; i < place->offset; i++)
		if (line->text[i] != '\t')
			line->text[i] = ' ';
}

/* Blanks what stands before a line's own text, and parts that from the block before by an empty
 * line. */
static void part_line(const struct line *line, const struct markdown_place *place)
{
	memset(line->text + line->start, ' ', place->offset - line->start);
	if (place->offset > line->start)
		line->text[place->offset - 1] = '\n';
}

/* A row is a paragraph or, where the table's container may end behind it without an empty line, a
 * heading. */
static void part_row(const struct line *line, const struct markdown_place *place)
{
	part_line(line, place);
	if (place->offset - line->start < 2)
		return;
	memcpy(line->text + place->offset - 2, "# ", 2);
	if (place->offset - line->start > 2)
		line->text[place->offset - 3] = '\n';
}

static void move_html(const struct line *line, size_t offset, const char *original, char *html)
{
	memcpy(html + offset, original + offset, line->end - offset);
	blank(line, line->start);
}

static void move_code(const struct line *line, size_t offset, char *html)
{
	size_t end = line->end - (line->end > offset && line->text[line->end - 1] == '\r');

	memset(html + offset, MARKDOWN_CODE_BYTE, end - offset);
	blank(line, line->start);
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
	line->text[offset] = '.'; /* begins no attribute of a tag */
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

/* Whether a line of a paragraph, or what was before it, leaves the parentheses of an image or link
 * open, maybe. Behind "[label]:" there are none. */
static bool is_in_parentheses(struct slice line, bool was_before)
{
	for (size_t i = line.length_bytes; i > 1; i--)
		if (line.data[i - 2] == ']' && (line.data[i - 1] == '(' || line.data[i - 1] == ':'))
			return line.data[i - 1] == '(';
	return was_before;
}

/* Between a destination or title and its ')' md4c takes blanks or a line's end, not both. */
static void join_destination(char *text, struct slice before, size_t offset)
{
	struct slice trimmed = slice_trim(before);
	size_t behind = (size_t)(trimmed.data + trimmed.length_bytes - text);

	if (text[offset] == ')')
		memset(text + behind, ' ', offset - behind);
}

/* Of a heading, if it stands in the container of the paragraph before. */
static bool is_underline(const struct line *line, size_t offset)
{
	struct slice marks = slice_trim((struct slice){line->text + offset, line->end - offset});
	char mark = marks.length_bytes ? *marks.data : '\0';

	if (mark != '=' && mark != '-')
		return false;
	for (size_t i = 1; i < marks.length_bytes; i++)
		if (marks.data[i] != mark)
			return false;
	return true;
}

/* A paragraph's line that md4c would begin another block with: fenced code, which it begins at any
 * indent; what is indented by 4, where that is no code (`is_first`); an underline. */
static void keep_in_paragraph(const struct line *line, const struct markdown_place *place,
			      bool is_first)
{
	const char *marks = is_first ? "`~>#=-+*_0123456789" : "`~";
	char mark = place->offset < line->end ? line->text[place->offset] : '\0';

	if (place->indent_columns >= 4 && mark && strchr(marks, mark)) {
		line->text[place->offset - 1] = 'x';
		/* In the place of part_line()'s: before blanks it would begin code. */
		if (is_first && place->offset - line->start > 1)
			line->text[place->offset - 2] = '\n';
	} else if (place->is_lazy && is_underline(line, place->offset)) {
		line->text[place->offset] = '.';
	} else if (!is_first) {
		hide_lone_mark(line, place->offset);
	}
}

/*
 * A table begins with the line if it is a row of dashes for as many cells as the paragraph's last
 * line, `header`, has (GFM). It becomes an empty line: md4c's own tables run on over what ends
 * others, and want three dashes a cell.
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
	/* Lines above the header are of its paragraph, to md4c. */
	paragraph->n_lines--;
	markdown_paragraph_end(paragraph, true);
	markdown_paragraph_add(paragraph, start, start + header.length_bytes);
	markdown_paragraph_end(paragraph, false);
	markdown_table_part(line->text + start, header.length_bytes, n_cells);
	blank(line, place->offset);
}

/* What CommonMark does not have. */
static void translate(const struct line *line, const struct markdown_blocks *blocks,
		      enum markdown_dialect dialect, char *html, struct markdown_element *element)
{
	bool has_definitions = dialect == MARKDOWN_DEFINITIONS || dialect == MARKDOWN_PYTHON;
	size_t offset = skip_marks(line);
	char mark = offset < line->end ? line->text[offset] : '\0';

	if (mark == '<')
		blank_markdown_tag(line, blocks, offset, html, element);
	if (blocks->leaf == MARKDOWN_LEAF_HTML)
		return;
	if (mark == '[')
		turn_footnote_into_item(line, blocks, offset);
	if (mark == ':' && has_definitions)
		turn_definition_into_item(line, blocks, offset);
	if (dialect == MARKDOWN_PYTHON)
		turn_admonition_into_item(line, blocks, offset);
}

static void take_directives(const struct line *line, struct markdown_blocks *blocks,
			    const char *original, struct myst *myst)
{
	struct markdown_blocks copy = *blocks;
	struct markdown_place place;
	enum markdown_line kind =
		markdown_blocks_next(&copy, line->text, line->start, line->end, &place);
	size_t end = line->end - (line->end > place.offset && line->text[line->end - 1] == '\r');
	const struct myst_line own = {
		.text = line->text + place.offset,
		.original = original + place.offset,
		.length_bytes = end - place.offset,
		.n_containers = copy.n_containers,
		.is_in_fence = blocks->leaf == MARKDOWN_LEAF_FENCE &&
			       (kind == MARKDOWN_LINE_CODE ||
				(kind == MARKDOWN_LINE_FENCE && copy.leaf != MARKDOWN_LEAF_FENCE)),
		.is_in_html = kind == MARKDOWN_LINE_HTML,
	};

	if (place.indent_columns < 4 && myst_take(myst, &own))
		blocks->leaf = MARKDOWN_LEAF_NONE;
}

/* An HTML block that may end within a tag. */
struct open_html {
	bool is_open, is_in_tag;
	char quote; /* of the attribute's value that it ends in; '\0': none */
	size_t n_containers, n_opened;
};

/* Comments and raw text are taken for tags: to end a value too much in them does nothing. */
static void note_quotes(struct open_html *open, struct slice line)
{
	for (size_t i = 0; i < line.length_bytes; i++) {
		char c = line.data[i];

		if (open->quote)
			open->quote = c == open->quote ? '\0' : open->quote;
		else if (!open->is_in_tag)
			open->is_in_tag = c == '<';
		else if (c == '>')
			open->is_in_tag = false;
		else if ((c == '"' || c == '\'') && i > 0 && line.data[i - 1] == '=')
			open->quote = c;
	}
}

static void note_html(struct open_html *open, const char *original, const struct line *line,
		      const struct markdown_place *place, const struct markdown_blocks *blocks)
{
	struct slice html =
		slice_trim((struct slice){original + place->offset, line->end - place->offset});

	open->n_containers = blocks->n_containers;
	open->n_opened = blocks->n_opened;
	note_quotes(open, html);
	if (html.length_bytes > 0)
		open->is_open = html.data[html.length_bytes - 1] != '>' || open->quote;
}

static void end_tag(char *html, size_t at)
{
	/* Right behind these it would end a comment. */
	if (at < 2 || memcmp(html + at - 2, "--", 2) != 0)
		html[at] = '>';
}

/*
 * What follows an HTML block, a paragraph or the end of its container or a new one, is a tag in the
 * page: its '>' ends the tag, or the `<?`, that the block left open. A value in quotes ends at the
 * next quote: at the latest an image or a link has one.
 */
static void close_html(struct open_html *open, const struct line *line, enum markdown_line kind,
		       const struct markdown_blocks *blocks, char *html)
{
	size_t at = line->start ? line->start - 1 : 0;

	if (!open->is_open || kind == MARKDOWN_LINE_BLANK ||
	    (kind == MARKDOWN_LINE_HTML && blocks->n_containers == open->n_containers &&
	     blocks->n_opened == open->n_opened))
		return;
	if (open->quote == '"' && at > 0 && !strchr(" \t\r\n", html[at - 1])) {
		/* Its container ended without an empty line: in this line is room, but for a tag's.
		 * What is no quote but a comment's does not keep it. */
		if (line->start == line->end || line->text[line->start] == '<') {
			end_tag(html, at);
			return;
		}
		html[at++] = '"';
		html[at] = '>';
	} else {
		if (open->quote == '"' && at > 0)
			html[at - 1] = '"';
		end_tag(html, at);
	}
	*open = (struct open_html){0};
}

/* That of an element with a markdown attribute, where it would go on to an empty line. */
static void end_html(const struct line *line, const struct markdown_place *place,
		     const char *original, bool is_first, struct markdown_element *element,
		     struct markdown_blocks *blocks)
{
	const struct slice html = {original + place->offset, line->end - place->offset};

	if (blocks->leaf == MARKDOWN_LEAF_HTML && !blocks->html_end &&
	    markdown_element_ends_html(element, html, is_first))
		blocks->leaf = MARKDOWN_LEAF_NONE;
}

/* The first line of a paragraph, a heading, a rule, a heading's underline, or a row. */
static void take_text(const struct line *line, const struct markdown_place *place,
		      enum markdown_leaf leaf, enum markdown_dialect dialect)
{
	char mark = line->text[place->offset];

	if (leaf == MARKDOWN_LEAF_NONE && mark != '#') {
		blank(line, line->start);
		return;
	}
	if (leaf == MARKDOWN_LEAF_TABLE)
		part_row(line, place);
	else
		part_line(line, place);
	if (dialect == MARKDOWN_ELEVENTY && place->indent_columns >= 4)
		keep_in_paragraph(line, place, true);
}

void markdown_prepare(char *text, const char *original, size_t length_bytes,
		      enum markdown_dialect dialect, char *html, struct myst *myst)
{
	struct markdown_blocks blocks = {.is_mdx = dialect == MARKDOWN_MDX,
					 .has_no_indented_code = dialect == MARKDOWN_ELEVENTY};
	CLEANUP(markdown_paragraph_release) struct markdown_paragraph paragraph = {.text = text};
	struct markdown_place place;
	struct markdown_element element = {0};
	struct open_html open = {0};
	struct slice last = {0};           /* of a paragraph, the line before */
	bool has_open_parenthesis = false; /* it leaves one, maybe */
	size_t n_cells = 0;                /* of a table */

	for (size_t start = 0; start < length_bytes;) {
		struct line line = read_line(text, length_bytes, start);
		enum markdown_line kind;
		bool was_html;

		if (dialect == MARKDOWN_MYST)
			take_directives(&line, &blocks, original, myst);
		if (blocks.leaf != MARKDOWN_LEAF_FENCE)
			translate(&line, &blocks, dialect, html, &element);
		was_html = blocks.leaf == MARKDOWN_LEAF_HTML;
		kind = markdown_blocks_next(&blocks, text, line.start, line.end, &place);
		close_html(&open, &line, kind, &blocks, html);
		if (kind != MARKDOWN_LINE_CONTINUATION)
			markdown_paragraph_end(&paragraph, false);
		switch (kind) {
		case MARKDOWN_LINE_TEXT:
			take_text(&line, &place, blocks.leaf, dialect);
			markdown_paragraph_add(&paragraph, place.offset, line.end);
			if (blocks.leaf != MARKDOWN_LEAF_TABLE)
				break;
			markdown_paragraph_end(&paragraph, false);
			markdown_table_part(text + place.offset, line.end - place.offset, n_cells);
			break;
		case MARKDOWN_LINE_CONTINUATION:
			blank_marks(&line, &place);
			keep_in_paragraph(&line, &place, false);
			begin_table(&line, &place, last, &blocks, &paragraph, &n_cells);
			if (blocks.leaf != MARKDOWN_LEAF_PARAGRAPH)
				break;
			markdown_paragraph_add(&paragraph, place.offset, line.end);
			if (has_open_parenthesis)
				join_destination(text, last, place.offset);
			if (dialect != MARKDOWN_MDX)
				join_html(text, last);
			break;
		case MARKDOWN_LINE_CODE:
			move_code(&line, place.offset, html);
			break;
		case MARKDOWN_LINE_HTML:
			note_html(&open, original, &line, &place, &blocks);
			move_html(&line, place.offset, original, html);
			end_html(&line, &place, original, !was_html, &element, &blocks);
			break;
		case MARKDOWN_LINE_FENCE:
		case MARKDOWN_LINE_BLANK:
			blank(&line, line.start);
			break;
		}
		last = blocks.leaf == MARKDOWN_LEAF_PARAGRAPH
			       ? (struct slice){text + place.offset, line.end - place.offset}
			       : (struct slice){0};
		has_open_parenthesis = is_in_parentheses(
			last, has_open_parenthesis && kind == MARKDOWN_LINE_CONTINUATION);
		markdown_element_pass(&element,
				      (struct slice){original + line.start, line.end - line.start});
		start = line.end + 1;
	}
	markdown_paragraph_end(&paragraph, false);
}
