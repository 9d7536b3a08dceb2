/*
 * html_entities.h: the named character references of HTML (WHATWG 13.5), and what a reference
 * stands for (WHATWG 13.2.5.72 to 13.2.5.80).
 *
 * Pure functions over a constant table; at most a few dozen bytes of the text are looked at for a
 * named reference, the run of digits for a numeric one, so a whole text is decoded in linear time.
 */
#ifndef HTML_ENTITIES_H
#define HTML_ENTITIES_H

#include <stdbool.h>
#include <stddef.h>

struct html_entity {
	const char *name; /* after the '&'; most end with ';' */
	const char *utf8; /* one or two code points */
};

/* In byte order of the names. */
extern const struct html_entity html_entity_table[];
extern const size_t html_entity_count;

#define HTML_REFERENCE_MAX_BYTES 8 /* of what one reference stands for */

/* Reads the character reference at `text`, which begins with '&'. Returns how many bytes of the
 * text it takes and what it stands for (no NUL is added), or 0 when the '&' is just an ampersand.
 * In an attribute, `&copy=` and `&copyx` are no references (they are query strings of URLs). */
size_t html_entities_read(const char *text, size_t length_bytes, bool in_attribute,
			  char ret_utf8[HTML_REFERENCE_MAX_BYTES], size_t *ret_utf8_bytes);

#endif
