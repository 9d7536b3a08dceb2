/*
 * charset.h: text in the encodings of old pages (WHATWG Encoding), as UTF-8.
 */
#ifndef CHARSET_H
#define CHARSET_H

#include <stdint.h>

#include "buf.h"

/* What `text`, a Content-Type or the beginning of a page, names behind "charset="; empty: nothing.
 */
struct slice charset_named(struct slice text);

/* Appends `text`, which is no UTF-8, as UTF-8. `label` may be empty or unknown: then the text is
 * windows-1252, as browsers take it. What an encoding does not have becomes U+FFFD. */
void charset_append_utf8(struct buf *out, struct slice text, struct slice label);
/* What windows-1252 has at that byte; the byte itself where it has nothing. */
uint32_t charset_1252_code_point(unsigned char byte);

#endif
