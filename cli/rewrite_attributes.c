#include "rewrite_attributes.h"

#include <stdio.h>
#include <string.h>

/* How far before a URL its shortcode may begin. */
#define MOST_SHORTCODE_BYTES 4096

struct span {
	const char *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The first of `stops` outside of quotes; NULL where the line ends before. */
static const char *find_unquoted(struct span line, const char *stops)
{
	char quote = '\0';

	for (const char *c = line.at; c < line.end && *c != '\n'; c++)
		if (quote)
			quote = *c == quote ? '\0' : quote;
		else if (strchr(stops, *c))
			return c;
		else if ((*c == '"' || *c == '\'') && (is_blank(c[-1]) || c[-1] == '='))
			quote = *c;
	return NULL;
}

/* From a destination to the parenthesis that closes it, those inside counted. */
static const char *end_of_image(struct span rest)
{
	size_t depth = 1;

	while ((rest.at = find_unquoted(rest, "()"))) {
		depth += *rest.at == '(' ? 1 : -1;
		rest.at++;
		if (!depth)
			return rest.at;
	}
	return NULL;
}

static bool list_behind(struct span rest, struct span *ret_list)
{
	const char *brace = end_of_image(rest), *end;

	if (!brace || brace == rest.end || *brace != '{')
		return false;
	brace += brace + 1 < rest.end && brace[1] == ':' ? 2 : 1;
	end = find_unquoted((struct span){brace, rest.end}, "}");
	*ret_list = (struct span){brace, end};
	return end != NULL;
}

static bool starts_with(const char *at, const char *end, const char *word)
{
	return (size_t)(end - at) >= strlen(word) && !memcmp(at, word, strlen(word));
}

/* "{{< name ... >}}", "{{% name ... %}}" or "{% name ... %}", with the URL at `at` in it. */
static bool shortcode_around(const struct rewrite *rewrite, const char *at, struct span *ret_list)
{
	const char *text = buf_string(&rewrite->before), *end = text + rewrite->before.length_bytes;
	const char *floor = at - text > MOST_SHORTCODE_BYTES ? at - MOST_SHORTCODE_BYTES : text;
	const char *closing = NULL, *start = at, *stop;

	while (!closing && start > floor) {
		start--;
		if (starts_with(start, at, "}}") || starts_with(start, at, "%}"))
			return false;
		if (starts_with(start, at, "{{<"))
			closing = ">}}";
		else if (starts_with(start, at, "{{%") || starts_with(start, at, "{%"))
			closing = "%}";
	}
	if (!closing)
		return false;
	stop = memmem(at, (size_t)(end - at), closing, strlen(closing));
	*ret_list = (struct span){start, stop};
	return stop != NULL;
}

/* Takes one `name`, `name=value`, `name="value"` off the list. */
static bool next_attribute(struct span *list, struct span *ret_name, struct span *ret_value)
{
	const char *at = list->at;
	char quote;

	while (at < list->end && (is_blank(*at) || *at == '='))
		at++;
	ret_name->at = at;
	while (at < list->end && !is_blank(*at) && *at != '=')
		at++;
	ret_name->end = at;
	while (at < list->end && is_blank(*at))
		at++;
	*ret_value = (struct span){at, at};
	list->at = at;
	if (at == list->end || *at != '=')
		return ret_name->at < ret_name->end;
	for (at++; at < list->end && is_blank(*at);)
		at++;
	quote = at < list->end && (*at == '"' || *at == '\'') ? *at++ : '\0';
	ret_value->at = at;
	while (at < list->end && (quote ? *at != quote : !is_blank(*at)))
		at++;
	ret_value->end = at;
	list->at = quote && at < list->end ? at + 1 : at;
	return true;
}

bool rewrite_attribute_of(const struct rewrite *rewrite, size_t offset, const char *name,
			  size_t *ret_offset, size_t *ret_length_bytes)
{
	const char *text = buf_string(&rewrite->before), *at = text + offset;
	struct span list, found, value;

	if (!shortcode_around(rewrite, at, &list) &&
	    !list_behind((struct span){at, text + rewrite->before.length_bytes}, &list))
		return false;
	while (next_attribute(&list, &found, &value))
		if ((size_t)(found.end - found.at) == strlen(name) &&
		    !memcmp(found.at, name, strlen(name))) {
			*ret_offset = (size_t)(value.at - text);
			*ret_length_bytes = (size_t)(value.end - value.at);
			return true;
		}
	return false;
}

/* --- srcset -------------------------------------------------------------------------------------
 */

/* The digits of "640w" at `at`, behind blanks and before what ends a candidate; 0: none. */
static size_t descriptor_digits(const char *at, const char *end)
{
	size_t n = 0;

	while (at + n < end && is_digit(at[n]))
		n++;
	if (!n || at + n == end || at[n] != 'w')
		return 0;
	return at + n + 1 == end || is_blank(at[n + 1]) || at[n + 1] == ',' ? n : 0;
}

static bool is_width_taken(const struct rewrite *rewrite, size_t first, size_t last,
			   const char *number)
{
	const char *text = buf_string(&rewrite->before);

	for (size_t at = first + 1; at < last; at++) {
		size_t n = is_blank(text[at - 1]) ? descriptor_digits(text + at, text + last) : 0;

		if (n && n == strlen(number) && !memcmp(text + at, number, n))
			return true;
	}
	if (!rewrite_has_edit(rewrite, first, last)) /* most of a file's are elsewhere */
		return false;
	for (size_t i = 0; i < rewrite->n_edits; i++)
		if (rewrite->edits[i].offset >= first && rewrite->edits[i].offset < last &&
		    !strcmp(rewrite->edits[i].new, number))
			return true;
	return false;
}

bool rewrite_descriptor_after(const struct rewrite *rewrite, size_t end, size_t first, size_t last,
			      int width_px, size_t *ret_offset, size_t *ret_length_bytes)
{
	const char *text = buf_string(&rewrite->before);
	size_t at = end, n;
	char number[16];

	while (at < last && is_blank(text[at]))
		at++;
	n = at > end ? descriptor_digits(text + at, text + last) : 0;
	snprintf(number, sizeof number, "%d", width_px);
	if (!n || is_width_taken(rewrite, first, last, number))
		return false;
	*ret_offset = at;
	*ret_length_bytes = n;
	return true;
}
