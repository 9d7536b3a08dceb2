/*
 * url_row.h: a row of a table of URLs. A text may have bytes of zero.
 */
#ifndef URL_ROW_H
#define URL_ROW_H

#include <stddef.h>

#define BYTES(text) text, sizeof(text) - 1

struct row {
	const char *text;
	size_t length;
	const char *serialized; /* NULL: no URL */
};

#endif
