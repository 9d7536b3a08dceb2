#include "stored_fields.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "cleanup.h"

/* RFC 9110 section 7.6.1 and RFC 9111 section 3.1: of this connection or this proxy only. */
static const char *const connection_fields[] = {
	"Connection", "Keep-Alive",          "Proxy-Connection",          "Proxy-Authenticate",
	"TE",         "Proxy-Authorization", "Proxy-Authentication-Info", "Trailer",
	"Upgrade",    "Transfer-Encoding",
};

static const char *const needless_fields[] = {
	"Set-Cookie",
	"Set-Cookie2",
	"Content-Security-Policy",
	"Content-Security-Policy-Report-Only",
	"Permissions-Policy",
	"Feature-Policy",
	"Strict-Transport-Security",
	"Expect-CT",
	"Public-Key-Pins",
	"Report-To",
	"Reporting-Endpoints",
	"NEL",
	"Alt-Svc",
	"Accept-CH",
	"Critical-CH",
	"P3P",
};

/* RFC 9111 section 3.2 (Content-Length never; the others where the stored bytes depend on them),
 * and the digests of RFC 9530 and before. */
static const char *const fields_of_bytes[] = {
	"Content-Length", "Content-Encoding", "Content-Type", "Content-Range",
	"Content-MD5",    "Content-Digest",   "Repr-Digest",  "Digest",
};

static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if ((names[i][0] | 0x20) == (name[0] | 0x20) && !strcasecmp(name, names[i]))
			return true;
	return false;
}

static bool list_names(const char *list, size_t list_bytes, const char *name)
{
	struct slice element;
	size_t offset = 0;

	while (http_list_next(list, list_bytes, &offset, &element))
		if (slice_equals_nocase(element, name))
			return true;
	return false;
}

static bool is_kept(const char *name, struct slice connection)
{
	return !is_among(name, connection_fields, ARRAY_LENGTH(connection_fields)) &&
	       !is_among(name, needless_fields, ARRAY_LENGTH(needless_fields)) &&
	       !list_names(connection.data, connection.length_bytes, name);
}

static void add(struct http_fields *to, const struct http_field *field)
{
	http_fields_add(to, field->name, strlen(field->name), field->value, strlen(field->value));
}

void stored_fields_select(const struct http_fields *received, struct http_fields *ret_fields)
{
	CLEANUP(buf_release) struct buf joined = BUF_INIT(STORED_FIELDS_MAX_BYTES);
	struct slice connection = {"", 0};

	http_fields_list(received, "Connection", &joined, &connection);
	http_fields_clear(ret_fields);
	for (size_t i = 0; i < received->count; i++)
		if (is_kept(received->items[i].name, connection))
			add(ret_fields, &received->items[i]);
}

void stored_fields_update(struct http_fields *stored, const struct http_fields *not_modified)
{
	CLEANUP(buf_release) struct buf joined = BUF_INIT(STORED_FIELDS_MAX_BYTES);
	CLEANUP(cleanup_free)
	bool *is_update = alloc_zeroed(not_modified->count, sizeof *is_update);
	struct slice connection = {"", 0};

	http_fields_list(not_modified, "Connection", &joined, &connection);
	http_fields_remove(stored, "Date");
	http_fields_remove(stored, "Age");
	for (size_t i = 0; i < not_modified->count; i++) {
		const char *name = not_modified->items[i].name;

		is_update[i] = !is_among(name, fields_of_bytes, ARRAY_LENGTH(fields_of_bytes)) &&
			       is_kept(name, connection);
		if (is_update[i])
			http_fields_remove(stored, name);
	}
	for (size_t i = 0; i < not_modified->count; i++)
		if (is_update[i])
			add(stored, &not_modified->items[i]);
}

static bool is_weak(const char *tag)
{
	return tag[0] == 'W' && tag[1] == '/';
}

bool stored_fields_match(const struct http_fields *stored, const struct http_fields *not_modified)
{
	const char *stored_tag = http_fields_get(stored, "ETag");
	const char *tag = http_fields_get(not_modified, "ETag");

	if (!tag)
		return true;
	if (!stored_tag)
		return is_weak(tag);
	/* The origin compared weakly (RFC 9110 section 13.1.2), and some drop or add the W/ when
	 * they answer 304: the opaque tag decides. */
	return !strcmp(is_weak(tag) ? tag + 2 : tag,
		       is_weak(stored_tag) ? stored_tag + 2 : stored_tag);
}

/* "name: value", the name in lower case. */
static void add_to_key(struct buf *key, struct slice name, struct slice value)
{
	char *line = buf_grow(key, name.length_bytes + value.length_bytes + 3);

	if (!line)
		return;
	for (size_t i = 0; i < name.length_bytes; i++)
		*line++ = (char)tolower((unsigned char)name.data[i]);
	memcpy(line, ": ", 2);
	if (value.length_bytes)
		memcpy(line + 2, value.data, value.length_bytes);
	line[2 + value.length_bytes] = '\n';
}

char *stored_fields_request_key(const struct http_fields *response,
				const struct http_fields *request)
{
	CLEANUP(buf_release) struct buf joined = BUF_INIT(STORED_FIELDS_MAX_BYTES);
	CLEANUP(buf_release) struct buf key = BUF_INIT(STORED_FIELDS_MAX_BYTES);
	struct slice vary = {"", 0}, element;
	bool varies = request && http_fields_list(response, "Vary", &joined, &vary);
	size_t offset = 0;

	for (size_t i = 0; request && i < request->count; i++)
		if (request->items[i].name[0] == ':')
			add_to_key(&key, slice_of(request->items[i].name),
				   slice_of(request->items[i].value));
	if (!varies && !key.length_bytes)
		return NULL;
	while (http_list_next(vary.data, vary.length_bytes, &offset, &element)) {
		CLEANUP(cleanup_free)
		char *name = alloc_string_n(element.data, element.length_bytes);
		CLEANUP(buf_release) struct buf values = BUF_INIT(STORED_FIELDS_MAX_BYTES);
		struct slice value = {"", 0};

		http_fields_list(request, name, &values, &value);
		add_to_key(&key, element, value);
	}
	return buf_steal(&key);
}
