/*
 * utf16.h: markup in UTF-16 (RFC 2781), which XML may be written in, as UTF-8.
 */
#ifndef UTF16_H
#define UTF16_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Whether the bytes begin with the byte order mark of UTF-16 or with a '<' of two bytes (XML 1.0
 * appendix F.1): two bytes decide. */
bool utf16_is_markup(const void *data, size_t length_bytes);
/* Appends such bytes as UTF-8, without the mark. A half of a code point at the end is left out, one
 * elsewhere becomes U+FFFD. */
void utf16_append_utf8(struct buf *out, const void *data, size_t length_bytes);

#endif
