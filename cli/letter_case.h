/*
 * letter_case.h: a path as an article writes it, in the letter case of the file's real name. Pure.
 */
#ifndef LETTER_CASE_H
#define LETTER_CASE_H

#include <stdbool.h>

#include "buf.h"

/* `written` ends, before its query or in a template's string, in the path `meant` or a tail of it,
 * percent-encoded, with references of HTML and escapes of Markdown, or without; `actual` is that
 * path with other letter case. Appends `written` with the letters of `actual`. False when a
 * difference lies outside of what is written, or is no matter of single letters. */
bool letter_case_mend(const char *written, const char *meant, const char *actual,
		      struct buf *ret_text);

#endif
