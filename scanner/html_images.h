/*
 * html_images.h: the images that a browser would show of an HTML text (WHATWG HTML), with where in
 * the text each URL stands. srcset.c, css.c and html_tokenizer.c serve it.
 *
 * The text is the whole body, in which everything that is not HTML was blanked to the same length,
 * so offsets are those of the file's body. Linear in the length.
 */
#ifndef HTML_IMAGES_H
#define HTML_IMAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct html_image {
	struct slice
		written; /* in the text given, as it stands: character references not decoded */
	size_t offset;   /* of its first byte, from the start of the text */
	const char *url; /* decoded (character references, CSS escapes), blanks trimmed;
			    NUL-terminated */
	int width_px, height_px; /* declared by width and height attributes or a srcset descriptor
				    `w`; 0: not declared */
	const char *title;       /* alt or title attribute, decoded; NULL: none */
	const char *element;     /* "img", "source", "video", "input", "object", "embed", "link",
				    "meta", "image",     "style" */
	const char *attribute;   /* "src", "srcset", "poster", "href", "content", "style", "" for
				    <style> */
};

/* Values are borrowed for the call. Return false to stop. */
typedef bool html_image_emit(void *context, const struct html_image *image);

struct html_image_options {
	const char *const
		*lazy_attributes; /* NULL-terminated; names ending in "srcset" are srcsets */
};

struct html_base {
	char *href; /* of the first <base href>, decoded; NULL: none; free() it */
};

/* ret_base may be NULL. */
void html_images_find(const char *text, size_t length_bytes,
		      const struct html_image_options *options, html_image_emit *emit,
		      void *context, struct html_base *ret_base);

/* url() and image-set() of a style sheet (CSS Syntax 3) or, with `is_declaration_list`, of a style
 * attribute. `offset_of` each emitted image is from the start of `text`. */
void css_images_find(const char *text, size_t length_bytes, bool is_declaration_list,
		     html_image_emit *emit, void *context);

/* HTML character references decoded as in an attribute value (WHATWG 13.2.5.72 and following);
 * appends to `ret_text`. */
void html_decode_attribute(const char *text, size_t length_bytes, struct buf *ret_text);

#endif
