/*
 * mdx_modules.h: import and export statements between the Markdown of an MDX document.
 */
#ifndef MDX_MODULES_H
#define MDX_MODULES_H

#include <stddef.h>

/* Blanks them in `text`, a copy of `original`; line breaks stay. A statement begins a block,
 * outside of fenced code, and ends at an empty line where no bracket of it is open. Linear. */
void mdx_modules_blank(char *text, const char *original, size_t length_bytes);

#endif
