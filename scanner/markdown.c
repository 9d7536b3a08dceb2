/*
 * md4c hands out pointers into the text it parses: they are the offsets. Where it had to unescape a
 * URL it hands out a copy; then the URL is looked for between the places that are known.
 */
#include "markdown.h"

#include <string.h>

#include <md4c.h>

#include "alloc.h"
#include "cleanup.h"
#include "html_images.h"
#include "markdown_prepare.h"
#include "markdown_runs.h"
#include "markdown_source.h"

#define ALT_MAX_BYTES 512
/* md4c shows the '!' of "]![" so: it would take `![a]![b]` for `![a][b]`, and lose the first
 * image. */
#define PARTED_MARK '\1'

/* An image that was entered and not left yet. */
struct open_image {
	size_t mark;      /* of its `![` */
	size_t alt_start; /* in `alt` */
};

struct markdown {
	const char *text;   /* the copy that md4c parses */
	const char *source; /* the text as it was given */
	size_t length_bytes;
	char *html;
	struct markdown_images *images;
	size_t max_images;
	size_t cursor; /* all before this was handed out */
	struct open_image *open;
	size_t n_open, open_capacity;
	struct buf alt;
	bool no_more_marks;
	bool is_image_as_link; /* since a link behind a PARTED_MARK was entered */
	struct markdown_definitions definitions;
};

void markdown_images_release(struct markdown_images *images)
{
	for (size_t i = 0; i < images->count; i++) {
		free(images->items[i].url);
		free(images->items[i].title);
	}
	free(images->items);
	*images = (struct markdown_images){0};
}

static void markdown_release(struct markdown *markdown)
{
	free(markdown->open);
	buf_release(&markdown->alt);
	markdown_definitions_release(&markdown->definitions);
}

static bool is_in_text(const struct markdown *markdown, const char *text)
{
	return text >= markdown->text && text < markdown->text + markdown->length_bytes;
}

static void advance(struct markdown *markdown, const char *text, size_t length_bytes)
{
	size_t end;

	if (!text || !is_in_text(markdown, text))
		return;
	end = (size_t)(text - markdown->text) + length_bytes;
	if (end > markdown->cursor)
		markdown->cursor = end;
}

/* As it was given, where md4c points into the text that it was shown. */
static void append_attribute(const struct markdown *markdown, const MD_ATTRIBUTE *attribute,
			     struct buf *ret_text)
{
	const char *start = is_in_text(markdown, attribute->text)
				    ? markdown->source + (attribute->text - markdown->text)
				    : attribute->text;

	for (size_t i = 0; attribute->size > 0 && attribute->substr_offsets[i] < attribute->size;
	     i++) {
		const char *text = start + attribute->substr_offsets[i];
		size_t n = attribute->substr_offsets[i + 1] - attribute->substr_offsets[i];

		if (attribute->substr_types[i] == MD_TEXT_ENTITY)
			html_decode_attribute(text, n, ret_text);
		else if (attribute->substr_types[i] == MD_TEXT_NULLCHAR)
			buf_append_string(ret_text, "\xef\xbf\xbd");
		else
			buf_append(ret_text, text, n);
	}
}

static void open_image(struct markdown *markdown, size_t mark)
{
	ALLOC_GROW(markdown->open, markdown->n_open, markdown->open_capacity);
	markdown->open[markdown->n_open++] = (struct open_image){mark, markdown->alt.length_bytes};
}

static int enter_image(struct markdown *markdown)
{
	const char *mark = NULL;

	if (!markdown->no_more_marks)
		mark = memmem(markdown->text + markdown->cursor,
			      markdown->length_bytes - markdown->cursor, "![", 2);
	if (mark)
		markdown->cursor = (size_t)(mark - markdown->text) + 2;
	else
		markdown->no_more_marks = true;
	open_image(markdown, mark ? markdown->cursor - 2 : markdown->cursor);
	return 0;
}

/* Maybe an image that md4c was shown as a link. One in another image is its text. */
static int enter_link(struct markdown *markdown)
{
	struct buf *alt = &markdown->alt;
	size_t at = markdown->cursor;

	if (at == 0 || at >= markdown->length_bytes || markdown->text[at] != '[' ||
	    markdown->text[at - 1] != PARTED_MARK || markdown->source[at - 1] != '!')
		return 0;
	if (markdown->n_open == 0) {
		open_image(markdown, at - 1);
		markdown->is_image_as_link = true;
	} else if (alt->length_bytes && alt->data[alt->length_bytes - 1] == '!') {
		alt->data[--alt->length_bytes] = '\0';
	}
	return 0;
}

/* A bracket that opens something else: behind `]` it is the label of a link in the alt text. */
static bool opens_another(const char *at, const char *close)
{
	const char *open = memchr(at, '[', (size_t)(close - at));

	return open && (open > at || open[-1] != ']');
}

/* The inline destination that decodes to `url`, behind one of the next few `](`. */
static bool find_inline(const struct markdown *markdown, const char *url, size_t *ret_start,
			size_t *ret_end)
{
	struct slice text = {markdown->text, markdown->length_bytes};
	size_t at = markdown->cursor, left = markdown->length_bytes - at;
	const char *limit = markdown->text + at + (left < 4096 ? left : 4096);

	for (int attempts = 0; attempts < 8; attempts++) {
		CLEANUP(buf_release) struct buf decoded = BUF_INIT(BUF_UNLIMITED);
		const char *close = memchr(text.data + at, ']', (size_t)(limit - text.data) - at);

		if (!close || opens_another(text.data + at, close))
			return false;
		at = (size_t)(close - text.data) + 1;
		if (at >= text.length_bytes || text.data[at] != '(' ||
		    !markdown_source_destination(text, at + 1, ret_start, ret_end))
			continue;
		markdown_source_decode(
			(struct slice){text.data + *ret_start, *ret_end - *ret_start}, &decoded);
		if (!strcmp(buf_string(&decoded), url))
			return true;
	}
	return false;
}

/* md4c decoded the URL from what it was shown: a ']' of a table's cell may be a letter there. */
static void restore_url(const struct markdown *markdown, size_t start, size_t end,
			struct markdown_image *image)
{
	CLEANUP(buf_release) struct buf url = BUF_INIT(BUF_UNLIMITED);
	struct slice source = {markdown->source + start, end - start};

	if (!memcmp(markdown->text + start, source.data, source.length_bytes))
		return;
	markdown_source_decode(source, &url);
	free(image->url);
	image->url = buf_steal(&url);
}

/* Finds where the URL stands, and fills the image's places. */
static void locate(struct markdown *markdown, const MD_ATTRIBUTE *src, size_t mark,
		   struct markdown_image *image)
{
	struct slice text = {markdown->text, markdown->length_bytes}, place;
	size_t start, end;
	bool is_inline;

	image->defined_offset = (size_t)-1;
	if (is_in_text(markdown, src->text)) {
		start = (size_t)(src->text - markdown->text);
		end = start + src->size;
		is_inline = markdown_source_is_inline(text, start);
	} else if (find_inline(markdown, image->url, &start, &end)) {
		is_inline = true;
		restore_url(markdown, start, end, image);
	} else if (markdown_definitions_find(&markdown->definitions, text, image->url,
					     markdown_source_label(text, mark), &place)) {
		start = (size_t)(place.data - text.data);
		end = start + place.length_bytes;
		is_inline = false;
	} else {
		image->offset = image->url_offset = mark;
		return;
	}
	image->url_offset = start;
	image->url_length_bytes = end - start;
	image->offset = is_inline ? start : mark;
	if (!is_inline) {
		image->defined_offset = start;
		return;
	}
	markdown_source_size(text, end, &image->width_px, &image->height_px);
	if (end > markdown->cursor)
		markdown->cursor = end;
}

static void take_title(struct markdown *markdown, const MD_ATTRIBUTE *title, size_t alt_start,
		       struct markdown_image *image)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(ALT_MAX_BYTES);

	append_attribute(markdown, title, &text);
	if (text.length_bytes > 0)
		image->title = buf_steal(&text);
	else if (markdown->alt.length_bytes > alt_start)
		image->title =
			alloc_string_n(markdown->alt.data + alt_start,
				       strnlen(markdown->alt.data + alt_start, ALT_MAX_BYTES));
}

/* Past the destination, so that the next `![` is looked for behind it. */
static void skip_destination(struct markdown *markdown, const MD_ATTRIBUTE *url,
			     const MD_ATTRIBUTE *title)
{
	/* A reference's text stands before its definition, wherever that is. */
	if (!url->text || !is_in_text(markdown, url->text) ||
	    !markdown_source_is_inline((struct slice){markdown->text, markdown->length_bytes},
				       (size_t)(url->text - markdown->text)))
		return;
	advance(markdown, url->text, url->size);
	advance(markdown, title->text, title->size);
}

static int leave_image(struct markdown *markdown, const MD_SPAN_IMG_DETAIL *detail)
{
	CLEANUP(buf_release) struct buf url = BUF_INIT(BUF_UNLIMITED);
	struct markdown_images *images = markdown->images;
	struct markdown_image image = {0};
	struct open_image open;

	/* md4c 0.4.8 may leave an image that it never entered, when brackets and emphasis cross. */
	if (markdown->n_open == 0)
		return 0;
	open = markdown->open[--markdown->n_open];
	append_attribute(markdown, &detail->src, &url);
	/* An image in another's alt text is text. */
	if (url.length_bytes > 0 && markdown->n_open == 0 && images->count < markdown->max_images) {
		image.url = buf_steal(&url);
		locate(markdown, &detail->src, open.mark, &image);
		take_title(markdown, &detail->title, open.alt_start, &image);
		ALLOC_GROW(images->items, images->count, images->capacity);
		images->items[images->count++] = image;
	}
	if (markdown->n_open > 0)
		skip_destination(markdown, &detail->src, &detail->title);
	else if (image.url && image.defined_offset == (size_t)-1)
		advance(markdown, detail->title.text, detail->title.size);
	if (markdown->n_open == 0)
		buf_clear(&markdown->alt);
	return images->count == markdown->max_images;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *context)
{
	(void)detail;
	if (type == MD_SPAN_A)
		return enter_link(context);
	return type == MD_SPAN_IMG ? enter_image(context) : 0;
}

static int leave_link(struct markdown *markdown, const MD_SPAN_A_DETAIL *link)
{
	const MD_SPAN_IMG_DETAIL image = {.src = link->href, .title = link->title};

	if (!markdown->is_image_as_link || markdown->n_open > 1) {
		skip_destination(markdown, &link->href, &link->title);
		return 0;
	}
	markdown->is_image_as_link = false;
	return leave_image(markdown, &image);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *context)
{
	if (type == MD_SPAN_A)
		return leave_link(context, detail);
	return type == MD_SPAN_IMG ? leave_image(context, detail) : 0;
}

/* md4c calls it for each block. */
static int enter_block(MD_BLOCKTYPE type, void *detail, void *context)
{
	(void)type;
	(void)detail;
	(void)context;
	return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *context)
{
	struct markdown *markdown = context;

	(void)type;
	(void)detail;
	markdown->n_open = 0;
	markdown->is_image_as_link = false;
	buf_clear(&markdown->alt);
	return 0;
}

/* As it was given, without the marks of containers in it. */
static char given_char(const struct markdown *markdown, const char *shown)
{
	if (*shown == ' ' || !is_in_text(markdown, shown))
		return *shown;
	return markdown->source[shown - markdown->text];
}

static void take_alt(struct markdown *markdown, MD_TEXTTYPE type, const char *text,
		     size_t length_bytes)
{
	size_t start = markdown->open[markdown->n_open - 1].alt_start;

	if (markdown->alt.length_bytes - start + length_bytes > ALT_MAX_BYTES)
		return;
	if (type == MD_TEXT_ENTITY)
		html_decode_attribute(text, length_bytes, &markdown->alt);
	else if (type == MD_TEXT_SOFTBR || type == MD_TEXT_BR)
		buf_append_char(&markdown->alt, ' ');
	else if (type != MD_TEXT_HTML && type != MD_TEXT_NULLCHAR)
		for (size_t i = 0; i < length_bytes; i++)
			buf_append_char(&markdown->alt, given_char(markdown, text + i));
}

static void copy_html(struct markdown *markdown, size_t start, size_t length_bytes)
{
	for (size_t i = start; i < start + length_bytes; i++)
		markdown->html[i] = given_char(markdown, markdown->text + i);
}

static int text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context)
{
	struct markdown *markdown = context;

	if (markdown->n_open > 0)
		take_alt(markdown, type, text, size);
	if (!is_in_text(markdown, text))
		return 0;
	advance(markdown, text, size);
	if (type == MD_TEXT_HTML && markdown->n_open == 0)
		copy_html(markdown, (size_t)(text - markdown->text), size);
	else if (type == MD_TEXT_CODE)
		memset(markdown->html + (text - markdown->text), MARKDOWN_CODE_BYTE, size);
	return 0;
}

/* Blocks are what markdown_prepare() makes of them. */
static void parse(struct markdown *markdown)
{
	const MD_PARSER parser = {
		.flags = MD_FLAG_STRIKETHROUGH | MD_FLAG_NOHTMLBLOCKS,
		.enter_block = enter_block,
		.leave_block = leave_block,
		.enter_span = enter_span,
		.leave_span = leave_span,
		.text = text,
	};

	/* 1 is ours, where there are images enough. */
	if (md_parse(markdown->text, (MD_SIZE)markdown->length_bytes, &parser, markdown) < 0)
		alloc_failed();
}

static void blank_html(const char *text, size_t length_bytes, char *html)
{
	const char *at = text, *end = text + length_bytes;

	memset(html, ' ', length_bytes);
	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		if (at > text && at[-1] == '\r')
			html[at - text - 1] = '\r';
		html[at++ - text] = '\n';
	}
}

/* A carriage return alone ends a line as well. */
static void end_lines(char *text, size_t length_bytes)
{
	char *at = text, *end = text + length_bytes;

	while ((at = memchr(at, '\r', (size_t)(end - at)))) {
		if (at + 1 == end || at[1] != '\n')
			*at = '\n';
		at++;
	}
}

/* Of `[a [b](c)](d)`: a link holds no other, so an image that does stays one. */
static bool holds_bracket(const char *at, const char *end)
{
	while (at < end && *at != '[' && *at != ']')
		at++;
	return at < end && *at == '[';
}

/* Where nothing is defined, nothing is taken for a reference. */
static void part_marks(char *text, size_t length_bytes)
{
	char *at = text, *end = text + length_bytes;

	if (!memmem(text, length_bytes, "]:", 2))
		return;
	while ((at = memmem(at, (size_t)(end - at), "]![", 3))) {
		if (!holds_bracket(at + 3, end))
			at[1] = PARTED_MARK;
		at += 2;
	}
}

/* Of `][label ]`: where `label` starts, or NULL; blanks end it at `end`. */
static char *reference_label(char *text, char *end)
{
	char *at = end;

	while (at > text && at[-1] != '[' && at[-1] != ']' && at[-1] != '\n')
		at--;
	return at - text >= 2 && at < end && at[-1] == '[' && at[-2] == ']' ? at : NULL;
}

/* Of several definitions md4c 0.4.8 finds none by a label that ends with a blank. One that begins
 * with it is the same to CommonMark. */
static void move_label_blanks(char *text, size_t length_bytes)
{
	char *close = text, *end = text + length_bytes;

	if (!memmem(text, length_bytes, "]:", 2))
		return;
	for (; (close = memchr(close, ']', (size_t)(end - close))); close++) {
		char *blanks = close, *label;

		while (blanks > text && (blanks[-1] == ' ' || blanks[-1] == '\t'))
			blanks--;
		label = blanks < close ? reference_label(text, blanks) : NULL;
		if (!label)
			continue;
		memmove(close - (blanks - label), label, (size_t)(blanks - label));
		memset(label, ' ', (size_t)(close - blanks));
	}
}

static void add_directives(const struct markdown *markdown, const struct myst *myst)
{
	struct markdown_images *images = markdown->images;

	for (size_t i = 0; i < myst->n_images && images->count < markdown->max_images; i++) {
		const struct myst_image *image = &myst->images[i];
		size_t offset = (size_t)(image->url.data - markdown->source);

		ALLOC_GROW(images->items, images->count, images->capacity);
		images->items[images->count++] = (struct markdown_image){
			.offset = offset,
			.defined_offset = (size_t)-1,
			.url_offset = offset,
			.url_length_bytes = image->url.length_bytes,
			.url = alloc_string_n(image->url.data, image->url.length_bytes),
			.title = image->alt.length_bytes
					 ? alloc_string_n(image->alt.data, image->alt.length_bytes)
					 : NULL,
			.width_px = image->width_px,
			.height_px = image->height_px,
		};
	}
}

void markdown_find(const char *text, size_t length_bytes, enum markdown_dialect dialect,
		   size_t max_images, char *ret_html, struct markdown_images *ret_images)
{
	CLEANUP(cleanup_free) char *copy = alloc_string_n(text, length_bytes);
	CLEANUP(markdown_release)
	struct markdown markdown = {
		.text = copy,
		.source = text,
		.length_bytes = length_bytes,
		.html = ret_html,
		.images = ret_images,
		.max_images = max_images,
		.alt = BUF_INIT(BUF_UNLIMITED),
	};

	CLEANUP(myst_release) struct myst myst = {0};

	if (length_bytes == 0)
		return;
	blank_html(text, length_bytes, ret_html);
	end_lines(copy, length_bytes);
	markdown_prepare(copy, text, length_bytes, dialect, ret_html, &myst);
	markdown_runs_join(copy, length_bytes);
	part_marks(copy, length_bytes);
	move_label_blanks(copy, length_bytes);
	parse(&markdown);
	add_directives(&markdown, &myst);
}
