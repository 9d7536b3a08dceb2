#include "rst.h"

#include <ctype.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "template.h"

/* A URI that is written in more lines is none. */
#define ARGUMENT_MAX_LINES 4

struct line {
	struct slice text; /* without blanks around it */
	size_t indent;     /* in columns */
};

struct rst {
	struct slice text;
	char *html;
	const struct markup_listener *listener;
	bool is_stopped;
	size_t next;    /* offset of the line behind the current one */
	bool is_hidden; /* what is indented by more than `hidden_indent` is */
	bool is_html;   /* and it is HTML */
	size_t hidden_indent;
	bool in_grid;      /* in a table that is drawn */
	bool is_paragraph; /* the line before is text that begins at `paragraph_indent` */
	size_t paragraph_indent;
};

/* The line at `offset`; *ret_next is the one behind it. */
static struct line read_line(const struct rst *rst, size_t offset, size_t *ret_next)
{
	const char *start = rst->text.data + offset;
	size_t left = rst->text.length_bytes - offset;
	const char *newline = memchr(start, '\n', left);
	size_t length = newline ? (size_t)(newline - start) : left, i = 0;
	struct line line = {0};

	for (; i < length && (start[i] == ' ' || start[i] == '\t'); i++)
		line.indent += start[i] == '\t' ? 8 - line.indent % 8 : 1;
	line.text = slice_trim((struct slice){start, length});
	*ret_next = offset + length + 1;
	return line;
}

static bool ends_with(struct slice text, const char *end)
{
	size_t n = strlen(end);

	return text.length_bytes >= n && !memcmp(text.data + text.length_bytes - n, end, n);
}

/* Behind "* ", "- ", "#. ", "1. ", "(a) " and the like, which may stand one after another. */
static void skip_item_marks(struct line *line)
{
	for (;;) {
		struct slice text = line->text;
		size_t n = 0;

		if (text.length_bytes > 2 && strchr("*-+", text.data[0])) {
			n = 1;
		} else {
			n += slice_starts_with(text, "(");
			while (n < text.length_bytes && n < 6 &&
			       (isalnum((unsigned char)text.data[n]) || text.data[n] == '#'))
				n++;
			if (n == 0 || n >= text.length_bytes ||
			    (text.data[n] != '.' && text.data[n] != ')'))
				return;
			n++;
		}
		if (n >= text.length_bytes || text.data[n] != ' ')
			return;
		while (n < text.length_bytes && text.data[n] == ' ')
			n++;
		line->text = slice_from(text, n);
		line->indent += n;
	}
}

/* A directive's name and its argument: of `.. name:: argument` or `.. |x| name:: argument`, behind
 * the dots. False when it is none. */
static bool read_directive(struct slice text, struct slice *ret_name, struct slice *ret_argument)
{
	size_t n = 0;

	if (slice_starts_with(text, "|")) {
		const char *bar = memchr(text.data + 1, '|', text.length_bytes - 1);

		if (!bar)
			return false;
		text = slice_trim(slice_from(text, (size_t)(bar - text.data) + 1));
	}
	while (n < text.length_bytes && (isalnum((unsigned char)text.data[n]) ||
					 (n > 0 && strchr("-_+:.", text.data[n]) && text.data[n] &&
					  !slice_starts_with(slice_from(text, n), "::"))))
		n++;
	*ret_name = (struct slice){text.data, n};
	text = slice_from(text, n);
	if (n == 0 || !slice_starts_with(text, "::") ||
	    (text.length_bytes > 2 && text.data[2] != ' ' && text.data[2] != '\t'))
		return false;
	*ret_argument = slice_trim(slice_from(text, 2));
	return true;
}

static bool is_one_of(struct slice name, const char *const *names)
{
	for (; *names; names++)
		if (slice_equals_nocase(name, *names))
			return true;
	return false;
}

bool rst_shows_as_it_stands(struct slice name)
{
	static const char *const names[] = {
		"code",
		"code-block",
		"sourcecode",
		"parsed-literal",
		"literal",
		"math",
		"raw",
		"highlight",
		"doctest",
		"testcode",
		"testsetup",
		"testcleanup",
		"testoutput",
		"productionlist",
		"graphviz",
		"digraph",
		"graph",
		"uml",
		"mermaid",
		"plantuml",
		"ipython",
		"prompt",
		"command-output",
		"code-cell",
		"code-include",
		"plot",
		"jupyter-execute",
		"replace",
		"unicode",
		"csv-table",
		"meta",
		"toctree",
		"autosummary",
		"tikz",
		"typed",
		"terminal",
		"console",
		"literalinclude",
		NULL,
	};

	return is_one_of(name, names);
}

/* Of the block that begins at the current line, what is indented by more than it. */
static void hide(struct rst *rst, const struct line *line, bool is_html)
{
	rst->is_hidden = true;
	rst->is_html = is_html;
	rst->hidden_indent = line->indent;
}

/* `:width: 640px` and so on, in the lines behind the directive. */
static void read_options(const struct rst *rst, const struct line *directive, size_t offset,
			 struct markup_image *image)
{
	for (size_t next; offset < rst->text.length_bytes; offset = next) {
		struct line line = read_line(rst, offset, &next);
		struct slice value;
		const char *colon;

		if (line.text.length_bytes < 2 || line.indent <= directive->indent ||
		    line.text.data[0] != ':')
			return;
		colon = memchr(line.text.data + 1, ':', line.text.length_bytes - 1);
		if (!colon)
			return;
		value = slice_trim(slice_from(line.text, (size_t)(colon - line.text.data) + 1));
		if (slice_starts_with(line.text, ":width:"))
			image->width_px = markup_image_px(value);
		else if (slice_starts_with(line.text, ":height:"))
			image->height_px = markup_image_px(value);
		else if (slice_starts_with(line.text, ":alt:"))
			image->title = value;
	}
}

/* A URI is written with blanks wherever its line would be too long: they do not count. */
static void append_without_blanks(struct slice text, struct buf *ret_url)
{
	for (size_t i = 0; i < text.length_bytes; i++)
		if (!isspace((unsigned char)text.data[i]))
			buf_append_char(ret_url, text.data[i]);
}

static void deliver(struct rst *rst, struct markup_image *image)
{
	CLEANUP(buf_release) struct buf url = BUF_INIT(BUF_UNLIMITED);

	/* Sphinx's `x.*` is whichever format there is. */
	if (image->written.length_bytes == 0 || ends_with(image->written, ".*"))
		return;
	image->is_template = template_is_in(image->written);
	if (image->is_template)
		buf_append(&url, image->written.data, image->written.length_bytes);
	else
		append_without_blanks(image->written, &url);
	image->url = buf_string(&url);
	if (image->title.length_bytes == 0)
		image->title = (struct slice){image->written.data, 0};
	rst->is_stopped = !rst->listener->image(rst->listener->context, image);
}

/* A URI may go on in, or begin on, the next lines; behind them are the options. */
static void take_image(struct rst *rst, const struct line *line, struct slice argument)
{
	struct markup_image image = {.written = argument};
	size_t offset = rst->next, next = offset;

	for (int i = 0; i < ARGUMENT_MAX_LINES && offset < rst->text.length_bytes; i++) {
		struct line more = read_line(rst, offset, &next);

		if (more.text.length_bytes == 0 || more.indent <= line->indent ||
		    slice_starts_with(more.text, ":"))
			break;
		if (image.written.length_bytes == 0)
			image.written = more.text;
		image.written.length_bytes =
			(size_t)(more.text.data - image.written.data) + more.text.length_bytes;
		offset = next;
	}
	read_options(rst, line, offset, &image);
	deliver(rst, &image);
}

/* `.. ` and what follows. */
static void take_explicit(struct rst *rst, const struct line *line)
{
	static const char *const images[] = {"image", "figure", NULL};
	struct slice text = slice_trim(slice_from(line->text, 2)), name, argument;

	if (text.length_bytes == 0) {
		size_t ignored;

		/* With an empty line behind it, it ends there. */
		if (rst->next < rst->text.length_bytes &&
		    read_line(rst, rst->next, &ignored).text.length_bytes > 0)
			hide(rst, line, false);
	} else if (read_directive(text, &name, &argument)) {
		if (is_one_of(name, images))
			take_image(rst, line, argument);
		else if (rst_shows_as_it_stands(name))
			hide(rst, line,
			     slice_equals_nocase(name, "raw") &&
				     slice_equals_nocase(argument, "html"));
	} else if (!slice_starts_with(text, "_") && !slice_starts_with(text, "[") &&
		   !slice_starts_with(text, "|")) {
		rst->listener->comment(rst->listener->context, text);
		hide(rst, line, false);
	}
}

/* A row of a grid table: a cell may be a directive. */
static void take_cells(struct rst *rst, struct slice row)
{
	static const char *const images[] = {"image", "figure", NULL};
	const char *at = row.data, *end = row.data + row.length_bytes;

	while (at < end && !rst->is_stopped) {
		const char *bar = memchr(at, '|', (size_t)(end - at));
		struct slice cell = slice_trim(
				     (struct slice){at, (size_t)((bar ? bar : end) - at)}),
			     name;
		struct markup_image image = {0};

		if (slice_starts_with(cell, ".. ") &&
		    read_directive(slice_trim(slice_from(cell, 3)), &name, &image.written) &&
		    is_one_of(name, images))
			deliver(rst, &image);
		at += (size_t)((bar ? bar : end) - at) + 1;
	}
}

static bool is_followed_by_blank(const struct rst *rst)
{
	size_t ignored;

	return rst->next >= rst->text.length_bytes ||
	       read_line(rst, rst->next, &ignored).text.length_bytes == 0;
}

/* What underlines and frames titles, separates, and begins a field or an option of a directive: no
 * line of a paragraph. */
static bool is_no_text(struct slice text)
{
	size_t n = 0;

	if (text.data[0] == ':')
		return true;
	while (n < text.length_bytes && text.data[n] == text.data[0])
		n++;
	return n == text.length_bytes && ispunct((unsigned char)text.data[0]);
}

static void take_line(struct rst *rst, struct line line)
{
	bool in_paragraph = rst->is_paragraph && rst->paragraph_indent == line.indent;

	if (!in_paragraph)
		skip_item_marks(&line);
	if (slice_starts_with(line.text, "+-") || slice_starts_with(line.text, "+="))
		rst->in_grid = true;
	rst->is_paragraph = false;
	if (rst->in_grid && slice_starts_with(line.text, "|")) {
		take_cells(rst, line.text);
	} else if (!in_paragraph &&
		   (slice_starts_with(line.text, ".. ") || slice_equals(line.text, ".."))) {
		take_explicit(rst, &line);
	} else if (ends_with(line.text, "::") && is_followed_by_blank(rst)) {
		hide(rst, &line, false);
	} else if (!is_no_text(line.text)) {
		rst->is_paragraph = true;
		rst->paragraph_indent = line.indent;
	}
}

static void copy_html(const struct rst *rst, struct slice text)
{
	memcpy(rst->html + (text.data - rst->text.data), text.data, text.length_bytes);
}

void rst_find(const char *text, size_t length_bytes, char *ret_html,
	      const struct markup_listener *listener)
{
	struct rst rst = {{text, length_bytes}, ret_html, listener};

	memset(ret_html, ' ', length_bytes);
	for (size_t offset = 0; offset < length_bytes && !rst.is_stopped; offset = rst.next) {
		struct line line = read_line(&rst, offset, &rst.next);

		if (rst.next <= length_bytes)
			ret_html[rst.next - 1] = '\n';
		if (line.text.length_bytes == 0) {
			rst.is_paragraph = rst.in_grid = false;
			continue;
		}
		if (rst.is_hidden && line.indent > rst.hidden_indent) {
			if (rst.is_html)
				copy_html(&rst, line.text);
			continue;
		}
		rst.is_hidden = false;
		take_line(&rst, line);
	}
}
