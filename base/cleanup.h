/*
 * cleanup.h: locals that release themselves when they leave scope.
 *
 *	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
 *
 * The named function gets a pointer to the variable. It must take a zeroed struct, or a pointer to
 * NULL (DEFINE_CLEANUP_POINTER makes such a function out of x_free).
 */
#ifndef CLEANUP_H
#define CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

#define DEFINE_CLEANUP_POINTER(type, function)                                                     \
	static inline void function##_pointer(type **pointer)                                      \
	{                                                                                          \
		function(*pointer);                                                                \
	}

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#endif
