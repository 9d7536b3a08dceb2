#include "libcurl.h"

#include <stdbool.h>
#include <stdlib.h>

#include "alloc.h"
#include "disk_work.h"
#include "library.h"

#define SONAME "libcurl.so.4"

struct libcurl libcurl;

/* In a thread, and whether that went well. */
static struct disk_work *loading;
static bool is_loaded;

static int load(struct fault *fault)
{
#define LIBCURL_FUNCTION(name) {"curl_" #name, &libcurl.name},
	static const struct library_function functions[] = {LIBCURL_FUNCTIONS(LIBCURL_FUNCTION)};
#undef LIBCURL_FUNCTION

	return library_load(SONAME, functions, ARRAY_LENGTH(functions), fault);
}

/* What goes wrong is known when libcurl_load() loads it again. */
static int load_beside(void *context, size_t index)
{
	bool *loaded = context;

	(void)index;
	*loaded = !load(NULL);
	return 0;
}

void libcurl_load_ahead(void)
{
	if (!loading)
		loading = disk_work_start(load_beside, &is_loaded, 1);
}

int libcurl_load(struct fault *fault)
{
	disk_work_free(loading); /* waits, and leaves the event of other work alone */
	loading = NULL;
	return is_loaded ? 0 : load(fault);
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
