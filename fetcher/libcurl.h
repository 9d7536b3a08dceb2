/*
 * libcurl.h: the functions of libcurl that the fetcher calls. It is loaded when the first request
 * is made: TLS, Kerberos and LDAP come with it, over which the dynamic linker takes longer than
 * over the whole of picdesk. A run that asks nobody does without.
 */
#ifndef LIBCURL_H
#define LIBCURL_H

#include <curl/curl.h>

#include "fault.h"

/* Without their prefix: curl.h has macros of some of the names. */
#define LIBCURL_FUNCTIONS(F)   \
	F(easy_cleanup)        \
	F(easy_getinfo)        \
	F(easy_init)           \
	F(easy_setopt)         \
	F(global_cleanup)      \
	F(global_init_mem)     \
	F(multi_add_handle)    \
	F(multi_cleanup)       \
	F(multi_info_read)     \
	F(multi_init)          \
	F(multi_perform)       \
	F(multi_poll)          \
	F(multi_remove_handle) \
	F(multi_setopt)        \
	F(multi_strerror)      \
	F(multi_timeout)       \
	F(url)                 \
	F(url_cleanup)         \
	F(url_set)             \
	F(version_info)

struct libcurl {
#define LIBCURL_POINTER(name) __typeof__(curl_##name) *name;
	LIBCURL_FUNCTIONS(LIBCURL_POINTER)
#undef LIBCURL_POINTER
};

extern struct libcurl libcurl;

/* Before the first call of any; -ELIBACC when it cannot be loaded. */
int libcurl_load(struct fault *fault);
/* Begins to, in a thread; libcurl_load() waits for it. */
void libcurl_load_ahead(void);

/*
 * A list of lines as curl_slist_append() makes it, of our own memory, since lines are made before
 * libcurl is loaded; libcurl reads such lists and frees none. The line is copied to the end of
 * `list`, which may be NULL; returns the list.
 */
struct curl_slist *slist_append(struct curl_slist *list, const char *line);
void slist_free(struct curl_slist *list);

#endif
