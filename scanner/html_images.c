#include "html_images.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "cleanup.h"
#include "html_context.h"
#include "html_role.h"
#include "html_size.h"
#include "html_text.h"
#include "html_tokenizer.h"
#include "js_literal.h"
#include "srcset.h"

/* Of an og:image: its five properties, with blanks between, and some. */
#define MAX_TOKENS_AHEAD 16

struct finder {
	struct slice text;
	const struct html_image_options *options;
	html_image_emit *emit;
	void *emit_context;
	struct html_base *base;
	struct html_tokenizer tokenizer;
	struct html_context context;
	bool is_stopped, is_in_style;
	size_t template_start; /* of what is in the outermost <template> */
	struct html_tag tag;   /* at hand, and of it: */
	bool has_lazy, has_title;
	int width_px, height_px;
	/* scratch */
	struct html_text value, name;
	struct buf url, title, element_name;
};

/* The index of the lazy-loading attribute, or -1. */
static int lazy_index_of(const struct finder *finder, struct slice name)
{
	const char *const *names = finder->options ? finder->options->lazy_attributes : NULL;

	for (int i = 0; names && names[i]; i++)
		if ((name.data[0] | 0x20) == (names[i][0] | 0x20) &&
		    slice_equals_nocase(name, names[i]))
			return i;
	return -1;
}

static bool ends_in_srcset(const char *name)
{
	size_t length = strlen(name), suffix = strlen("srcset");

	return length >= suffix && !strcasecmp(name + length - suffix, "srcset");
}

static const char *title_of_tag(struct finder *finder)
{
	static const enum html_attribute_id ids[] = {HTML_ATTRIBUTE_ALT, HTML_ATTRIBUTE_TITLE};

	for (size_t i = 0; !finder->has_title && i < ARRAY_LENGTH(ids); i++) {
		const struct html_attribute *attribute = finder->tag.attributes[ids[i]];

		if (attribute && attribute->quote != '{' && !finder->title.length_bytes)
			html_decode_attribute(attribute->value.data, attribute->value.length_bytes,
					      &finder->title);
	}
	finder->has_title = true;
	return finder->title.length_bytes ? finder->title.data : NULL;
}

static const char *name_of_tag(struct finder *finder)
{
	if (finder->tag.element == HTML_IMG)
		return "img";
	if (!finder->element_name.length_bytes) {
		html_text_decode(&finder->name, finder->tag.token->name, HTML_NAME);
		buf_append(&finder->element_name, finder->name.text.data,
			   finder->name.text.length_bytes);
	}
	return buf_string(&finder->element_name);
}

static void report(struct finder *finder, const struct html_image *image)
{
	if (!finder->is_stopped && !finder->emit(finder->emit_context, image))
		finder->is_stopped = true;
}

/* Emits [start, end) of the value that was decoded from `raw`. */
static void emit_piece(struct finder *finder, struct slice raw, size_t start, size_t end,
		       int width_px, int height_px, const char *attribute)
{
	struct slice written = html_text_raw(&finder->value, raw, start, end);
	struct html_image image = {
		.written = written,
		.offset = (size_t)(written.data - finder->text.data),
		.width_px = width_px,
		.height_px = height_px,
		.title = title_of_tag(finder),
		.element = name_of_tag(finder),
		.attribute = attribute,
		.is_component = html_is_component(&finder->tag) && strcmp(attribute, "poster") != 0,
	};

	buf_clear(&finder->url);
	buf_append(&finder->url, finder->value.text.data + start, end - start);
	image.url = buf_string(&finder->url);
	report(finder, &image);
}

/* A JSX expression in its braces, "{'x.png'}": the literal in it is the value. */
static bool unwrap_literal(struct slice *value)
{
	return js_literal((struct slice){value->data + 1, value->length_bytes - 2}, value);
}

static void emit_url(struct finder *finder, struct slice raw, const char *attribute)
{
	struct slice url = slice_trim(finder->value.text);
	size_t start = (size_t)(url.data - finder->value.text.data);
	bool is_all = finder->tag.element == HTML_IMG &&
		      !finder->tag.attributes[HTML_ATTRIBUTE_SRCSET] && !finder->has_lazy;

	if (url.length_bytes || is_all)
		emit_piece(finder, raw, start, start + url.length_bytes, finder->width_px,
			   finder->height_px, attribute);
}

static void emit_srcset(struct finder *finder, struct slice raw, const char *attribute)
{
	struct srcset_reader reader;
	struct srcset_candidate candidate;

	srcset_init(&reader, finder->value.text);
	while (!finder->is_stopped && srcset_next(&reader, &candidate))
		emit_piece(finder, raw, candidate.offset, candidate.offset + candidate.length_bytes,
			   candidate.width_px, candidate.height_px, attribute);
}

/* CSS and documents are read from decoded text: gives their images the places in the source. */
struct decoded_source {
	struct finder *finder;
	struct slice raw;
};

static bool emit_decoded(void *context, const struct html_image *found)
{
	struct decoded_source *source = context;
	struct html_image image = *found;

	image.written = html_text_raw(&source->finder->value, source->raw, found->offset,
				      found->offset + found->written.length_bytes);
	image.offset = (size_t)(image.written.data - source->finder->text.data);
	report(source->finder, &image);
	return !source->finder->is_stopped;
}

static void find_in_css(struct finder *finder, struct slice raw, enum html_content content,
			bool is_declaration_list)
{
	struct decoded_source source = {finder, raw};

	html_text_decode(&finder->value, raw, content);
	css_images_find(finder->value.text.data, finder->value.text.length_bytes,
			is_declaration_list, emit_decoded, &source);
}

/* JSX: style={{backgroundImage: "url(a.png)"}}: the strings in it are CSS values. */
static void find_in_style_object(struct finder *finder, struct slice expression)
{
	struct slice string;
	size_t offset = 0;

	while (!finder->is_stopped && js_next_string(expression, &offset, &string))
		find_in_css(finder, string, HTML_CDATA, true);
}

/* An iframe's srcdoc holds the same URLs as its parent's base (WHATWG HTML 4.8.5), but sizes in it
 * stand in no tag of the file. One within another is not looked at. */
static bool emit_of_document(void *context, const struct html_image *found)
{
	struct html_image image = *found;

	image.width_px = image.height_px = 0;
	return emit_decoded(context, &image);
}

static void find_in_document(struct finder *finder, struct slice raw)
{
	const struct html_image_options options = {
		.lazy_attributes = finder->options ? finder->options->lazy_attributes : NULL,
		.is_document = true,
	};
	struct decoded_source source = {finder, raw};

	if (finder->options && finder->options->is_document)
		return;
	html_text_decode(&finder->value, raw, HTML_ATTRIBUTE);
	html_images_find(finder->value.text.data, finder->value.text.length_bytes, &options,
			 emit_of_document, &source, NULL);
}

static void take_value(struct finder *finder, const struct html_attribute *attribute,
		       enum html_role role, const char *name)
{
	struct slice raw = attribute->value;
	bool is_expression = attribute->quote == '{' && !unwrap_literal(&raw);

	if (role == HTML_ROLE_STYLE) {
		if (attribute->quote == '{')
			find_in_style_object(finder, attribute->value);
		else
			find_in_css(finder, raw, HTML_ATTRIBUTE, true);
		return;
	}
	if (role == HTML_ROLE_DOCUMENT) {
		if (attribute->quote != '{')
			find_in_document(finder, raw);
		return;
	}
	if (role == HTML_ROLE_BOUND && !js_literal(raw, &raw))
		return;
	html_text_decode(&finder->value, raw,
			 attribute->quote == '{' ? HTML_CDATA : HTML_ATTRIBUTE);
	if (role == HTML_ROLE_SRCSET && !is_expression)
		emit_srcset(finder, raw, name);
	else
		emit_url(finder, raw, name);
}

static void take_lazy(struct finder *finder, const struct html_attribute *attribute, int index)
{
	const char *name = finder->options->lazy_attributes[index];

	if (ends_in_srcset(name))
		take_value(finder, attribute, HTML_ROLE_SRCSET, name);
	else if (html_is_lazy_image(&finder->tag, attribute))
		take_value(finder, attribute, HTML_ROLE_URL, name);
}

/* The size is that of a box, in which the image keeps its ratio: of a film's poster (HTML, 15.4.3:
 * object-fit is contain), of SVG's image (SVG 2, 8.8: xMidYMid meet), and where a style says so. */
static bool is_boxed(const struct finder *finder)
{
	return finder->tag.element == HTML_VIDEO || finder->tag.element == HTML_IMAGE ||
	       finder->tag.element == HTML_FEIMAGE ||
	       html_style_keeps_ratio(finder->tag.attributes[HTML_ATTRIBUTE_STYLE]);
}

/* First of each name. */
static void note_attributes(struct finder *finder, const struct html_token *tag)
{
	finder->has_lazy = false;
	for (size_t i = 0; i < tag->n_attributes; i++) {
		enum html_attribute_id id = html_attribute_id_of(tag->attributes[i].name);

		if (id < HTML_ATTRIBUTE_COUNT && !finder->tag.attributes[id])
			finder->tag.attributes[id] = &tag->attributes[i];
		else if (id == HTML_ATTRIBUTE_COUNT &&
			 lazy_index_of(finder, tag->attributes[i].name) >= 0)
			finder->has_lazy = true;
	}
	finder->width_px = finder->height_px = 0;
	if (is_boxed(finder))
		return;
	finder->width_px = html_dimension_px(finder->tag.attributes[HTML_ATTRIBUTE_WIDTH]);
	finder->height_px = html_dimension_px(finder->tag.attributes[HTML_ATTRIBUTE_HEIGHT]);
}

/* In the order in which they stand. */
static void take_attributes(struct finder *finder, const struct html_token *tag)
{
	unsigned long long lazy_seen = 0;

	for (size_t i = 0; i < tag->n_attributes && !finder->is_stopped; i++) {
		const struct html_attribute *attribute = &tag->attributes[i];
		enum html_attribute_id id = html_attribute_id_of(attribute->name);
		int lazy = lazy_index_of(finder, attribute->name);
		unsigned long long bit = lazy >= 0 && lazy < 64 ? 1ull << lazy : 0;
		enum html_role role = HTML_ROLE_NONE;

		if (id < HTML_ATTRIBUTE_COUNT && finder->tag.attributes[id] == attribute)
			role = html_role_of(&finder->tag, id);
		if (role != HTML_ROLE_NONE)
			take_value(finder, attribute, role, html_attribute_id_name(id));
		else if (lazy >= 0 && !(lazy_seen & bit))
			take_lazy(finder, attribute, lazy);
		lazy_seen |= bit;
	}
}

/* og:image:width and the like, which follow the og:image that they are about. True when the token
 * may stand between. */
static bool take_image_property(struct finder *finder, const struct html_token *token)
{
	const struct html_attribute *property = html_token_attribute(token, "property");
	const struct html_attribute *content = html_token_attribute(token, "content");
	const char prefix[] = "og:image:";
	struct slice name;

	if (token->kind == HTML_TOKEN_TEXT)
		return !slice_trim(token->text).length_bytes;
	if (token->kind != HTML_TOKEN_START_TAG || !slice_equals_nocase(token->name, "meta") ||
	    !property)
		return false;
	name = slice_trim(property->value);
	if (name.length_bytes < strlen(prefix) || strncasecmp(name.data, prefix, strlen(prefix)))
		return false;
	if (content && slice_equals_nocase(name, "og:image:width"))
		finder->width_px = html_dimension_px(content);
	else if (content && slice_equals_nocase(name, "og:image:height"))
		finder->height_px = html_dimension_px(content);
	else if (content && slice_equals_nocase(name, "og:image:alt") &&
		 !finder->title.length_bytes)
		html_decode_attribute(content->value.data, content->value.length_bytes,
				      &finder->title);
	return true;
}

/* Of an og:image. Looks a few tokens ahead, so that the work stays in proportion. */
static void take_image_properties(struct finder *finder)
{
	CLEANUP(html_tokenizer_release) struct html_tokenizer ahead;
	struct html_token token;

	html_tokenizer_init(&ahead, finder->text.data, finder->text.length_bytes);
	ahead.position = finder->tokenizer.position;
	for (int i = 0; i < MAX_TOKENS_AHEAD && html_tokenizer_next(&ahead, &token); i++)
		if (!take_image_property(finder, &token))
			return;
}

static void take_base(struct finder *finder)
{
	const struct html_attribute *href = finder->tag.attributes[HTML_ATTRIBUTE_HREF];
	struct slice url;

	if (!finder->base || finder->base->href || !href)
		return;
	html_text_decode(&finder->value, href->value, HTML_ATTRIBUTE);
	url = slice_trim(finder->value.text);
	finder->base->href = alloc_string_n(url.data, url.length_bytes);
}

static bool is_css(const struct finder *finder)
{
	const struct html_attribute *type = finder->tag.attributes[HTML_ATTRIBUTE_TYPE];

	return !type || !type->value.length_bytes || slice_equals_nocase(type->value, "text/css");
}

static void hide(struct finder *finder, size_t start, size_t end)
{
	if (finder->options && finder->options->emit_hidden && start < end)
		finder->options->emit_hidden(finder->emit_context, start, end);
}

/* Within a template all of it is hidden at once. */
static void hide_token(struct finder *finder, const struct html_token *token)
{
	if (!html_context_in_template(&finder->context))
		hide(finder, token->offset, token->end);
}

static void take_end_tag(struct finder *finder, const struct html_token *tag)
{
	bool was_hidden = html_context_in_template(&finder->context);

	html_context_end(&finder->context, tag, &finder->tokenizer);
	if (was_hidden && !html_context_in_template(&finder->context))
		hide(finder, finder->template_start, tag->offset);
}

static void take_start_tag(struct finder *finder, const struct html_token *tag)
{
	bool is_hidden = html_context_in_template(&finder->context);
	enum html_element element;

	finder->has_title = finder->is_in_style = false;
	buf_clear(&finder->title);
	buf_clear(&finder->element_name);
	element = html_context_start(&finder->context, tag, &finder->tokenizer);
	finder->tag = (struct html_tag){
		.token = tag,
		.element = element,
		.has_components = finder->context.is_jsx ||
				  (finder->options && finder->options->has_components),
		.is_in_picture = html_context_in_picture(&finder->context),
	};
	if (is_hidden)
		return;
	finder->template_start = tag->end;
	note_attributes(finder, tag);
	if (finder->tag.element == HTML_BASE)
		take_base(finder);
	if (finder->tag.element == HTML_META && html_is_open_graph_image(&finder->tag))
		take_image_properties(finder);
	finder->is_in_style = finder->tag.element == HTML_STYLE && is_css(finder) &&
			      finder->tokenizer.content == HTML_RAWTEXT;
	take_attributes(finder, tag);
}

static void take_text(struct finder *finder, const struct html_token *token)
{
	bool is_svg_style = html_context_in_svg_style(&finder->context) &&
			    !html_context_in_template(&finder->context);

	if (finder->is_in_style || is_svg_style)
		find_in_css(finder, token->text, token->content, false);
	else if (token->content != HTML_DATA && token->content != HTML_CDATA)
		hide_token(finder, token);
}

/* Bogus comments (`<!x>`, `<?x>`) are none, nor is one that the text ends in. */
static void take_comment(struct finder *finder, const struct html_token *token)
{
	static const char mark[] = "<!--";
	const char *end = finder->text.data + token->end;

	hide_token(finder, token);
	if (!finder->options || !finder->options->emit_comment ||
	    token->end - token->offset <= sizeof mark - 1 ||
	    memcmp(finder->text.data + token->offset, mark, sizeof mark - 1) != 0)
		return;
	if (end[-1] == '>' && token->text.data + token->text.length_bytes < end)
		finder->options->emit_comment(finder->emit_context, token->text, token->end);
}

static void finder_release(struct finder *finder)
{
	html_tokenizer_release(&finder->tokenizer);
	html_context_release(&finder->context);
	html_text_release(&finder->value);
	html_text_release(&finder->name);
	buf_release(&finder->url);
	buf_release(&finder->title);
	buf_release(&finder->element_name);
}

void html_images_find(const char *text, size_t length_bytes,
		      const struct html_image_options *options, html_image_emit *emit,
		      void *context, struct html_base *ret_base)
{
	struct finder finder = {
		.text = {text, length_bytes},
		.options = options,
		.emit = emit,
		.emit_context = context,
		.base = ret_base,
		.url = BUF_INIT(BUF_UNLIMITED),
		.title = BUF_INIT(BUF_UNLIMITED),
		.element_name = BUF_INIT(BUF_UNLIMITED),
	};
	struct html_token token;

	if (ret_base)
		*ret_base = (struct html_base){0};
	html_tokenizer_init(&finder.tokenizer, text, length_bytes);
	finder.tokenizer.is_jsx = finder.context.is_jsx = options && options->is_jsx;
	while (!finder.is_stopped && html_tokenizer_next(&finder.tokenizer, &token)) {
		if (token.kind == HTML_TOKEN_TEXT)
			take_text(&finder, &token);
		else if (token.kind == HTML_TOKEN_START_TAG)
			take_start_tag(&finder, &token);
		else if (token.kind == HTML_TOKEN_END_TAG)
			take_end_tag(&finder, &token);
		else if (token.kind == HTML_TOKEN_COMMENT)
			take_comment(&finder, &token);
		if (token.kind != HTML_TOKEN_TEXT && token.kind != HTML_TOKEN_START_TAG)
			finder.is_in_style = false;
	}
	if (html_context_in_template(&finder.context))
		hide(&finder, finder.template_start, length_bytes);
	finder_release(&finder);
}
