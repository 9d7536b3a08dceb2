/* A line of a base, then the URL. */
#include <string.h>

#include "cleanup.h"
#include "fuzz.h"
#include "url.h"

/* What was serialized is parsed to the same (URL standard, 4.3). */
static void parse_again(const struct url *url)
{
	CLEANUP(cleanup_free) char *text = url_serialize(url, true);
	CLEANUP(cleanup_free) char *again = NULL;
	struct url parsed;

	if (strlen(text) > URL_MAX_BYTES)
		return;
	fuzz_require(url_parse(text, strlen(text), NULL, &parsed) == URL_OK);
	again = url_serialize(&parsed, true);
	fuzz_require(!strcmp(text, again));
	url_release(&parsed);
	if (url_is_plain(text))
		fuzz_require(url_is_http(url));
}

static void parse(const char *text, size_t length_bytes, const struct url *base)
{
	struct url url;

	if (url_parse(text, length_bytes, base, &url) != URL_OK)
		return;
	fuzz_require(url.scheme && url.path);
	parse_again(&url);
	url_release(&url);
}

/* The short way says what the long one does. */
static void compare_plain(const char *text, size_t length_bytes)
{
	CLEANUP(cleanup_free) char *copy = strndup(text, length_bytes);
	CLEANUP(cleanup_free) char *serialized = NULL;
	struct url url;

	if (!url_is_plain(copy))
		return;
	fuzz_require(url_parse(copy, strlen(copy), NULL, &url) == URL_OK);
	serialized = url_serialize(&url, true);
	fuzz_require(!strcmp(copy, serialized));
	url_release(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	const char *text = (const char *)data, *end = memchr(data, '\n', length_bytes);
	size_t base_bytes = end ? (size_t)(end - text) : 0, skipped = end ? base_bytes + 1 : 0;
	struct url base;
	enum url_error error = url_parse(text, base_bytes, NULL, &base);

	parse(text + skipped, length_bytes - skipped, error == URL_OK ? &base : NULL);
	if (error == URL_OK)
		url_release(&base);
	compare_plain(text + skipped, length_bytes - skipped);
	return 0;
}
