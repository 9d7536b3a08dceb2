/*
 * css_tokenizer.h: CSS text in, tokens out (CSS Syntax 3, section 4), as far as finding URLs needs
 * it.
 *
 *	struct css_tokenizer tokenizer;
 *	css_tokenizer_init(&tokenizer, text);
 *	while (css_tokenizer_next(&tokenizer, &token))
 *		css_decode(token.value, &name);
 *
 * White space and comments are left out. Of names, strings and URLs, `value` is the source between
 * their delimiters; css_decode() takes out the escapes. Linear, no memory; `looked_at` counts the
 * bytes looked at.
 */
#ifndef CSS_TOKENIZER_H
#define CSS_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

enum css_token_kind {
	CSS_IDENT,
	CSS_FUNCTION, /* value: the name; the '(' is taken. url( before a quote is a function, too
		       */
	CSS_AT_KEYWORD,
	CSS_HASH,
	CSS_NUMBER, /* with its unit or '%' */
	CSS_STRING,
	CSS_URL, /* url(…) without quotes */
	CSS_BAD, /* a string with a newline in it, a malformed url(…) */
	CSS_DELIMITER,
};

struct css_token {
	enum css_token_kind kind;
	struct slice value;
	char delimiter; /* CSS_DELIMITER: { } ( ) [ ] : ; , and what else stands alone */
};

struct css_tokenizer {
	struct slice text;
	size_t position;
	size_t looked_at;
};

void css_tokenizer_init(struct css_tokenizer *tokenizer, struct slice text);
bool css_tokenizer_next(struct css_tokenizer *tokenizer, struct css_token *ret_token);

/* Appends what a token's value means. */
void css_decode(struct slice value, struct buf *ret_text);
/* Whether a name is `name` (lower case), whatever its case and escapes. */
bool css_name_is(struct slice value, const char *name);

#endif
