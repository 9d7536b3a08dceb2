/*
 * fault.h: why an operation of picdesk itself could not be done (a full disk, a corrupt index).
 *
 * A bad image or a dead host is no fault: that is data, an enum in a result. A function that can
 * fault returns 0 or a negative errno and takes `struct fault *fault` as its last argument. The
 * layer that meets the cause raises; each layer above adds what it was doing:
 *
 *	if (fd < 0)
 *		return fault_raise(fault, -errno, "objects/%s: open: %s", name, strerror(errno));
 *	...
 *	error = objects_open(objects, id, &fd, fault);
 *	if (error)
 *		return fault_wrap(fault, error, "%s: read stored image", url);
 *
 * Lines are lower-case: the object, then the step, then the cause. A NULL fault is allowed and
 * drops the text. Only cli/ prints. Text beyond 2 KiB is cut.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>
#include <stddef.h>

struct fault {
	int error; /* the first negative errno; 0 while nothing was raised */
	size_t length_bytes;
	char text[2048]; /* lines, cause first, separated by '\n' */
};

/* Starts the text anew; returns `error`. */
__attribute__((format(printf, 3, 4))) int fault_raise(struct fault *fault, int error,
						      const char *format, ...);
/* Appends one line; returns `error`. */
__attribute__((format(printf, 3, 4))) int fault_wrap(struct fault *fault, int error,
						     const char *format, ...);
void fault_clear(struct fault *fault);

/* There was no room: the disk is full, or a quota, or a file would be longer than it may be here
 * (`ulimit -f`). */
bool fault_is_no_room(int error);

#endif
