/*
 * http_date.h: HTTP dates (RFC 9110 section 5.6.7): IMF-fixdate, and the two obsolete forms,
 * RFC 850 (two-digit years that look more than 50 years ahead are in the past) and asctime.
 */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Surrounding blanks are skipped; anything else that is not a valid date gives false. `now_s`
 * settles the century of RFC 850 dates. */
bool http_date_parse(const char *text, size_t length_bytes, int64_t now_s, int64_t *ret_wall_s);

#endif
