#include "captcha_page.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "buf.h"

/* Such a page says what is to be done, and why: a sentence or three. */
#define MOST_VISIBLE_BYTES 600

static const struct {
	const char *widget, *script; /* the element it takes, and who fills it */
	const char *name;
} captchas[] = {
	{"h-captcha", "hcaptcha.com/", "hCaptcha"},
	{"g-recaptcha", "/recaptcha/", "reCAPTCHA"},
	{"cf-turnstile", "challenges.cloudflare.com/turnstile/", "Turnstile"},
};

static bool has_text(struct slice text, const char *wanted)
{
	return memmem(text.data, text.length_bytes, wanted, strlen(wanted)) != NULL;
}

/* From the '<' at `at` to behind its '>', quoted ones passed over. */
static struct slice tag_at(struct slice page, size_t at)
{
	size_t end = at + 1;
	char quote = '\0';

	for (; end < page.length_bytes && (quote || page.data[end] != '>'); end++) {
		if (quote && page.data[end] == quote)
			quote = '\0';
		else if (!quote && (page.data[end] == '"' || page.data[end] == '\''))
			quote = page.data[end];
	}
	end += end < page.length_bytes;
	return (struct slice){page.data + at, end - at};
}

static bool is_tag(struct slice tag, const char *name)
{
	size_t length = strlen(name);

	return tag.length_bytes > length + 1 && !strncasecmp(tag.data + 1, name, length) &&
	       !isalnum((unsigned char)tag.data[1 + length]);
}

/* The offset of the end tag of an element that shows nothing, or of the page's end. */
static size_t end_of_hidden(struct slice page, size_t at, const char *name)
{
	for (; at < page.length_bytes; at++) {
		struct slice tag = {page.data + at, page.length_bytes - at};

		if (tag.length_bytes > 2 && tag.data[0] == '<' && tag.data[1] == '/' &&
		    is_tag((struct slice){tag.data + 1, tag.length_bytes - 1}, name))
			return at;
	}
	return at;
}

/* Something to be filled in, or a part of a site's own pages. */
static bool is_of_a_site(struct slice tag)
{
	static const char *const names[] = {"textarea", "select", "nav", "article", "footer"};
	static const char *const unseen[] = {"hidden", "submit", "button", "image"};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (is_tag(tag, names[i]))
			return true;
	if (!is_tag(tag, "input"))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(unseen); i++)
		if (has_text(tag, unseen[i]))
			return false;
	return true;
}

/* The bytes that a reader sees, blanks left out; SIZE_MAX: there is more than a captcha. */
static size_t visible_bytes(struct slice page)
{
	static const char *const hidden[] = {"script", "style", "noscript", "title"};
	size_t count = 0, at = 0;

	while (at < page.length_bytes) {
		struct slice tag;

		if (page.data[at] != '<') {
			count += !isspace((unsigned char)page.data[at++]);
			continue;
		}
		tag = tag_at(page, at);
		if (is_of_a_site(tag))
			return SIZE_MAX;
		at += tag.length_bytes;
		for (size_t i = 0; i < ARRAY_LENGTH(hidden); i++)
			if (is_tag(tag, hidden[i]))
				at = end_of_hidden(page, at, hidden[i]);
	}
	return count;
}

/* Of one that was not read to its end nobody knows what follows. */
static bool is_whole(struct slice page)
{
	return has_text(page, "</html") || has_text(page, "</HTML") || has_text(page, "</body");
}

/* The frame that an application in scripts fills, whatever was asked for; and widgets that are not
 * seen. */
static bool is_application(struct slice page)
{
	static const char *const marks[] = {"id=\"root\"",   "id=\"app\"",
					    "id=\"__next\"", "id=\"__nuxt\"",
					    "<app-root",     "data-size=\"invisible\""};

	for (size_t i = 0; i < ARRAY_LENGTH(marks); i++)
		if (has_text(page, marks[i]))
			return true;
	return false;
}

const char *captcha_page_find(const char *page, size_t page_bytes)
{
	const struct slice text = {page, page_bytes};

	if (!is_whole(text) || is_application(text))
		return NULL;
	for (size_t i = 0; i < ARRAY_LENGTH(captchas); i++)
		if (has_text(text, captchas[i].widget) && has_text(text, captchas[i].script))
			return visible_bytes(text) <= MOST_VISIBLE_BYTES ? captchas[i].name : NULL;
	return NULL;
}
