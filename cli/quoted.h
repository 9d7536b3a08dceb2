/*
 * quoted.h: a piece of somebody else's text inside a message: in quotes, on one line, not too long,
 * and without a byte that a terminal would act on.
 */
#ifndef QUOTED_H
#define QUOTED_H

#include <stddef.h>

#define QUOTED_MAX_BYTES 160 /* of the original text; what is longer ends in "..." */

struct quoted {
	char text[QUOTED_MAX_BYTES * 4 + 8];
};

/* Controls and bytes that are no UTF-8 are written as \xNN. Use: quoted("x").text */
struct quoted quoted(const char *text);

#endif
