/*
 * libcurl_memory.h: malloc and its kin for libcurl (curl_global_init_mem(3)).
 *
 *	libcurl_memory_begin();
 *	libcurl.global_init_mem(flags, libcurl_malloc, libcurl_free, ...);
 *	... libcurl.global_cleanup();
 *	libcurl_memory_end();
 *
 * Each transfer needs the same blocks as the one before: some 6 KB for its handle, 16 KB to read
 * into, dozens of strings. Those that one has freed are kept for the next, by size, at most 4 MiB
 * of them, in place of being merged with their neighbours in the heap and cut out again. The thread
 * that began keeps and takes them; what others allocate and free is malloc's. With AddressSanitizer
 * all of it is, so that it sees what is used too long.
 */
#ifndef LIBCURL_MEMORY_H
#define LIBCURL_MEMORY_H

#include <stddef.h>

#if defined __SANITIZE_ADDRESS__
#define LIBCURL_MEMORY_KEEPS 0
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define LIBCURL_MEMORY_KEEPS 0
#endif
#endif
#ifndef LIBCURL_MEMORY_KEEPS
#define LIBCURL_MEMORY_KEEPS 1
#endif

void libcurl_memory_begin(void);
/* Gives up what is kept. */
void libcurl_memory_end(void);

/* As in the C library; NULL where memory is short. */
void *libcurl_malloc(size_t bytes);
void *libcurl_calloc(size_t count, size_t bytes);
void *libcurl_realloc(void *data, size_t bytes);
char *libcurl_strdup(const char *text);
void libcurl_free(void *data);

#endif
