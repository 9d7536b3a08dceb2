/*
 * url.h: URLs as a browser reads them (WHATWG URL Standard, "basic URL parser" and "URL
 * serializer").
 *
 * What url_parse() takes is what an author wrote; what url_serialize() gives is what goes out on
 * the wire: tabs and newlines dropped, backslashes, dot segments (also %2e), percent-encoding by
 * the path, query and fragment sets, existing escapes untouched in their letter case, IDNA (UTS 46,
 * non-transitional, through ICU), IPv4 in all spellings (0x7f.1, 017700000001, 2130706433),
 * IPv6, default ports dropped. Pure: values in, values out.
 */
#ifndef URL_H
#define URL_H

#include <stdbool.h>
#include <stddef.h>

#define URL_MAX_BYTES 65536

struct url {
	char *scheme;   /* lower case, without ':' */
	char *username; /* "" when none */
	char *password;
	char *host;  /* serialized: "example.org", "127.0.0.1", "[::1]"; NULL when the URL has none
		      */
	int port;    /* -1: none, or the scheme's default */
	char *path;  /* serialized: begins with '/' for http(s); opaque for data:, mailto: */
	char *query; /* without '?'; NULL when none */
	char *fragment; /* without '#'; NULL when none */
};

enum url_error {
	URL_OK,
	URL_NOT_ABSOLUTE, /* relative, and no base was given */
	URL_BAD_HOST,
	URL_NO_IDNA, /* a name beyond ASCII, and no ICU is installed to read it */
	URL_BAD_PORT,
	URL_TOO_LONG,
};

/* `base` may be NULL. ret_url is filled only on URL_OK; release it with url_release(). */
enum url_error url_parse(const char *text, size_t length_bytes, const struct url *base,
			 struct url *ret_url);
void url_release(struct url *url);
/* An http or https URL of the usual form, which url_parse() takes and url_serialize() gives back as
 * it is: a tenth of their work. False says nothing. */
bool url_is_plain(const char *text);
/* One line for people: "the host is no valid name". */
const char *url_error_text(enum url_error error);

/* free() the result. */
char *url_serialize(const struct url *url, bool with_fragment);
/* Of a URL that url_serialize() wrote: its bytes before the path, and the slash that begins it. Who
 * begins with the same bytes has the same origin. 0: there is no such slash. */
size_t url_origin_prefix_bytes(const char *text);
/* The port in force: `port`, else 80 for http, 443 for https, else 0. */
int url_port(const struct url *url);
bool url_is_http(const struct url *url); /* http or https */

/* Percent-decodes %XX; other bytes as they are. free() the result; *ret_length_bytes may be NULL.
 */
char *url_percent_decode(const char *text, size_t length_bytes, size_t *ret_length_bytes);

#endif
