/*
 * reason.h: in words, why an answer is no image. Pure.
 */
#ifndef REASON_H
#define REASON_H

#include "http_field.h"

/* Of what a host says so much is shown; it may say anything. */
#define REASON_OF_HOST_BYTES 120

/* "Not Found" (RFC 9110 section 15, and what is in use beside it); NULL: unknown. */
const char *reason_of_status(int status);
/* What image hosts write into a field of their own, in one line: "Resource not found - a.jpg",
 * "BlobNotFound"; NULL: nothing. Borrowed from `fields`. */
const char *reason_of_host(const struct http_fields *fields);

#endif
