#include "page_title.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "charset.h"
#include "html_entities.h"
#include "utf8.h"
#include "xml_prolog.h"

/* Where a page names its encoding (WHATWG HTML 4.2.5.4). */
#define META_BYTES 1024
/* So much of a title without an end is sure to be more than what is shown of one. */
#define LEAST_BYTES_OF_UNENDED (PAGE_TITLE_MAX_CODE_POINTS * 4)

/* The offset of the '>' that ends the comment at `at`, or of the page's end, to which one without
 * an end goes on; `at` when none stands there. "<!-->" is one, too, and "--!>" ends one as "-->"
 * does (WHATWG HTML 13.2.5.43 to 13.2.5.52). */
static size_t end_of_comment(struct slice page, size_t at)
{
	if (page.length_bytes - at < 4 || memcmp(page.data + at, "<!--", 4))
		return at;
	for (size_t i = at + 4; i < page.length_bytes; i++) {
		bool has_bang = page.data[i - 1] == '!' && i >= at + 7;

		if (page.data[i] == '>' && !memcmp(page.data + i - 2 - has_bang, "--", 2))
			return i;
	}
	return page.length_bytes;
}

static bool has_name(struct slice page, size_t at, const char *name)
{
	size_t length = strlen(name);

	return page.length_bytes - at > length && !strncasecmp(page.data + at, name, length) &&
	       (page.data[at + length] == '>' || page.data[at + length] == '/' ||
		xml_is_blank(page.data[at + length]));
}

/* The offset of the first `wanted` behind `at`; the page's end when there is none. */
static size_t find(struct slice page, size_t at, const char *wanted)
{
	size_t length = strlen(wanted);

	while (at + length <= page.length_bytes && strncasecmp(page.data + at, wanted, length))
		at++;
	return at + length <= page.length_bytes ? at : page.length_bytes;
}

/* Elements in which a <title> is another thing's, or only text; `at` when none begins there. */
static size_t end_of_element(struct slice page, size_t at)
{
	static const struct {
		const char *start, *end;
	} elements[] = {{"<script", "</script"}, {"<style", "</style"}, {"<svg", "</svg"}};

	for (size_t i = 0; i < ARRAY_LENGTH(elements); i++)
		if (has_name(page, at, elements[i].start))
			return find(page, at, elements[i].end);
	return at;
}

/* Of a title without an end; empty when it may only have been cut off. Whole code points of UTF-8.
 */
static struct slice beginning_of(struct slice title)
{
	size_t length = LEAST_BYTES_OF_UNENDED;

	if (title.length_bytes <= length)
		return (struct slice){title.data, 0};
	while (length && ((unsigned char)title.data[length] & 0xc0) == 0x80)
		length--;
	return (struct slice){title.data, length};
}

/* What stands in the <title>; empty when there is none. */
static struct slice find_title(struct slice page)
{
	for (size_t i = 0; i < page.length_bytes; i++) {
		const char *begin;
		struct slice title;
		size_t end;

		if (page.data[i] != '<')
			continue;
		i = end_of_comment(page, i);
		i = end_of_element(page, i);
		if (i >= page.length_bytes || !has_name(page, i, "<title"))
			continue;
		begin = memchr(page.data + i, '>', page.length_bytes - i);
		if (!begin)
			break;
		title = slice_from(page, (size_t)(begin - page.data) + 1);
		end = find(title, 0, "</title");
		if (end < title.length_bytes)
			return (struct slice){title.data, end};
		return beginning_of(title);
	}
	return (struct slice){page.data, 0};
}

static void decode(struct buf *out, struct slice text)
{
	size_t at = 0;

	while (at < text.length_bytes) {
		struct slice rest = slice_from(text, at);
		char decoded[HTML_REFERENCE_MAX_BYTES];
		size_t decoded_bytes = 0, used = 0;

		if (rest.data[0] == '&')
			used = html_entities_read(rest.data, rest.length_bytes, false, decoded,
						  &decoded_bytes);
		if (used)
			buf_append(out, decoded, decoded_bytes);
		else
			buf_append_char(out, rest.data[0]);
		at += used ? used : 1;
	}
}

static void append_line(struct buf *out, struct slice text)
{
	bool pending_blank = false;
	size_t shown = 0, at = 0;

	while (at < text.length_bytes) {
		uint32_t code_point = 0xfffd;
		char encoded[4];
		size_t used = utf8_decode(text.data + at, text.length_bytes - at, &code_point);

		at += used ? used : 1;
		if (code_point == 0xa0 || (code_point < 0x80 && xml_is_blank((char)code_point))) {
			pending_blank = shown > 0;
			continue;
		}
		if (utf8_is_hidden(code_point))
			continue;
		if (shown >= PAGE_TITLE_MAX_CODE_POINTS) {
			buf_append_string(out, "…");
			return;
		}
		if (pending_blank)
			buf_append_char(out, ' ');
		shown += pending_blank ? 2 : 1;
		pending_blank = false;
		buf_append(out, encoded, utf8_encode(code_point, encoded));
	}
}

static struct slice label_of(struct slice page, struct slice content_type)
{
	struct slice label = charset_named(content_type);
	struct slice head = {page.data,
			     page.length_bytes < META_BYTES ? page.length_bytes : META_BYTES};

	return label.length_bytes ? label : charset_named(head);
}

/* Valid, called so, or with a letter of more than one byte in it: a byte that is wrong stands
 * alone. */
static bool is_utf8(struct slice text, struct slice label)
{
	uint32_t code_point;

	if (utf8_is_valid(text.data, text.length_bytes) || slice_equals_nocase(label, "utf-8"))
		return true;
	for (size_t i = 0; !label.length_bytes && i < text.length_bytes; i++)
		if (utf8_decode(text.data + i, text.length_bytes - i, &code_point) > 1)
			return true;
	return false;
}

void page_title_append(struct buf *text, struct slice page, struct slice content_type)
{
	struct slice title = find_title(page), label = label_of(page, content_type);
	struct buf utf8 = BUF_INIT(BUF_UNLIMITED), decoded = BUF_INIT(BUF_UNLIMITED);

	if (is_utf8(title, label))
		buf_append(&utf8, title.data, title.length_bytes);
	else
		charset_append_utf8(&utf8, title, label);
	decode(&decoded, (struct slice){buf_string(&utf8), utf8.length_bytes});
	append_line(text, (struct slice){buf_string(&decoded), decoded.length_bytes});
	buf_release(&utf8);
	buf_release(&decoded);
}
