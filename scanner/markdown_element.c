#include "markdown_element.h"

#include <ctype.h>
#include <string.h>

/* Of the tag, which starts with "<" or "</". */
static struct slice name_of(struct slice tag)
{
	size_t start = slice_starts_with(tag, "</") ? 2 : 1, n = 0;

	if (!slice_starts_with(tag, "<"))
		return (struct slice){tag.data, 0};
	while (start + n < tag.length_bytes && isalnum((unsigned char)tag.data[start + n]))
		n++;
	return (struct slice){tag.data + start, n};
}

/* How many more elements of the name the line opens than it closes. */
static long opened(struct slice line, struct slice name)
{
	const char *at = line.data, *end = line.data + line.length_bytes;
	long n = 0;

	while ((at = memchr(at, '<', (size_t)(end - at)))) {
		struct slice tag = {at, (size_t)(end - at)};
		struct slice own = name_of(tag);

		if (own.length_bytes == name.length_bytes &&
		    !memcmp(own.data, name.data, name.length_bytes))
			n += at + 1 < end && at[1] == '/' ? -1 : 1;
		at++;
	}
	return n;
}

static bool is_void(struct slice name)
{
	return slice_equals_nocase(name, "img") || slice_equals_nocase(name, "br") ||
	       slice_equals_nocase(name, "hr");
}

void markdown_element_begin(struct markdown_element *element, struct slice tag)
{
	*element = (struct markdown_element){.name = name_of(tag)};
}

bool markdown_element_ends_html(struct markdown_element *element, struct slice html, bool is_first)
{
	if (element->name.length_bytes == 0)
		return false;
	if (is_first) {
		element->block_name = name_of(html);
		element->block_depth = 0;
	}
	if (element->block_name.length_bytes == 0)
		return false;
	element->block_depth += opened(html, element->block_name);
	return element->block_depth <= 0 || is_void(element->block_name);
}

void markdown_element_pass(struct markdown_element *element, struct slice line)
{
	if (element->name.length_bytes == 0)
		return;
	element->depth += opened(line, element->name);
	if (element->depth <= 0)
		element->name.length_bytes = 0;
}
