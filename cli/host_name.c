#include "host_name.h"

#include <string.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"

char *host_name_canonical(const char *text, int *ret_port)
{
	const char *name = !strncmp(text, "*.", 2) ? text + 2 : text;
	CLEANUP(buf_release) struct buf text_url = BUF_INIT(URL_MAX_BYTES);
	CLEANUP(url_release) struct url url = {0};
	const char *end = strchr(name, ']'), *colon = strchr(end ? end : name, ':');
	char *dot;

	if (!*name || strpbrk(name, "*/?#@\\ \t") || (colon && !colon[1]))
		return NULL;
	buf_append_string(&text_url, "http://");
	buf_append_string(&text_url, name);
	if (url_parse(text_url.data, text_url.length_bytes, NULL, &url) != URL_OK)
		return NULL;
	if (!url.host || strcmp(url.path, "/") != 0 || (colon && !url_port(&url)))
		return NULL;
	dot = strchr(url.host, '\0') - 1;
	if (*dot == '.')
		*dot = '\0';
	if (!*url.host)
		return NULL;
	*ret_port = colon ? url_port(&url) : 0;
	return alloc_printf("%s%s", name == text ? "" : "*.", url.host);
}

/* "example.org." is the same host. */
static bool is_name(const char *name, const char *host)
{
	size_t name_bytes = strlen(name), host_bytes = strlen(host);

	if (host_bytes && host[host_bytes - 1] == '.')
		host_bytes--;
	if (strncmp(name, "*.", 2) != 0)
		return name_bytes == host_bytes && !strncmp(name, host, name_bytes);
	return host_bytes >= name_bytes &&
	       !strncmp(name + 1, host + host_bytes - name_bytes + 1, name_bytes - 1);
}

bool host_name_matches(const char *name, const struct url *url)
{
	CLEANUP(cleanup_free) char *of_port = alloc_printf(":%d", url_port(url));
	CLEANUP(cleanup_free) char *bare = alloc_string(name);
	size_t bare_bytes = strlen(name), port_bytes = strlen(of_port);

	if (is_name(name, url->host))
		return true;
	if (bare_bytes <= port_bytes || strcmp(name + bare_bytes - port_bytes, of_port) != 0)
		return false;
	bare[bare_bytes - port_bytes] = '\0';
	return is_name(bare, url->host);
}
