#include "quick_format.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct room {
	char *at;
	size_t left_bytes;
};

static bool put(struct room *room, const char *text, size_t length_bytes)
{
	if (length_bytes >= room->left_bytes)
		return false;
	memcpy(room->at, text, length_bytes);
	room->at += length_bytes;
	room->left_bytes -= length_bytes;
	return true;
}

static bool put_number(struct room *room, uint64_t number, bool is_negative)
{
	char digits[21];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	if (is_negative)
		digits[--at] = '-';
	return put(room, digits + at, sizeof digits - at);
}

static bool put_int(struct room *room, int number)
{
	int64_t wide = number;

	return put_number(room, (uint64_t)(wide < 0 ? -wide : wide), wide < 0);
}

static bool put_string(struct room *room, const char *text)
{
	return text && put(room, text, strlen(text));
}

static bool put_char(struct room *room, char c)
{
	return put(room, &c, 1);
}

int quick_format(char *ret_text, size_t size_bytes, const char *format, va_list arguments)
{
	struct room room = {ret_text, size_bytes < INT_MAX ? size_bytes : INT_MAX};
	bool is_done = size_bytes > 0;

	while (is_done && *format) {
		size_t plain_bytes = strcspn(format, "%");

		is_done = put(&room, format, plain_bytes);
		format += plain_bytes;
		if (!is_done || !*format)
			break;
		switch (*++format) {
		case 's':
			is_done = put_string(&room, va_arg(arguments, const char *));
			break;
		case 'd':
			is_done = put_int(&room, va_arg(arguments, int));
			break;
		case 'u':
			is_done = put_number(&room, va_arg(arguments, unsigned), false);
			break;
		case 'c':
			is_done = put_char(&room, (char)va_arg(arguments, int));
			break;
		case '%':
			is_done = put_char(&room, '%');
			break;
		case 'z':
			is_done = *++format == 'u' &&
				  put_number(&room, va_arg(arguments, size_t), false);
			break;
		default:
			is_done = false;
		}
		format++;
	}
	if (!is_done)
		return -1;
	*room.at = '\0';
	return (int)(room.at - ret_text);
}
