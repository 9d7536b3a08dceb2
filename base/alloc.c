#include "alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
	if (!memory) {
		fputs("picdesk: out of memory\n", stderr);
		exit(1);
	}
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

char *alloc_printf(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return checked(text);
}
