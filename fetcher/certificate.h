/*
 * certificate.h: what of a server's certificate libcurl does not look after.
 */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include <stdbool.h>

#include "libcurl.h"

/* Of the transfer's new connection over TLS, before its request goes out: the certificate has host
 * names or addresses where they belong, in a subjectAltName. Without them libcurl takes the common
 * name for the host's, which browsers do not read (RFC 9525 section 2). Needs CURLOPT_CERTINFO;
 * true where the TLS library gives no extensions. */
bool certificate_has_names(CURL *handle);

#endif
