/*
 * Which URLs of a style sheet are images: those in declarations, but for the ones in properties
 * that take something else, in at-rules' preludes (@import, @namespace, @document) and in rules
 * about fonts and colours. A reference to a fragment of the same document (url(#blur)) is none.
 */
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "css_tokenizer.h"
#include "html_images.h"

/* What is open, a byte each, innermost last. */
#define OPEN_BLOCK '{'
#define OPEN_PARENS '('
#define OPEN_BRACKETS '['
#define OPEN_URL 'u'       /* url( or src( before its string */
#define OPEN_IMAGE_SET 'i' /* strings are URLs */

struct css_scan {
	struct slice text;
	bool is_declaration_list;
	struct buf open;
	size_t blocks;          /* how many of `open` are blocks */
	bool is_in_prelude;     /* of an at-rule, which began at depth prelude_depth */
	bool is_without_images; /* the at-rule whose prelude it is, or whose block at depth
				   skipped_depth (0: none) */
	size_t prelude_depth, skipped_depth;
	bool is_at_declaration; /* a property's name may follow */
	bool is_property_skipped;
	struct buf url;
	html_image_emit *emit;
	void *context;
};

static char innermost(const struct css_scan *scan)
{
	return scan->open.length_bytes ? scan->open.data[scan->open.length_bytes - 1] : '\0';
}

static bool is_one_of(struct slice name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (css_name_is(name, names[i]))
			return true;
	return false;
}

/* Their URLs are scripts, bindings, filters, shapes and paint servers. */
static bool is_property_without_images(struct slice name)
{
	static const char *const names[] = {
		"behavior",          "-ms-behavior", "-moz-binding", "filter",
		"-webkit-filter",    "-ms-filter",   "clip-path",    "backdrop-filter",
		"-webkit-clip-path", "fill",         "stroke",       "marker",
		"marker-start",      "marker-mid",   "marker-end",   "offset-path",
	};

	return is_one_of(name, names, ARRAY_LENGTH(names));
}

static bool is_rule_without_images(struct slice name)
{
	static const char *const names[] = {"font-face", "color-profile", "font-palette-values"};

	return is_one_of(name, names, ARRAY_LENGTH(names));
}

static bool may_emit(const struct css_scan *scan)
{
	return !scan->skipped_depth && !scan->is_in_prelude && !scan->is_property_skipped &&
	       (scan->is_declaration_list || scan->blocks);
}

/* Without the blanks around, but with one that is escaped. */
static struct slice trim_written(struct slice value)
{
	struct slice written = slice_trim(value);

	if (written.length_bytes &&
	    written.data + written.length_bytes < value.data + value.length_bytes &&
	    written.data[written.length_bytes - 1] == '\\')
		written.length_bytes++;
	return written;
}

static bool emit_url(struct css_scan *scan, struct slice value)
{
	struct slice written = trim_written(value), url;
	struct html_image image;

	if (!may_emit(scan))
		return true;
	buf_clear(&scan->url);
	css_decode(written, &scan->url);
	url = slice_trim((struct slice){buf_string(&scan->url), scan->url.length_bytes});
	if (!url.length_bytes || url.data[0] == '#')
		return true;
	scan->url.data[(size_t)(url.data - scan->url.data) + url.length_bytes] = '\0';
	image = (struct html_image){
		.written = written,
		.offset = (size_t)(written.data - scan->text.data),
		.url = url.data,
		.element = "style",
		.attribute = scan->is_declaration_list ? "style" : "",
	};
	return scan->emit(scan->context, &image);
}

static void open_function(struct css_scan *scan, struct slice name)
{
	static const char *const image_sets[] = {"image-set", "-webkit-image-set"};
	static const char *const urls[] = {"url", "src"};
	char kind = OPEN_PARENS;

	if (is_one_of(name, image_sets, ARRAY_LENGTH(image_sets)))
		kind = OPEN_IMAGE_SET;
	else if (is_one_of(name, urls, ARRAY_LENGTH(urls)))
		kind = OPEN_URL;
	buf_append_char(&scan->open, kind);
}

static void begin_declaration(struct css_scan *scan)
{
	scan->is_at_declaration = true;
	scan->is_property_skipped = false;
}

static void open_block(struct css_scan *scan)
{
	if (scan->is_in_prelude && scan->open.length_bytes == scan->prelude_depth) {
		scan->is_in_prelude = false;
		if (scan->is_without_images && !scan->skipped_depth)
			scan->skipped_depth = scan->open.length_bytes + 1;
	}
	buf_append_char(&scan->open, OPEN_BLOCK);
	scan->blocks++;
	begin_declaration(scan);
}

/* A bracket that closes nothing is just a token. */
static void close_one(struct css_scan *scan, char c)
{
	char inner = innermost(scan);
	bool is_function = inner == OPEN_PARENS || inner == OPEN_URL || inner == OPEN_IMAGE_SET;

	if ((c == ')' && !is_function) || (c == ']' && inner != OPEN_BRACKETS) ||
	    (c == '}' && inner != OPEN_BLOCK))
		return;
	if (scan->skipped_depth == scan->open.length_bytes)
		scan->skipped_depth = 0;
	scan->open.data[--scan->open.length_bytes] = '\0';
	if (c != '}')
		return;
	scan->blocks--;
	if (scan->is_in_prelude && scan->open.length_bytes < scan->prelude_depth)
		scan->is_in_prelude = false;
	begin_declaration(scan);
}

static void end_declaration(struct css_scan *scan)
{
	if (scan->is_in_prelude && scan->open.length_bytes == scan->prelude_depth)
		scan->is_in_prelude = false;
	if (!scan->open.length_bytes || innermost(scan) == OPEN_BLOCK)
		begin_declaration(scan);
}

static void take_delimiter(struct css_scan *scan, char c)
{
	switch (c) {
	case '{':
		open_block(scan);
		break;
	case '(':
	case '[':
		buf_append_char(&scan->open, c);
		break;
	case '}':
	case ')':
	case ']':
		close_one(scan, c);
		break;
	case ';':
		end_declaration(scan);
		break;
	default:
		break;
	}
}

static void take_at_keyword(struct css_scan *scan, struct slice name)
{
	if (scan->is_in_prelude || (scan->open.length_bytes && innermost(scan) != OPEN_BLOCK))
		return;
	scan->is_in_prelude = true;
	scan->prelude_depth = scan->open.length_bytes;
	scan->is_without_images = is_rule_without_images(name);
}

/* The URL of url( and src( is their first token; their modifiers follow. */
static bool take_string(struct css_scan *scan, struct slice value, char inner)
{
	return inner == OPEN_URL || inner == OPEN_IMAGE_SET ? emit_url(scan, value) : true;
}

static bool take_token(struct css_scan *scan, const struct css_token *token)
{
	bool is_at_declaration = scan->is_at_declaration;
	char inner = innermost(scan);

	scan->is_at_declaration = false;
	if (inner == OPEN_URL)
		scan->open.data[scan->open.length_bytes - 1] = OPEN_PARENS;
	switch (token->kind) {
	case CSS_IDENT:
		if (is_at_declaration)
			scan->is_property_skipped = is_property_without_images(token->value);
		return true;
	case CSS_FUNCTION:
		open_function(scan, token->value);
		return true;
	case CSS_AT_KEYWORD:
		take_at_keyword(scan, token->value);
		return true;
	case CSS_STRING:
		return take_string(scan, token->value, inner);
	case CSS_URL:
		return emit_url(scan, token->value);
	case CSS_DELIMITER:
		take_delimiter(scan, token->delimiter);
		return true;
	default:
		return true;
	}
}

void css_images_find(const char *text, size_t length_bytes, bool is_declaration_list,
		     html_image_emit *emit, void *context)
{
	struct css_scan scan = {
		.text = {text, length_bytes},
		.is_declaration_list = is_declaration_list,
		.is_at_declaration = true,
		.emit = emit,
		.context = context,
		.open = BUF_INIT(BUF_UNLIMITED),
		.url = BUF_INIT(BUF_UNLIMITED),
	};
	struct css_tokenizer tokenizer;
	struct css_token token;
	bool goes_on = true;

	css_tokenizer_init(&tokenizer, scan.text);
	while (goes_on && css_tokenizer_next(&tokenizer, &token))
		goes_on = take_token(&scan, &token);
	buf_release(&scan.open);
	buf_release(&scan.url);
}
