/*
 * html_tokenizer.h: HTML text in, tokens out: WHATWG HTML 13.2.5, with where in the text each
 * stands.
 *
 *	CLEANUP(html_tokenizer_release) struct html_tokenizer tokenizer;
 *	html_tokenizer_init(&tokenizer, text, length_bytes);
 *	while (html_tokenizer_next(&tokenizer, &token))
 *		if (token.kind == HTML_TOKEN_START_TAG && slice_equals_nocase(token.name, "title"))
 *			html_tokenizer_set_content(&tokenizer, HTML_RCDATA);
 *
 * Nothing is copied or decoded: names, values and texts are slices of the source, and
 * html_text_decode() says what they mean, for those that matter. As in the standard, it is the
 * tree's builder (here html_images.c) that says which elements hold no markup. Two differences in
 * form: text comes in pieces as long as may be, not in characters, and a tag's repeated attributes
 * are all delivered: the first of a name counts. Parse errors are not reported.
 *
 * Linear: each byte is looked at a few times whatever the text is (`looked_at` counts). Memory is
 * HTML_MAX_ATTRIBUTES attributes at most; further ones are read over. One owner, no locks.
 */
#ifndef HTML_TOKENIZER_H
#define HTML_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "html_text.h"

#define HTML_MAX_ATTRIBUTES 65536

enum html_token_kind {
	HTML_TOKEN_TEXT,
	HTML_TOKEN_START_TAG,
	HTML_TOKEN_END_TAG,
	HTML_TOKEN_COMMENT,
	HTML_TOKEN_DOCTYPE,
};

struct html_attribute {
	struct slice name;  /* HTML_NAME */
	struct slice value; /* HTML_ATTRIBUTE; between the quotes. Empty, after the name, when there
			       is none */
	char quote; /* '"', '\'', '{' for a JSX expression (braces are in the value), else 0 */
};

struct html_token {
	enum html_token_kind kind;
	size_t offset, end;        /* in the text */
	enum html_content content; /* text: how it is to be decoded */
	struct slice text;         /* text and comments */
	struct slice name; /* tags and DOCTYPE: HTML_NAME; DOCTYPE without one: data is NULL */
	const struct html_attribute *attributes; /* in source order, until the next call */
	size_t n_attributes;
	bool self_closing;
	struct slice public_id, system_id; /* DOCTYPE: HTML_RAWTEXT; missing: data is NULL */
	bool force_quirks;
};

struct html_tokenizer {
	struct slice text;
	size_t position;
	enum html_content content;
	struct slice last_start_tag; /* whose end tag ends RCDATA, RAWTEXT and script data */
	bool allows_cdata;           /* set it while the current node is of SVG or MathML */
	bool is_jsx;             /* braces as an attribute or its value are one JSX expression */
	bool has_unclosed_brace; /* none is looked for any more */
	struct html_attribute *attributes;
	size_t n_attributes, attributes_capacity;
	size_t looked_at; /* bytes looked at so far: the measure of work */
};

/* Borrows the text until html_tokenizer_release(). Starts in the data state. */
void html_tokenizer_init(struct html_tokenizer *tokenizer, const char *text, size_t length_bytes);
void html_tokenizer_release(struct html_tokenizer *tokenizer);

/* False at the end. A tag that the text ends in is no tag, as the standard has it. */
bool html_tokenizer_next(struct html_tokenizer *tokenizer, struct html_token *ret_token);

/* What follows is text of that kind, until the end tag of the last start tag. */
void html_tokenizer_set_content(struct html_tokenizer *tokenizer, enum html_content content);

/* The first attribute of that name (lower case), or NULL. */
const struct html_attribute *html_token_attribute(const struct html_token *token, const char *name);

#endif
