#include "myst.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "markup_image.h"
#include "rst.h"

#define FENCE_MIN 3

struct directive {
	struct myst_fence fence;
	struct slice name, argument;
};

void myst_release(struct myst *myst)
{
	free(myst->images);
}

static struct slice text_of(const struct myst_line *line)
{
	return (struct slice){line->original, line->length_bytes};
}

static size_t run_length(struct slice text, char mark)
{
	size_t n = 0;

	while (n < text.length_bytes && text.data[n] == mark)
		n++;
	return n;
}

/* "```{name} argument" */
static bool read_directive(const struct myst_line *line, struct directive *ret_directive)
{
	struct slice text = text_of(line), info;
	char mark = text.length_bytes ? text.data[0] : '\0';
	size_t n = run_length(text, mark);
	const char *close;

	if (!mark || !strchr("`~:", mark) || n < FENCE_MIN)
		return false;
	info = slice_trim(slice_from(text, n));
	close = memchr(info.data, '}', info.length_bytes);
	if (!slice_starts_with(info, "{") || !close ||
	    (mark == '`' && memchr(info.data, '`', info.length_bytes)))
		return false;
	*ret_directive = (struct directive){
		.fence = {mark, n, line->n_containers},
		.name = {info.data + 1, (size_t)(close - info.data) - 1},
		.argument = slice_trim(slice_from(info, (size_t)(close - info.data) + 1)),
	};
	return ret_directive->name.length_bytes > 0;
}

/* An empty heading, which parts what stands around it. */
static void hide(const struct myst_line *line)
{
	memset(line->text, ' ', line->length_bytes);
	line->text[0] = '#';
}

static bool is_code(const struct directive *directive)
{
	if (slice_equals(directive->name, "eval-rst"))
		return true;
	return rst_shows_as_it_stands(directive->name) &&
	       !(slice_equals(directive->name, "raw") && slice_equals(directive->argument, "html"));
}

/* Sphinx's `x.*` is whichever format there is. */
static bool is_image(const struct directive *directive)
{
	struct slice url = directive->argument;

	return (slice_equals(directive->name, "image") ||
		slice_equals(directive->name, "figure")) &&
	       url.length_bytes > 1 && memcmp(url.data + url.length_bytes - 2, ".*", 2) != 0;
}

static void begin(struct myst *myst, const struct myst_line *line,
		  const struct directive *directive)
{
	bool is_colon = directive->fence.mark == ':';

	if (is_code(directive) || myst->n_open == MYST_MAX_DEPTH) {
		/* To Markdown colons are no fence. */
		if (is_colon)
			memset(line->text, '~', directive->fence.length);
		myst->code_length = is_colon ? directive->fence.length : 0;
		return;
	}
	hide(line);
	myst->open[myst->n_open++] = directive->fence;
	myst->options = MYST_MAY_HAVE_OPTIONS;
	myst->is_image = is_image(directive);
	if (!myst->is_image)
		return;
	ALLOC_GROW(myst->images, myst->n_images, myst->capacity);
	myst->images[myst->n_images++] = (struct myst_image){.url = directive->argument};
}

/* Nothing but so many marks. */
static bool is_end_of(const struct myst_line *line, char mark, size_t length)
{
	struct slice text = text_of(line);
	size_t n = run_length(text, mark);

	return n >= length && slice_trim(slice_from(text, n)).length_bytes == 0;
}

/* Whether the line ends a directive: the outermost that it may, as a fence ends by its marks
 * whatever it holds. */
static bool ends_directive(struct myst *myst, const struct myst_line *line)
{
	/* An item or quotation that ends takes what it holds with it. */
	while (myst->n_open && myst->open[myst->n_open - 1].n_containers > line->n_containers)
		myst->n_open--;
	for (size_t i = 0; i < myst->n_open; i++) {
		if (myst->open[i].n_containers != line->n_containers ||
		    !is_end_of(line, myst->open[i].mark, myst->open[i].length))
			continue;
		myst->n_open = i;
		return true;
	}
	return false;
}

static struct slice without_quotes(struct slice value)
{
	size_t n = value.length_bytes;

	if (n >= 2 && (value.data[0] == '"' || value.data[0] == '\'') &&
	    value.data[n - 1] == value.data[0])
		return (struct slice){value.data + 1, n - 2};
	return value;
}

/* `key: value` */
static void take_option(struct myst *myst, struct slice option)
{
	const char *colon = memchr(option.data, ':', option.length_bytes);
	struct myst_image *image = &myst->images[myst->n_images - 1];
	struct slice key, value;

	if (!colon)
		return;
	key = (struct slice){option.data, (size_t)(colon - option.data)};
	value = without_quotes(slice_trim(slice_from(option, key.length_bytes + 1)));
	if (slice_equals(key, "width"))
		image->width_px = markup_image_px(value);
	else if (slice_equals(key, "height"))
		image->height_px = markup_image_px(value);
	else if (slice_equals(key, "alt"))
		image->alt = value;
}

/* `:key: value` or `:key:` */
static bool is_colon_option(struct slice text)
{
	size_t n = 1;

	while (n < text.length_bytes &&
	       (isalnum((unsigned char)text.data[n]) || text.data[n] == '-' || text.data[n] == '_'))
		n++;
	return n > 1 && n < text.length_bytes && text.data[0] == ':' && text.data[n] == ':' &&
	       (n + 1 == text.length_bytes || text.data[n + 1] == ' ');
}

/* Whether the line is an option, or a mark around options. */
static bool take_options(struct myst *myst, const struct myst_line *line)
{
	struct slice text = slice_trim(text_of(line));
	bool is_mark = slice_equals(text, "---");

	if (myst->options == MYST_YAML_OPTIONS) {
		if (is_mark)
			myst->options = MYST_NO_OPTIONS;
		else if (myst->is_image)
			take_option(myst, text);
		return true;
	}
	if (is_mark && myst->options == MYST_MAY_HAVE_OPTIONS) {
		myst->options = MYST_YAML_OPTIONS;
		return true;
	}
	if (!is_colon_option(text)) {
		myst->options = MYST_NO_OPTIONS;
		return false;
	}
	myst->options = MYST_OPTIONS;
	if (myst->is_image)
		take_option(myst, slice_from(text, 1));
	return true;
}

/* Of `:::{code}`, which is fenced by tildes in the copy: theirs are none. */
static void take_code(const struct myst *myst, const struct myst_line *line)
{
	if (is_end_of(line, ':', myst->code_length))
		memset(line->text, '~', run_length(text_of(line), ':'));
	else if (line->text[0] == '~')
		line->text[0] = 'x';
}

bool myst_take(struct myst *myst, const struct myst_line *line)
{
	struct directive directive;

	if (line->length_bytes == 0) {
		if (myst->options != MYST_YAML_OPTIONS)
			myst->options = MYST_NO_OPTIONS;
		return false;
	}
	if (ends_directive(myst, line)) {
		hide(line);
		myst->options = MYST_NO_OPTIONS;
		return true;
	}
	if (line->is_in_fence) {
		if (myst->code_length)
			take_code(myst, line);
		return false;
	}
	myst->code_length = 0;
	if (line->is_in_html)
		return false;
	if (myst->options != MYST_NO_OPTIONS && take_options(myst, line)) {
		hide(line);
	} else if (line->original[0] == '%') { /* a comment */
		hide(line);
	} else if (read_directive(line, &directive)) {
		begin(myst, line, &directive);
	}
	return false;
}
