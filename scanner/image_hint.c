#include "image_hint.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"

/* What html_images.c takes URLs from: attributes, and elements whose attributes have common names.
 */
static const char *const words[] = {"src",        "srcset",   "imagesrcset", "poster",
				    "background", "style",    "<link",       "<meta",
				    "<image",     "<feimage", "<object",     "<base"};

static bool has_word_at(const char *at, size_t left, const char *word)
{
	size_t n = strlen(word);

	return left >= n && !strncasecmp(at, word, n);
}

static bool has_word(struct slice tag, const char *const *lazy_attributes)
{
	for (size_t i = 0; i < tag.length_bytes; i++) {
		const char *at = tag.data + i;
		size_t left = tag.length_bytes - i;

		/* Words begin where no letter stands before: "src" is in "data-src". */
		if (i > 0 && isalnum((unsigned char)at[-1]))
			continue;
		for (size_t j = 0; j < ARRAY_LENGTH(words); j++)
			if (has_word_at(at, left, words[j]))
				return true;
		for (const char *const *name = lazy_attributes; *name; name++)
			if (has_word_at(at, left, *name))
				return true;
	}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* The offset of the last character before `offset` that is no blank; 0 when there is none. */
static size_t before_blanks(struct slice tag, size_t offset)
{
	while (offset > 1 && is_blank(tag.data[offset - 1]))
		offset--;
	return offset > 0 ? offset - 1 : 0;
}

/* A '>' in quotes ends no tag: where quotes are left open, the tag is longer. Where one is open or
 * not, only the tokenizer knows, unless each pair stands where it should: name="value", blank. */
static bool has_closed_quotes(struct slice tag)
{
	char quote = '\0';

	for (size_t i = 0; i < tag.length_bytes; i++) {
		char c = tag.data[i];

		if (quote && c == quote) {
			quote = '\0';
			if (i + 1 < tag.length_bytes && !is_blank(tag.data[i + 1]) &&
			    tag.data[i + 1] != '/')
				return false;
		} else if (!quote && (c == '"' || c == '\'')) {
			size_t equals = before_blanks(tag, i);

			if (tag.data[equals] != '=' ||
			    !isalnum((unsigned char)tag.data[before_blanks(tag, equals)]))
				return false;
			quote = c;
		}
	}
	return !quote;
}

/* The first '>' that is no mark of a Markdown quotation: only blanks and marks stand before those
 * on their lines. */
static size_t tag_end(struct slice rest)
{
	const char *at = rest.data, *end = rest.data + rest.length_bytes, *mark_end = rest.data;

	while ((at = memchr(at, '>', (size_t)(end - at)))) {
		const char *before = at;

		while (before > mark_end && (before[-1] == ' ' || before[-1] == '\t'))
			before--;
		if (before > mark_end && before[-1] != '\n' && before[-1] != '\r')
			return (size_t)(at - rest.data);
		mark_end = ++at;
	}
	return rest.length_bytes;
}

static bool tag_may_show_image(struct slice rest, const char *const *lazy_attributes,
			       size_t *ret_length_bytes)
{
	struct slice tag = {rest.data, tag_end(rest)};

	*ret_length_bytes = tag.length_bytes;
	return !has_closed_quotes(tag) || has_word(tag, lazy_attributes);
}

static bool has_markdown_image(struct slice body)
{
	const char *at = body.data, *end = body.data + body.length_bytes;

	while ((at = memchr(at, '!', (size_t)(end - at)))) {
		at++;
		if (at < end && *at == '[')
			return true;
	}
	return false;
}

bool image_hint_is_in(struct slice body, const char *const *lazy_attributes)
{
	const char *at = body.data, *end = body.data + body.length_bytes;

	if (has_markdown_image(body))
		return true;
	while ((at = memchr(at, '<', (size_t)(end - at)))) {
		struct slice rest = {at, (size_t)(end - at)};
		size_t length;

		if (rest.length_bytes < 2 || !isalpha((unsigned char)at[1])) {
			at++;
			continue;
		}
		if (tag_may_show_image(rest, lazy_attributes, &length))
			return true;
		at += length;
	}
	return false;
}
