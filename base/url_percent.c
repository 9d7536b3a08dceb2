#include "url_parts.h"

#include <string.h>

#include "alloc.h"
#include "buf.h"
#include "url.h"
#include "utf8.h"

static bool is_in_set(unsigned char c, enum url_set set)
{
	static const struct {
		const char *characters;
		unsigned sets;
	} rows[] = {
		{" \"<>", URL_SET_FRAGMENT | URL_SET_QUERY | URL_SET_SPECIAL_QUERY | URL_SET_PATH |
				  URL_SET_USERINFO},
		{"#", URL_SET_QUERY | URL_SET_SPECIAL_QUERY | URL_SET_PATH | URL_SET_USERINFO},
		{"`", URL_SET_FRAGMENT | URL_SET_PATH | URL_SET_USERINFO},
		{"'", URL_SET_SPECIAL_QUERY},
		{"?^{}", URL_SET_PATH | URL_SET_USERINFO},
		{"/:;=@[\\]|", URL_SET_USERINFO},
	};

	if (c < 0x20 || c > 0x7e)
		return true;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '-' && c <= '9' && c != '/') || c == '_')
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		if (rows[i].sets & set && strchr(rows[i].characters, c))
			return true;
	return false;
}

static void append_encoded(struct buf *out, const char *bytes, size_t count)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)bytes[i];
		char encoded[3] = {'%', digits[c >> 4], digits[c & 15]};

		buf_append(out, encoded, 3);
	}
}

void url_percent_encode(struct buf *out, struct slice text, enum url_set set)
{
	size_t at = 0;

	while (at < text.length_bytes) {
		uint32_t code_point;
		size_t used, run = at;

		while (run < text.length_bytes && !is_in_set((unsigned char)text.data[run], set))
			run++;
		buf_append(out, text.data + at, run - at);
		at = run;
		if (at == text.length_bytes)
			break;
		used = utf8_decode(text.data + at, text.length_bytes - at, &code_point);
		if (!used)
			append_encoded(out, "\xef\xbf\xbd", 3);
		else
			append_encoded(out, text.data + at, used);
		at += used ? used : 1;
	}
}

char *url_percent_decode(const char *text, size_t length_bytes, size_t *ret_length_bytes)
{
	char *decoded = alloc_string_n(text, length_bytes);
	size_t length = 0;

	for (size_t i = 0; i < length_bytes; i++) {
		int high = -1, low = -1;

		if (text[i] == '%' && length_bytes - i > 2) {
			high = hex_digit(text[i + 1]);
			low = hex_digit(text[i + 2]);
		}
		if (high < 0 || low < 0) {
			decoded[length++] = text[i];
			continue;
		}
		decoded[length++] = (char)(high << 4 | low);
		i += 2;
	}
	decoded[length] = '\0';
	if (ret_length_bytes)
		*ret_length_bytes = length;
	return decoded;
}
