#include "html_role.h"

#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "image_key.h"

#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct slice attribute_names[HTML_ATTRIBUTE_COUNT] = {
	NAME("alt"),         NAME("as"),         NAME("background"), NAME(":src"),
	NAME("content"),     NAME("data"),       NAME("height"),     NAME("href"),
	NAME("imagesrcset"), NAME("itemprop"),   NAME("name"),       NAME("poster"),
	NAME("property"),    NAME("rel"),        NAME("src"),        NAME("srcdoc"),
	NAME("srcset"),      NAME("style"),      NAME("title"),      NAME("type"),
	NAME("width"),       NAME("xlink:href"),
};

enum html_attribute_id html_attribute_id_of(struct slice name)
{
	for (enum html_attribute_id id = 0; id < HTML_ATTRIBUTE_COUNT; id++)
		if (name.length_bytes == attribute_names[id].length_bytes &&
		    !strncasecmp(name.data, attribute_names[id].data, name.length_bytes))
			return id;
	if (slice_equals_nocase(name, "v-bind:src")) /* what ":src" is short for */
		return HTML_ATTRIBUTE_BOUND_SRC;
	return HTML_ATTRIBUTE_COUNT;
}

const char *html_attribute_id_name(enum html_attribute_id id)
{
	return attribute_names[id].data;
}

static bool has_value(const struct html_tag *tag, enum html_attribute_id id, const char *value)
{
	const struct html_attribute *attribute = tag->attributes[id];

	return attribute && slice_equals_nocase(slice_trim(attribute->value), value);
}

enum extension {
	EXTENSION_NONE,
	EXTENSION_IMAGE,
	EXTENSION_OTHER,
};

/* By the last segment of a URL's path. A host has none. */
static enum extension extension_of(struct slice url)
{
	size_t end = 0, dot = 0, start;
	bool has_dot = false;

	if (url.length_bytes > 5 && !strncasecmp(url.data, "data:", 5))
		return url.length_bytes > 11 && !strncasecmp(url.data + 5, "image/", 6)
			       ? EXTENSION_IMAGE
			       : EXTENSION_OTHER;
	while (end < url.length_bytes && url.data[end] != '?' && url.data[end] != '#')
		end++;
	for (start = end; start && url.data[start - 1] != '/'; start--)
		if (!has_dot && url.data[start - 1] == '.') {
			has_dot = true;
			dot = start - 1;
		}
	if (!has_dot || (start >= 2 && url.data[start - 2] == '/'))
		return EXTENSION_NONE;
	return image_extension_is_known((struct slice){url.data + dot + 1, end - dot - 1})
		       ? EXTENSION_IMAGE
		       : EXTENSION_OTHER;
}

static enum extension extension_of_attribute(const struct html_attribute *attribute)
{
	return extension_of(slice_trim(attribute->value));
}

/* object and embed: by the type they declare, else by the URL's extension. */
static bool embeds_image(const struct html_tag *tag, const struct html_attribute *url)
{
	const struct html_attribute *type = tag->attributes[HTML_ATTRIBUTE_TYPE];
	struct slice value = type ? slice_trim(type->value) : (struct slice){0};

	if (value.length_bytes)
		return value.length_bytes > 6 && !strncasecmp(value.data, "image/", 6);
	return extension_of_attribute(url) == EXTENSION_IMAGE;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Whether a word of a link's `rel` is one of the names. */
static bool has_word(struct slice left, const char *const *names)
{
	while (left.length_bytes) {
		size_t end = 0;

		while (end < left.length_bytes && !is_space(left.data[end]))
			end++;
		for (size_t i = 0; names[i]; i++)
			if (slice_equals_nocase((struct slice){left.data, end}, names[i]))
				return true;
		end += end < left.length_bytes;
		left = (struct slice){left.data + end, left.length_bytes - end};
	}
	return false;
}

static struct slice rel_of(const struct html_tag *tag)
{
	const struct html_attribute *rel = tag->attributes[HTML_ATTRIBUTE_REL];

	return rel ? rel->value : (struct slice){0};
}

static bool preloads_image(const struct html_tag *tag)
{
	static const char *const names[] = {"preload", NULL};

	return has_word(rel_of(tag), names) && has_value(tag, HTML_ATTRIBUTE_AS, "image");
}

bool html_rel_is_image(struct slice rel)
{
	static const char *const names[] = {
		"icon",      "apple-touch-icon", "apple-touch-icon-precomposed",
		"mask-icon", "image_src",        NULL};

	return has_word(rel, names);
}

static bool is_one_of(struct slice name, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (slice_equals_nocase(name, names[i]))
			return true;
	return false;
}

static const char *const open_graph_images[] = {"og:image", "og:image:url", "og:image:secure_url",
						NULL};

bool html_property_is_image(struct slice property)
{
	static const char *const names[] = {"twitter:image", "twitter:image:src",
					    "msapplication-TileImage", NULL};

	return is_one_of(property, open_graph_images) || is_one_of(property, names);
}

/* Of a meta element: sites name it by either attribute. */
static struct slice value_of(const struct html_tag *tag, enum html_attribute_id id)
{
	const struct html_attribute *attribute = tag->attributes[id];

	return attribute ? slice_trim(attribute->value) : (struct slice){"", 0};
}

bool html_is_open_graph_image(const struct html_tag *tag)
{
	return is_one_of(value_of(tag, HTML_ATTRIBUTE_PROPERTY), open_graph_images) ||
	       is_one_of(value_of(tag, HTML_ATTRIBUTE_NAME), open_graph_images);
}

/* Of schema.org: the page's own image in its microdata. */
static bool is_item_image(const struct html_tag *tag)
{
	static const char *const names[] = {"image", "thumbnailUrl", NULL};

	return has_word(value_of(tag, HTML_ATTRIBUTE_ITEMPROP), names);
}

static bool links_image(const struct html_tag *tag)
{
	return html_rel_is_image(rel_of(tag)) || preloads_image(tag) || is_item_image(tag);
}

static bool is_meta_image(const struct html_tag *tag)
{
	return is_item_image(tag) ||
	       html_property_is_image(value_of(tag, HTML_ATTRIBUTE_PROPERTY)) ||
	       html_property_is_image(value_of(tag, HTML_ATTRIBUTE_NAME));
}

bool html_is_component(const struct html_tag *tag)
{
	struct slice name = tag->token->name;

	return tag->element != HTML_IMG && tag->has_components &&
	       ((name.data[0] >= 'A' && name.data[0] <= 'Z') ||
		memchr(name.data, '.', name.length_bytes));
}

static enum html_role url_if(bool is_image)
{
	return is_image ? HTML_ROLE_URL : HTML_ROLE_NONE;
}

enum html_role html_role_of(const struct html_tag *tag, enum html_attribute_id id)
{
	const struct html_attribute *attribute = tag->attributes[id];

	if (id == HTML_ATTRIBUTE_STYLE)
		return HTML_ROLE_STYLE;
	if (id == HTML_ATTRIBUTE_SRC && html_is_component(tag))
		return HTML_ROLE_URL;
	switch (tag->element) {
	case HTML_IMG:
		if (id == HTML_ATTRIBUTE_BOUND_SRC)
			return HTML_ROLE_BOUND;
		return id == HTML_ATTRIBUTE_SRCSET ? HTML_ROLE_SRCSET
						   : url_if(id == HTML_ATTRIBUTE_SRC);
	case HTML_SOURCE:
		return id == HTML_ATTRIBUTE_SRCSET && tag->is_in_picture ? HTML_ROLE_SRCSET
									 : HTML_ROLE_NONE;
	case HTML_IMAGE:
	case HTML_FEIMAGE:
		return url_if(id == HTML_ATTRIBUTE_HREF || (id == HTML_ATTRIBUTE_XLINK_HREF &&
							    !tag->attributes[HTML_ATTRIBUTE_HREF]));
	case HTML_VIDEO:
		return url_if(id == HTML_ATTRIBUTE_POSTER);
	case HTML_INPUT:
		return url_if(id == HTML_ATTRIBUTE_SRC &&
			      has_value(tag, HTML_ATTRIBUTE_TYPE, "image"));
	case HTML_OBJECT:
		return url_if(id == HTML_ATTRIBUTE_DATA && embeds_image(tag, attribute));
	case HTML_EMBED:
		return url_if(id == HTML_ATTRIBUTE_SRC && embeds_image(tag, attribute));
	case HTML_META:
		return url_if(id == HTML_ATTRIBUTE_CONTENT && is_meta_image(tag));
	case HTML_TABLE_PART:
		return url_if(id == HTML_ATTRIBUTE_BACKGROUND);
	case HTML_IFRAME:
		return id == HTML_ATTRIBUTE_SRCDOC ? HTML_ROLE_DOCUMENT : HTML_ROLE_NONE;
	case HTML_LINK:
		if (id == HTML_ATTRIBUTE_IMAGESRCSET && preloads_image(tag))
			return HTML_ROLE_SRCSET;
		return url_if(id == HTML_ATTRIBUTE_HREF && links_image(tag));
	default:
		return HTML_ROLE_NONE;
	}
}

bool html_is_lazy_image(const struct html_tag *tag, const struct html_attribute *attribute)
{
	switch (tag->element) {
	case HTML_IMG:
		return true;
	case HTML_IFRAME:
	case HTML_SCRIPT:
	case HTML_LINK:
		return false;
	case HTML_SOURCE:
		if (tag->is_in_picture)
			return true;
		return extension_of_attribute(attribute) == EXTENSION_IMAGE;
	case HTML_INPUT:
		return has_value(tag, HTML_ATTRIBUTE_TYPE, "image");
	case HTML_VIDEO:
	case HTML_AUDIO:
	case HTML_TRACK:
	case HTML_EMBED:
	case HTML_OBJECT:
		return extension_of_attribute(attribute) == EXTENSION_IMAGE;
	default:
		return extension_of_attribute(attribute) != EXTENSION_OTHER;
	}
}
