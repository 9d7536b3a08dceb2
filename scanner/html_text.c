#include "html_text.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "html_entities.h"
#include "html_images.h"

#define REPLACEMENT_UTF8 "\xef\xbf\xbd"

/* From `decoded` on, the source continues at `raw`. */
struct html_text_jump {
	size_t decoded, raw;
};

struct rules {
	bool references, keeps_nul, keeps_newlines, lowers_case;
};

static struct rules rules_of(enum html_content content)
{
	return (struct rules){
		.references = content == HTML_DATA || content == HTML_RCDATA ||
			      content == HTML_ATTRIBUTE || content == HTML_REFERENCES,
		.keeps_nul =
			content == HTML_DATA || content == HTML_CDATA || content == HTML_REFERENCES,
		.keeps_newlines = content == HTML_REFERENCES,
		.lowers_case = content == HTML_NAME,
	};
}

static bool is_changed(char c, struct rules rules)
{
	return (c == '&' && rules.references) || (c == '\r' && !rules.keeps_newlines) ||
	       (c == '\0' && !rules.keeps_nul) || (rules.lowers_case && c >= 'A' && c <= 'Z');
}

static size_t unchanged_until(struct slice raw, size_t i, struct rules rules)
{
	while (i < raw.length_bytes && !is_changed(raw.data[i], rules))
		i++;
	return i;
}

/* Appends what stands for the piece at `i`, and returns its length in the source. */
static size_t decode_piece(struct buf *copy, struct slice raw, size_t i, enum html_content content)
{
	char utf8[HTML_REFERENCE_MAX_BYTES];
	size_t utf8_bytes = 0, used;

	switch (raw.data[i]) {
	case '\r':
		buf_append_char(copy, '\n');
		return i + 1 < raw.length_bytes && raw.data[i + 1] == '\n' ? 2 : 1;
	case '\0':
		buf_append_string(copy, REPLACEMENT_UTF8);
		return 1;
	case '&':
		used = html_entities_read(raw.data + i, raw.length_bytes - i,
					  content == HTML_ATTRIBUTE || content == HTML_REFERENCES,
					  utf8, &utf8_bytes);
		if (!used)
			break;
		buf_append(copy, utf8, utf8_bytes);
		return used;
	default:
		buf_append_char(copy, (char)(raw.data[i] | 0x20));
		return 1;
	}
	buf_append_char(copy, raw.data[i]);
	return 1;
}

static void add_jump(struct html_text *text, size_t raw_offset)
{
	ALLOC_GROW(text->jumps, text->n_jumps, text->jumps_capacity);
	text->jumps[text->n_jumps++] =
		(struct html_text_jump){.decoded = text->copy.length_bytes, .raw = raw_offset};
}

void html_text_decode(struct html_text *text, struct slice raw, enum html_content content)
{
	struct rules rules = rules_of(content);
	size_t i = unchanged_until(raw, 0, rules), start = 0;

	text->n_jumps = 0;
	text->text = raw;
	if (i == raw.length_bytes)
		return;
	text->copy.max_bytes = BUF_UNLIMITED;
	buf_clear(&text->copy);
	while (i < raw.length_bytes) {
		size_t before, used;

		buf_append(&text->copy, raw.data + start, i - start);
		before = text->copy.length_bytes;
		used = decode_piece(&text->copy, raw, i, content);
		start = i + used;
		if (text->copy.length_bytes - before != used)
			add_jump(text, start);
		i = unchanged_until(raw, start, rules);
	}
	buf_append(&text->copy, raw.data + start, i - start);
	text->text = (struct slice){buf_string(&text->copy), text->copy.length_bytes};
}

void html_text_release(struct html_text *text)
{
	buf_release(&text->copy);
	free(text->jumps);
	*text = (struct html_text){0};
}

size_t html_text_raw_offset(const struct html_text *text, size_t offset)
{
	size_t low = 0, high = text->n_jumps;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (text->jumps[middle].decoded <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return offset;
	return text->jumps[low - 1].raw + (offset - text->jumps[low - 1].decoded);
}

struct slice html_text_raw(const struct html_text *text, struct slice raw, size_t start, size_t end)
{
	size_t raw_start = html_text_raw_offset(text, start);

	return (struct slice){raw.data + raw_start, html_text_raw_offset(text, end) - raw_start};
}

static void append_decoded(const char *text, size_t length_bytes, enum html_content content,
			   struct buf *ret_text)
{
	CLEANUP(html_text_release) struct html_text decoded = {0};

	html_text_decode(&decoded, (struct slice){text, length_bytes}, content);
	buf_append(ret_text, decoded.text.data, decoded.text.length_bytes);
}

void html_decode_attribute(const char *text, size_t length_bytes, struct buf *ret_text)
{
	append_decoded(text, length_bytes, HTML_ATTRIBUTE, ret_text);
}

void html_decode_references(const char *text, size_t length_bytes, struct buf *ret_text)
{
	append_decoded(text, length_bytes, HTML_REFERENCES, ret_text);
}
