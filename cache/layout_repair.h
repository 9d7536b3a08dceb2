/*
 * layout_repair.h: a link, a folder or a pipe where the cache has a file, or anything but a folder
 * where it has one, is set aside. One of our own that its mode keeps us out of is opened up. What belongs there is made anew, or rebuilt, by who opens it.
 */
#ifndef LAYOUT_REPAIR_H
#define LAYOUT_REPAIR_H

#include <stddef.h>

#include "fault.h"

struct layout_repairs {
	const char *names[16]; /* in the cache's folder; static */
	size_t count;
};

/* Moves them to quarantine/, under their name and the time; while it does, other processes that
 * want the same wait. */
int layout_repair(int folder_fd, struct layout_repairs *ret_repairs, struct fault *fault);
/* The same of one part, whose content is not what it should be. It is one of those that
 * layout_repair() looks at. */
int layout_set_aside(int folder_fd, const char *name, struct layout_repairs *repairs,
		     struct fault *fault);

#endif
