#include "pattern.h"

#include <errno.h>
#include <stdlib.h>

#include "alloc.h"
#include "url_pattern.h"

int pattern_list_compile(const struct string_list *texts, struct pattern_list *ret_list,
			 struct fault *fault)
{
	struct pattern_list list = {.items = alloc_zeroed(texts->count, sizeof *list.items)};

	for (; list.count < texts->count; list.count++) {
		char message[128];
		int error = url_pattern_compile(texts->items[list.count], &list.items[list.count]);

		if (!error)
			continue;
		regerror(error, &list.items[list.count], message, sizeof message);
		fault_raise(fault, -EINVAL, "%s: not a regular expression: %s",
			    texts->items[list.count], message);
		pattern_list_release(&list);
		return -EINVAL;
	}
	*ret_list = list;
	return 0;
}

void pattern_list_release(struct pattern_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		regfree(&list->items[i]);
	free(list->items);
	list->items = NULL;
	list->count = 0;
}

bool pattern_list_matches(const struct pattern_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (!regexec(&list->items[i], text, 0, NULL, 0))
			return true;
	return false;
}
