/*
 * url_parts.h: what url.c is made of: percent-encoding by the sets of the WHATWG URL Standard, and
 * its host parser.
 */
#ifndef URL_PARTS_H
#define URL_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "url.h"

/* Each set is a bit of url_percent.c's table. */
enum url_set {
	URL_SET_CONTROL = 1 << 0, /* "C0 control percent-encode set" */
	URL_SET_FRAGMENT = 1 << 1,
	URL_SET_QUERY = 1 << 2,
	URL_SET_SPECIAL_QUERY = 1 << 3,
	URL_SET_PATH = 1 << 4,
	URL_SET_USERINFO = 1 << 5,
};

/* Appends the text with what is in the set as %XX. A byte that is no UTF-8 becomes U+FFFD, as it
 * does when a browser decodes the page. A '%' stays as it is. */
void url_percent_encode(struct buf *out, struct slice text, enum url_set set);

/* Appends the host as it is serialized; URL_BAD_HOST when it is none. The domain parts of special
 * schemes go through IDNA and the IPv4 parser, those of others are only encoded. Not for an empty
 * host. */
enum url_error url_host_parse(struct slice text, bool is_special, struct buf *out);
/* Puts the name as it is asked for in the DNS into the empty `out`; URL_BAD_HOST when UTS 46
 * refuses it, URL_NO_IDNA. Bytes that are no UTF-8 are refused. */
enum url_error url_domain_to_ascii(const char *domain, size_t length, struct buf *out);

#endif
