#include "template.h"

#include <ctype.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"

/* Longer results are no URLs. */
#define RESOLVED_MAX_BYTES 8192

struct expression {
	struct slice rest;
	const struct site *site;
};

static void skip_blanks(struct expression *expression)
{
	while (expression->rest.length_bytes > 0 &&
	       isspace((unsigned char)expression->rest.data[0])) {
		expression->rest.data++;
		expression->rest.length_bytes--;
	}
}

static struct slice take(struct expression *expression, size_t n)
{
	struct slice taken = {expression->rest.data, n};

	expression->rest.data += n;
	expression->rest.length_bytes -= n;
	return taken;
}

static struct slice take_word(struct expression *expression)
{
	size_t n = 0;

	skip_blanks(expression);
	while (n < expression->rest.length_bytes &&
	       (isalnum((unsigned char)expression->rest.data[n]) ||
		expression->rest.data[n] == '_' || expression->rest.data[n] == '.'))
		n++;
	return take(expression, n);
}

static bool take_string(struct expression *expression, struct slice *ret_text)
{
	const char *end;

	skip_blanks(expression);
	if (expression->rest.length_bytes < 2 || !strchr("\"'`", expression->rest.data[0]))
		return false;
	end = memchr(expression->rest.data + 1, expression->rest.data[0],
		     expression->rest.length_bytes - 1);
	if (!end)
		return false;
	*ret_text = take(expression, (size_t)(end - expression->rest.data));
	ret_text->data++;
	ret_text->length_bytes--;
	take(expression, 1);
	return true;
}

static bool is_absolute(const char *text)
{
	return !strncmp(text, "//", 2) || strstr(text, "://");
}

/* `value` becomes url + baseurl + "/" + value, as relative_url (without url) and absolute_url do.
 */
static void join(struct buf *value, const char *url, const char *baseurl)
{
	CLEANUP(cleanup_free) char *old = buf_steal(value);
	const char *path = old;

	if (is_absolute(old)) {
		buf_append_string(value, old);
		return;
	}
	while (*path == '/')
		path++;
	buf_printf(value, "%s%s%s%s", url, baseurl, *old ? "/" : "", path);
}

static bool apply(const struct site *site, struct slice filter, struct buf *value)
{
	static const char *const relative[] = {"relative_url", "relURL", "url"};
	static const char *const absolute[] = {"absolute_url", "absURL"};
	static const char *const same[] = {"escape", "strip", "safe", "safeURL", "uri_escape", "e"};

	for (size_t i = 0; i < ARRAY_LENGTH(relative); i++)
		if (slice_equals(filter, relative[i]))
			return join(value, "", site->baseurl), true;
	for (size_t i = 0; i < ARRAY_LENGTH(absolute); i++)
		if (slice_equals(filter, absolute[i]))
			return join(value, site->url, site->baseurl), true;
	for (size_t i = 0; i < ARRAY_LENGTH(same); i++)
		if (slice_equals(filter, same[i]))
			return true;
	return false;
}

/* A string, a variable that is known, or Hugo's `relURL "x"`. */
static bool take_operand(struct expression *expression, struct buf *value)
{
	const struct site *site = expression->site;
	struct slice text, word;

	if (take_string(expression, &text)) {
		buf_append(value, text.data, text.length_bytes);
		return true;
	}
	word = take_word(expression);
	if (slice_equals(word, "site.baseurl")) {
		buf_append_string(value, site->baseurl);
	} else if (slice_equals(word, "site.url")) {
		buf_append_string(value, site->url);
	} else if (slice_equals(word, "site.github.url")) {
		buf_printf(value, "%s%s", site->url, site->baseurl);
	} else if (slice_equals(word, ".Site.BaseURL") || slice_equals(word, "site.BaseURL")) {
		buf_printf(value, "%s%s/", site->url, site->baseurl);
	} else if ((slice_equals(word, "relURL") || slice_equals(word, "absURL")) &&
		   take_string(expression, &text)) {
		buf_append(value, text.data, text.length_bytes);
		apply(site, word, value);
	} else {
		return false;
	}
	return true;
}

/* append: x and prepend: x */
static bool take_argument(struct expression *expression, struct slice filter, struct buf *value)
{
	CLEANUP(buf_release) struct buf argument = BUF_INIT(RESOLVED_MAX_BYTES);
	bool is_append = slice_equals(filter, "append");

	if (!is_append && !slice_equals(filter, "prepend"))
		return false;
	take(expression, 1);
	if (!take_operand(expression, &argument))
		return false;
	if (is_append) {
		buf_append(value, buf_string(&argument), argument.length_bytes);
		return true;
	}
	buf_append(&argument, buf_string(value), value->length_bytes);
	buf_clear(value);
	buf_append(value, buf_string(&argument), argument.length_bytes);
	return true;
}

static bool evaluate(struct slice content, const struct site *site, struct buf *ret_text)
{
	CLEANUP(buf_release) struct buf value = BUF_INIT(RESOLVED_MAX_BYTES);
	struct expression expression = {slice_trim(content), site};

	if (!take_operand(&expression, &value))
		return false;
	for (;;) {
		struct slice filter;

		skip_blanks(&expression);
		if (expression.rest.length_bytes == 0)
			break;
		if (expression.rest.data[0] != '|')
			return false;
		take(&expression, 1);
		filter = take_word(&expression);
		skip_blanks(&expression);
		if (expression.rest.length_bytes > 0 && expression.rest.data[0] == ':') {
			if (!take_argument(&expression, filter, &value))
				return false;
		} else if (!apply(site, filter, &value)) {
			return false;
		}
	}
	buf_append(ret_text, buf_string(&value), value.length_bytes);
	return true;
}

static bool ends_with(const struct buf *text, const char *end)
{
	size_t n = strlen(end);

	return text->length_bytes >= n && !memcmp(text->data + text->length_bytes - n, end, n);
}

/* {% link assets/x.png %} prints the file's own address: from Jekyll 4 on with the baseurl, before
 * (GitHub Pages) without it, so that sites write that in front of it. */
static bool evaluate_tag(struct slice content, const struct site *site, struct buf *ret_text)
{
	static const char link[] = "link ";
	struct slice text = slice_trim(content);

	if (text.length_bytes < sizeof link || memcmp(text.data, link, sizeof link - 1) != 0)
		return false;
	text = slice_trim(
		(struct slice){text.data + sizeof link - 1, text.length_bytes - sizeof link + 1});
	if (template_is_in(text) || memchr(text.data, ' ', text.length_bytes))
		return false;
	if (!*site->baseurl || !ends_with(ret_text, site->baseurl))
		buf_append_string(ret_text, site->baseurl);
	buf_printf(ret_text, "/%.*s", (int)text.length_bytes, text.data);
	return true;
}

struct tag {
	struct slice content; /* without the dashes of {{- x -}} */
	bool is_output, strips_before, strips_after;
	size_t length_bytes;
};

/* The tag that `text` begins with; false when there is none, or it has no end. */
static bool take_tag(struct slice text, struct tag *ret_tag)
{
	bool is_output = text.data[1] == '{';
	const char *end = memmem(text.data + 2, text.length_bytes - 2, is_output ? "}}" : "%}", 2);
	struct slice content;

	if (!end)
		return false;
	content = (struct slice){text.data + 2, (size_t)(end - text.data) - 2};
	*ret_tag = (struct tag){.is_output = is_output, .length_bytes = content.length_bytes + 4};
	if (content.length_bytes > 0 && content.data[0] == '-') {
		ret_tag->strips_before = true;
		content.data++;
		content.length_bytes--;
	}
	if (content.length_bytes > 0 && content.data[content.length_bytes - 1] == '-') {
		ret_tag->strips_after = true;
		content.length_bytes--;
	}
	ret_tag->content = content;
	return true;
}

static void strip_end(struct buf *text)
{
	while (text->length_bytes > 0 && isspace((unsigned char)text->data[text->length_bytes - 1]))
		text->data[--text->length_bytes] = '\0';
}

bool template_resolve(struct slice text, const struct site *site, struct buf *ret_text)
{
	struct expression rest = {text, site};
	struct tag tag;

	if (text.length_bytes > RESOLVED_MAX_BYTES || !template_is_in(text))
		return false;
	while (rest.rest.length_bytes > 0) {
		const char *at = rest.rest.data;

		if (rest.rest.length_bytes < 2 || at[0] != '{' || (at[1] != '{' && at[1] != '%')) {
			buf_append_char(ret_text, *take(&rest, 1).data);
			continue;
		}
		if (!take_tag(rest.rest, &tag))
			return false;
		if (tag.strips_before)
			strip_end(ret_text);
		if (tag.is_output ? !evaluate(tag.content, site, ret_text)
				  : !evaluate_tag(tag.content, site, ret_text))
			return false;
		take(&rest, tag.length_bytes);
		if (tag.strips_after)
			skip_blanks(&rest);
	}
	return !ret_text->overflowed;
}
