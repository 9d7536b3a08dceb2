/*
 * xml_prolog.h: what stands before the root element of an XML (or HTML) document: byte order mark,
 * blanks, processing instructions, comments, a doctype with its internal subset.
 */
#ifndef XML_PROLOG_H
#define XML_PROLOG_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

enum xml_prolog_end {
	XML_PROLOG_ROOT, /* a start tag begins at root_offset */
	XML_PROLOG_NEEDS_MORE,
	XML_PROLOG_NOT_XML,
};

struct xml_prolog {
	size_t root_offset;   /* of the '<' */
	bool has_doctype;     /* "<!DOCTYPE" in either case */
	struct slice doctype; /* the name in it; borrowed from the data */
};

/* One pass, linear. *ret_prolog is set for every result; root_offset only for XML_PROLOG_ROOT. */
enum xml_prolog_end xml_prolog_read(const char *data, size_t length_bytes,
				    struct xml_prolog *ret_prolog);

/* The name of the element whose '<' is at data[0]; empty when no name follows. */
struct slice xml_element_name(const char *data, size_t length_bytes);
/* "svg", or "x:svg" with some prefix. */
bool xml_name_has_local_part(struct slice name, const char *local_part);
bool xml_is_blank(char c); /* space, tab, CR, LF; FF too, which HTML counts */

#endif
