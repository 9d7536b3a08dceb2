#include "html_context.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"

/* An open element. `closable`: the kinds that an end tag would find from here, a bit each. */
struct html_frame {
	uint8_t kind;
	bool is_hidden; /* a template, but for a shadow root's */
	uint16_t closable;
};

enum frame_kind {
	FRAME_PICTURE,
	FRAME_MEDIA, /* video, audio */
	FRAME_TEMPLATE,
	FRAME_SVG,
	FRAME_MATH,
	FRAME_SVG_STYLE,
	/* HTML again inside of SVG or MathML ("integration points") */
	FRAME_FOREIGN_OBJECT,
	FRAME_DESC,
	FRAME_TITLE,
	FRAME_ANNOTATION,
	FRAME_MATH_TEXT,
	FRAME_NONE,
};

#define BIT(kind) (1u << (kind))
#define ALL_FRAMES (BIT(FRAME_NONE) - 1u)
#define HTML_FRAMES (BIT(FRAME_PICTURE) | BIT(FRAME_MEDIA) | BIT(FRAME_TEMPLATE))
#define FOREIGN_FRAMES (BIT(FRAME_SVG) | BIT(FRAME_MATH) | BIT(FRAME_SVG_STYLE))

/* Element names with what the tree builder does about them. */
struct element_name {
	const char *name;
	enum html_element element;
	bool breaks_out; /* of SVG and MathML, when it is met there */
	enum html_content content;
};

static const struct element_name element_names[] = {
	{"annotation-xml", HTML_ANNOTATION, false, HTML_DATA},
	{"audio", HTML_AUDIO, false, HTML_DATA},
	{"b", HTML_OTHER, true, HTML_DATA},
	{"base", HTML_BASE, false, HTML_DATA},
	{"big", HTML_OTHER, true, HTML_DATA},
	{"blockquote", HTML_OTHER, true, HTML_DATA},
	{"body", HTML_TABLE_PART, true, HTML_DATA},
	{"br", HTML_OTHER, true, HTML_DATA},
	{"center", HTML_OTHER, true, HTML_DATA},
	{"code", HTML_OTHER, true, HTML_DATA},
	{"dd", HTML_OTHER, true, HTML_DATA},
	{"desc", HTML_DESC, false, HTML_DATA},
	{"div", HTML_OTHER, true, HTML_DATA},
	{"dl", HTML_OTHER, true, HTML_DATA},
	{"dt", HTML_OTHER, true, HTML_DATA},
	{"em", HTML_OTHER, true, HTML_DATA},
	{"embed", HTML_EMBED, true, HTML_DATA},
	{"feimage", HTML_FEIMAGE, false, HTML_DATA},
	{"foreignobject", HTML_FOREIGN_OBJECT, false, HTML_DATA},
	{"h1", HTML_OTHER, true, HTML_DATA},
	{"h2", HTML_OTHER, true, HTML_DATA},
	{"h3", HTML_OTHER, true, HTML_DATA},
	{"h4", HTML_OTHER, true, HTML_DATA},
	{"h5", HTML_OTHER, true, HTML_DATA},
	{"h6", HTML_OTHER, true, HTML_DATA},
	{"head", HTML_OTHER, true, HTML_DATA},
	{"hr", HTML_OTHER, true, HTML_DATA},
	{"i", HTML_OTHER, true, HTML_DATA},
	{"iframe", HTML_IFRAME, false, HTML_RAWTEXT},
	{"image", HTML_IMAGE, false, HTML_DATA},
	{"img", HTML_IMG, true, HTML_DATA},
	{"input", HTML_INPUT, false, HTML_DATA},
	{"li", HTML_OTHER, true, HTML_DATA},
	{"link", HTML_LINK, false, HTML_DATA},
	{"listing", HTML_OTHER, true, HTML_DATA},
	{"math", HTML_MATH, false, HTML_DATA},
	{"menu", HTML_OTHER, true, HTML_DATA},
	{"meta", HTML_META, true, HTML_DATA},
	{"mi", HTML_MATH_TEXT, false, HTML_DATA},
	{"mn", HTML_MATH_TEXT, false, HTML_DATA},
	{"mo", HTML_MATH_TEXT, false, HTML_DATA},
	{"ms", HTML_MATH_TEXT, false, HTML_DATA},
	{"mtext", HTML_MATH_TEXT, false, HTML_DATA},
	{"nobr", HTML_OTHER, true, HTML_DATA},
	{"noembed", HTML_OTHER, false, HTML_RAWTEXT},
	{"noframes", HTML_OTHER, false, HTML_RAWTEXT},
	{"object", HTML_OBJECT, false, HTML_DATA},
	{"ol", HTML_OTHER, true, HTML_DATA},
	{"p", HTML_OTHER, true, HTML_DATA},
	{"picture", HTML_PICTURE, false, HTML_DATA},
	{"plaintext", HTML_OTHER, false, HTML_PLAINTEXT},
	{"pre", HTML_OTHER, true, HTML_DATA},
	{"ruby", HTML_OTHER, true, HTML_DATA},
	{"s", HTML_OTHER, true, HTML_DATA},
	{"script", HTML_SCRIPT, false, HTML_SCRIPT_DATA},
	{"small", HTML_OTHER, true, HTML_DATA},
	{"source", HTML_SOURCE, false, HTML_DATA},
	{"span", HTML_OTHER, true, HTML_DATA},
	{"strike", HTML_OTHER, true, HTML_DATA},
	{"strong", HTML_OTHER, true, HTML_DATA},
	{"style", HTML_STYLE, false, HTML_RAWTEXT},
	{"sub", HTML_OTHER, true, HTML_DATA},
	{"sup", HTML_OTHER, true, HTML_DATA},
	{"svg", HTML_SVG, false, HTML_DATA},
	{"table", HTML_TABLE_PART, true, HTML_DATA},
	{"tbody", HTML_TABLE_PART, false, HTML_DATA},
	{"td", HTML_TABLE_PART, false, HTML_DATA},
	{"template", HTML_TEMPLATE, false, HTML_DATA},
	{"textarea", HTML_OTHER, false, HTML_RCDATA},
	{"tfoot", HTML_TABLE_PART, false, HTML_DATA},
	{"th", HTML_TABLE_PART, false, HTML_DATA},
	{"thead", HTML_TABLE_PART, false, HTML_DATA},
	{"title", HTML_TITLE, false, HTML_RCDATA},
	{"tr", HTML_TABLE_PART, false, HTML_DATA},
	{"track", HTML_TRACK, false, HTML_DATA},
	{"tt", HTML_OTHER, true, HTML_DATA},
	{"u", HTML_OTHER, true, HTML_DATA},
	{"ul", HTML_OTHER, true, HTML_DATA},
	{"var", HTML_OTHER, true, HTML_DATA},
	{"video", HTML_VIDEO, false, HTML_DATA},
	{"xmp", HTML_OTHER, false, HTML_RAWTEXT},
};

#define LONGEST_NAME 14 /* "annotation-xml" */

static int compare_name(const void *key, const void *element_name)
{
	return strcmp(key, ((const struct element_name *)element_name)->name);
}

static const struct element_name *find_name(struct slice name)
{
	char lower[LONGEST_NAME + 1];

	if (name.length_bytes > LONGEST_NAME)
		return NULL;
	for (size_t i = 0; i < name.length_bytes; i++) {
		char c = name.data[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	lower[name.length_bytes] = '\0';
	if (strlen(lower) != name.length_bytes)
		return NULL;
	return bsearch(lower, element_names, ARRAY_LENGTH(element_names), sizeof *element_names,
		       compare_name);
}

static enum frame_kind innermost(const struct html_context *context)
{
	return context->n_frames ? context->frames[context->n_frames - 1].kind : FRAME_NONE;
}

static bool is_foreign(const struct html_context *context)
{
	return (BIT(innermost(context)) & FOREIGN_FRAMES) != 0;
}

/* What an end tag finds in spite of an open element of that kind. */
static unsigned seen_through(enum frame_kind kind)
{
	switch (kind) {
	case FRAME_PICTURE:
	case FRAME_MEDIA:
		return HTML_FRAMES;
	case FRAME_TEMPLATE:
		return BIT(FRAME_TEMPLATE);
	case FRAME_SVG:
	case FRAME_MATH:
	case FRAME_SVG_STYLE:
		return ALL_FRAMES;
	default:
		return ALL_FRAMES & ~(BIT(FRAME_PICTURE) | BIT(FRAME_MEDIA));
	}
}

static void push(struct html_context *context, enum frame_kind kind, bool is_hidden)
{
	unsigned outer = context->n_frames ? context->frames[context->n_frames - 1].closable : 0;

	ALLOC_GROW(context->frames, context->n_frames, context->frames_capacity);
	context->frames[context->n_frames++] = (struct html_frame){
		.kind = (uint8_t)kind,
		.is_hidden = is_hidden,
		.closable = (uint16_t)(BIT(kind) | (outer & seen_through(kind))),
	};
	context->templates += is_hidden;
}

static void pop(struct html_context *context)
{
	context->templates -= context->frames[--context->n_frames].is_hidden;
}

static void close_kind(struct html_context *context, enum frame_kind kind)
{
	if (!context->n_frames || !(context->frames[context->n_frames - 1].closable & BIT(kind)))
		return;
	while (innermost(context) != kind)
		pop(context);
	pop(context);
}

static enum frame_kind frame_of(enum html_element element)
{
	switch (element) {
	case HTML_PICTURE:
		return FRAME_PICTURE;
	case HTML_VIDEO:
	case HTML_AUDIO:
		return FRAME_MEDIA;
	case HTML_TEMPLATE:
		return FRAME_TEMPLATE;
	case HTML_SVG:
		return FRAME_SVG;
	case HTML_MATH:
		return FRAME_MATH;
	case HTML_STYLE:
		return FRAME_SVG_STYLE;
	case HTML_FOREIGN_OBJECT:
		return FRAME_FOREIGN_OBJECT;
	case HTML_DESC:
		return FRAME_DESC;
	case HTML_TITLE:
		return FRAME_TITLE;
	case HTML_ANNOTATION:
		return FRAME_ANNOTATION;
	case HTML_MATH_TEXT:
		return FRAME_MATH_TEXT;
	default:
		return FRAME_NONE;
	}
}

static bool breaks_out(const struct element_name *known, const struct html_token *token)
{
	if (known)
		return known->breaks_out;
	return slice_equals_nocase(token->name, "font") &&
	       (html_token_attribute(token, "color") || html_token_attribute(token, "face") ||
		html_token_attribute(token, "size"));
}

static bool holds_html(const struct html_token *token)
{
	const struct html_attribute *encoding = html_token_attribute(token, "encoding");

	return encoding && (slice_equals_nocase(encoding->value, "text/html") ||
			    slice_equals_nocase(encoding->value, "application/xhtml+xml"));
}

/* The start tag of an element of SVG or MathML. */
static enum html_element start_foreign(struct html_context *context, enum html_element element,
				       const struct html_token *token)
{
	bool is_in_math = innermost(context) == FRAME_MATH;
	bool opens;

	switch (element) {
	case HTML_SVG:
		opens = true;
		break;
	case HTML_MATH:
	case HTML_MATH_TEXT:
		opens = is_in_math;
		break;
	case HTML_ANNOTATION:
		opens = is_in_math && holds_html(token);
		break;
	case HTML_FOREIGN_OBJECT:
	case HTML_DESC:
	case HTML_TITLE:
	case HTML_STYLE:
		opens = !is_in_math;
		break;
	case HTML_IMAGE:
	case HTML_FEIMAGE:
		return is_in_math ? HTML_OTHER : element;
	default:
		return HTML_OTHER;
	}
	if (opens && !token->self_closing)
		push(context, frame_of(element), false);
	return HTML_OTHER;
}

/* A template that is its parent's shadow root from the start: it is shown (WHATWG HTML 13.2.6.4.4).
 */
static bool is_shadow_root(const struct html_token *token)
{
	const struct html_attribute *mode = html_token_attribute(token, "shadowrootmode");

	return mode && (slice_equals_nocase(mode->value, "open") ||
			slice_equals_nocase(mode->value, "closed"));
}

/* Vue and Alpine put what it holds into the page: <template #icon>, <template v-if="x">. */
static bool is_rendered(const struct html_token *token)
{
	static const char *const starts[] = {"#", "v-", "x-if", "x-for"};

	for (size_t i = 0; i < token->n_attributes; i++)
		for (size_t k = 0; k < ARRAY_LENGTH(starts); k++) {
			struct slice name = token->attributes[i].name;
			size_t n = strlen(starts[k]);

			if (name.length_bytes >= n &&
			    slice_equals_nocase((struct slice){name.data, n}, starts[k]))
				return true;
		}
	return false;
}

static enum html_element start_html(struct html_context *context, const struct element_name *known,
				    const struct html_token *token,
				    struct html_tokenizer *tokenizer)
{
	bool is_closed = token->self_closing && (context->is_jsx || known->element == HTML_SVG ||
						 known->element == HTML_MATH);

	if (!context->is_jsx)
		html_tokenizer_set_content(tokenizer, known->content);
	switch (known->element) {
	case HTML_PICTURE:
	case HTML_VIDEO:
	case HTML_AUDIO:
	case HTML_TEMPLATE:
	case HTML_SVG:
	case HTML_MATH:
		if (!is_closed)
			push(context, frame_of(known->element),
			     known->element == HTML_TEMPLATE && !is_shadow_root(token) &&
				     !is_rendered(token));
		return known->element;
	case HTML_IMAGE:
		return HTML_IMG;
	case HTML_FEIMAGE:
	case HTML_FOREIGN_OBJECT:
	case HTML_DESC:
	case HTML_TITLE:
	case HTML_ANNOTATION:
	case HTML_MATH_TEXT:
		return HTML_OTHER;
	default:
		return known->element;
	}
}

void html_context_release(struct html_context *context)
{
	free(context->frames);
	*context = (struct html_context){0};
}

enum html_element html_context_start(struct html_context *context, const struct html_token *token,
				     struct html_tokenizer *tokenizer)
{
	const struct element_name *known = find_name(token->name);
	enum html_element element = HTML_OTHER;

	if (is_foreign(context) && breaks_out(known, token))
		while (is_foreign(context))
			pop(context);
	if (known && is_foreign(context))
		element = start_foreign(context, known->element, token);
	else if (known)
		element = start_html(context, known, token, tokenizer);
	tokenizer->allows_cdata = is_foreign(context);
	return element;
}

void html_context_end(struct html_context *context, const struct html_token *token,
		      struct html_tokenizer *tokenizer)
{
	const struct element_name *known = find_name(token->name);
	enum frame_kind kind = known ? frame_of(known->element) : FRAME_NONE;

	if (is_foreign(context) &&
	    (slice_equals_nocase(token->name, "p") || slice_equals_nocase(token->name, "br")))
		while (is_foreign(context))
			pop(context);
	if (kind != FRAME_NONE)
		close_kind(context, kind);
	tokenizer->allows_cdata = is_foreign(context);
}

bool html_context_in_template(const struct html_context *context)
{
	return context->templates > 0;
}

bool html_context_in_picture(const struct html_context *context)
{
	return innermost(context) == FRAME_PICTURE;
}

bool html_context_in_svg_style(const struct html_context *context)
{
	return innermost(context) == FRAME_SVG_STYLE;
}
