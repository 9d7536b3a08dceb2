#include "html_entities.h"

#include <stdint.h>
#include <string.h>

#include "buf.h"
#include "charset.h"
#include "utf8.h"

#define REPLACEMENT 0xfffd
#define CODE_POINT_MAX 0x10ffff

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int digit_value(char c, int base)
{
	int digit = hex_digit(c);

	return digit < base ? digit : -1;
}

/* Of 0x80 to 0x9f what windows-1252 has there. */
static uint32_t numeric_meaning(uint32_t number)
{
	if (!number || number > CODE_POINT_MAX || (number >= 0xd800 && number < 0xe000))
		return REPLACEMENT;
	return number < 0x100 ? charset_1252_code_point((unsigned char)number) : number;
}

static size_t read_numeric(const char *text, size_t length_bytes, char *ret_utf8,
			   size_t *ret_utf8_bytes)
{
	int base = length_bytes > 2 && (text[2] == 'x' || text[2] == 'X') ? 16 : 10;
	size_t start = base == 16 ? 3 : 2, i = start;
	uint32_t number = 0;

	for (; i < length_bytes && digit_value(text[i], base) >= 0; i++)
		if (number <= CODE_POINT_MAX) /* once beyond, it stays beyond */
			number = number * (uint32_t)base + (uint32_t)digit_value(text[i], base);
	if (i == start)
		return 0;
	*ret_utf8_bytes = utf8_encode(numeric_meaning(number), ret_utf8);
	return i < length_bytes && text[i] == ';' ? i + 1 : i;
}

/* First entry of [low, high) whose byte at `i` is at least `c`; all share the bytes before. */
static size_t lower_bound(size_t low, size_t high, size_t i, unsigned c)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((unsigned char)html_entity_table[middle].name[i] < c)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The longest name that the text begins with, NULL: none. */
static const struct html_entity *longest_name(const char *text, size_t length_bytes)
{
	const struct html_entity *found = NULL;
	size_t low = 0, high = html_entity_count;

	for (size_t i = 0; i < length_bytes && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		low = lower_bound(low, high, i, c);
		high = lower_bound(low, high, i, c + 1u);
		if (low == high)
			break;
		if (!html_entity_table[low].name[i + 1])
			found = &html_entity_table[low];
	}
	return found;
}

static size_t read_named(const char *text, size_t length_bytes, bool in_attribute, char *ret_utf8,
			 size_t *ret_utf8_bytes)
{
	const struct html_entity *entity = longest_name(text + 1, length_bytes - 1);
	size_t used;

	if (!entity)
		return 0;
	used = 1 + strlen(entity->name);
	if (in_attribute && text[used - 1] != ';' && used < length_bytes &&
	    (text[used] == '=' || is_alphanumeric(text[used])))
		return 0;
	*ret_utf8_bytes = strlen(entity->utf8);
	memcpy(ret_utf8, entity->utf8, *ret_utf8_bytes);
	return used;
}

size_t html_entities_read(const char *text, size_t length_bytes, bool in_attribute,
			  char ret_utf8[HTML_REFERENCE_MAX_BYTES], size_t *ret_utf8_bytes)
{
	if (length_bytes < 2)
		return 0;
	if (text[1] == '#')
		return read_numeric(text, length_bytes, ret_utf8, ret_utf8_bytes);
	return read_named(text, length_bytes, in_attribute, ret_utf8, ret_utf8_bytes);
}
