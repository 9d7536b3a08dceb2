/*
 * pattern.h: POSIX extended regular expressions matched anywhere in a text, compiled once.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "settings.h"

struct pattern_list {
	regex_t *items;
	size_t count;
};

/* -EINVAL with a fault that names the pattern. */
int pattern_list_compile(const struct string_list *texts, struct pattern_list *ret_list,
			 struct fault *fault);
void pattern_list_release(struct pattern_list *list);
bool pattern_list_matches(const struct pattern_list *list, const char *text);

#endif
