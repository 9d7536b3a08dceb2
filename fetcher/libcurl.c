#include "libcurl.h"

#include <stdlib.h>

#include "alloc.h"
#include "library.h"

#define SONAME "libcurl.so.4"

struct libcurl libcurl;

int libcurl_load(struct fault *fault)
{
#define LIBCURL_FUNCTION(name) {"curl_" #name, &libcurl.name},
	static const struct library_function functions[] = {LIBCURL_FUNCTIONS(LIBCURL_FUNCTION)};
#undef LIBCURL_FUNCTION

	return library_load(SONAME, functions, ARRAY_LENGTH(functions), fault);
}

struct curl_slist *slist_append(struct curl_slist *list, const char *line)
{
	struct curl_slist *added = alloc_zeroed(1, sizeof *added), *last = list;

	added->data = alloc_string(line);
	if (!list)
		return added;
	while (last->next)
		last = last->next;
	last->next = added;
	return list;
}

void slist_free(struct curl_slist *list)
{
	while (list) {
		struct curl_slist *next = list->next;

		free(list->data);
		free(list);
		list = next;
	}
}
