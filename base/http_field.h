/*
 * http_field.h: the field lines of one HTTP message, in order (RFC 9110 section 5).
 *
 * Names compare without case. Values are kept byte for byte, without the blanks around them; CR, LF
 * and NUL within become blanks (section 5.5).
 */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "buf.h"

struct http_field {
	char *name;
	char *value;
};

struct http_fields {
	struct http_field *items;
	size_t count, capacity;
	struct arena text; /* names and values; those of removed fields as well */
};

void http_fields_release(struct http_fields *fields);
void http_fields_clear(struct http_fields *fields);
void http_fields_add(struct http_fields *fields, const char *name, size_t name_bytes,
		     const char *value, size_t value_bytes);
/* One field line as received, with or without CRLF; false (and nothing added) when it is not
 * "name: value" with a token for a name. */
bool http_fields_add_line(struct http_fields *fields, const char *line, size_t length_bytes);
void http_fields_remove(struct http_fields *fields, const char *name);

/* The first line of that name, or NULL. */
const char *http_fields_get(const struct http_fields *fields, const char *name);
size_t http_fields_count(const struct http_fields *fields, const char *name);
/* All lines of that name joined by ", " (RFC 9110 section 5.3) into `ret_value`, cleared first;
 * false when there is none. */
bool http_fields_join(const struct http_fields *fields, const char *name, struct buf *ret_value);
/* The same, mostly without a copy: *ret_value lies in the only line, or in `joined`. Lines that are
 * more than the buffer may hold are left out, and it has overflowed. */
bool http_fields_list(const struct http_fields *fields, const char *name, struct buf *joined,
		      struct slice *ret_value);

/* One "name: value\n" a line, and back: what the cache stores. */
void http_fields_format(const struct http_fields *fields, struct buf *ret_text);
void http_fields_parse(struct http_fields *fields, const char *text, size_t length_bytes);

/* Walks a #list (RFC 9110 section 5.6.1): elements are cut at commas outside quoted-strings, blanks
 * trimmed, empty ones skipped. Start with *offset = 0; false at the end. */
bool http_list_next(const char *value, size_t length_bytes, size_t *offset, struct slice *ret_element);

#endif
