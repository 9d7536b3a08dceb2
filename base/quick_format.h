/*
 * quick_format.h: the formats that a report is full of, without the cost of vsnprintf(): "%s",
 * "%d",
 * "%u", "%zu", "%c" and "%%", and text that fits.
 */
#ifndef QUICK_FORMAT_H
#define QUICK_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* The text's length, without the NUL behind it; -1: another directive, or no room: then what stands
 * in `ret_text` is nothing, and vsnprintf() is to be asked, with arguments of its own. */
__attribute__((format(printf, 3, 0))) int quick_format(char *ret_text, size_t size_bytes,
						       const char *format, va_list arguments);

#endif
