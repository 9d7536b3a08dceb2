#include "url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "cleanup.h"
#include "url_parts.h"

/* A URL cut up. '#' and '?' end whatever stands before them, so these cuts come first. */
struct parts {
	struct slice body; /* what stands between scheme and query */
	struct slice query, fragment;
	bool has_query, has_fragment;
};

static int default_port(const char *scheme)
{
	static const struct {
		const char *scheme;
		int port;
	} ports[] = {{"http", 80}, {"https", 443}, {"ftp", 21}, {"ws", 80}, {"wss", 443}};

	for (size_t i = 0; i < ARRAY_LENGTH(ports); i++)
		if (!strcmp(scheme, ports[i].scheme))
			return ports[i].port;
	return -1;
}

static bool is_file(const struct url *url)
{
	return !strcmp(url->scheme, "file");
}

static bool is_special(const struct url *url)
{
	return default_port(url->scheme) > 0 || is_file(url);
}

/* data:, mailto:, javascript: and the like: what follows the scheme is no path. */
static bool is_opaque(const struct url *url)
{
	return !url->host && url->path[0] != '/';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_slash(const struct url *url, char c)
{
	return c == '/' || (c == '\\' && is_special(url));
}

static struct slice skip(struct slice slice, size_t count)
{
	return (struct slice){slice.data + count, slice.length_bytes - count};
}

/* Drops controls and spaces at both ends, and tabs and line ends everywhere. */
static void clean(const char *text, size_t length, struct buf *out)
{
	while (length && (unsigned char)text[0] <= ' ') {
		text++;
		length--;
	}
	while (length && (unsigned char)text[length - 1] <= ' ')
		length--;
	while (length) {
		size_t run = 0;

		while (run < length && text[run] != '\t' && text[run] != '\n' && text[run] != '\r')
			run++;
		buf_append(out, text, run);
		run += run < length;
		text += run;
		length -= run;
	}
}

/* The length of "scheme:" at the front, or 0. */
static size_t scheme_length(struct slice text)
{
	for (size_t i = 0; i < text.length_bytes; i++) {
		char c = text.data[i];

		if (c == ':' && i)
			return i + 1;
		if (!is_alpha(c) &&
		    !(i && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')))
			return 0;
	}
	return 0;
}

static bool cut(struct slice *text, char at, struct slice *ret_rest)
{
	const char *found = text->length_bytes ? memchr(text->data, at, text->length_bytes) : NULL;

	if (!found)
		return false;
	*ret_rest = skip(*text, (size_t)(found - text->data) + 1);
	text->length_bytes = (size_t)(found - text->data);
	return true;
}

static char *encoded(struct slice text, enum url_set set)
{
	struct buf out = BUF_INIT(BUF_UNLIMITED);

	url_percent_encode(&out, text, set);
	return buf_steal(&out);
}

static void set_query_and_fragment(struct url *url, const struct parts *parts)
{
	if (parts->has_query)
		url->query = encoded(parts->query,
				     is_special(url) ? URL_SET_SPECIAL_QUERY : URL_SET_QUERY);
	if (parts->has_fragment)
		url->fragment = encoded(parts->fragment, URL_SET_FRAGMENT);
}

/* How many dots the segment stands for: 1, 2, or 0 when it is no dot segment. %2e is a dot. */
static int dots(struct slice segment)
{
	int count = 0;

	for (size_t i = 0; i < segment.length_bytes; count++) {
		if (segment.data[i] == '.')
			i++;
		else if (segment.length_bytes - i >= 3 && !strncasecmp(segment.data + i, "%2e", 3))
			i += 3;
		else
			return 0;
		if (count == 2)
			return 0;
	}
	return count;
}

static void drop_last_segment(struct buf *path)
{
	const char *slash =
		path->length_bytes ? memrchr(path->data, '/', path->length_bytes) : NULL;

	path->length_bytes = slash ? (size_t)(slash - path->data) : 0;
	if (path->data)
		path->data[path->length_bytes] = '\0';
}

/* Appends the segments of `text` to a path that ends before a slash. */
static void append_segments(const struct url *url, struct slice text, struct buf *path)
{
	size_t begin = 0;

	for (size_t at = 0;; at++) {
		bool is_last = at == text.length_bytes;
		struct slice segment;
		int dot_count;

		if (!is_last && !is_slash(url, text.data[at]))
			continue;
		segment = (struct slice){text.data + begin, at - begin};
		dot_count = dots(segment);
		if (dot_count == 2)
			drop_last_segment(path);
		if (!dot_count) {
			buf_append_char(path, '/');
			url_percent_encode(path, segment, URL_SET_PATH);
		} else if (is_last) {
			buf_append_char(path, '/');
		}
		if (is_last)
			return;
		begin = at + 1;
	}
}

/* The path that stands behind an authority, or alone from the root. */
static void set_rooted_path(struct url *url, struct slice text)
{
	struct buf path = BUF_INIT(BUF_UNLIMITED);

	if (text.length_bytes && is_slash(url, text.data[0]))
		text = skip(text, 1);
	else if (!text.length_bytes && !is_special(url)) {
		url->path = alloc_string("");
		return;
	}
	append_segments(url, text, &path);
	url->path = buf_steal(&path);
}

static void set_userinfo(struct url *url, struct slice userinfo)
{
	struct slice password;

	if (cut(&userinfo, ':', &password))
		url->password = encoded(password, URL_SET_USERINFO);
	url->username = encoded(userinfo, URL_SET_USERINFO);
}

static enum url_error set_port(struct url *url, struct slice text)
{
	int port = 0;

	for (size_t i = 0; i < text.length_bytes; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return URL_BAD_PORT;
		port = port * 10 + (text.data[i] - '0');
		if (port > 65535)
			return URL_BAD_PORT;
	}
	if (text.length_bytes && port != default_port(url->scheme))
		url->port = port;
	return URL_OK;
}

static enum url_error set_host(struct url *url, struct slice text)
{
	struct buf host = BUF_INIT(BUF_UNLIMITED);
	enum url_error error = URL_OK;

	if (text.length_bytes)
		error = url_host_parse(text, is_special(url), &host);
	if (error) {
		buf_release(&host);
		return error;
	}
	url->host = buf_steal(&host);
	return URL_OK;
}

/* The ':' before the port; one within the brackets of an IPv6 address is none. */
static size_t host_length(struct slice text)
{
	bool in_brackets = false;
	size_t at = 0;

	for (; at < text.length_bytes; at++) {
		if (text.data[at] == '[')
			in_brackets = true;
		else if (text.data[at] == ']')
			in_brackets = false;
		else if (text.data[at] == ':' && !in_brackets)
			break;
	}
	return at;
}

static enum url_error parse_authority(struct url *url, struct slice text)
{
	const char *at_sign = text.length_bytes ? memrchr(text.data, '@', text.length_bytes) : NULL;
	struct slice host = text;
	enum url_error error;

	if (at_sign) {
		size_t length = (size_t)(at_sign - text.data);

		set_userinfo(url, (struct slice){text.data, length});
		host = skip(text, length + 1);
	}
	text = host;
	host.length_bytes = host_length(text);
	if (!host.length_bytes && (is_special(url) || at_sign || text.length_bytes))
		return URL_BAD_HOST;
	error = set_host(url, host);
	if (error || host.length_bytes == text.length_bytes)
		return error;
	return set_port(url, skip(text, host.length_bytes + 1));
}

/* Behind "scheme://": an authority up to the next slash, then a path. */
static enum url_error parse_after_slashes(struct url *url, struct slice text)
{
	struct slice authority = {text.data, 0};
	enum url_error error;

	while (authority.length_bytes < text.length_bytes &&
	       !is_slash(url, text.data[authority.length_bytes]))
		authority.length_bytes++;
	error = is_file(url) ? set_host(url, authority) : parse_authority(url, authority);
	if (error)
		return error;
	if (is_file(url) && !strcmp(url->host, "localhost"))
		url->host[0] = '\0';
	set_rooted_path(url, skip(text, authority.length_bytes));
	return URL_OK;
}

static size_t count_slashes(const struct url *url, struct slice text)
{
	size_t count = 0;

	while (count < text.length_bytes && is_slash(url, text.data[count]))
		count++;
	return count;
}

static char *copied(const char *text)
{
	return text ? alloc_string(text) : NULL;
}

static void copy_authority(struct url *url, const struct url *base)
{
	url->username = alloc_string(base->username);
	url->password = alloc_string(base->password);
	url->host = copied(base->host);
	url->port = base->port;
}

/* A reference without a scheme, or with the base's special one and no "//". */
static enum url_error parse_relative(struct url *url, const struct parts *parts,
				     const struct url *base)
{
	size_t slashes = count_slashes(url, parts->body);
	struct buf path = BUF_INIT(BUF_UNLIMITED);

	if (slashes >= 2)
		return parse_after_slashes(
			url, skip(parts->body, is_special(url) && !is_file(url) ? slashes : 2));
	copy_authority(url, base);
	if (slashes == 1) {
		set_rooted_path(url, parts->body);
		return URL_OK;
	}
	buf_append_string(&path, base->path);
	if (parts->body.length_bytes) {
		drop_last_segment(&path);
		append_segments(url, parts->body, &path);
	} else if (!parts->has_query) {
		url->query = copied(base->query);
	}
	url->path = buf_steal(&path);
	return URL_OK;
}

static enum url_error parse_absolute(struct url *url, const struct parts *parts)
{
	size_t slashes = count_slashes(url, parts->body);
	struct slice body = parts->body;
	bool ends_before_more = parts->has_query || parts->has_fragment;
	struct buf path = BUF_INIT(BUF_UNLIMITED);

	if (is_special(url) && !is_file(url))
		return parse_after_slashes(url, skip(body, slashes));
	if (slashes >= 2)
		return parse_after_slashes(url, skip(body, 2));
	if (slashes == 1 || is_file(url)) {
		url->host = is_file(url) ? alloc_string("") : NULL;
		set_rooted_path(url, body);
		return URL_OK;
	}
	/* A space at the end of an opaque path would be lost when it is parsed again. */
	if (ends_before_more && body.length_bytes && body.data[body.length_bytes - 1] == ' ') {
		body.length_bytes--;
		url_percent_encode(&path, body, URL_SET_CONTROL);
		buf_append_string(&path, "%20");
	} else {
		url_percent_encode(&path, body, URL_SET_CONTROL);
	}
	url->path = buf_steal(&path);
	return URL_OK;
}

/* "#x" is all that can be resolved against an opaque path. */
static enum url_error parse_on_opaque(struct url *url, const struct parts *parts,
				      const struct url *base)
{
	if (parts->body.length_bytes || parts->has_query || !parts->has_fragment)
		return URL_NOT_ABSOLUTE;
	url->path = alloc_string(base->path);
	url->query = copied(base->query);
	return URL_OK;
}

static enum url_error parse_parts(struct url *url, struct parts *parts, size_t scheme_bytes,
				  const struct url *base)
{
	if (!scheme_bytes && !base)
		return URL_NOT_ABSOLUTE;
	if (!scheme_bytes) {
		url->scheme = alloc_string(base->scheme);
		if (is_opaque(base))
			return parse_on_opaque(url, parts, base);
		return parse_relative(url, parts, base);
	}
	url->scheme = alloc_string_n(parts->body.data, scheme_bytes - 1);
	for (char *c = url->scheme; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c |= 0x20;
	parts->body = skip(parts->body, scheme_bytes);
	if (base && is_special(url) && !strcmp(base->scheme, url->scheme))
		return parse_relative(url, parts, base);
	return parse_absolute(url, parts);
}

enum url_error url_parse(const char *text, size_t length_bytes, const struct url *base,
			 struct url *ret_url)
{
	CLEANUP(buf_release) struct buf cleaned = BUF_INIT(URL_MAX_BYTES);
	CLEANUP(url_release) struct url url = {.port = -1};
	struct parts parts = {0};
	enum url_error error;
	size_t scheme_bytes;

	if (length_bytes > URL_MAX_BYTES)
		return URL_TOO_LONG;
	clean(text, length_bytes, &cleaned);
	parts.body = (struct slice){buf_string(&cleaned), cleaned.length_bytes};
	parts.has_fragment = cut(&parts.body, '#', &parts.fragment);
	scheme_bytes = scheme_length(parts.body);
	parts.has_query = cut(&parts.body, '?', &parts.query);
	error = parse_parts(&url, &parts, scheme_bytes, base);
	if (error)
		return error;
	set_query_and_fragment(&url, &parts);
	if (!url.username)
		url.username = alloc_string("");
	if (!url.password)
		url.password = alloc_string("");
	*ret_url = url;
	url = (struct url){0};
	return URL_OK;
}

void url_release(struct url *url)
{
	if (!url)
		return;
	free(url->scheme);
	free(url->username);
	free(url->password);
	free(url->host);
	free(url->path);
	free(url->query);
	free(url->fragment);
	*url = (struct url){.port = -1};
}

const char *url_error_text(enum url_error error)
{
	switch (error) {
	case URL_OK:
		return "the URL is valid";
	case URL_NOT_ABSOLUTE:
		return "the URL is relative";
	case URL_BAD_HOST:
		return "the host is no valid name";
	case URL_NO_IDNA:
		return "the host's name is not ASCII, and ICU, which reads such names, is not "
		       "installed";
	case URL_BAD_PORT:
		return "the port is no number up to 65535";
	case URL_TOO_LONG:
		break;
	}
	return "the URL is too long";
}

char *url_serialize(const struct url *url, bool with_fragment)
{
	struct buf out = BUF_INIT(BUF_UNLIMITED);

	buf_append_string(&out, url->scheme);
	buf_append_char(&out, ':');
	if (url->host) {
		buf_append_string(&out, "//");
		buf_append_string(&out, url->username);
		if (url->password[0])
			buf_printf(&out, ":%s", url->password);
		if (url->username[0] || url->password[0])
			buf_append_char(&out, '@');
		buf_append_string(&out, url->host);
		if (url->port >= 0)
			buf_printf(&out, ":%d", url->port);
	} else if (!strncmp(url->path, "//", 2)) {
		buf_append_string(&out, "/."); /* or the path would be read as an authority */
	}
	buf_append_string(&out, url->path);
	if (url->query) {
		buf_append_char(&out, '?');
		buf_append_string(&out, url->query);
	}
	if (url->fragment && with_fragment) {
		buf_append_char(&out, '#');
		buf_append_string(&out, url->fragment);
	}
	return buf_steal(&out);
}

bool url_is_http(const struct url *url)
{
	return !strcmp(url->scheme, "http") || !strcmp(url->scheme, "https");
}

size_t url_origin_prefix_bytes(const char *text)
{
	const char *authority = strstr(text, "://");
	const char *path = authority ? strchr(authority + 3, '/') : NULL;

	/* Parsers skip further slashes: the host is behind them. */
	return path && path > authority + 3 ? (size_t)(path - text) + 1 : 0;
}

int url_port(const struct url *url)
{
	if (url->port >= 0)
		return url->port;
	return url_is_http(url) ? default_port(url->scheme) : 0;
}
