/*
 * punycode.h: Punycode (RFC 3492): the part of an internationalized label behind "xn--".
 *
 * libidn2 has it too, but not in its interface before 2.3.5.
 */
#ifndef PUNYCODE_H
#define PUNYCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define PUNYCODE_MAX_CODE_POINTS 4096 /* of a label; longer ones are refused */

/* Appends the encoded label; false when it is too long. */
bool punycode_encode(const uint32_t *label, size_t count, struct buf *out);
/* `ret_label` has room for `count` code points: no label decodes to more than it has digits. False
 * when the text is no Punycode, or encodes no code point beyond ASCII. */
bool punycode_decode(const uint32_t *text, size_t count, uint32_t *ret_label, size_t *ret_count);

#endif
