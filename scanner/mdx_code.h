/*
 * mdx_code.h: code in MDX, spans in backticks and fenced blocks: braces in it are text, not JSX.
 */
#ifndef MDX_CODE_H
#define MDX_CODE_H

#include <stddef.h>

/* The offset behind the code that begins with the run of backticks or tildes at `offset`, or
 * behind the run when it begins none: a span is closed in its own block, a fence before the end.
 * *budget is how many bytes may still be looked at; a search takes from it, so that all of them
 * together are linear. Without budget nothing begins code. */
size_t mdx_code_end(const char *text, size_t length_bytes, size_t offset, size_t *budget);

/* Blanks the fences of Docusaurus' ```mdx-code-block, whose lines are no code: they only look so to
 * other readers of Markdown. Linear. */
void mdx_code_unwrap(char *text, size_t length_bytes);

#endif
