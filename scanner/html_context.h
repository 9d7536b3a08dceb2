/*
 * html_context.h: as much of the tree builder (WHATWG HTML 13.2.6) as decides what a tag means:
 * whether we are in SVG or MathML, in a <picture>, in a <template>, and which elements hold no
 * markup.
 *
 *	enum html_element element = html_context_start(&context, &token, &tokenizer);
 *	html_context_end(&context, &token);
 *
 * There is no tree: only the few elements that matter are remembered while they are open, 2 bytes
 * each. Each tag costs constant time on average: what an end tag closes is known before anything is
 * popped.
 */
#ifndef HTML_CONTEXT_H
#define HTML_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "html_tokenizer.h"

/* The elements that are told apart; names that share a meaning share a value. */
enum html_element {
	HTML_OTHER,
	HTML_AUDIO,
	HTML_BASE,
	HTML_EMBED,
	HTML_IFRAME,
	HTML_IMAGE, /* SVG's; in HTML it is HTML_IMG */
	HTML_IMG,
	HTML_INPUT,
	HTML_LINK,
	HTML_META,
	HTML_OBJECT,
	HTML_PICTURE,
	HTML_SCRIPT,
	HTML_SOURCE,
	HTML_STYLE,
	HTML_TABLE_PART, /* body and the table's: they may have a background */
	HTML_TEMPLATE,
	HTML_TRACK,
	HTML_VIDEO,
	HTML_SVG,
	HTML_MATH,
	HTML_FEIMAGE,
	HTML_FOREIGN_OBJECT,
	HTML_DESC,
	HTML_TITLE,
	HTML_ANNOTATION,
	HTML_MATH_TEXT, /* mi mn mo ms mtext */
};

struct html_context {
	struct html_frame *frames; /* innermost last */
	size_t n_frames, frames_capacity;
	size_t templates; /* how many of the frames are a <template> that shows nothing */
	bool is_jsx;      /* <x/> is closed whatever x is, and no element holds raw text */
};

void html_context_release(struct html_context *context);

/* For a start tag: what element it makes here (HTML_OTHER for one of SVG or MathML that shows
 * nothing). Sets the tokenizer's content and allows_cdata for what follows. */
enum html_element html_context_start(struct html_context *context, const struct html_token *token,
				     struct html_tokenizer *tokenizer);
void html_context_end(struct html_context *context, const struct html_token *token,
		      struct html_tokenizer *tokenizer);

/* Of what follows: */
bool html_context_in_template(const struct html_context *context);
bool html_context_in_picture(
	const struct html_context *context); /* and in no video or audio in it */
bool html_context_in_svg_style(const struct html_context *context); /* text is CSS */

#endif
