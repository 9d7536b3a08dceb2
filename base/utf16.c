#include "utf16.h"

#include <stdint.h>
#include <string.h>

#include "utf8.h"

static bool begins_with(const void *data, size_t length_bytes, const char *two)
{
	return length_bytes >= 2 && !memcmp(data, two, 2);
}

static bool is_little_endian(const void *data, size_t length_bytes)
{
	return begins_with(data, length_bytes, "\xff\xfe") ||
	       begins_with(data, length_bytes, "<\0");
}

static bool has_mark(const void *data, size_t length_bytes)
{
	return begins_with(data, length_bytes, "\xff\xfe") ||
	       begins_with(data, length_bytes, "\xfe\xff");
}

bool utf16_is_markup(const void *data, size_t length_bytes)
{
	return has_mark(data, length_bytes) || begins_with(data, length_bytes, "<\0") ||
	       begins_with(data, length_bytes, "\0<");
}

static bool is_surrogate(uint32_t unit)
{
	return unit >= 0xd800 && unit < 0xe000;
}

void utf16_append_utf8(struct buf *out, const void *data, size_t length_bytes)
{
	const unsigned char *bytes = data;
	size_t low = is_little_endian(data, length_bytes) ? 0 : 1;

	for (size_t at = has_mark(data, length_bytes) ? 2 : 0; length_bytes - at >= 2; at += 2) {
		uint32_t unit = (uint32_t)bytes[at + !low] << 8 | bytes[at + low];
		char encoded[4];

		if (unit >= 0xd800 && unit < 0xdc00) {
			uint32_t second;

			if (length_bytes - at < 4)
				return;
			second = (uint32_t)bytes[at + 2 + !low] << 8 | bytes[at + 2 + low];
			if (second >= 0xdc00 && second < 0xe000) {
				unit = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
				at += 2;
			}
		}
		buf_append(out, encoded, utf8_encode(is_surrogate(unit) ? 0xfffd : unit, encoded));
	}
}
