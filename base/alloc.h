/*
 * alloc.h: heap memory that is never NULL.
 *
 * When the system has no memory left these print one line to stderr and exit with status 1. That is
 * safe anywhere: everything on disk is written so that a kill at any moment loses no finished work.
 * What grows with untrusted input goes through struct buf, which has a maximum.
 */
#ifndef ALLOC_H
#define ALLOC_H

#include <stdarg.h>
#include <stddef.h>

/* Where a library has found that. */
_Noreturn void alloc_failed(void);
void *alloc_zeroed(size_t count, size_t size_bytes);
void *alloc_resized(void *memory, size_t count, size_t size_bytes);
char *alloc_string(const char *text);
char *alloc_string_n(const char *text, size_t length_bytes);
__attribute__((format(printf, 1, 2))) char *alloc_printf(const char *format, ...);
__attribute__((format(printf, 1, 0))) char *alloc_vprintf(const char *format, va_list arguments);

/* Makes room for one more element at items[count]; doubles. Use: ALLOC_GROW(items, count,
 * capacity); */
#define ALLOC_GROW(items, count, capacity) ALLOC_GROW_FROM(8, items, count, capacity)
/* The same with another first capacity: for arrays of which there are many, mostly of one
 * element. */
#define ALLOC_GROW_FROM(first, items, count, capacity)                                             \
	do {                                                                                       \
		if ((count) == (capacity)) {                                                       \
			(capacity) = (capacity) ? (capacity) * 2 : (first);                        \
			(items) = alloc_resized((items), (capacity), sizeof *(items));             \
		}                                                                                  \
	} while (0)

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof *(array))

#endif
