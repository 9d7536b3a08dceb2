/*
 * html_role.h: what an attribute is to its element: which of them name images (WHATWG HTML 4.8, SVG
 * 2, Open Graph, schema.org's microdata, and what sites do). Pure.
 */
#ifndef HTML_ROLE_H
#define HTML_ROLE_H

#include "html_context.h"
#include "html_tokenizer.h"

/* The attributes that matter somewhere. */
enum html_attribute_id {
	HTML_ATTRIBUTE_ALT,
	HTML_ATTRIBUTE_AS,
	HTML_ATTRIBUTE_BACKGROUND,
	HTML_ATTRIBUTE_BOUND_SRC,
	HTML_ATTRIBUTE_CONTENT,
	HTML_ATTRIBUTE_DATA,
	HTML_ATTRIBUTE_HEIGHT,
	HTML_ATTRIBUTE_HREF,
	HTML_ATTRIBUTE_IMAGESRCSET,
	HTML_ATTRIBUTE_ITEMPROP,
	HTML_ATTRIBUTE_NAME,
	HTML_ATTRIBUTE_POSTER,
	HTML_ATTRIBUTE_PROPERTY,
	HTML_ATTRIBUTE_REL,
	HTML_ATTRIBUTE_SRC,
	HTML_ATTRIBUTE_SRCDOC,
	HTML_ATTRIBUTE_SRCSET,
	HTML_ATTRIBUTE_STYLE,
	HTML_ATTRIBUTE_TITLE,
	HTML_ATTRIBUTE_TYPE,
	HTML_ATTRIBUTE_WIDTH,
	HTML_ATTRIBUTE_XLINK_HREF,
	HTML_ATTRIBUTE_COUNT,
};

/* What an attribute's value is. */
enum html_role {
	HTML_ROLE_NONE,
	HTML_ROLE_BOUND, /* Vue: an expression */
	HTML_ROLE_DOCUMENT,
	HTML_ROLE_URL,
	HTML_ROLE_SRCSET,
	HTML_ROLE_STYLE,
};

/* A start tag. The token is borrowed. */
struct html_tag {
	const struct html_token *token;
	enum html_element element;
	bool has_components, is_in_picture;
	/* First of each name, or NULL. */
	const struct html_attribute *attributes[HTML_ATTRIBUTE_COUNT];
};

/* HTML_ATTRIBUTE_COUNT: it matters nowhere. Letter case does not count. */
enum html_attribute_id html_attribute_id_of(struct slice name);
const char *html_attribute_id_name(enum html_attribute_id id); /* "srcset" */

/* Of an attribute that the tag has. */
enum html_role html_role_of(const struct html_tag *tag, enum html_attribute_id id);
/* Whether a lazy-loading attribute names an image: of an image element it does; on others scripts
 * find data files, videos and pages in attributes of the same names. */
bool html_is_lazy_image(const struct html_tag *tag, const struct html_attribute *attribute);
/* "og:image" and "twitter:image": a meta element of that property has an image as its content; and
 * "icon": what a link of that rel leads to is one. */
bool html_property_is_image(struct slice property);
bool html_rel_is_image(struct slice rel);
/* Open Graph; its size and text may follow in properties of their own. */
bool html_is_open_graph_image(const struct html_tag *tag);
/* Of JSX, and of Vue: an element whose name begins with a capital, or has a '.' in it. <Picture> is
 * one, whatever <picture> is; <Image> of JSX is an <img>. */
bool html_is_component(const struct html_tag *tag);

#endif
