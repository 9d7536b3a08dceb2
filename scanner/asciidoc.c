#include "asciidoc.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "arena.h"
#include "cleanup.h"
#include "map.h"

/* Of a macro, and of what an attribute stands for. */
#define MACRO_MAX_BYTES 4096
/* All values that had to be put together, for each byte of text. */
#define VALUE_BYTES_A_BYTE 4

/* What the lines up to the next delimiter are. */
enum block {
	BLOCK_NONE,
	BLOCK_HIDDEN,
	BLOCK_HTML,
	BLOCK_PARAGRAPH,
	BLOCK_HIDDEN_PARAGRAPH, /* up to the next empty line */
};

struct asciidoc {
	struct slice text;
	char *html;
	const struct markup_listener *listener;
	bool is_stopped;
	enum block block;
	struct slice delimiter; /* of a hidden or HTML block */
	bool hides_next;        /* by `[source]`, `[listing]` and the like */
	bool in_table;
	size_t title_length; /* in characters, of a first line that an underline may follow; else 0
			      */
	bool in_header;      /* no empty line was seen yet */
	struct map *attributes; /* name -> index + 1 of `values` */
	struct slice *values;
	size_t n_values, values_capacity;
	struct arena arena; /* of values that had to be put together */
	size_t arena_bytes;
};

static void asciidoc_release(struct asciidoc *doc)
{
	map_free(doc->attributes);
	free(doc->values);
	arena_release(&doc->arena);
}

static struct slice attribute(const struct asciidoc *doc, struct slice name)
{
	uintptr_t index = (uintptr_t)map_get(doc->attributes, name.data, name.length_bytes);

	return index ? doc->values[index - 1] : (struct slice){NULL, 0};
}

/* `text` with what `{name}` stands for; false when that is not known. */
static bool resolve(const struct asciidoc *doc, struct slice text, struct buf *ret_text)
{
	for (size_t i = 0; i < text.length_bytes && !ret_text->overflowed; i++) {
		const char *close;
		struct slice value;

		if (text.data[i] != '{') {
			buf_append_char(ret_text, text.data[i]);
			continue;
		}
		close = memchr(text.data + i, '}', text.length_bytes - i);
		if (!close)
			return false;
		value = attribute(doc, (struct slice){text.data + i + 1,
						      (size_t)(close - text.data) - i - 1});
		if (!value.data || value.length_bytes > MACRO_MAX_BYTES ||
		    memchr(value.data, '{', value.length_bytes))
			return false;
		buf_append(ret_text, value.data, value.length_bytes);
		i = (size_t)(close - text.data);
	}
	return !ret_text->overflowed;
}

/* An attribute's value counts as it is where it is given. */
static struct slice resolved_value(struct asciidoc *doc, struct slice value)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MACRO_MAX_BYTES);

	if (value.length_bytes > MACRO_MAX_BYTES || !memchr(value.data, '{', value.length_bytes) ||
	    doc->arena_bytes > VALUE_BYTES_A_BYTE * doc->text.length_bytes ||
	    !resolve(doc, value, &text))
		return value;
	doc->arena_bytes += text.length_bytes + 1;
	return (struct slice){arena_string_n(&doc->arena, buf_string(&text), text.length_bytes),
			      text.length_bytes};
}

/* `:name: value`; false when the line is none. */
static bool take_attribute(struct asciidoc *doc, struct slice line)
{
	struct slice value;
	size_t n = 1;

	while (n < line.length_bytes &&
	       (isalnum((unsigned char)line.data[n]) || line.data[n] == '_' || line.data[n] == '-'))
		n++;
	if (line.data[0] != ':' || n == 1 || n >= line.length_bytes || line.data[n] != ':' ||
	    (n + 1 < line.length_bytes && line.data[n + 1] != ' '))
		return false;
	value = resolved_value(doc, slice_trim(slice_from(line, n + 1)));
	ALLOC_GROW(doc->values, doc->n_values, doc->values_capacity);
	doc->values[doc->n_values++] = value;
	map_put(doc->attributes, line.data + 1, n - 1, (void *)(uintptr_t)doc->n_values);
	return true;
}

static bool has_scheme_or_root(struct slice target)
{
	return slice_starts_with(target, "/") ||
	       memmem(target.data, target.length_bytes, "://", 3) ||
	       slice_starts_with(target, "data:");
}

/* False when it is not known: an attribute that is set elsewhere, or Antora's `module:file`. */
static bool make_url(const struct asciidoc *doc, struct slice target, struct buf *ret_url)
{
	CLEANUP(buf_release) struct buf url = BUF_INIT(2 * MACRO_MAX_BYTES);
	struct slice folder = attribute(doc, slice_of("imagesdir"));

	if (!resolve(doc, target, &url))
		return false;
	target = (struct slice){buf_string(&url), url.length_bytes};
	if (!has_scheme_or_root(target)) {
		if (memchr(target.data, ':', target.length_bytes))
			return false;
		if (folder.length_bytes > 0 && !resolve(doc, folder, ret_url))
			return false;
		if (folder.length_bytes > 0 && ret_url->length_bytes > 0 &&
		    ret_url->data[ret_url->length_bytes - 1] != '/')
			buf_append_char(ret_url, '/');
	}
	buf_append(ret_url, target.data, target.length_bytes);
	return !ret_url->overflowed;
}

/* `alt,640,480` and `alt, width=640`. */
static void read_attributes(struct slice list, struct markup_image *image)
{
	static const char *const by_place[] = {"alt", "width", "height"};
	size_t place = 0;

	image->title = (struct slice){list.data, 0};
	while (list.length_bytes > 0) {
		bool is_quoted = list.data[0] == '"';
		const char *end =
			is_quoted ? memchr(list.data + 1, '"', list.length_bytes - 1) : NULL;
		size_t from = end ? (size_t)(end - list.data) : 0;
		const char *comma = memchr(list.data + from, ',', list.length_bytes - from);
		size_t n = comma ? (size_t)(comma - list.data) : list.length_bytes;
		struct slice item = slice_trim((struct slice){list.data, n}), name;
		const char *equals = is_quoted ? NULL : memchr(item.data, '=', item.length_bytes);

		name = equals ? slice_trim((struct slice){item.data, (size_t)(equals - item.data)})
			      : slice_of(place < ARRAY_LENGTH(by_place) ? by_place[place] : "");
		place += !equals;
		if (equals)
			item = slice_trim(slice_from(item, (size_t)(equals - item.data) + 1));
		if (item.length_bytes > 1 && item.data[0] == '"' &&
		    item.data[item.length_bytes - 1] == '"')
			item = (struct slice){item.data + 1, item.length_bytes - 2};
		if (slice_equals(name, "width"))
			image->width_px = markup_image_px(item);
		else if (slice_equals(name, "height"))
			image->height_px = markup_image_px(item);
		else if (slice_equals(name, "alt"))
			image->title = item;
		list = slice_trim(slice_from(list, comma ? n + 1 : n));
	}
}

/* `target[attributes]`, behind `image:` or `image::`; returns the bytes of it, 0 when it is none.
 * The target ends on its line, the attributes in `rest`. */
static size_t take_macro(struct asciidoc *doc, struct slice line, struct slice rest)
{
	CLEANUP(buf_release) struct buf url = BUF_INIT(2 * MACRO_MAX_BYTES);
	struct markup_image image = {0};
	const char *open, *close;
	struct slice target;

	if (rest.length_bytes > MACRO_MAX_BYTES)
		rest.length_bytes = MACRO_MAX_BYTES;
	if (line.length_bytes > rest.length_bytes)
		line.length_bytes = rest.length_bytes;
	open = close = memchr(rest.data, '[', line.length_bytes);
	if (!open || open == rest.data || rest.data[0] == ':' ||
	    isspace((unsigned char)*rest.data) || isspace((unsigned char)open[-1]))
		return 0;
	do
		close = memchr(close + 1, ']', (size_t)(rest.data + rest.length_bytes - close) - 1);
	while (close && close[-1] == '\\');
	if (!close)
		return 0;
	target = (struct slice){rest.data, (size_t)(open - rest.data)};
	read_attributes((struct slice){open + 1, (size_t)(close - open) - 1}, &image);
	image.written = target;
	image.is_template = !make_url(doc, target, &url);
	if (image.is_template) {
		buf_clear(&url);
		buf_append(&url, target.data, target.length_bytes);
	}
	image.url = buf_string(&url);
	doc->is_stopped = !doc->listener->image(doc->listener->context, &image);
	return (size_t)(close - rest.data) + 1;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Of the ends that were looked for: none is left on the line. */
enum {
	NO_CLOSING_PLUS = 1u << 8,
	NO_CLOSING_BRACKET = 1u << 9,
};

/* Behind `+...+`, which stands alone: beside its marks no letters, within them no blanks. */
static size_t plus_length(struct slice line, size_t offset, unsigned *missing)
{
	struct slice text = slice_from(line, offset);

	if ((*missing & NO_CLOSING_PLUS) || text.length_bytes < 3 ||
	    isspace((unsigned char)text.data[1]) ||
	    (offset > 0 && (is_word(text.data[-1]) || strchr(";:\\+", text.data[-1]))))
		return 0;
	for (size_t i = 2; i < text.length_bytes; i++)
		if (text.data[i] == '+' && !isspace((unsigned char)text.data[i - 1]) &&
		    (i + 1 == text.length_bytes || !is_word(text.data[i + 1])))
			return i + 1;
	*missing |= NO_CLOSING_PLUS;
	return 0;
}

/* Behind `pass:q,c[...]`, whose end is the first `]` without a backslash. */
static size_t pass_length(struct slice text, unsigned *missing)
{
	static const char macro[] = "pass:";
	size_t n = sizeof macro - 1;

	if ((*missing & NO_CLOSING_BRACKET) || !slice_starts_with(text, macro))
		return 0;
	while (n < text.length_bytes &&
	       (islower((unsigned char)text.data[n]) || text.data[n] == ','))
		n++;
	if (n == text.length_bytes || text.data[n] != '[')
		return 0;
	for (n++; n < text.length_bytes; n++)
		if (text.data[n] == ']' && text.data[n - 1] != '\\')
			return n + 1;
	*missing |= NO_CLOSING_BRACKET;
	return 0;
}

/* Behind the passthrough that begins at `offset`, `+++...+++`, `` `+...+` ``, `pass:[...]` or
 * `stem:[...]`; 0: none does. Of a mark that does not end on the line a bit of *missing is set. */
static size_t passthrough_length(struct slice line, size_t offset, unsigned *missing)
{
	static const struct {
		const char *start, *end;
	} marks[] = {{"+++", "+++"}, {"`+", "+`"}, {"++", "++"}, {"$$", "$$"}, {"stem:[", "]"}};
	struct slice text = slice_from(line, offset);

	for (unsigned i = 0; i < ARRAY_LENGTH(marks); i++) {
		size_t n = strlen(marks[i].start);
		const char *end;

		if ((*missing & 1u << i) || !slice_starts_with(text, marks[i].start))
			continue;
		end = memmem(text.data + n, text.length_bytes - n, marks[i].end,
			     strlen(marks[i].end));
		if (end)
			return (size_t)(end - text.data) + strlen(marks[i].end);
		*missing |= 1u << i;
	}
	return text.data[0] == '+' ? plus_length(line, offset, missing)
				   : pass_length(text, missing);
}

/* From `at` to the next empty line, as far as a macro may reach. */
static struct slice rest_of_paragraph(const struct asciidoc *doc, const char *at)
{
	struct slice rest = slice_from(doc->text, (size_t)(at - doc->text.data));
	size_t n = 0;

	if (rest.length_bytes > MACRO_MAX_BYTES)
		rest.length_bytes = MACRO_MAX_BYTES;
	while (n < rest.length_bytes) {
		const char *end = memchr(rest.data + n, '\n', rest.length_bytes - n);
		size_t next = end ? (size_t)(end - rest.data) + 1 : rest.length_bytes;

		if (n > 0 && !slice_trim((struct slice){rest.data + n, next - n}).length_bytes)
			break;
		n = next;
	}
	return (struct slice){rest.data, n};
}

/* The inline image at `offset`; in a table also a block macro, in a cell of its own. Returns its
 * bytes, 0 when there is none. */
static size_t take_inline(struct asciidoc *doc, struct slice line, size_t offset)
{
	static const char macro[] = "image:";
	struct slice rest = slice_from(line, offset);
	char before = offset > 0 ? line.data[offset - 1] : ' ';
	size_t n = sizeof macro - 1, length;

	if (!slice_starts_with(rest, macro) || before == '\\' ||
	    (isalnum((unsigned char)before) && !doc->in_table))
		return 0;
	n += doc->in_table && rest.length_bytes > n && rest.data[n] == ':';
	rest = slice_from(rest, n);
	length = take_macro(doc, rest, rest_of_paragraph(doc, rest.data));
	return length > 0 ? n + length : 0;
}

static void take_text(struct asciidoc *doc, struct slice line)
{
	unsigned missing = 0;

	for (size_t i = 0; i < line.length_bytes && !doc->is_stopped;) {
		size_t length = line.data[i] && strchr("+`$ps", line.data[i])
					? passthrough_length(line, i, &missing)
					: 0;

		if (length == 0 && line.data[i] == 'i')
			length = take_inline(doc, line, i);
		i += length > 0 ? length : 1;
	}
}

static bool is_repeated(struct slice line, char mark, size_t least)
{
	size_t n = 0;

	while (n < line.length_bytes && line.data[n] == mark)
		n++;
	return n == line.length_bytes && n >= least;
}

/* What a delimiter opens; BLOCK_NONE when it is none, or its block is shown. */
static enum block block_of(struct slice line)
{
	if (is_repeated(line, '-', 4) || is_repeated(line, '.', 4) || is_repeated(line, '/', 4) ||
	    (slice_starts_with(line, "```") && !memchr(line.data + 3, '`', line.length_bytes - 3)))
		return BLOCK_HIDDEN;
	return is_repeated(line, '+', 4) ? BLOCK_HTML : BLOCK_NONE;
}

static bool is_shown_delimiter(struct slice line)
{
	return is_repeated(line, '=', 4) || is_repeated(line, '*', 4) ||
	       is_repeated(line, '_', 4) || slice_equals(line, "--");
}

/* A title's underline, `-----`: as long as the title, or a character more or less. */
static bool is_underline(const struct asciidoc *doc, struct slice line)
{
	return doc->title_length > 1 && (line.data[0] == '-' || line.data[0] == '+') &&
	       line.length_bytes <= doc->title_length + 1 &&
	       line.length_bytes + 1 >= doc->title_length;
}

static size_t count_characters(struct slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.length_bytes; i++)
		n += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return n;
}

/* `[source,ruby]` and other styles that show what follows as it stands. */
static bool is_hiding_style(struct slice line)
{
	static const char *const styles[] = {"[source",  "[listing",   "[literal",   "[comment",
					     "[stem",    "[latexmath", "[asciimath", "[plantuml",
					     "[mermaid", "[ditaa",     "[graphviz",  "[,"};

	for (size_t i = 0; i < ARRAY_LENGTH(styles); i++) {
		size_t n = strlen(styles[i]);

		if (slice_starts_with(line, styles[i]) &&
		    (styles[i][n - 1] == ',' ||
		     (line.length_bytes > n && strchr(",]%#.", line.data[n]) && line.data[n])))
			return true;
	}
	return false;
}

static bool is_block_attribute(struct slice line)
{
	return line.length_bytes > 1 && line.data[0] == '[' &&
	       line.data[line.length_bytes - 1] == ']';
}

/* An indented line is literal, but in a list, whose items may be indented. */
static bool is_item(struct slice line)
{
	size_t n = 0;

	while (n < line.length_bytes && strchr("*-.", line.data[n]) && line.data[n])
		n++;
	if (n == 0)
		while (n < line.length_bytes && isalnum((unsigned char)line.data[n]))
			n++;
	if (n < line.length_bytes && n > 0 && line.data[n] == '.' &&
	    isalnum((unsigned char)line.data[n - 1]))
		n++;
	return (n > 0 && n < line.length_bytes && line.data[n] == ' ' &&
		!isalnum((unsigned char)line.data[n - 1])) ||
	       memmem(line.data, line.length_bytes, ":: ", 3) ||
	       (line.length_bytes > 2 && !memcmp(line.data + line.length_bytes - 2, "::", 2));
}

/* A line between blocks; `is_indented` as it stands in the file. */
static void start_block(struct asciidoc *doc, struct slice line, bool is_indented)
{
	static const char macro[] = "image::";
	bool hides = doc->hides_next;

	if (is_block_attribute(line)) {
		doc->block = BLOCK_NONE;
		doc->hides_next = is_hiding_style(line);
		return;
	}
	if (line.data[0] == '.' && line.length_bytes > 1 && line.data[1] != '.' &&
	    line.data[1] != ' ') {
		take_text(doc, line); /* a block's title */
		return;
	}
	doc->hides_next = false;
	if (slice_equals(line, "+")) /* goes on with a list's item */
		return;
	if (hides || (is_indented && !is_item(line))) {
		doc->block = BLOCK_HIDDEN_PARAGRAPH;
	} else if (!is_indented && slice_starts_with(line, macro)) {
		line = slice_from(line, sizeof macro - 1);
		take_macro(doc, line, line);
	} else {
		doc->block =
			strchr("=#", line.data[0]) || doc->in_table ? BLOCK_NONE : BLOCK_PARAGRAPH;
		doc->title_length = count_characters(line);
		take_text(doc, line);
	}
}

/* A line that no hidden block holds. */
static void take_line(struct asciidoc *doc, struct slice line, bool is_indented)
{
	enum block block = is_indented ? BLOCK_NONE : block_of(line);

	if (slice_starts_with(line, "//") && !slice_starts_with(line, "///") && !is_indented) {
		doc->listener->comment(doc->listener->context, slice_trim(slice_from(line, 2)));
		return;
	}
	if (block != BLOCK_NONE && is_underline(doc, line))
		block = BLOCK_PARAGRAPH;
	if (block == BLOCK_PARAGRAPH) {
		doc->block = BLOCK_NONE;
	} else if (block != BLOCK_NONE) {
		/* `[source]` before any block hides it anyway. */
		doc->block = block;
		doc->delimiter = slice_starts_with(line, "```") ? slice_of("```") : line;
		doc->hides_next = false;
	} else if (slice_starts_with(line, "|===")) {
		doc->in_table = !doc->in_table;
		doc->block = BLOCK_NONE;
		doc->hides_next = false;
	} else if (!is_indented && is_shown_delimiter(line)) {
		doc->block = doc->hides_next ? BLOCK_HIDDEN : BLOCK_NONE;
		doc->delimiter = line;
		doc->hides_next = false;
	} else if (doc->block == BLOCK_PARAGRAPH && slice_equals(line, "+")) {
		doc->block = BLOCK_NONE;
	} else if (doc->block == BLOCK_PARAGRAPH && !(is_block_attribute(line) && !is_indented)) {
		/* An author's line stands before the attributes of the header. */
		if (!doc->in_header || !take_attribute(doc, line))
			take_text(doc, line);
	} else if (is_indented || !take_attribute(doc, line)) {
		start_block(doc, line, is_indented && !doc->in_table);
		return;
	}
	doc->title_length = 0;
}

static bool is_delimiter(const struct asciidoc *doc, struct slice line)
{
	return line.length_bytes == doc->delimiter.length_bytes &&
	       !memcmp(line.data, doc->delimiter.data, line.length_bytes);
}

/* `ifdef::name[]`, `ifndef::name[text]`, `ifeval::[...]`, `endif::[]` are no lines of the text.
 * What is true when a page is made is not known: all of it counts, but a default for what is set.
 * The text that is left to read is put in the line's place; false when there is none. */
static bool take_condition(const struct asciidoc *doc, struct slice *line)
{
	bool is_negated = slice_starts_with(*line, "ifndef::");
	const char *bracket = memchr(line->data, '[', line->length_bytes);
	struct slice name, text;

	if (!bracket || line->data[line->length_bytes - 1] != ']' ||
	    !(is_negated || slice_starts_with(*line, "ifdef::") ||
	      slice_starts_with(*line, "ifeval::") || slice_starts_with(*line, "endif::")))
		return true;
	name = slice_from(*line, is_negated ? 8 : 7);
	name.length_bytes = bracket < name.data ? 0 : (size_t)(bracket - name.data);
	text = slice_from(*line, (size_t)(bracket - line->data) + 1);
	text.length_bytes--;
	if (line->data[0] == 'e' || slice_starts_with(*line, "ifeval::") ||
	    (is_negated && attribute(doc, name).data))
		return false;
	*line = text;
	return text.length_bytes > 0;
}

static void read_line(struct asciidoc *doc, struct slice whole)
{
	struct slice line = slice_trim(whole);
	bool is_indented = line.length_bytes > 0 && line.data != whole.data;

	if (line.length_bytes > 0 && !is_indented && !take_condition(doc, &line))
		return;
	if (doc->block == BLOCK_HIDDEN || doc->block == BLOCK_HTML) {
		if (is_delimiter(doc, line))
			doc->block = BLOCK_NONE;
		else if (doc->block == BLOCK_HTML)
			memcpy(doc->html + (line.data - doc->text.data), line.data,
			       line.length_bytes);
	} else if (line.length_bytes == 0) {
		doc->block = BLOCK_NONE;
		doc->title_length = 0;
		doc->in_header = false;
	} else if (doc->block != BLOCK_HIDDEN_PARAGRAPH || block_of(line) != BLOCK_NONE) {
		take_line(doc, line, is_indented);
	}
}

void asciidoc_find(const char *text, size_t length_bytes, char *ret_html,
		   const struct markup_listener *listener)
{
	CLEANUP(asciidoc_release)
	struct asciidoc doc = {{text, length_bytes}, ret_html, listener};

	doc.attributes = map_new();
	doc.in_header = true;
	memset(ret_html, ' ', length_bytes);
	for (size_t offset = 0; offset < length_bytes && !doc.is_stopped;) {
		const char *newline = memchr(text + offset, '\n', length_bytes - offset);
		size_t length = newline ? (size_t)(newline - text) - offset : length_bytes - offset;

		read_line(&doc, (struct slice){text + offset, length});
		offset += length + 1;
		if (newline)
			ret_html[offset - 1] = '\n';
	}
}
