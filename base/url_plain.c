#include "url.h"

#include <stdlib.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
/* Of path and query, what both of them leave as it is; '%' and '.' are looked at apart. */
#define PLAIN LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "-_~/!$&()*+,;=:@%."

/* Four decimal numbers as the serializer writes them. */
static bool is_ipv4(const char *host, const char *end)
{
	for (int i = 0; i < 4; i++) {
		size_t n = strspn(host, DIGITS);

		if (n < 1 || n > 3 || (n > 1 && *host == '0') || strtol(host, NULL, 10) > 255)
			return false;
		host += n;
		if (i < 3 && *host++ != '.')
			return false;
	}
	return host == end;
}

static bool has(const char *text, size_t length_bytes, const char *part)
{
	return memmem(text, length_bytes, part, strlen(part));
}

/* Labels that IDNA leaves alone: none begins with "xn--". */
static bool is_domain(const char *host, const char *end)
{
	size_t n = (size_t)(end - host);
	const char *label = end;

	if (*host == '.' || *host == '-' || end[-1] == '-' || n > 63 || has(host, n, "..") ||
	    has(host, n, "--") || has(host, n, ".-") || has(host, n, "-."))
		return false;
	while (label > host && label[-1] != '.')
		label--;
	/* A last label of a letter is no number; nothing is an empty one. */
	return label < end && strchr(LETTERS, *label);
}

/* Behind the host: a port that is not the default one, without leading zeros. NULL: it is none. */
static const char *skip_port(const char *text, const char *default_port)
{
	size_t n;

	if (*text != ':')
		return text;
	n = strspn(++text, DIGITS);
	if (n < 1 || n > 5 || *text == '0' || strtol(text, NULL, 10) > 65535 ||
	    (n == strlen(default_port) && !strncmp(text, default_port, n)))
		return NULL;
	return text + n;
}

/* No "." or ".." among its parts, written in whichever way. */
static bool is_plain_path(const char *path, size_t length_bytes)
{
	return *path == '/' && !has(path, length_bytes, "/.") && !has(path, length_bytes, "%2e") &&
	       !has(path, length_bytes, "%2E");
}

bool url_is_plain(const char *text)
{
	bool is_https = !strncmp(text, "https://", 8);
	const char *host = text + (is_https ? 8 : 7), *end, *path;
	size_t n;

	if (!is_https && strncmp(text, "http://", 7) != 0)
		return false;
	end = host + strspn(host, LETTERS DIGITS "-.");
	if (end == host || !(is_domain(host, end) || is_ipv4(host, end)))
		return false;
	path = skip_port(end, is_https ? "443" : "80");
	if (!path)
		return false;
	n = strspn(path, PLAIN);
	if (!is_plain_path(path, n))
		return false;
	if (path[n] == '?')
		n += 1 + strspn(path + n + 1, PLAIN "?");
	return !path[n] && (size_t)(path - text) + n < URL_MAX_BYTES / 2;
}
