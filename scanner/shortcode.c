#include "shortcode.h"

#include <string.h>

#include "alloc.h"
#include "image_key.h"
#include "markup_image.h"

struct argument {
	struct slice name; /* empty: an argument by its place */
	struct slice value;
	bool is_literal;
};

static bool is_one_of(char c, const char *characters)
{
	return c && strchr(characters, c);
}

static size_t skip(struct slice text, size_t offset, const char *characters)
{
	while (offset < text.length_bytes && is_one_of(text.data[offset], characters))
		offset++;
	return offset;
}

static size_t until(struct slice text, size_t offset, const char *characters)
{
	while (offset < text.length_bytes && !is_one_of(text.data[offset], characters))
		offset++;
	return offset;
}

/* A quoted or bare value at `offset`. */
static size_t read_value(struct slice text, size_t offset, struct argument *argument)
{
	char quote = offset < text.length_bytes ? text.data[offset] : '\0';
	size_t end;

	if (is_one_of(quote, "\"'`")) {
		const char *close =
			memchr(text.data + offset + 1, quote, text.length_bytes - offset - 1);

		if (!close)
			return text.length_bytes;
		end = (size_t)(close - text.data);
		argument->value = (struct slice){text.data + offset + 1, end - offset - 1};
		argument->is_literal = true;
		return end + 1;
	}
	end = until(text, offset, " \t\r\n,");
	argument->value = (struct slice){text.data + offset, end - offset};
	return end;
}

static bool next_argument(struct slice text, size_t *offset, struct argument *ret_argument)
{
	size_t start = skip(text, *offset, " \t\r\n,"), end, equals;

	*ret_argument = (struct argument){.name = {text.data, 0}, .value = {text.data, 0}};
	if (start >= text.length_bytes)
		return false;
	end = until(text, start, " \t\r\n,=:\"'`");
	equals = skip(text, end, " \t");
	/* Neither is part of a name: "/a.jpg?v=2". */
	if (end > start && until((struct slice){text.data, end}, start, "/?") == end &&
	    equals < text.length_bytes &&
	    (text.data[equals] == '=' ||
	     (text.data[equals] == ':' && equals + 1 < text.length_bytes &&
	      is_one_of(text.data[equals + 1], " \"'")))) {
		ret_argument->name = (struct slice){text.data + start, end - start};
		*offset = read_value(text, skip(text, equals + 1, " \t"), ret_argument);
		return true;
	}
	*offset = read_value(text, start, ret_argument);
	if (*offset == start)
		(*offset)++;
	return true;
}

/* "image" of "post/image.html". */
static struct slice base_name(struct slice path)
{
	const char *slash = memrchr(path.data, '/', path.length_bytes), *dot;

	if (slash)
		path = (struct slice){slash + 1,
				      path.length_bytes - (size_t)(slash + 1 - path.data)};
	dot = memchr(path.data, '.', path.length_bytes);
	return dot ? (struct slice){path.data, (size_t)(dot - path.data)} : path;
}

static bool is_listed(struct slice name, const char *const *names)
{
	for (; *names; names++)
		if (slice_equals_nocase(name, *names))
			return true;
	return false;
}

static bool is_source(struct slice name)
{
	return slice_equals(name, "src") || slice_equals(name, "image_path") ||
	       slice_equals(name, "url");
}

/* Of a film the poster is the image; the path of al-folio's figures and of jekyll-responsive-image
 * begins at the site's root. Before a file's bare name an include may have a folder of its own. */
static bool is_image_source(const struct argument *argument)
{
	return slice_equals(argument->name, "poster") ||
	       (slice_equals(argument->name, "path") &&
		memchr(argument->value.data, '/', argument->value.length_bytes));
}

static void take(const struct argument *argument, bool is_known, struct shortcode_image *image)
{
	bool is_by_place = argument->name.length_bytes == 0;
	bool has_extension = image_value_has_extension(argument->value);
	bool is_image = has_extension ||
			(is_known && !is_by_place && image_value_is_possible(argument->value));

	if (image->written.length_bytes == 0 && is_image && !template_is_in(argument->value) &&
	    (is_source(argument->name) || (is_by_place && is_known) ||
	     (has_extension && is_image_source(argument))) &&
	    (argument->is_literal || has_extension))
		image->written = argument->value;
	else if (slice_equals(argument->name, "width"))
		image->width_px = markup_image_px(argument->value);
	else if (slice_equals(argument->name, "height"))
		image->height_px = markup_image_px(argument->value);
	else if (slice_equals(argument->name, "alt") ||
		 (slice_equals(argument->name, "title") && image->title.length_bytes == 0))
		image->title = argument->value;
}

bool shortcode_read(struct slice content, const char *const *names,
		    struct shortcode_image *ret_image)
{
	struct argument argument;
	struct slice name;
	size_t offset = skip(content, 0, "<%-+ \t\r\n"), end;
	bool is_known;

	*ret_image =
		(struct shortcode_image){.written = {content.data, 0}, .title = {content.data, 0}};
	end = until(content, offset, " \t\r\n,{");
	name = (struct slice){content.data + offset, end - offset};
	offset = end + (end < content.length_bytes && content.data[end] == '{');
	if (slice_equals(name, "include") || slice_equals(name, "include_relative") ||
	    slice_equals(name, "include_cached") || slice_equals(name, "render")) {
		if (!next_argument(content, &offset, &argument))
			return false;
		name = argument.value;
	}
	is_known = is_listed(base_name(name), names);
	while (next_argument(content, &offset, &argument))
		take(&argument, is_known, ret_image);
	return ret_image->written.length_bytes > 0;
}
