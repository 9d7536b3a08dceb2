#include "html_images.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "cleanup.h"
#include "html_context.h"
#include "html_size.h"
#include "html_text.h"
#include "html_tokenizer.h"
#include "js_literal.h"
#include "srcset.h"

/* The attributes that matter somewhere. */
enum attribute_id {
	ATTRIBUTE_ALT,
	ATTRIBUTE_AS,
	ATTRIBUTE_BACKGROUND,
	ATTRIBUTE_BOUND_SRC,
	ATTRIBUTE_CONTENT,
	ATTRIBUTE_DATA,
	ATTRIBUTE_HEIGHT,
	ATTRIBUTE_HREF,
	ATTRIBUTE_IMAGESRCSET,
	ATTRIBUTE_NAME,
	ATTRIBUTE_POSTER,
	ATTRIBUTE_PROPERTY,
	ATTRIBUTE_REL,
	ATTRIBUTE_SRC,
	ATTRIBUTE_SRCDOC,
	ATTRIBUTE_SRCSET,
	ATTRIBUTE_STYLE,
	ATTRIBUTE_TITLE,
	ATTRIBUTE_TYPE,
	ATTRIBUTE_WIDTH,
	ATTRIBUTE_XLINK_HREF,
	ATTRIBUTE_COUNT,
};

#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct slice attribute_names[ATTRIBUTE_COUNT] = {
	NAME("alt"),         NAME("as"),    NAME("background"), NAME(":src"),
	NAME("content"),     NAME("data"),  NAME("height"),     NAME("href"),
	NAME("imagesrcset"), NAME("name"),  NAME("poster"),     NAME("property"),
	NAME("rel"),         NAME("src"),   NAME("srcdoc"),     NAME("srcset"),
	NAME("style"),       NAME("title"), NAME("type"),       NAME("width"),
	NAME("xlink:href"),
};

#define MAX_TOKENS_AHEAD \
	16 /* of an og:image: its five properties, with blanks between, and some \
	    */

/* What an attribute's value is. */
enum role {
	ROLE_NONE,
	ROLE_BOUND, /* Vue: an expression */
	ROLE_DOCUMENT,
	ROLE_URL,
	ROLE_SRCSET,
	ROLE_STYLE,
};

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
	/* of the tag at hand */
	const struct html_token *tag;
	enum html_element element;
	const struct html_attribute *attributes[ATTRIBUTE_COUNT]; /* first of its name, or NULL */
	bool has_lazy, has_title;
	int width_px, height_px;
	/* scratch */
	struct html_text value, name;
	struct buf url, title, element_name;
};

static enum attribute_id attribute_id_of(struct slice name)
{
	for (enum attribute_id id = 0; id < ATTRIBUTE_COUNT; id++)
		if (name.length_bytes == attribute_names[id].length_bytes &&
		    !strncasecmp(name.data, attribute_names[id].data, name.length_bytes))
			return id;
	return ATTRIBUTE_COUNT;
}

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

static bool has_value(const struct finder *finder, enum attribute_id id, const char *value)
{
	const struct html_attribute *attribute = finder->attributes[id];

	return attribute && slice_equals_nocase(slice_trim(attribute->value), value);
}

static bool has_image_extension(struct slice name)
{
	static const char *const extensions[] = {
		"apng", "avif", "bmp", "gif",   "heic", "heif", "ico",  "jfif", "jpe",  "jpeg",
		"jpg",  "jxl",  "pjp", "pjpeg", "png",  "svg",  "svgz", "tif",  "tiff", "webp",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(extensions); i++)
		if (slice_equals_nocase(name, extensions[i]))
			return true;
	return false;
}

enum extension {
	EXTENSION_NONE,
	EXTENSION_IMAGE,
	EXTENSION_OTHER,
};

/* By the last segment of a URL's path. A host has none. */
static enum extension extension_of(struct slice url)
{
	size_t end = 0, dot = 0, start;
	bool has_dot = false;

	if (url.length_bytes > 5 && !strncasecmp(url.data, "data:", 5))
		return url.length_bytes > 11 && !strncasecmp(url.data + 5, "image/", 6)
			       ? EXTENSION_IMAGE
			       : EXTENSION_OTHER;
	while (end < url.length_bytes && url.data[end] != '?' && url.data[end] != '#')
		end++;
	for (start = end; start && url.data[start - 1] != '/'; start--)
		if (!has_dot && url.data[start - 1] == '.') {
			has_dot = true;
			dot = start - 1;
		}
	if (!has_dot || (start >= 2 && url.data[start - 2] == '/'))
		return EXTENSION_NONE;
	return has_image_extension((struct slice){url.data + dot + 1, end - dot - 1})
		       ? EXTENSION_IMAGE
		       : EXTENSION_OTHER;
}

static enum extension extension_of_attribute(const struct html_attribute *attribute)
{
	return extension_of(slice_trim(attribute->value));
}

/* object and embed: by the type they declare, else by the URL's extension. */
static bool embeds_image(const struct finder *finder, const struct html_attribute *url)
{
	const struct html_attribute *type = finder->attributes[ATTRIBUTE_TYPE];
	struct slice value = type ? slice_trim(type->value) : (struct slice){0};

	if (value.length_bytes)
		return value.length_bytes > 6 && !strncasecmp(value.data, "image/", 6);
	return extension_of_attribute(url) == EXTENSION_IMAGE;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Whether a word of the link's rel attribute is one of the names. */
static bool has_rel(const struct finder *finder, const char *const *names)
{
	const struct html_attribute *rel = finder->attributes[ATTRIBUTE_REL];
	struct slice left = rel ? rel->value : (struct slice){0};

	while (left.length_bytes) {
		size_t end = 0;

		while (end < left.length_bytes && !is_space(left.data[end]))
			end++;
		for (size_t i = 0; names[i]; i++)
			if (slice_equals_nocase((struct slice){left.data, end}, names[i]))
				return true;
		end += end < left.length_bytes;
		left = (struct slice){left.data + end, left.length_bytes - end};
	}
	return false;
}

static bool preloads_image(const struct finder *finder)
{
	static const char *const names[] = {"preload", NULL};

	return has_rel(finder, names) && has_value(finder, ATTRIBUTE_AS, "image");
}

static bool links_image(const struct finder *finder)
{
	static const char *const names[] = {"icon", "apple-touch-icon",
					    "apple-touch-icon-precomposed", "image_src", NULL};

	return has_rel(finder, names) || preloads_image(finder);
}

/* Of a meta element: sites name it by either attribute. */
static bool is_property(const struct finder *finder, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (has_value(finder, ATTRIBUTE_PROPERTY, names[i]) ||
		    has_value(finder, ATTRIBUTE_NAME, names[i]))
			return true;
	return false;
}

/* Open Graph; its size and text may follow in properties of their own. */
static bool is_open_graph_image(const struct finder *finder)
{
	static const char *const names[] = {"og:image", "og:image:url", "og:image:secure_url",
					    NULL};

	return is_property(finder, names);
}

static bool is_twitter_image(const struct finder *finder)
{
	static const char *const names[] = {"twitter:image", "twitter:image:src", NULL};

	return is_property(finder, names);
}

/* JSX: an element whose name begins with a capital, or has a '.' in it. <Picture> is one, whatever
 * <picture> is; <Image> is an <img>. */
static bool is_component(const struct finder *finder)
{
	struct slice name = finder->tag->name;

	return finder->element != HTML_IMG && finder->context.is_jsx &&
	       ((name.data[0] >= 'A' && name.data[0] <= 'Z') ||
		memchr(name.data, '.', name.length_bytes));
}

static enum role url_if(bool is_image)
{
	return is_image ? ROLE_URL : ROLE_NONE;
}

/* What the attribute is to the tag at hand. */
static enum role role_of(const struct finder *finder, enum attribute_id id)
{
	const struct html_attribute *attribute = finder->attributes[id];

	if (id == ATTRIBUTE_STYLE)
		return ROLE_STYLE;
	if (id == ATTRIBUTE_SRC && is_component(finder))
		return ROLE_URL;
	switch (finder->element) {
	case HTML_IMG:
		if (id == ATTRIBUTE_BOUND_SRC)
			return ROLE_BOUND;
		return id == ATTRIBUTE_SRCSET ? ROLE_SRCSET : url_if(id == ATTRIBUTE_SRC);
	case HTML_SOURCE:
		return id == ATTRIBUTE_SRCSET && html_context_in_picture(&finder->context)
			       ? ROLE_SRCSET
			       : ROLE_NONE;
	case HTML_IMAGE:
	case HTML_FEIMAGE:
		return url_if(id == ATTRIBUTE_HREF ||
			      (id == ATTRIBUTE_XLINK_HREF && !finder->attributes[ATTRIBUTE_HREF]));
	case HTML_VIDEO:
		return url_if(id == ATTRIBUTE_POSTER);
	case HTML_INPUT:
		return url_if(id == ATTRIBUTE_SRC && has_value(finder, ATTRIBUTE_TYPE, "image"));
	case HTML_OBJECT:
		return url_if(id == ATTRIBUTE_DATA && embeds_image(finder, attribute));
	case HTML_EMBED:
		return url_if(id == ATTRIBUTE_SRC && embeds_image(finder, attribute));
	case HTML_META:
		return url_if(id == ATTRIBUTE_CONTENT &&
			      (is_open_graph_image(finder) || is_twitter_image(finder)));
	case HTML_TABLE_PART:
		return url_if(id == ATTRIBUTE_BACKGROUND);
	case HTML_IFRAME:
		return id == ATTRIBUTE_SRCDOC ? ROLE_DOCUMENT : ROLE_NONE;
	case HTML_LINK:
		if (id == ATTRIBUTE_IMAGESRCSET && preloads_image(finder))
			return ROLE_SRCSET;
		return url_if(id == ATTRIBUTE_HREF && links_image(finder));
	default:
		return ROLE_NONE;
	}
}

/* Whether a lazy-loading attribute names an image: of an image element it does; on others scripts
 * find data files, videos and pages in attributes of the same names. */
static bool is_lazy_image(const struct finder *finder, const struct html_attribute *attribute)
{
	switch (finder->element) {
	case HTML_IMG:
		return true;
	case HTML_IFRAME:
	case HTML_SCRIPT:
	case HTML_LINK:
		return false;
	case HTML_SOURCE:
		if (html_context_in_picture(&finder->context))
			return true;
		return extension_of_attribute(attribute) == EXTENSION_IMAGE;
	case HTML_INPUT:
		return has_value(finder, ATTRIBUTE_TYPE, "image");
	case HTML_VIDEO:
	case HTML_AUDIO:
	case HTML_TRACK:
	case HTML_EMBED:
	case HTML_OBJECT:
		return extension_of_attribute(attribute) == EXTENSION_IMAGE;
	default:
		return extension_of_attribute(attribute) != EXTENSION_OTHER;
	}
}

static bool ends_in_srcset(const char *name)
{
	size_t length = strlen(name), suffix = strlen("srcset");

	return length >= suffix && !strcasecmp(name + length - suffix, "srcset");
}

static const char *title_of_tag(struct finder *finder)
{
	static const enum attribute_id ids[] = {ATTRIBUTE_ALT, ATTRIBUTE_TITLE};

	for (size_t i = 0; !finder->has_title && i < ARRAY_LENGTH(ids); i++) {
		const struct html_attribute *attribute = finder->attributes[ids[i]];

		if (attribute && attribute->quote != '{' && !finder->title.length_bytes)
			html_decode_attribute(attribute->value.data, attribute->value.length_bytes,
					      &finder->title);
	}
	finder->has_title = true;
	return finder->title.length_bytes ? finder->title.data : NULL;
}

static const char *name_of_tag(struct finder *finder)
{
	if (finder->element == HTML_IMG)
		return "img";
	if (!finder->element_name.length_bytes) {
		html_text_decode(&finder->name, finder->tag->name, HTML_NAME);
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
		.is_component = is_component(finder) && strcmp(attribute, "poster") != 0,
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
	bool is_all = finder->element == HTML_IMG && !finder->attributes[ATTRIBUTE_SRCSET] &&
		      !finder->has_lazy;

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
		       enum role role, const char *name)
{
	struct slice raw = attribute->value;
	bool is_expression = attribute->quote == '{' && !unwrap_literal(&raw);

	if (role == ROLE_STYLE) {
		if (attribute->quote == '{')
			find_in_style_object(finder, attribute->value);
		else
			find_in_css(finder, raw, HTML_ATTRIBUTE, true);
		return;
	}
	if (role == ROLE_DOCUMENT) {
		if (attribute->quote != '{')
			find_in_document(finder, raw);
		return;
	}
	if (role == ROLE_BOUND && !js_literal(raw, &raw))
		return;
	html_text_decode(&finder->value, raw,
			 attribute->quote == '{' ? HTML_CDATA : HTML_ATTRIBUTE);
	if (role == ROLE_SRCSET && !is_expression)
		emit_srcset(finder, raw, name);
	else
		emit_url(finder, raw, name);
}

static void take_lazy(struct finder *finder, const struct html_attribute *attribute, int index)
{
	const char *name = finder->options->lazy_attributes[index];

	if (ends_in_srcset(name))
		take_value(finder, attribute, ROLE_SRCSET, name);
	else if (is_lazy_image(finder, attribute))
		take_value(finder, attribute, ROLE_URL, name);
}

/* The size is that of a box, in which the image keeps its ratio: of a film's poster (HTML, 15.4.3:
 * object-fit is contain), of SVG's image (SVG 2, 8.8: xMidYMid meet), and where a style says so. */
static bool is_boxed(const struct finder *finder)
{
	return finder->element == HTML_VIDEO || finder->element == HTML_IMAGE ||
	       finder->element == HTML_FEIMAGE ||
	       html_style_keeps_ratio(finder->attributes[ATTRIBUTE_STYLE]);
}

/* First of each name. */
static void note_attributes(struct finder *finder, const struct html_token *tag)
{
	memset(finder->attributes, 0, sizeof finder->attributes);
	finder->has_lazy = false;
	for (size_t i = 0; i < tag->n_attributes; i++) {
		enum attribute_id id = attribute_id_of(tag->attributes[i].name);

		if (id < ATTRIBUTE_COUNT && !finder->attributes[id])
			finder->attributes[id] = &tag->attributes[i];
		else if (id == ATTRIBUTE_COUNT &&
			 lazy_index_of(finder, tag->attributes[i].name) >= 0)
			finder->has_lazy = true;
	}
	finder->width_px = finder->height_px = 0;
	if (is_boxed(finder))
		return;
	finder->width_px = html_dimension_px(finder->attributes[ATTRIBUTE_WIDTH]);
	finder->height_px = html_dimension_px(finder->attributes[ATTRIBUTE_HEIGHT]);
}

/* In the order in which they stand. */
static void take_attributes(struct finder *finder, const struct html_token *tag)
{
	unsigned long long lazy_seen = 0;

	for (size_t i = 0; i < tag->n_attributes && !finder->is_stopped; i++) {
		const struct html_attribute *attribute = &tag->attributes[i];
		enum attribute_id id = attribute_id_of(attribute->name);
		int lazy = lazy_index_of(finder, attribute->name);
		unsigned long long bit = lazy >= 0 && lazy < 64 ? 1ull << lazy : 0;
		enum role role = ROLE_NONE;

		if (id < ATTRIBUTE_COUNT && finder->attributes[id] == attribute)
			role = role_of(finder, id);
		if (role != ROLE_NONE)
			take_value(finder, attribute, role, attribute_names[id].data);
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
	const struct html_attribute *href = finder->attributes[ATTRIBUTE_HREF];
	struct slice url;

	if (!finder->base || finder->base->href || !href)
		return;
	html_text_decode(&finder->value, href->value, HTML_ATTRIBUTE);
	url = slice_trim(finder->value.text);
	finder->base->href = alloc_string_n(url.data, url.length_bytes);
}

static bool is_css(const struct finder *finder)
{
	const struct html_attribute *type = finder->attributes[ATTRIBUTE_TYPE];

	return !type || !type->value.length_bytes || slice_equals_nocase(type->value, "text/css");
}

/* Within a template all of it is hidden at once. */
static void hide(struct finder *finder, size_t start, size_t end)
{
	if (finder->options && finder->options->emit_hidden && start < end &&
	    !html_context_in_template(&finder->context))
		finder->options->emit_hidden(finder->emit_context, start, end);
}

static void take_end_tag(struct finder *finder, const struct html_token *tag)
{
	bool was_hidden = html_context_in_template(&finder->context);

	html_context_end(&finder->context, tag, &finder->tokenizer);
	if (was_hidden)
		hide(finder, finder->template_start, tag->offset);
}

static void take_start_tag(struct finder *finder, const struct html_token *tag)
{
	bool is_hidden = html_context_in_template(&finder->context);

	finder->tag = tag;
	finder->has_title = finder->is_in_style = false;
	buf_clear(&finder->title);
	buf_clear(&finder->element_name);
	finder->element = html_context_start(&finder->context, tag, &finder->tokenizer);
	if (is_hidden)
		return;
	finder->template_start = tag->end;
	note_attributes(finder, tag);
	if (finder->element == HTML_BASE)
		take_base(finder);
	if (finder->element == HTML_META && is_open_graph_image(finder))
		take_image_properties(finder);
	finder->is_in_style = finder->element == HTML_STYLE && is_css(finder) &&
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
		hide(finder, token->offset, token->end);
}

/* Bogus comments (`<!x>`, `<?x>`) are none, nor is one that the text ends in. */
static void take_comment(struct finder *finder, const struct html_token *token)
{
	static const char mark[] = "<!--";
	const char *end = finder->text.data + token->end;

	hide(finder, token->offset, token->end);
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
	if (html_context_in_template(&finder.context)) {
		html_context_release(&finder.context);
		hide(&finder, finder.template_start, length_bytes);
	}
	finder_release(&finder);
}
