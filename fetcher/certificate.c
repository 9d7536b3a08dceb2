#include "certificate.h"

#include <string.h>
#include <strings.h>

/* As OpenSSL writes the extension: "X509v3 Subject Alternative Name:DNS:a.example, IP
 * Address:192.0.2.1". */
static const char names_prefix[] = "X509v3 Subject Alternative Name:";

static bool has_names(const char *line)
{
	return !strncasecmp(line, names_prefix, sizeof names_prefix - 1) &&
	       (strstr(line, "DNS:") || strstr(line, "IP Address:"));
}

static bool gives_extensions(CURL *handle)
{
	struct curl_tlssessioninfo *session = NULL;

	return !libcurl.easy_getinfo(handle, CURLINFO_TLS_SSL_PTR, &session) && session &&
	       session->backend == CURLSSLBACKEND_OPENSSL;
}

bool certificate_has_names(CURL *handle)
{
	struct curl_certinfo *info = NULL;

	if (!gives_extensions(handle) || libcurl.easy_getinfo(handle, CURLINFO_CERTINFO, &info) ||
	    !info || info->num_of_certs < 1)
		return true;
	/* The first one is the server's own. */
	for (const struct curl_slist *line = info->certinfo[0]; line; line = line->next)
		if (has_names(line->data))
			return true;
	return false;
}
