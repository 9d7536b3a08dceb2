/*
 * output_place.h: where the bytes go of a file that the user names, for a report or an export.
 *
 *	error = output_place_find(path, &place, &fault);
 *	if (place.fd >= 0)   write into it: there is nothing to replace
 *	else                 make place.path anew beside the old one, and replace that (tmpfile.h)
 *	output_place_release(&place);
 *
 * A link stays one: /dev/stdout must outlive a run as root whose standard output is a file.
 */
#ifndef OUTPUT_PLACE_H
#define OUTPUT_PLACE_H

#include <sys/types.h>

#include "fault.h"

struct output_place {
	int fd;     /* a descriptor of the place's own; -1: none */
	char *path; /* where links led to */
	/* for the file at `path`: that of the one that is there, else as umask allows */
	mode_t mode;
};
#define OUTPUT_PLACE_INIT ((struct output_place){.fd = -1})

/* /dev/stdout, /dev/fd/N and links to them are what this process was started with, written on from
 * where it stands, as `>>` has it; a device or a pipe is opened. Everything else is a path to
 * replace, there or not. 0 or a negative errno. */
int output_place_find(const char *path, struct output_place *ret_place, struct fault *fault);
void output_place_release(struct output_place *place);

#endif
