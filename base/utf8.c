#include "utf8.h"

size_t utf8_decode(const char *text, size_t length_bytes, uint32_t *ret_code_point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t code_point;
	size_t used;

	if (!length_bytes)
		return 0;
	if (bytes[0] < 0x80) {
		*ret_code_point = bytes[0];
		return 1;
	}
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;
	used = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	if (used > length_bytes)
		return 0;
	code_point = bytes[0] & (0x7fu >> used);
	for (size_t i = 1; i < used; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		code_point = code_point << 6 | (bytes[i] & 0x3f);
	}
	if (code_point < least[used] || code_point > 0x10ffff ||
	    (code_point >= 0xd800 && code_point < 0xe000))
		return 0;
	*ret_code_point = code_point;
	return used;
}

size_t utf8_encode(uint32_t code_point, char *ret_text)
{
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t used = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;

	for (size_t i = used - 1; i > 0; i--) {
		ret_text[i] = (char)(0x80 | (code_point & 0x3f));
		code_point >>= 6;
	}
	ret_text[0] = (char)(lead[used] | code_point);
	return used;
}

size_t utf8_count(const char *text, size_t length_bytes)
{
	size_t count = 0, i = 0;
	uint32_t code_point;

	for (; i < length_bytes; count++) {
		size_t used = utf8_decode(text + i, length_bytes - i, &code_point);

		i += used ? used : 1;
	}
	return count;
}

bool utf8_is_valid(const char *text, size_t length_bytes)
{
	uint32_t code_point;

	for (size_t i = 0; i < length_bytes;) {
		size_t used = utf8_decode(text + i, length_bytes - i, &code_point);

		if (!used)
			return false;
		i += used;
	}
	return true;
}

bool utf8_is_hidden(uint32_t code_point)
{
	return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0) ||
	       code_point == 0x61c || (code_point >= 0x200e && code_point <= 0x200f) ||
	       (code_point >= 0x2028 && code_point <= 0x202e) ||
	       (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0xfeff ||
	       code_point == 0xfffe || code_point == 0xffff;
}
