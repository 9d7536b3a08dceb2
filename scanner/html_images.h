/*
 * html_images.h: the images that a browser would show of an HTML text (WHATWG HTML), with where in
 * the text each URL stands. srcset.c, css.c and html_tokenizer.c serve it.
 *
 * The text is the whole body, in which everything that is not HTML was blanked to the same length,
 * so offsets are those of the file's body. Linear in the length.
 *
 * Found are: img src and srcset (also of <image>, which is an img outside of SVG; and Vue's `:src`
 * where it is a string literal), source srcset in a picture, video poster, input type=image, object
 * and embed of an image type or extension, link rel=icon, apple-touch-icon, image_src and preload
 * as=image, meta og:image and twitter:image, image and feImage of SVG, background of body and table
 * parts, style attributes and <style>, and lazy-loading attributes. Not: what is in a <template>,
 * in comments, and in elements that hold no markup. Where an attribute stands twice the first
 * counts.
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
	const char *
		url; /* decoded (character references, CSS escapes), blanks trimmed; NUL-terminated;
			empty only for an <img src=""> that has nothing else to show */
	int width_px, height_px; /* declared by width and height attributes or a srcset descriptor
				    `w`; 0: not declared */
	const char *title;       /* alt or title attribute, decoded; NULL: none */
	const char *element; /* the tag's name, in lower case: "img", "source", "video"...; "style"
				for CSS */
	const char *attribute; /* "src", "srcset", "poster", "href", "content", "style", "" for
				  <style> */
	bool is_component;     /* JSX: the `src` of a component of the site's own, which may be
				  anything: a video, a page */
};

/* Values are borrowed for the call. Return false to stop. */
typedef bool html_image_emit(void *context, const struct html_image *image);

/* A comment: the text between its marks, and where in the whole text it ends, marks included. */
typedef void html_comment_emit(void *context, struct slice comment, size_t end);

/* What shows nothing, whatever another syntax makes of it: a comment of any kind, raw text that is
 * no style sheet, what is in a <template>. Offsets into the text; in order, none within another. */
typedef void html_hidden_emit(void *context, size_t start, size_t end);

struct html_image_options {
	const char *const
		*lazy_attributes; /* NULL-terminated; names ending in "srcset" are srcsets.
				     On other elements than img and a picture's source their
				     value counts unless its extension is no image's */
	/* MDX: <X/> is closed whatever it is, no element holds raw text, an attribute's value may
	 * be an expression in braces: one string literal in it is the value, all else is delivered
	 * as written
	 * (`{cover}`), braces included. */
	bool is_jsx;
	bool has_components;             /* <X/> may show an image, as in JSX */
	bool is_document;                /* of a srcdoc attribute */
	html_comment_emit *emit_comment; /* for each comment that is closed; NULL: none is wanted */
	html_hidden_emit *emit_hidden;   /* NULL: none is wanted */
};

struct html_base {
	char *href; /* of the first <base href>, decoded; NULL: none; free() it */
};

/* ret_base may be NULL. */
void html_images_find(const char *text, size_t length_bytes,
		      const struct html_image_options *options, html_image_emit *emit,
		      void *context, struct html_base *ret_base);

/* url() and image-set() of a style sheet (CSS Syntax 3) or, with `is_declaration_list`, of a style
 * attribute. The `offset` of each emitted image is from the start of `text`. */
void css_images_find(const char *text, size_t length_bytes, bool is_declaration_list,
		     html_image_emit *emit, void *context);

/* What an attribute's value says: its character references (WHATWG 13.2.5.72 and following) and
 * line ends decoded; appends to `ret_text`. */
void html_decode_attribute(const char *text, size_t length_bytes, struct buf *ret_text);
/* The references alone, in text that is no HTML. */
void html_decode_references(const char *text, size_t length_bytes, struct buf *ret_text);

#endif
