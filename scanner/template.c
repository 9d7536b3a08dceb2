#include "template.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "js_literal.h"
#include "mdx_code.h"
#include "mdx_modules.h"

struct mask {
	char *text;
	const char *original;
	size_t length_bytes;
	unsigned syntaxes;
	struct template_tags *tags;
	/* A closing tag that was searched for and not found is not searched for again. */
	unsigned missing;
	bool no_expression_end, no_tag_end, no_comment_end, no_jsx_comment_end, no_go_comment_end,
		no_kramdown_comment_end, no_html_shortcode_end, no_shortcode_end;
	bool has_flat_comments;
	size_t budget; /* bytes that may still be looked at for the ends of what braces begin */
	size_t tags_start, tags_end; /* of the last run of tags that print nothing */
};

void template_tags_release(struct template_tags *tags)
{
	free(tags->items);
	*tags = (struct template_tags){0};
}

bool template_is_in(struct slice text)
{
	return memmem(text.data, text.length_bytes, "{{", 2) ||
	       memmem(text.data, text.length_bytes, "{%", 2);
}

static void blank(struct mask *mask, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++)
		if (mask->text[i] != '\n' && mask->text[i] != '\r')
			mask->text[i] = ' ';
}

static void fill(struct mask *mask, size_t start, size_t end)
{
	if (end > start)
		memset(mask->text + start, 'x', end - start);
}

static bool starts_at(const struct mask *mask, size_t offset, const char *what)
{
	size_t n = strlen(what);

	return mask->length_bytes - offset >= n && !memcmp(mask->original + offset, what, n);
}

/* The offset of `what` from `offset` on, or the length. */
static size_t find(const struct mask *mask, size_t offset, const char *what)
{
	const char *found =
		memmem(mask->original + offset, mask->length_bytes - offset, what, strlen(what));

	return found ? (size_t)(found - mask->original) : mask->length_bytes;
}

/* The same, where a miss is remembered: the next search costs nothing. */
static size_t find_once(const struct mask *mask, size_t offset, const char *what, bool *is_missing)
{
	size_t found = *is_missing ? mask->length_bytes : find(mask, offset, what);

	if (found == mask->length_bytes)
		*is_missing = true;
	return found;
}

/* The first word of a tag: "raw" of {%- raw -%}. Within 64 bytes, so that any number of tags is
 * linear. */
static struct slice first_word(struct slice content)
{
	size_t start = 0, end, limit = content.length_bytes < 64 ? content.length_bytes : 64;

	while (start < limit && strchr("-+<% \t\r\n", content.data[start]) && content.data[start])
		start++;
	end = start;
	while (end < limit &&
	       (isalnum((unsigned char)content.data[end]) || strchr("_-/", content.data[end])) &&
	       content.data[end])
		end++;
	/* "{%- raw-%}" */
	while (end > start && content.data[end - 1] == '-')
		end--;
	return (struct slice){content.data + start, end - start};
}

/* Longer indents are not worth looking at, and looking at each would not be linear. */
#define INDENT_MAX_BYTES 64
#define JSX_NAME_MAX_BYTES 64

/* Only blanks stand before it on its line, or marks of quotations and items. */
static bool is_at_line_start(const struct mask *mask, size_t offset)
{
	size_t line = offset;

	while (line > 0 && offset - line < INDENT_MAX_BYTES &&
	       strchr(" \t>-+*.)0123456789", mask->original[line - 1]) && mask->original[line - 1])
		line--;
	return line == 0 || mask->original[line - 1] == '\n';
}

static bool is_at_line_end(const struct mask *mask, size_t offset)
{
	size_t end = offset;

	while (end < mask->length_bytes && end - offset < INDENT_MAX_BYTES &&
	       strchr(" \t\r", mask->original[end]) && mask->original[end])
		end++;
	return end == mask->length_bytes || mask->original[end] == '\n';
}

/* Blanks what prints nothing. Text behind it on its last line must not look indented: one letter
 * stands before it. */
static void hide(struct mask *mask, size_t start, size_t end)
{
	const char *newline = memrchr(mask->original + start, '\n', end - start);
	size_t line = newline ? (size_t)(newline - mask->original) + 1 : start;

	blank(mask, start, end);
	if (line < end && (newline || is_at_line_start(mask, start)) && !is_at_line_end(mask, end))
		mask->text[line] = 'x';
}

static const struct {
	const char *name, *end;
} hiding_blocks[] = {
	{"raw", "endraw"},           {"highlight", "endhighlight"}, {"comment", "endcomment"},
	{"verbatim", "endverbatim"}, {"codeblock", "endcodeblock"}, {"code", "endcode"},
};

static int hiding_block(struct slice word)
{
	for (size_t i = 0; i < ARRAY_LENGTH(hiding_blocks); i++)
		if (slice_equals(word, hiding_blocks[i].name))
			return (int)i;
	return -1;
}

/* The name of the tag whose "{%" stands at `offset`. */
static struct slice tag_name(const struct mask *mask, size_t offset)
{
	return first_word(
		(struct slice){mask->original + offset + 2, mask->length_bytes - offset - 2});
}

/* Behind the tag {% <name> ... %} from `offset` on, whose further words mean nothing to Liquid; 0
 * when there is none. */
static size_t find_end_tag(const struct mask *mask, size_t offset, const char *name)
{
	while ((offset = find(mask, offset, "{%")) < mask->length_bytes) {
		if (slice_equals(tag_name(mask, offset), name)) {
			size_t end = find(mask, offset + 2, "%}");

			return end < mask->length_bytes ? end + 2 : 0;
		}
		offset += 2;
	}
	return 0;
}

static size_t count_comments(const struct mask *mask, size_t start, size_t end)
{
	size_t count = 0;

	for (; (start = find(mask, start, "{%")) < end; start += 2)
		count += slice_equals(tag_name(mask, start), "comment");
	return count;
}

/* Liquid's comments nest, LiquidJS' do not: there the first end is that of all. Once one was not
 * closed as often as it was opened, no other is tried: looking stays linear. */
static size_t find_comment_end(struct mask *mask, size_t start)
{
	size_t first = find_end_tag(mask, start, "endcomment"), end = first, depth = 1;

	while (end && !mask->has_flat_comments) {
		depth += count_comments(mask, start, end);
		if (--depth == 0)
			return end;
		start = end;
		end = find_end_tag(mask, end, "endcomment");
	}
	mask->has_flat_comments = true;
	return first;
}

static void add_tag(struct mask *mask, size_t start, size_t content_end, bool is_object)
{
	struct template_tags *tags = mask->tags;

	ALLOC_GROW(tags->items, tags->count, tags->capacity);
	tags->items[tags->count++] = (struct template_tag){
		start, {mask->original + start + 2, content_end - start - 2}, is_object};
}

/* Tags that print nothing themselves. */
static bool is_control(struct slice word)
{
	static const char *const words[] = {"if",      "unless", "else",  "elsif",    "elif",
					    "for",     "case",   "when",  "assign",   "capture",
					    "set",     "block",  "break", "continue", "macro",
					    "extends", "import", "layout"};

	if (word.length_bytes > 3 && !memcmp(word.data, "end", 3))
		return true;
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
		if (slice_equals(word, words[i]))
			return true;
	return false;
}

/* A descriptor of a srcset and perhaps its comma, " 2x,": what a tag leaves is no part of it. */
static bool is_behind_descriptor(const struct mask *mask, size_t offset)
{
	const char *text = mask->original;
	size_t limit = offset < INDENT_MAX_BYTES ? 0 : offset - INDENT_MAX_BYTES, digits;

	offset -= offset > limit && text[offset - 1] == ',';
	if (offset == limit || (text[offset - 1] != 'w' && text[offset - 1] != 'x'))
		return false;
	digits = --offset;
	while (digits > limit &&
	       (isdigit((unsigned char)text[digits - 1]) || text[digits - 1] == '.'))
		digits--;
	return digits < offset && digits > limit && isspace((unsigned char)text[digits - 1]);
}

/* "<img" right before it: what it leaves is no part of the element's name. */
static bool is_behind_tag_name(const struct mask *mask, size_t offset)
{
	size_t limit = offset < INDENT_MAX_BYTES ? 0 : offset - INDENT_MAX_BYTES, name = offset;

	while (name > limit && isalnum((unsigned char)mask->original[name - 1]))
		name--;
	return name < offset && name > limit && mask->original[name - 1] == '<';
}

/* Alone on its line a tag leaves an empty one; between attributes, blanks. At the start of a line
 * they would make the rest code, inside a URL they would tear it apart: there it leaves letters. */
static bool leaves_blanks(const struct mask *mask, size_t start, size_t end)
{
	if (is_at_line_start(mask, start))
		return is_at_line_end(mask, end);
	return (strchr(" \t\"'", mask->original[start - 1]) && mask->original[start - 1]) ||
	       is_behind_descriptor(mask, start) || is_behind_tag_name(mask, start);
}

/* `{% for x in y %}{% if x %}| a |`: the row's bar moves to where the tags begin, or what they
 * leave would be its first cell, and its last one be too much. */
static bool begin_row(struct mask *mask, size_t start, size_t end)
{
	size_t bar = end;

	if (start != mask->tags_end)
		mask->tags_start = start;
	mask->tags_end = end;
	while (bar < mask->length_bytes && bar - end < INDENT_MAX_BYTES &&
	       (mask->original[bar] == ' ' || mask->original[bar] == '\t'))
		bar++;
	if (bar == mask->length_bytes || mask->original[bar] != '|' ||
	    !is_at_line_start(mask, mask->tags_start) ||
	    memchr(mask->original + mask->tags_start, '\n', bar - mask->tags_start))
		return false;
	blank(mask, mask->tags_start, bar + 1);
	mask->text[mask->tags_start] = '|';
	return true;
}

/* Liquid's {% # ... %} and {%- # ... -%}, from behind the "{%" on. */
static bool is_inline_comment(const struct mask *mask, size_t offset)
{
	size_t limit = offset + INDENT_MAX_BYTES;

	if (starts_at(mask, offset, "-"))
		offset++;
	while (offset < limit && offset < mask->length_bytes &&
	       isspace((unsigned char)mask->original[offset]))
		offset++;
	return offset < mask->length_bytes && mask->original[offset] == '#';
}

/* {% ... %} at `start`; returns the offset behind it, or behind the block that it hides. */
static size_t mask_liquid_tag(struct mask *mask, size_t start)
{
	size_t end = find_once(mask, start + 2, "%}", &mask->no_tag_end), block_end;
	struct slice word;
	int block;

	if (end == mask->length_bytes)
		return start + 2;
	if (is_inline_comment(mask, start + 2)) {
		hide(mask, start, end + 2);
		return end + 2;
	}
	word = first_word((struct slice){mask->original + start + 2, end - start - 2});
	block = hiding_block(word);
	if (block >= 0 && !(mask->missing & 1u << block)) {
		block_end = slice_equals(word, "comment")
				    ? find_comment_end(mask, end + 2)
				    : find_end_tag(mask, end + 2, hiding_blocks[block].end);
		if (block_end) {
			hide(mask, start, block_end);
			return block_end;
		}
		mask->missing |= 1u << block;
	}
	add_tag(mask, start, end, false);
	if (is_control(word) && begin_row(mask, start, end + 2))
		return end + 2;
	if (is_control(word) && leaves_blanks(mask, start, end + 2))
		blank(mask, start, end + 2);
	else
		fill(mask, start, end + 2);
	return end + 2;
}

/* "< /highlight", and "</ highlight", which Hugo takes as well. */
static bool ends_shortcode(struct slice content, const char *name)
{
	struct slice word = first_word(content);
	size_t n = (size_t)(word.data - content.data) + word.length_bytes;

	if (slice_equals(word, "/"))
		word = first_word((struct slice){content.data + n, content.length_bytes - n});
	else if (word.length_bytes > 0 && word.data[0] == '/')
		word = (struct slice){word.data + 1, word.length_bytes - 1};
	else
		return false;
	return slice_equals(word, name);
}

/* Behind {{< /<name> >}}; 0 when there is none. */
static size_t find_shortcode_end(const struct mask *mask, size_t offset, const char *name)
{
	while ((offset = find(mask, offset, "{{")) < mask->length_bytes) {
		struct slice rest = {mask->original + offset + 2, mask->length_bytes - offset - 2};

		if (ends_shortcode(rest, name)) {
			size_t end = find(mask, offset, "}}");

			return end < mask->length_bytes ? end + 2 : 0;
		}
		offset += 2;
	}
	return 0;
}

/* Hugo's own. */
static const char *const hiding_shortcodes[] = {"highlight", "comment"};
#define MISSING_SHORTCODE_END (1u << 16) /* of the first of them */

/* The end of the block that the shortcode begins, which ends at `end` itself, and hides; 0: none.
 */
static size_t hidden_by_shortcode(struct mask *mask, struct slice content, size_t end)
{
	for (size_t i = 0; i < ARRAY_LENGTH(hiding_shortcodes); i++) {
		const char *name = hiding_shortcodes[i];
		size_t block_end;

		if (!slice_equals(first_word(content), name) ||
		    (mask->missing & MISSING_SHORTCODE_END << i))
			continue;
		block_end = find_shortcode_end(mask, end, name);
		if (!block_end)
			mask->missing |= MISSING_SHORTCODE_END << i;
		return block_end;
	}
	return 0;
}

/* {{< ... >}} and {{% ... %}} at `start`. */
static size_t mask_shortcode(struct mask *mask, size_t start)
{
	bool is_html = mask->original[start + 2] == '<';
	size_t end = find_once(mask, start + 3, is_html ? ">}}" : "%}}",
			       is_html ? &mask->no_html_shortcode_end : &mask->no_shortcode_end);
	size_t block_end;
	struct slice content;

	if (end == mask->length_bytes)
		return start + 2;
	content = (struct slice){mask->original + start + 3, end - start - 3};
	if (content.length_bytes >= 2 && !memcmp(content.data, "/*", 2)) {
		hide(mask, start, end + 3);
		return end + 3;
	}
	block_end = hidden_by_shortcode(mask, content, end + 3);
	if (block_end) {
		hide(mask, start, block_end);
		return block_end;
	}
	add_tag(mask, start, end, false);
	fill(mask, start, end + 3);
	return end + 3;
}

/* Of Go: other tags may stand in it. */
static bool is_go_comment(const struct mask *mask, size_t start)
{
	return starts_at(mask, start + 2, "/*") || starts_at(mask, start + 2, "- /*");
}

static size_t mask_expression(struct mask *mask, size_t start)
{
	bool is_comment = is_go_comment(mask, start);
	size_t end = start + 2;

	if ((mask->syntaxes & TEMPLATE_GO) && start + 3 < mask->length_bytes &&
	    (mask->original[start + 2] == '<' || mask->original[start + 2] == '%'))
		return mask_shortcode(mask, start);
	if (is_comment)
		end = find_once(mask, start + 4, "*/", &mask->no_go_comment_end);
	if (end < mask->length_bytes)
		end = find_once(mask, end, "}}", &mask->no_expression_end);
	if (end == mask->length_bytes)
		return start + 2;
	if (is_comment)
		hide(mask, start, end + 2);
	else if (is_behind_descriptor(mask, start) || is_behind_tag_name(mask, start))
		blank(mask, start, end + 2);
	else
		fill(mask, start, end + 2);
	return end + 2;
}

/* Behind the '}' that closes the '{' at `start`, strings skipped; 0 when there is none. */
static size_t jsx_expression_end(struct mask *mask, size_t start)
{
	size_t depth = 0;
	char quote = '\0';

	for (size_t i = start; i < mask->length_bytes && mask->budget > 0; i++) {
		char c = mask->original[i];

		mask->budget--;

		if (quote) {
			if (c == '\\')
				i++;
			else if (c == quote)
				quote = '\0';
		} else if (c == '"' || c == '\'' || c == '`') {
			quote = c;
		} else if (c == '{') {
			depth++;
		} else if (c == '}' && --depth == 0) {
			return i + 1;
		}
	}
	return 0;
}

/* `style={{` or `sources={{`, `start` at the first '{'. */
static bool is_object_of_images(const struct mask *mask, size_t start)
{
	static const char *const names[] = {"style=", "sources="};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		size_t n = strlen(names[i]);

		if (start > n && !memcmp(mask->original + start - n, names[i], n) &&
		    starts_at(mask, start, "{{"))
			return true;
	}
	return false;
}

/* `width={640}` declares what `width=640` does, and becomes that. A brace on a line of its own
 * leaves a letter: an empty line would end the tag. */
static bool mask_number(struct mask *mask, size_t start, size_t end)
{
	struct slice number =
		slice_trim((struct slice){mask->original + start + 1, end - start - 2});

	for (size_t i = 0; i < number.length_bytes; i++)
		if (!isdigit((unsigned char)number.data[i]))
			return false;
	if (number.length_bytes == 0)
		return false;
	mask->text[start] = ' ';
	mask->text[end - 1] = memchr(mask->original + start, '\n', end - start) ? 'x' : ' ';
	return true;
}

/* `={...}` of an attribute, `start` at the '{'. */
static size_t mask_jsx_attribute(struct mask *mask, size_t start)
{
	size_t end = jsx_expression_end(mask, start), literal_start, literal_end;
	struct slice literal;
	bool has_break;

	if (!end)
		return start + 1;
	if (mask_number(mask, start, end))
		return end;
	if (!js_literal((struct slice){mask->original + start + 1, end - start - 2}, &literal)) {
		if (is_object_of_images(mask, start))
			add_tag(mask, start, end - 1, true);
		fill(mask, start + 1, end - 1);
		return end;
	}
	literal_start = (size_t)(literal.data - mask->original);
	literal_end = literal_start + literal.length_bytes;
	blank(mask, start, literal_start);
	blank(mask, literal_end, end);
	/* The quote stands for a brace on a line of its own, as above. */
	has_break = memchr(mask->original + literal_end, '\n', end - literal_end) != NULL;
	mask->text[literal_start - 1] = '"';
	mask->text[has_break ? end - 1 : literal_end] = '"';
	return end;
}

/* What picdesk is told becomes a comment of HTML, which MDX does not have. */
static void mask_jsx_comment(struct mask *mask, size_t start, size_t end)
{
	bool is_for_us = starts_at(mask, start, "{/* picdesk-") && mask->original[end - 4] == ' ';

	blank(mask, start, end);
	if (!is_for_us)
		return;
	memcpy(mask->text + start, mask->original + start, end - start);
	memcpy(mask->text + start, "<!--", 4);
	memcpy(mask->text + end - 3, "-->", 3);
}

/* `name={`, but not `?name={` of a URL; `start` at the '{'. */
static bool is_jsx_attribute(const struct mask *mask, size_t start)
{
	size_t at = start, floor = start > JSX_NAME_MAX_BYTES ? start - JSX_NAME_MAX_BYTES : 0;

	if (at == 0 || mask->original[--at] != '=')
		return false;
	while (at > floor && (isalnum((unsigned char)mask->original[at - 1]) ||
			      strchr("-_", mask->original[at - 1])))
		at--;
	return at == 0 || !mask->original[at - 1] || !strchr("?&;", mask->original[at - 1]);
}

static size_t mask_jsx(struct mask *mask, size_t start)
{
	size_t end;

	if (starts_at(mask, start, "{/*")) {
		end = find_once(mask, start + 3, "*/}", &mask->no_jsx_comment_end);
		if (end == mask->length_bytes)
			return start + 1;
		mask_jsx_comment(mask, start, end + 3);
		return end + 3;
	}
	if (is_jsx_attribute(mask, start))
		return mask_jsx_attribute(mask, start);
	if (starts_at(mask, start, "{...")) {
		end = jsx_expression_end(mask, start);
		blank(mask, start, end);
		return end ? end : start + 1;
	}
	return start + 1;
}

static size_t mask_nunjucks_comment(struct mask *mask, size_t start)
{
	size_t end = find_once(mask, start + 2, "#}", &mask->no_comment_end);

	if (end == mask->length_bytes)
		return start + 2;
	hide(mask, start, end + 2);
	return end + 2;
}

/* kramdown's {::comment} ... {:/comment} or {:/}. */
static size_t mask_kramdown_comment(struct mask *mask, size_t start)
{
	static const char *const ends[] = {"{:/comment}", "{:/}"};
	size_t end = start;

	while ((end = find_once(mask, end + 1, "{:/", &mask->no_kramdown_comment_end)) <
	       mask->length_bytes) {
		for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
			if (!starts_at(mask, end, ends[i]))
				continue;
			hide(mask, start, end + strlen(ends[i]));
			return end + strlen(ends[i]);
		}
	}
	return start + 1;
}

/* Behind the '}' of a directive's attributes, which stand on one line; 0: there is none. */
static size_t attributes_end(struct mask *mask, size_t offset)
{
	char quote = '\0';

	for (; offset < mask->length_bytes && mask->original[offset] != '\n' && mask->budget > 0;
	     offset++, mask->budget--) {
		char c = mask->original[offset];

		if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '}')
			return offset + 1;
	}
	return 0;
}

/* `:name{…}`, `start` at the '{'. */
static size_t take_directive(struct mask *mask, size_t start)
{
	size_t floor = start > INDENT_MAX_BYTES ? start - INDENT_MAX_BYTES : 0, name = start, end;

	while (name > floor && (isalnum((unsigned char)mask->original[name - 1]) ||
				mask->original[name - 1] == '-'))
		name--;
	if (name == floor || name == start || mask->original[name - 1] != ':')
		return start + 1;
	end = attributes_end(mask, start);
	if (!end)
		return start + 1;
	ALLOC_GROW(mask->tags->items, mask->tags->count, mask->tags->capacity);
	mask->tags->items[mask->tags->count++] = (struct template_tag){
		.offset = name, .content = {mask->original + name, end - 1 - name}};
	return end;
}

/* What stands at a '{'; returns where to go on. */
static size_t mask_brace(struct mask *mask, size_t start)
{
	char next = start + 1 < mask->length_bytes ? mask->original[start + 1] : '\0';

	if (next == '{')
		return mask_expression(mask, start);
	if (next == '%' && (mask->syntaxes & TEMPLATE_LIQUID))
		return mask_liquid_tag(mask, start);
	if (next == '#' && (mask->syntaxes & TEMPLATE_NUNJUCKS))
		return mask_nunjucks_comment(mask, start);
	if (next == ':' && (mask->syntaxes & TEMPLATE_LIQUID) &&
	    starts_at(mask, start, "{::comment}"))
		return mask_kramdown_comment(mask, start);
	if (mask->syntaxes & TEMPLATE_DIRECTIVES)
		return take_directive(mask, start);
	return start + 1;
}

/* Braces in code are text. */
static void mask_mdx(struct mask *mask)
{
	size_t offset = 0, budget = 8 * mask->length_bytes;

	while (offset < mask->length_bytes) {
		char c = mask->original[offset];

		if (c == '{')
			offset = mask_jsx(mask, offset);
		else if (c == '`' || c == '~')
			offset = mdx_code_end(mask->original, mask->length_bytes, offset, &budget);
		else
			offset++;
	}
}

void template_mask(char *text, const char *original, size_t length_bytes, unsigned syntaxes,
		   struct template_tags *ret_tags)
{
	struct mask mask = {text,     original,         length_bytes,
			    syntaxes, .tags = ret_tags, .budget = 8 * length_bytes};
	size_t offset = 0;

	if (syntaxes & TEMPLATE_JSX) {
		mask_mdx(&mask);
		mdx_modules_blank(text, original, length_bytes);
		return;
	}
	while (offset < length_bytes) {
		const char *brace = memchr(original + offset, '{', length_bytes - offset);

		if (!brace)
			break;
		offset = mask_brace(&mask, (size_t)(brace - original));
	}
}
