/*
 * js_literal.h: JavaScript expressions whose value is plain to see, as MDX and Vue have them in
 * attributes.
 */
#ifndef JS_LITERAL_H
#define JS_LITERAL_H

#include <stdbool.h>

#include "buf.h"

/* The string that the expression is: a literal in any quotes, without an escape, a line break or a
 * `${` in it, alone or as the only argument of require(), useBaseUrl(), withBase() and
 * $withBase(); `.default` may follow. Blanks around are skipped. A slice of `expression`. */
bool js_literal(struct slice expression, struct slice *ret_literal);

/* The next string of the expression from *offset on, without its quotes; *offset is behind it then.
 * False: there is none. Escapes stay as they are. */
bool js_next_string(struct slice expression, size_t *offset, struct slice *ret_string);

#endif
