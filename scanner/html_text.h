/*
 * html_text.h: what a piece of HTML source says once character references, newlines and NULs are
 * read as the HTML parser reads them, and which byte of the source each decoded byte came from.
 *
 *	CLEANUP(html_text_release) struct html_text text = {0};
 *	html_text_decode(&text, raw, HTML_ATTRIBUTE);
 *	use text.text; html_text_raw_offset(&text, i) is the place in `raw` of text.text.data[i]
 *
 * Most pieces need no change: then `text` borrows from `raw`, and nothing is copied. Linear; memory
 * is at most the copy and 16 bytes a replaced piece. One owner, no locks.
 */
#ifndef HTML_TEXT_H
#define HTML_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* How text is read: the tokenizer's content states, and attribute values. */
enum html_content {
	HTML_DATA,        /* references; NUL stays */
	HTML_RCDATA,      /* references; NUL is U+FFFD */
	HTML_RAWTEXT,     /* no references; NUL is U+FFFD. Comments, too */
	HTML_SCRIPT_DATA, /* as RAWTEXT */
	HTML_PLAINTEXT,   /* as RAWTEXT */
	HTML_CDATA,       /* no references; NUL stays */
	HTML_ATTRIBUTE,   /* references under the attribute's rule; NUL is U+FFFD */
	HTML_NAME,        /* tag and attribute names: ASCII upper case is lowered; NUL is U+FFFD */
	HTML_REFERENCES,  /* those under the attribute's rule, and nothing else: it is no HTML */
};

struct html_text_jump;

struct html_text {
	struct slice text; /* decoded; borrowed from the source when nothing was to be changed */
	struct buf copy;
	struct html_text_jump *jumps; /* the ends of the replaced pieces */
	size_t n_jumps, jumps_capacity;
};

/* `raw` must stay valid as long as `text` is used. May be called again on the same struct. */
void html_text_decode(struct html_text *text, struct slice raw, enum html_content content);
void html_text_release(struct html_text *text);

/* Where in the source the decoded offset (0..text.length_bytes) stands. */
size_t html_text_raw_offset(const struct html_text *text, size_t offset);
/* The source of a decoded piece. */
struct slice html_text_raw(const struct html_text *text, struct slice raw, size_t start,
			   size_t end);

#endif
