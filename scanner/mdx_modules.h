/*
 * mdx_modules.h: import and export statements between the Markdown of an MDX document.
 */
#ifndef MDX_MODULES_H
#define MDX_MODULES_H

#include <stdbool.h>
#include <stddef.h>

/* Blanks them in `text`, a copy of `original`; line breaks stay. A statement begins a block,
 * outside of fenced code, and ends at an empty line where no bracket of it is open. Linear. */
void mdx_modules_blank(char *text, const char *original, size_t length_bytes);

/* Whether Markdown is MDX in spite of its name, as Docusaurus takes it: outside of code it has an
 * attribute whose value stands in braces, and either a module that is imported, or require() or
 * useBaseUrl() in those braces. Linear. */
bool mdx_is_likely(const char *text, size_t length_bytes);

#endif
