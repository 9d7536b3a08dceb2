/*
 * utf8.h: UTF-8 (RFC 3629), strict: no overlong forms, no surrogates, at most U+10FFFF.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes used by the code point at `text` (1..4), or 0 when it starts with no valid one. */
size_t utf8_decode(const char *text, size_t length_bytes, uint32_t *ret_code_point);
/* Writes 1..4 bytes into ret_text (room for 4, no NUL); the code point must be valid. */
size_t utf8_encode(uint32_t code_point, char *ret_text);
/* Code points in the text; a byte that is no UTF-8 counts as one. */
size_t utf8_count(const char *text, size_t length_bytes);
bool utf8_is_valid(const char *text, size_t length_bytes);
/* What must not reach a terminal or a log as it is: C0, DEL, C1, line and paragraph separators, the
 * byte order mark, U+FFFE and U+FFFF (no characters of YAML and XML), and the marks that turn the
 * direction of text (UAX 9, table 3-1's formatting characters). */
bool utf8_is_hidden(uint32_t code_point);

#endif
