#include "data_html.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_written.h"
#include "disabled.h"
#include "html_images.h"
#include "markdown.h"
#include "template.h"

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
	CLEANUP(cleanup_free) size_t *offsets = data_written_offsets(node, source);
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
