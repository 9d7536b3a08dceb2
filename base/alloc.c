#include "alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quick_format.h"

/* Most texts are shorter. */
#define SHORT_BYTES 512

void alloc_failed(void)
{
	fputs("picdesk: out of memory\n", stderr);
	exit(1);
}

static void *checked(void *memory)
{
	if (!memory)
		alloc_failed();
	return memory;
}

void *alloc_zeroed(size_t count, size_t size_bytes)
{
	return checked(calloc(count ? count : 1, size_bytes ? size_bytes : 1));
}

void *alloc_resized(void *memory, size_t count, size_t size_bytes)
{
	return checked(reallocarray(memory, count ? count : 1, size_bytes ? size_bytes : 1));
}

char *alloc_string(const char *text)
{
	return checked(strdup(text));
}

char *alloc_string_n(const char *text, size_t length_bytes)
{
	char *copy = checked(malloc(length_bytes + 1));

	if (length_bytes)
		memcpy(copy, text, length_bytes);
	copy[length_bytes] = '\0';
	return copy;
}

char *alloc_vprintf(const char *format, va_list arguments)
{
	char shorter[SHORT_BYTES], *text = NULL;
	va_list again;
	int length;

	va_copy(again, arguments);
	length = quick_format(shorter, sizeof shorter, format, again);
	va_end(again);
	if (length >= 0)
		return alloc_string_n(shorter, (size_t)length);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	return checked(text);
}

char *alloc_printf(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = alloc_vprintf(format, arguments);
	va_end(arguments);
	return text;
}
