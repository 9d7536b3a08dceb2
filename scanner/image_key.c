#include "image_key.h"

#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "map.h"

/* Longer keys name no image: their normal form need not be made. */
#define KEY_MAX_BYTES 64

struct image_keys {
	struct map *names; /* in normal form: "image", "header.image" */
};

/* Lower case, separators dropped; false when it is too long. */
static bool append_normal(struct slice name, char *ret_text, size_t *length)
{
	for (size_t i = 0; i < name.length_bytes; i++) {
		char c = name.data[i];

		if (c == '-' || c == '_' || c == ':' || c == ' ')
			continue;
		if (*length == 2 * KEY_MAX_BYTES)
			return false;
		ret_text[(*length)++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return true;
}

struct image_keys *image_keys_new(const char *const *names)
{
	struct image_keys *keys = alloc_zeroed(1, sizeof *keys);

	keys->names = map_new();
	for (; *names; names++) {
		struct slice name = slice_of(*names);
		char normal[2 * KEY_MAX_BYTES];
		size_t length = 0;

		if (name.length_bytes > 2 && !memcmp(name.data + name.length_bytes - 2, "[]", 2))
			name.length_bytes -= 2;
		if (append_normal(name, normal, &length) && length > 0)
			map_put(keys->names, normal, length, keys);
	}
	return keys;
}

void image_keys_free(struct image_keys *keys)
{
	if (!keys)
		return;
	map_free(keys->names);
	free(keys);
}

bool image_keys_have(const struct image_keys *keys, struct slice parent, struct slice key)
{
	char normal[2 * KEY_MAX_BYTES];
	size_t length = 0, start;

	if (key.length_bytes == 0 || key.length_bytes >= KEY_MAX_BYTES)
		return false;
	if (parent.length_bytes >= KEY_MAX_BYTES)
		parent.length_bytes = 0;
	if (!append_normal(parent, normal, &length) || length == 2 * KEY_MAX_BYTES)
		return false;
	normal[length++] = '.';
	start = length;
	if (!append_normal(key, normal, &length))
		return false;
	return map_get(keys->names, normal + start, length - start) ||
	       (start > 1 && map_get(keys->names, normal, length));
}

static bool contains(struct slice text, const char *what)
{
	return memmem(text.data, text.length_bytes, what, strlen(what)) != NULL;
}

static bool starts_with(struct slice text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text.length_bytes >= n && slice_equals_nocase((struct slice){text.data, n}, prefix);
}

/* Tabs and line ends are no part of a URL, wherever they stand in it; `prefix` is lower case. */
static bool starts_url_with(struct slice text, const char *prefix)
{
	for (size_t i = 0; *prefix && i < text.length_bytes; i++) {
		char c = text.data[i];

		if (c == '\t' || c == '\n' || c == '\r')
			continue;
		if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != *prefix)
			return false;
		prefix++;
	}
	return !*prefix;
}

/* What comes before the query and the fragment. */
static struct slice path_part(struct slice text)
{
	for (size_t i = 0; i < text.length_bytes; i++)
		if (text.data[i] == '?' || text.data[i] == '#')
			return (struct slice){text.data, i};
	return text;
}

bool image_extension_is_known(struct slice extension)
{
	static const char *const extensions[] = {
		"apng",  "avif", "bmp", "gif",  "heic", "heif", "ico",
		"jfif",  "jp2",  "jpe", "jpeg", "jpg",  "jxl",  "pjp",
		"pjpeg", "png",  "svg", "svgz", "tif",  "tiff", "webp",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(extensions); i++)
		if (slice_equals_nocase(extension, extensions[i]))
			return true;
	return false;
}

bool image_value_has_extension(struct slice value)
{
	struct slice path = path_part(value);
	size_t dot = path.length_bytes;

	while (dot > 0 && path.data[dot - 1] != '.' && path.length_bytes - dot < 5)
		dot--;
	return dot >= 2 && path.data[dot - 1] == '.' &&
	       image_extension_is_known(slice_from(path, dot));
}

static bool is_url(struct slice value)
{
	return starts_url_with(value, "http:") || starts_url_with(value, "https:") ||
	       starts_url_with(value, "//") || starts_url_with(value, "data:");
}

/* scheme://, whatever the scheme: meant as a URL, if a wrong one. */
static bool has_scheme(struct slice value)
{
	size_t i = 0;

	while (i < value.length_bytes &&
	       ((value.data[i] | 0x20) >= 'a' && (value.data[i] | 0x20) <= 'z'))
		i++;
	return i > 0 && i + 3 <= value.length_bytes && !memcmp(value.data + i, "://", 3);
}

static bool has_only(struct slice value, const char *characters)
{
	for (size_t i = 0; i < value.length_bytes; i++)
		if (!value.data[i] || !strchr(characters, value.data[i]))
			return false;
	return true;
}

static bool has_blank(struct slice value)
{
	for (size_t i = 0; i < value.length_bytes; i++)
		if ((unsigned char)value.data[i] <= ' ')
			return true;
	return false;
}

static bool is_template(struct slice value)
{
	return contains(value, "{{") || contains(value, "{%");
}

/* Text, markup, several lines, Hugo's patterns of files: no path. */
static bool cannot_be_path(struct slice value)
{
	size_t path_bytes = path_part(value).length_bytes;

	for (size_t i = 0; i < value.length_bytes; i++)
		if ((unsigned char)value.data[i] < ' ' || strchr("<>\"`", value.data[i]) ||
		    (i < path_bytes && strchr("|*", value.data[i])))
			return true;
	return value.length_bytes == 0 || value.length_bytes > 4096 || value.data[0] == '#';
}

/* What themes take for a background beside the URL of an image. */
static bool is_css_value(struct slice value)
{
	return starts_with(value, "url(") || contains(value, "gradient(");
}

bool image_value_is_likely(struct slice value)
{
	value = slice_trim(value);
	if (is_url(value) || (is_template(value) && !contains(value, "\n")))
		return value.length_bytes > 5 || starts_url_with(value, "//");
	if (cannot_be_path(value) || is_css_value(value))
		return false;
	if (has_scheme(value) || image_value_has_extension(value))
		return true;
	if (has_blank(value) || !contains(value, "/") || has_only(value, "0123456789/-.,:% "))
		return false;
	/* A bare path; `mdi:home/x`, `user/image:tag` and `name@host/x` are none. */
	return starts_with(value, "/") || starts_with(value, "./") || starts_with(value, "../") ||
	       !(contains(value, ":") || contains(value, "@"));
}

bool image_value_is_possible(struct slice value)
{
	static const char *const words[] = {"true", "false", "yes", "no",  "on",
					    "off",  "null",  "~",   "none"};

	value = slice_trim(value);
	if (is_url(value) || is_template(value) || image_value_has_extension(value))
		return image_value_is_likely(value);
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
		if (slice_equals_nocase(value, words[i]))
			return false;
	return !cannot_be_path(value) && !has_blank(value) && !has_only(value, "0123456789/-.,:%+");
}
