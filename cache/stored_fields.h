/*
 * stored_fields.h: which field lines of a response are kept, and how a 304 updates them.
 *
 * RFC 9111 sections 3.1, 3.2 and 4.3.4. Kept is all but what belongs to the connection, cookies,
 * and instructions to browsers (content security policy and the like), which would triple the index
 * and which nobody here acts on. Pure.
 */
#ifndef STORED_FIELDS_H
#define STORED_FIELDS_H

#include <stdbool.h>

#include "buf.h"
#include "http_field.h"

/* A response with more than this is not kept beyond the run. */
#define STORED_FIELDS_MAX_BYTES 65536

/* `ret_fields` is cleared first. */
void stored_fields_select(const struct http_fields *received, struct http_fields *ret_fields);
/* Puts those of a 304 in the place of the stored ones of the same name, except those that describe
 * the bytes. Date and Age belong to the message: without new ones the old ones go. */
void stored_fields_update(struct http_fields *stored, const struct http_fields *not_modified);

/* May a 304 with these fields be about the stored response? Not when it names another entity-tag,
 * or a strong one where none is stored. */
bool stored_fields_match(const struct http_fields *stored, const struct http_fields *not_modified);

/* The request's values of the fields that Vary names, and of those whose names begin with a colon,
 * which every response depends on; "name: value" a line, free() it. NULL when there are none, or
 * the request is not known. */
char *stored_fields_request_key(const struct http_fields *response,
				const struct http_fields *request);

#endif
