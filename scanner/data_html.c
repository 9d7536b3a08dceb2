#include "data_html.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "disabled.h"
#include "html_images.h"
#include "markdown.h"
#include "template.h"

/* Goes through a value as it is written, step by step with the decoded text. */
struct alignment {
	struct slice source;
	size_t at, end; /* in source */
	char quote;     /* of the value; '\0': none */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_surrogate_pair(const char *escape, size_t length_bytes)
{
	return length_bytes >= 12 && (escape[2] | 0x20) == 'd' && strchr("89abAB", escape[3]) &&
	       escape[6] == '\\' && escape[7] == 'u';
}

/* Bytes of the escape sequence at `escape`, the backslash included. */
static size_t escape_length(const char *escape, size_t length_bytes)
{
	size_t n;

	if (length_bytes < 2)
		return length_bytes;
	switch (escape[1]) {
	case 'x':
		n = 4;
		break;
	case 'u':
		n = is_surrogate_pair(escape, length_bytes) ? 12 : 6;
		break;
	case 'U':
		n = 10;
		break;
	default:
		n = 2;
	}
	return n < length_bytes ? n : length_bytes;
}

/* A backslash before a line's end joins the lines: it stands for no character. */
static bool joins_lines(const char *escape, size_t length_bytes)
{
	size_t i = 1;

	while (i < length_bytes && (escape[i] == ' ' || escape[i] == '\t' || escape[i] == '\r'))
		i++;
	return i < length_bytes && escape[i] == '\n';
}

/* Over the backslash, the line's end and the next line's indentation. */
static void skip_join(struct alignment *alignment)
{
	const char *text = alignment->source.data;

	alignment->at = (size_t)((const char *)memchr(text + alignment->at, '\n',
						      alignment->end - alignment->at) -
				 text) +
			1;
	while (alignment->at < alignment->end && strchr(" \t\r", text[alignment->at]) &&
	       text[alignment->at])
		alignment->at++;
}

/* Over what is written only to lay the value out: indentation, a doubled quote. */
static void skip_layout(struct alignment *alignment, char decoded)
{
	const char *text = alignment->source.data;

	while (alignment->at < alignment->end) {
		char c = text[alignment->at];

		if (alignment->quote == '"' && c == '\\' &&
		    joins_lines(text + alignment->at, alignment->end - alignment->at)) {
			skip_join(alignment);
			continue;
		}
		if (c == decoded || (c == '\n' && decoded == ' '))
			return;
		if (!is_blank(c))
			return;
		alignment->at++;
	}
}

/* The source's offset of the decoded character; afterwards the alignment is behind it. */
static size_t step(struct alignment *alignment, const char *decoded, size_t n_bytes)
{
	const char *text = alignment->source.data;
	size_t start, left;

	skip_layout(alignment, *decoded);
	start = alignment->at;
	left = alignment->end - start;
	if (left == 0)
		return start;
	if (alignment->quote == '"' && text[start] == '\\')
		alignment->at += escape_length(text + start, left);
	else if (alignment->quote && *decoded == alignment->quote && left >= 2 &&
		 text[start] == alignment->quote && text[start + 1] == alignment->quote)
		alignment->at += 2;
	else
		alignment->at += n_bytes < left ? n_bytes : left;
	return start;
}

static size_t character_length(const char *text, size_t length_bytes)
{
	size_t n = 1;

	while (n < length_bytes && ((unsigned char)text[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* For each byte of the decoded value the offset in the file where it is written. */
static size_t *align(const struct data_node *node, struct slice source)
{
	size_t length = node->text.length_bytes;
	size_t *offsets = alloc_zeroed(length + 1, sizeof *offsets);
	struct alignment alignment = {source, node->offset, node->end, '\0'};

	if (alignment.end > source.length_bytes || alignment.at > alignment.end)
		alignment.at = alignment.end = 0;
	if (alignment.at > 0 && strchr("\"'", source.data[alignment.at - 1]))
		alignment.quote = source.data[alignment.at - 1];
	for (size_t i = 0; i < length;) {
		size_t n = character_length(node->text.data + i, length - i);
		size_t start = step(&alignment, node->text.data + i, n);

		for (size_t j = 0; j < n; j++)
			offsets[i + j] = start;
		i += n;
	}
	offsets[length] = alignment.at;
	return offsets;
}

struct data_html {
	struct slice html;
	const size_t *offsets;
	enum image_ref_kind kind;
	const char *path;
	struct found *found;
	struct disabled disabled;
	size_t range; /* of `disabled`: those before it end before the image */
};

static void take_comment(void *context, struct slice comment, size_t end)
{
	struct data_html *reading = context;

	disabled_take(&reading->disabled, comment, reading->html, end);
}

static bool pass_over(void *context, const struct html_image *html)
{
	(void)context;
	(void)html;
	return true;
}

/* Of most values none is silenced: they are read once. */
static void find_disabled(struct data_html *reading)
{
	const struct html_image_options options = {.emit_comment = take_comment};

	if (!memmem(reading->html.data, reading->html.length_bytes, "picdesk-", 8))
		return;
	html_images_find(reading->html.data, reading->html.length_bytes, &options, pass_over,
			 reading, NULL);
	disabled_finish(&reading->disabled, reading->html.length_bytes);
}

static bool is_disabled(struct data_html *reading, size_t offset)
{
	const struct disabled *disabled = &reading->disabled;

	while (reading->range < disabled->n_ranges &&
	       disabled->ranges[reading->range].end <= offset)
		reading->range++;
	return reading->range < disabled->n_ranges &&
	       disabled->ranges[reading->range].start <= offset;
}

static bool emit(void *context, const struct html_image *html)
{
	struct data_html *reading = context;
	struct found_image *image;

	if (is_disabled(reading, html->offset))
		return true;
	image = found_add(reading->found, reading->kind, reading->offsets[html->offset],
			  html->written, html->url);
	if (!image)
		return false;
	image->data_path = arena_string(&reading->found->arena, reading->path);
	image->width_px = html->width_px;
	image->height_px = html->height_px;
	if (html->title && *html->title)
		image->title = arena_string(&reading->found->arena, html->title);
	image->is_template = template_is_in(html->written);
	image->is_in_html = true;
	return true;
}

static bool has_tag(struct slice text)
{
	const char *at = text.data, *end = text.data + text.length_bytes;

	while ((at = memchr(at, '<', (size_t)(end - at)))) {
		at++;
		if (at < end && isalpha((unsigned char)*at))
			return true;
	}
	return false;
}

static bool begins_with_markup(struct slice text)
{
	text = slice_trim(text);
	return text.length_bytes > 1 && text.data[0] == '<';
}

static bool ends_in_html(struct slice key)
{
	return key.length_bytes >= 4 &&
	       slice_equals_nocase((struct slice){key.data + key.length_bytes - 4, 4}, "html");
}

bool data_html_is_likely(struct slice key, const struct data_node *node)
{
	return has_tag(node->text) &&
	       (begins_with_markup(node->text) || ends_in_html(key) ||
		memchr(node->text.data, '\n', node->text.length_bytes)) &&
	       !memchr(node->text.data, '\0', node->text.length_bytes);
}

/* What is no Markdown code of the text. */
static char *without_code(struct slice text)
{
	struct markdown_images images = {0};
	char *html = alloc_zeroed(text.length_bytes + 1, 1);

	markdown_find(text.data, text.length_bytes, MARKDOWN_COMMONMARK, SCANNER_MAX_REFS_A_FILE,
		      html, &images);
	markdown_images_release(&images);
	return html;
}

void data_html_find(const struct data_node *node, struct slice source,
		    const char *const *lazy_attributes, enum image_ref_kind kind, const char *path,
		    struct found *found)
{
	const struct html_image_options options = {lazy_attributes};
	struct slice text = node->text;
	CLEANUP(cleanup_free) size_t *offsets = align(node, source);
	CLEANUP(cleanup_free)
	char *html = !begins_with_markup(text) && memchr(text.data, '`', text.length_bytes)
			     ? without_code(text)
			     : NULL;
	struct data_html reading = {
		.html = {html ? html : text.data, text.length_bytes},
		.offsets = offsets,
		.kind = kind,
		.path = path,
		.found = found,
	};

	find_disabled(&reading);
	html_images_find(reading.html.data, reading.html.length_bytes, &options, emit, &reading,
			 NULL);
	disabled_release(&reading.disabled);
}
