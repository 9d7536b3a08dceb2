#include "markdown_blocks.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"

#define CODE_INDENT_COLUMNS 4

/* A place in a line. Of a tab that is partly gone through, the columns that are left count as
 * blanks. */
struct cursor {
	const char *text;
	size_t at, end;
	size_t column;
	size_t blanks;  /* columns of a tab before `at` that were not taken */
	size_t no_rule; /* before it none begins: "- - - a" would be read through for each item */
};

/* Columns of blanks from the cursor on; *ret_first is the first character that is none. */
static size_t indent_at(const struct cursor *cursor, size_t *ret_first)
{
	size_t at = cursor->at, column = cursor->column + cursor->blanks;

	for (; at < cursor->end; at++) {
		if (cursor->text[at] == ' ')
			column++;
		else if (cursor->text[at] == '\t')
			column += 4 - column % 4;
		else
			break;
	}
	*ret_first = at;
	return column - cursor->column;
}

static bool is_end(const struct cursor *cursor, size_t at)
{
	return at == cursor->end || (cursor->text[at] == '\r' && at + 1 == cursor->end);
}

/* Over so many columns of blanks. */
static void skip_columns(struct cursor *cursor, size_t columns)
{
	while (columns > 0) {
		size_t step = cursor->blanks;

		if (step == 0 && cursor->at == cursor->end)
			return;
		if (step == 0)
			step = cursor->text[cursor->at++] == '\t' ? 4 - cursor->column % 4 : 1;
		cursor->blanks = step > columns ? step - columns : 0;
		cursor->column += step - cursor->blanks;
		columns -= step - cursor->blanks;
	}
}

/* To a character that is no blank, and over it and what else belongs to its mark. */
static void skip_mark(struct cursor *cursor, size_t first, size_t length)
{
	size_t ignored;

	cursor->column += indent_at(cursor, &ignored) + length;
	cursor->at = first + length;
	cursor->blanks = 0;
}

static void skip_quotation_mark(struct cursor *cursor, size_t first)
{
	skip_mark(cursor, first, 1);
	if (cursor->at < cursor->end && strchr(" \t", cursor->text[cursor->at]) &&
	    cursor->text[cursor->at])
		skip_columns(cursor, 1);
}

static size_t max_indent(const struct markdown_blocks *blocks)
{
	return blocks->is_mdx ? (size_t)-1 : CODE_INDENT_COLUMNS - 1;
}

/* How many of the open containers the line goes on with. */
static size_t match_containers(struct markdown_blocks *blocks, struct cursor *cursor)
{
	size_t i;

	for (i = 0; i < blocks->n_containers; i++) {
		struct markdown_container *container = &blocks->containers[i];
		size_t first, indent = indent_at(cursor, &first);

		if (container->is_quotation) {
			if (indent > max_indent(blocks) || first == cursor->end ||
			    cursor->text[first] != '>')
				break;
			skip_quotation_mark(cursor, first);
		} else if (is_end(cursor, first)) {
			if (container->is_empty)
				break;
		} else if (indent >= container->width) {
			skip_columns(cursor, container->width);
			container->is_empty = false;
		} else {
			break;
		}
	}
	return i;
}

static size_t count_marks(const struct cursor *cursor, size_t at, char mark)
{
	size_t n = 0;

	while (at + n < cursor->end && cursor->text[at + n] == mark)
		n++;
	return n;
}

static bool has_only(const struct cursor *cursor, size_t at, const char *characters)
{
	while (at < cursor->end && cursor->text[at] && strchr(characters, cursor->text[at]))
		at++;
	return at == cursor->end;
}

static bool closes_fence(const struct markdown_blocks *blocks, const struct cursor *cursor,
			 size_t first, size_t indent)
{
	size_t n = count_marks(cursor, first, blocks->fence_mark);

	return indent <= max_indent(blocks) && n >= blocks->fence_length &&
	       has_only(cursor, first + n, " \t\r");
}

static bool opens_fence(struct markdown_blocks *blocks, const struct cursor *cursor, size_t first)
{
	char mark = cursor->text[first];
	size_t n = mark == '`' || mark == '~' ? count_marks(cursor, first, mark) : 0;

	if (n < 3 ||
	    (mark == '`' && memchr(cursor->text + first + n, '`', cursor->end - first - n)))
		return false;
	blocks->leaf = MARKDOWN_LEAF_FENCE;
	blocks->fence_mark = mark;
	blocks->fence_length = n;
	return true;
}

static bool is_rule(struct cursor *cursor, size_t first)
{
	char mark = cursor->text[first];
	size_t n = 0, at = first;

	if (!mark || !strchr("*-_", mark) || first < cursor->no_rule)
		return false;
	for (; at < cursor->end; at++) {
		char c = cursor->text[at];

		if (c == mark)
			n++;
		else if (c != ' ' && c != '\t' && c != '\r')
			break;
	}
	if (at == cursor->end && n >= 3)
		return true;
	cursor->no_rule = at;
	return false;
}

static bool is_heading(const struct cursor *cursor, size_t first)
{
	size_t n = count_marks(cursor, first, '#');

	return n >= 1 && n <= 6 &&
	       (first + n == cursor->end || strchr(" \t\r", cursor->text[first + n]));
}

static bool is_underline(const struct cursor *cursor, size_t first)
{
	char mark = cursor->text[first];

	return (mark == '=' || mark == '-') &&
	       has_only(cursor, first + count_marks(cursor, first, mark), " \t\r");
}

/* Bytes of "-", "1." and the like; 0 when it is none. */
static size_t item_mark_length(const struct cursor *cursor, size_t first, bool *ret_is_first)
{
	size_t n = 0;

	*ret_is_first = true;
	if (cursor->text[first] && strchr("-+*", cursor->text[first])) {
		n = 1;
	} else {
		while (first + n < cursor->end && n < 9 &&
		       isdigit((unsigned char)cursor->text[first + n]))
			n++;
		if (n == 0 || first + n == cursor->end || !strchr(".)", cursor->text[first + n]) ||
		    !cursor->text[first + n])
			return 0;
		*ret_is_first = n == 1 && cursor->text[first] == '1';
		n++;
	}
	return first + n == cursor->end ||
			       (cursor->text[first + n] && strchr(" \t\r", cursor->text[first + n]))
		       ? n
		       : 0;
}

static void push(struct markdown_blocks *blocks, struct markdown_container container)
{
	if (blocks->n_containers < MARKDOWN_MAX_CONTAINERS)
		blocks->containers[blocks->n_containers++] = container;
	blocks->n_opened++;
	blocks->leaf = MARKDOWN_LEAF_NONE;
}

/* Past the marker, which stands at `first`; the item's text is at the cursor then. */
static void start_item(struct markdown_blocks *blocks, struct cursor *cursor, size_t first,
		       size_t indent, size_t mark_length)
{
	size_t text, spaces;
	bool is_empty;

	skip_mark(cursor, first, mark_length);
	spaces = indent_at(cursor, &text);
	is_empty = is_end(cursor, text);
	if (is_empty || spaces > CODE_INDENT_COLUMNS)
		spaces = 1;
	skip_columns(cursor, spaces);
	push(blocks, (struct markdown_container){false, is_empty, indent + mark_length + spaces});
}

static bool starts_nocase(const struct cursor *cursor, size_t at, const char *what)
{
	size_t n = strlen(what);

	return cursor->end - at >= n && !strncasecmp(cursor->text + at, what, n);
}

static const char *const raw_tags[] = {"pre", "script", "style", "textarea", NULL};

/* The name of the tag at `at`, and what follows it is a blank, '>' or, but for raw elements,
 * "/>". */
static bool is_tag_of(const struct cursor *cursor, size_t at, const char *const *names)
{
	size_t start = at + 1, n = 0;

	start += start < cursor->end && cursor->text[start] == '/';
	while (start + n < cursor->end && isalnum((unsigned char)cursor->text[start + n]))
		n++;
	if (start + n < cursor->end &&
	    !(cursor->text[start + n] && strchr(" \t\r>", cursor->text[start + n])) &&
	    (names == raw_tags || !starts_nocase(cursor, start + n, "/>")))
		return false;
	for (; n > 0 && *names; names++)
		if (strlen(*names) == n && !strncasecmp(cursor->text + start, *names, n))
			return true;
	return false;
}

static size_t skip_blanks(const struct cursor *cursor, size_t at)
{
	while (at < cursor->end && cursor->text[at] && strchr(" \t\r", cursor->text[at]))
		at++;
	return at;
}

/* Over letters, digits and what else may stand in the name. */
static size_t skip_name(const struct cursor *cursor, size_t at, const char *others)
{
	while (at < cursor->end && (isalnum((unsigned char)cursor->text[at]) ||
				    (cursor->text[at] && strchr(others, cursor->text[at]))))
		at++;
	return at;
}

/* Behind an attribute's value; 0 when there is none, or it goes on in the next line. */
static size_t skip_value(const struct cursor *cursor, size_t at)
{
	const char *close;
	size_t start = at;

	if (at < cursor->end && (cursor->text[at] == '"' || cursor->text[at] == '\'')) {
		close = memchr(cursor->text + at + 1, cursor->text[at], cursor->end - at - 1);
		return close ? (size_t)(close - cursor->text) + 1 : 0;
	}
	while (at < cursor->end && (!cursor->text[at] || !strchr(" \t\r\"'=<>`", cursor->text[at])))
		at++;
	return at > start ? at : 0;
}

/* Behind one attribute, which begins with a blank; `at` when none does, 0 when it is no whole
 * one. */
static size_t skip_attribute(const struct cursor *cursor, size_t at)
{
	size_t name = skip_blanks(cursor, at), end, equals;

	if (name == at || name == cursor->end ||
	    !(isalpha((unsigned char)cursor->text[name]) || cursor->text[name] == '_' ||
	      cursor->text[name] == ':'))
		return at;
	end = skip_name(cursor, name, "_.:-");
	equals = skip_blanks(cursor, end);
	if (equals == cursor->end || cursor->text[equals] != '=')
		return end;
	return skip_value(cursor, skip_blanks(cursor, equals + 1));
}

/* An open or closing tag that is complete, alone on the line (start condition 7). */
static bool is_lone_tag(const struct cursor *cursor, size_t at)
{
	bool is_closing = at + 1 < cursor->end && cursor->text[at + 1] == '/';
	size_t next;

	at += is_closing ? 2 : 1;
	if (at >= cursor->end || !isalpha((unsigned char)cursor->text[at]))
		return false;
	at = skip_name(cursor, at, "-");
	while (!is_closing && (next = skip_attribute(cursor, at)) != at) {
		if (next == 0)
			return false;
		at = next;
	}
	at = skip_blanks(cursor, at);
	if (!is_closing && at < cursor->end && cursor->text[at] == '/')
		at++;
	return at < cursor->end && cursor->text[at] == '>' && has_only(cursor, at + 1, " \t\r");
}

static const char *const block_tags[] = {
	"address", "article",  "aside",   "base",     "basefont", "blockquote", "body",
	"caption", "center",   "col",     "colgroup", "dd",       "details",    "dialog",
	"dir",     "div",      "dl",      "dt",       "fieldset", "figcaption", "figure",
	"footer",  "form",     "frame",   "frameset", "h1",       "h2",         "h3",
	"h4",      "h5",       "h6",      "head",     "header",   "hr",         "html",
	"iframe",  "legend",   "li",      "link",     "main",     "menu",       "menuitem",
	"nav",     "noframes", "ol",      "optgroup", "option",   "p",          "param",
	"search",  "section",  "summary", "table",    "tbody",    "td",         "tfoot",
	"th",      "thead",    "title",   "tr",       "track",    "ul",         NULL,
};

static bool ends_html(const struct markdown_blocks *blocks, const struct cursor *cursor, size_t at)
{
	/* Any of the raw elements' end tags ends any of them. */
	if (!strcmp(blocks->html_end, "</")) {
		for (; at + 2 < cursor->end; at++)
			if (cursor->text[at] == '<' && cursor->text[at + 1] == '/')
				for (const char *const *name = raw_tags; *name; name++)
					if (starts_nocase(cursor, at + 2, *name) &&
					    at + 2 + strlen(*name) < cursor->end &&
					    cursor->text[at + 2 + strlen(*name)] == '>')
						return true;
		return false;
	}
	return memmem(cursor->text + at, cursor->end - at, blocks->html_end,
		      strlen(blocks->html_end)) != NULL;
}

/* An HTML block's start conditions 1 to 7. */
static bool opens_html(struct markdown_blocks *blocks, const struct cursor *cursor, size_t first,
		       bool in_paragraph)
{
	static const struct {
		const char *start, *end;
	} marked[] = {{"<!--", "-->"}, {"<?", "?>"}, {"<![CDATA[", "]]>"}};
	bool opens = false;

	blocks->html_end = NULL;
	if (cursor->text[first] != '<' || blocks->is_mdx)
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(marked) && !opens; i++)
		if (cursor->end - first >= strlen(marked[i].start) &&
		    !memcmp(cursor->text + first, marked[i].start, strlen(marked[i].start))) {
			blocks->html_end = marked[i].end;
			opens = true;
		}
	if (!opens && first + 2 < cursor->end && cursor->text[first + 1] == '!' &&
	    isalpha((unsigned char)cursor->text[first + 2])) {
		blocks->html_end = ">";
		opens = true;
	}
	if (!opens && cursor->text[first + 1] != '/' && is_tag_of(cursor, first, raw_tags)) {
		blocks->html_end = "</";
		opens = true;
	}
	if (!opens && !is_tag_of(cursor, first, block_tags) &&
	    (in_paragraph || !is_lone_tag(cursor, first)))
		return false;
	blocks->leaf = MARKDOWN_LEAF_HTML;
	if (blocks->html_end && ends_html(blocks, cursor, first))
		blocks->leaf = MARKDOWN_LEAF_NONE;
	return true;
}

static enum markdown_line take_blank(struct markdown_blocks *blocks, size_t n_matched)
{
	if (n_matched < blocks->n_containers || blocks->leaf != MARKDOWN_LEAF_INDENTED)
		blocks->leaf = MARKDOWN_LEAF_NONE;
	blocks->n_containers = n_matched;
	return MARKDOWN_LINE_BLANK;
}

/* Of a fence or an HTML block that is open; false when the line begins something else. */
static bool go_on_with_leaf(struct markdown_blocks *blocks, const struct cursor *cursor,
			    const struct markdown_place *place, enum markdown_line *ret_line)
{
	bool is_blank = is_end(cursor, place->offset);

	if (blocks->leaf == MARKDOWN_LEAF_FENCE) {
		*ret_line = MARKDOWN_LINE_CODE;
		if (!closes_fence(blocks, cursor, place->offset, place->indent_columns))
			return true;
		*ret_line = MARKDOWN_LINE_FENCE;
	} else if (blocks->leaf == MARKDOWN_LEAF_HTML) {
		*ret_line = MARKDOWN_LINE_HTML;
		if (blocks->html_end ? !ends_html(blocks, cursor, cursor->at) : !is_blank)
			return true;
		if (!blocks->html_end)
			*ret_line = MARKDOWN_LINE_BLANK;
	} else {
		return false;
	}
	blocks->leaf = MARKDOWN_LEAF_NONE;
	return true;
}

/* A quotation or list item that begins at the place; the cursor is in it then. */
static bool start_container(struct markdown_blocks *blocks, struct cursor *cursor,
			    const struct markdown_place *place, size_t n_open, bool in_paragraph)
{
	size_t length, text;
	bool is_first;

	if (cursor->text[place->offset] == '>') {
		blocks->n_containers = n_open;
		skip_quotation_mark(cursor, place->offset);
		push(blocks, (struct markdown_container){.is_quotation = true});
		return true;
	}
	length = item_mark_length(cursor, place->offset, &is_first);
	if (length == 0 || is_rule(cursor, place->offset))
		return false;
	text = place->offset + length;
	if (in_paragraph && (!is_first || has_only(cursor, text, " \t\r")))
		return false;
	blocks->n_containers = n_open;
	start_item(blocks, cursor, place->offset, place->indent_columns, length);
	return true;
}

/* A leaf other than a paragraph that begins at the place. */
static bool start_leaf(struct markdown_blocks *blocks, struct cursor *cursor,
		       const struct markdown_place *place, bool after_paragraph,
		       enum markdown_line *ret_line)
{
	size_t first = place->offset;

	if (opens_fence(blocks, cursor, first)) {
		*ret_line = MARKDOWN_LINE_FENCE;
	} else if (opens_html(blocks, cursor, first, after_paragraph)) {
		*ret_line = MARKDOWN_LINE_HTML;
	} else if (is_heading(cursor, first) || is_rule(cursor, first)) {
		blocks->leaf = MARKDOWN_LEAF_NONE;
		*ret_line = MARKDOWN_LINE_TEXT;
	} else {
		return false;
	}
	return true;
}

enum markdown_line markdown_blocks_next(struct markdown_blocks *blocks, const char *text,
					size_t start, size_t end, struct markdown_place *ret_place)
{
	struct cursor cursor = {text, start, end, 0, 0, start};
	size_t n_open = match_containers(blocks, &cursor);
	bool all_matched = n_open == blocks->n_containers;
	bool was_paragraph = blocks->leaf == MARKDOWN_LEAF_PARAGRAPH;
	bool was_table = blocks->leaf == MARKDOWN_LEAF_TABLE;
	bool is_nested = false; /* a container began on this line */
	enum markdown_line line;

	for (;;) {
		bool in_paragraph = was_paragraph && all_matched && !is_nested;

		ret_place->indent_columns = indent_at(&cursor, &ret_place->offset);
		ret_place->is_lazy = was_paragraph && !all_matched && !is_nested;
		if (all_matched && !is_nested && go_on_with_leaf(blocks, &cursor, ret_place, &line))
			return line;
		if (is_end(&cursor, ret_place->offset))
			return take_blank(blocks, is_nested ? blocks->n_containers : n_open);
		if (ret_place->indent_columns > max_indent(blocks)) {
			if (was_paragraph && !is_nested)
				return MARKDOWN_LINE_CONTINUATION;
			if (!is_nested)
				blocks->n_containers = n_open;
			blocks->leaf = blocks->has_no_indented_code ? MARKDOWN_LEAF_PARAGRAPH
								    : MARKDOWN_LEAF_INDENTED;
			return blocks->has_no_indented_code ? MARKDOWN_LINE_TEXT
							    : MARKDOWN_LINE_CODE;
		}
		if (in_paragraph && is_underline(&cursor, ret_place->offset)) {
			blocks->leaf = MARKDOWN_LEAF_NONE;
			return MARKDOWN_LINE_TEXT;
		}
		if (!start_container(blocks, &cursor, ret_place,
				     is_nested ? blocks->n_containers : n_open, in_paragraph)) {
			if (start_leaf(blocks, &cursor, ret_place, was_paragraph && !is_nested,
				       &line)) {
				if (!is_nested)
					blocks->n_containers = n_open;
				return line;
			}
			break;
		}
		is_nested = true;
	}
	if (was_paragraph && !is_nested)
		return MARKDOWN_LINE_CONTINUATION;
	if (was_table && all_matched && !is_nested)
		return MARKDOWN_LINE_TEXT;
	if (!is_nested)
		blocks->n_containers = n_open;
	blocks->leaf = MARKDOWN_LEAF_PARAGRAPH;
	return MARKDOWN_LINE_TEXT;
}
