#include "charset.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "libicu.h"
#include "utf8.h"

#define MAX_LABEL_BYTES 40
/* Of one byte; most code points of three bytes come from two. */
#define MOST_UTF8_BYTES 4

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       memchr("-_.:", c, 4);
}

struct slice charset_named(struct slice text)
{
	static const char name[] = "charset=";
	const size_t name_bytes = sizeof name - 1;

	for (size_t i = 0; i + name_bytes <= text.length_bytes; i++) {
		struct slice label = slice_from(text, i);
		size_t length = 0;

		if (strncasecmp(label.data, name, name_bytes))
			continue;
		label = slice_from(label, name_bytes);
		if (label.length_bytes && (label.data[0] == '"' || label.data[0] == '\''))
			label = slice_from(label, 1);
		while (length < label.length_bytes && is_label_char(label.data[length]))
			length++;
		return (struct slice){label.data, length};
	}
	return (struct slice){text.data, 0};
}

/* 0x80 to 0x9f; else the byte is the code point. */
uint32_t charset_1252_code_point(unsigned char byte)
{
	static const uint16_t high[] = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020,
					0x2021, 0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,
					0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d,
					0x2022, 0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a,
					0x153,  0x9d,   0x17e,  0x178};

	return byte >= 0x80 && byte < 0xa0 ? high[byte - 0x80] : byte;
}

static void append_1252(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.length_bytes; i++) {
		char encoded[MOST_UTF8_BYTES];

		buf_append(
			out, encoded,
			utf8_encode(charset_1252_code_point((unsigned char)text.data[i]), encoded));
	}
}

/* ICU's name: browsers take these for their supersets (WHATWG Encoding section 4.2). `ret_name`
 * holds MAX_LABEL_BYTES and a NUL, and may be what is returned. */
static const char *converter_of(struct slice label, char *ret_name)
{
	static const struct {
		const char *label, *converter;
	} supersets[] = {
		{"gb2312", "gbk"},
		{"gb_2312-80", "gbk"},
		{"euc-kr", "windows-949"},
		{"ks_c_5601-1987", "windows-949"},
		{"iso-8859-9", "windows-1254"},
		{"tis-620", "windows-874"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(supersets); i++)
		if (slice_equals_nocase(label, supersets[i].label))
			return supersets[i].converter;
	memcpy(ret_name, label.data, label.length_bytes);
	ret_name[label.length_bytes] = '\0';
	return ret_name;
}

static bool is_1252(struct slice label)
{
	return !label.length_bytes || label.length_bytes > MAX_LABEL_BYTES ||
	       slice_equals_nocase(label, "iso-8859-1") || slice_equals_nocase(label, "us-ascii") ||
	       slice_equals_nocase(label, "windows-1252");
}

static bool convert(struct buf *out, struct slice text, const char *converter)
{
	const struct libicu *icu = libicu_get();
	size_t room = text.length_bytes * MOST_UTF8_BYTES;
	UErrorCode error = U_ZERO_ERROR;
	int32_t length;
	char *utf8;

	if (!icu)
		return false;
	utf8 = alloc_zeroed(room + 1, 1);
	length = icu->convert("UTF-8", converter, utf8, (int32_t)room, text.data,
			      (int32_t)text.length_bytes, &error);
	if (U_SUCCESS(error) && length > 0)
		buf_append(out, utf8, (size_t)length);
	free(utf8);
	return U_SUCCESS(error);
}

void charset_append_utf8(struct buf *out, struct slice text, struct slice label)
{
	char name[MAX_LABEL_BYTES + 1];

	if (is_1252(label) || !convert(out, text, converter_of(label, name)))
		append_1252(out, text);
}
